/* debug.h: what the files of `gambler debug` share. Every call answers within DEBUG_SECONDS and
 * ends by itself, whatever it is given; ws-echo talks on as long as its server does. */
#ifndef CMD_DEBUG_H
#define CMD_DEBUG_H

#include "base/text.h"

enum { DEBUG_REFUSED = 1, DEBUG_INCOMPLETE = 3 };

#define DEBUG_SECONDS 4
/* Of a document, of a message, of a line; eight times as much as any answer of the broker's. */
#define DEBUG_INPUT (16u << 20)

/* "gambler debug: WHAT: words" on stderr; DEBUG_REFUSED. */
int debug_refuse(const char *what, const char *words);

void debug_hex(struct str bytes);	/* to stdout */

int debug_http(const char *call, struct str in);	/* in is overwritten */
int debug_ws_echo(const char *url);

#endif
