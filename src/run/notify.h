/* notify.h: telling the supervisor: systemd's notify socket (without its library), also
 * used by s6 and OpenRC wrappers that set NOTIFY_SOCKET. Does nothing when it is not set. */
#ifndef RUN_NOTIFY_H
#define RUN_NOTIFY_H

#include "base/base.h"

void notify(const char *state);		/* "READY=1", "STATUS=…", "WATCHDOG=1", "STOPPING=1" */
ns   notify_watchdog(void);		/* half of WATCHDOG_USEC; 0: none wanted */

#endif
