/* say.h: printf into a bounded array, for the words of an error: what is too
 * long is cut and ends in "...". Not for hot paths. */
#ifndef NET_SAY_H
#define NET_SAY_H

#include "base/base.h"

void net_say(char *why, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* errno in words that fit behind "connect HOST:PORT: ". */
const char *net_errno(int e);

#endif
