/* server.h: a small HTTP/1.1 server on one thread, for the dashboard and the
 * embedded exchange: keep-alive, pipelining (one answer after the other),
 * server-sent events, WebSocket upgrade. It knows no routes: it hands requests to
 * a handler and sends what the handler writes. Limits are constants below; the
 * status that a breach gets is beside them. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <poll.h>

#include "net/http.h"
#include "net/ws.h"

#define SERVER_CONNECTIONS  64			/* the 65th gets 503 */
#define SERVER_PER_PEER     32			/* per address that is not loopback (of
						 * IPv6: per network of 64 bits) */
#define SERVER_BODY_MAX     (64 * 1024)		/* 413 */
#define SERVER_HEAD_TIME    (10 * NS_SECOND)	/* 408 */
#define SERVER_BODY_TIME    (10 * NS_SECOND)	/* 408 */
#define SERVER_IDLE_TIME    (30 * NS_SECOND)	/* closed */
#define SERVER_WRITE_TIME   (10 * NS_SECOND)	/* a peer that does not read: closed */
#define SERVER_LINGER_TIME  (2 * NS_SECOND)	/* for a peer to see the last answer */
#define SERVER_OUT_MAX      (2 * 1024 * 1024)	/* bytes waiting for one peer */

struct server;

/* A connection is named by a number that is never used again. */
typedef uint64_t conn_id;

struct request {
	conn_id          conn;
	struct http_head head;
	struct str       body;
	bool             loopback;	/* the peer is on this machine */
	char             peer[48];	/* address in words */
};

/* None is called from inside another server function but server_step. What request
 * and payload point to is valid until the hook returns. */
struct server_hooks {
	/* Must answer with server_reply, or start a stream or a WebSocket, or hold
	 * the answer back (server_hold) and reply later. */
	void (*request)(void *ctx, struct server *s, const struct request *rq);
	void (*message)(void *ctx, struct server *s, conn_id conn, enum ws_op op,
			struct str payload);
	/* Streams, WebSockets, held ones: once for each, soon after it is of no use. */
	void (*closed)(void *ctx, struct server *s, conn_id conn);
	void *ctx;
};

/* address "127.0.0.1:9090", "[::1]:9090", ":9090" (all), port 0: any free one.
 * why: words for the log. */
MUST_CHECK enum err server_open(struct server **out, const char *address,
				const struct server_hooks *hooks, char *why, size_t why_size);
void     server_close(struct server *s);
uint16_t server_port(const struct server *s);

/* Fills p (room for SERVER_CONNECTIONS + 1) and returns how many; then after
 * poll(2) server_step handles them. Pieces and messages that were sent meanwhile go
 * out here, many in one write. deadline: the mono instant at which a
 * timeout is due, for the poll. */
size_t server_poll(struct server *s, struct pollfd *p, ns *deadline);
void   server_step(struct server *s, const struct pollfd *p, size_t n);

/* Other times than the constants above, for tests. */
struct server_times { ns head, body, idle, write, linger; };
void server_set_times(struct server *s, const struct server_times *t);
void server_set_per_peer(struct server *s, int most);	/* instead of SERVER_PER_PEER */

/* headers: further complete lines "Name: value\r\n…" or NULL. Content-Length,
 * Date and Connection are added. The body is copied. HEAD: the body is left out. */
void server_reply(struct server *s, conn_id conn, int status, const char *type,
		  const char *headers, struct str body);
void server_hold(struct server *s, conn_id conn);	/* the answer comes later */

/* A body without end (server-sent events): the head goes out, then pieces. */
void server_stream(struct server *s, conn_id conn, const char *type, const char *headers);
/* false: the peer is too slow (SERVER_OUT_MAX) and was closed, or is gone. */
bool server_send(struct server *s, conn_id conn, struct str piece);
void server_finish(struct server *s, conn_id conn);	/* that was the last piece */

/* Answers the upgrade with 101; false (and 400 sent) when it was not a proper one. */
bool server_websocket(struct server *s, const struct request *rq);
#define SERVER_PIECES 3
/* One message, of n pieces (SERVER_PIECES at most). Small ones wait for server_poll, large ones
 * go out at once. false: the peer is too slow (SERVER_OUT_MAX) and was closed, or is gone. */
bool server_ws_send(struct server *s, conn_id conn, enum ws_op op, const struct str *piece,
		    size_t n);
void server_ws_close(struct server *s, conn_id conn, int code, struct str why);

/* Misbehaviour for the embedded exchange and tests. Cut without a word (RST). */
void server_cut(struct server *s, conn_id conn);
/* From here on nothing is read, answered or sent, and the socket stays open until the peer
 * closes it: a peer that is gone, seen from the other side. The closed hook is called then. */
void server_deaf(struct server *s, conn_id conn);
/* What is sent from here on goes after `delay`, then at `rate` bytes a second (0: no bound).
 * The delay counts once, the rate for the rest of the connection. */
void server_pace(struct server *s, conn_id conn, ns delay, int64_t rate);
/* Instead of an answer exactly these bytes, which may break HTTP in any way, then `pad` blanks,
 * then, unless it is to be kept, the end of the connection. */
void server_raw(struct server *s, conn_id conn, const struct str *piece, size_t n, uint64_t pad,
		bool keep);
/* Raw bytes into a WebSocket's stream of frames. */
void server_ws_raw(struct server *s, conn_id conn, struct str bytes);

size_t server_waiting(const struct server *s, conn_id conn);	/* unsent bytes */

#endif
