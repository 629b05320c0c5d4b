/* net_peer.h: a server and its peers in one thread, over real sockets. The server
 * is turned while a peer waits; nothing sleeps longer than a poll of 2 ms. */
#ifndef TEST_UNIT_NET_PEER_H
#define TEST_UNIT_NET_PEER_H

#include "net/server.h"

#define PEER_PATIENCE (20 * NS_SECOND)	/* far more than anything here takes */

struct world {
	struct server *s;
	conn_id held, stream, socket;
	int     asked, closed, messages;
	conn_id last_closed;
	char    last_body[SERVER_BODY_MAX + 1];
	size_t  last_body_n;
};

void world_open(struct world *w);
void world_close(struct world *w);
void world_turn(struct world *w);
void world_times(struct world *w, ns every);	/* all of the server's times */

int  peer_connect(struct world *w);
void peer_send(struct world *w, int fd, struct str bytes);	/* all of them */
/* Reads until `until` has come (or, NULL, the end): false when the end came first or
 * nothing came for long. *n: bytes in out, which is NUL-terminated. */
bool peer_read(struct world *w, int fd, char *out, size_t size, size_t *n, const char *until);
bool peer_gone(struct world *w, int fd);	/* reset or closed, without a byte */
/* One connection: sends, shuts nothing, reads to the end. */
const char *peer_ask(struct world *w, const char *bytes);

#endif
