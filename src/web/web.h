/* web.h: the http thread: dashboard, API, metrics. It owns the listening socket and a
 * board (the latest copy of everything it was told), and reads the store for
 * history. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <stdatomic.h>

#include "run/control.h"

struct web;
/* Opens the socket on config->listen. ERR_REFUSED when the address is in use: why. */
MUST_CHECK enum err web_open(struct web **out, struct control *c, char *why, size_t why_size);
uint16_t web_port(const struct web *w);
/* Before it runs: what the store knows (open trades and orders, states, sessions). */
void web_restore(struct web *w);
void web_run(struct web *w, const atomic_bool *stop);	/* the thread's body */
/* Monotonic time of its last turn, for the watchdog. */
ns   web_alive(const struct web *w);
void web_close(struct web *w);

/* For commands while none runs: a board without a socket, filled from the store. */
MUST_CHECK enum err web_offline(struct web **out, struct control *c);
/* The document behind "/api/v1/orders?limit=5", valid until the next call; its status, e.g.
 * 404. Only of a board without a socket. */
int web_ask(struct web *w, const char *target, struct str *document);

#endif
