/* client.h: what the wire thread speaks with: an HTTP client and a WebSocket
 * client, each on one struct conn, one request at a time, never blocking. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "net/conn.h"
#include "net/http.h"
#include "net/ws.h"

/* ---- HTTP: at most one request under way. */
enum http_phase { HTTP_FREE, HTTP_WAITING, HTTP_DONE };

struct http_client {
	struct conn       conn;
	enum http_phase   phase;
	ns                deadline;	/* of the request, mono */
	bool              idempotent;	/* may be sent again when a kept connection was stale */
	bool              head_done, got_bytes;
	bool              kept;		/* the connection had served a request before */
	bool              spent;	/* it serves no other one */
	bool              bodyless;	/* HEAD, 204, 304 */
	int               interim;	/* 1xx answers so far */
	struct http_head  head;
	struct http_chunks chunks;
	size_t            head_n, body_n;	/* within conn.in */
	char             *request;	/* a copy, for the one retry on a fresh connection */
	size_t            request_n, request_cap;
	uint64_t          sent_before;	/* conn.sent when this request began */
	uint64_t          requests, reconnects;
	char              why[160];
};

/* in: the largest answer, head and all. out: its halves hold one request each. */
void http_client_init(struct http_client *c, const char *host, uint16_t port, struct tls *tls,
		      char *in, size_t in_cap, char *out, size_t out_cap);

/* head: request line and headers without Host, Content-Length and the empty line
 * (they are added). Opens the connection if need be. ERR_FULL: too large. After an
 * error nothing is under way and nothing was sent. */
MUST_CHECK enum err http_client_send(struct http_client *c, struct str head, struct str body,
				     bool idempotent, ns timeout);

/* What became of it. `sent`: whether bytes of the request may have reached the
 * peer: then a failed POST is of unknown outcome; else it certainly was not seen. */
struct http_result {
	enum err   err;		/* OK: status and body are valid until the next send */
	int        status;
	struct str body;	/* decoded */
	bool       sent;
	const struct http_head *head;	/* NULL after an error */
	const char *why;	/* words for err */
};

bool http_client_poll(const struct http_client *c, int *fd, short *events, ns *deadline);
/* true: the request under way is finished, *r says how; the client is free again
 * (r is valid until the next call). */
bool http_client_step(struct http_client *c, struct http_result *r);
void http_client_close(struct http_client *c);

/* ---- WebSocket: handshake, pings, messages. */
enum ws_phase { WSC_CLOSED, WSC_CONNECTING, WSC_UPGRADING, WSC_OPEN };

#define WSC_PING_EVERY (10 * NS_SECOND)	/* as the official clients do */
#define WSC_PONG_WITHIN (5 * NS_SECOND)

struct ws_client {
	struct conn   conn;
	enum ws_phase phase;
	struct ws     ws;
	char          key[32];		/* Sec-WebSocket-Key of this attempt */
	ns            ping_at, pong_by;	/* mono; 0: none */
	ns            deadline;		/* of the upgrade */
	ns            last_message;	/* mono */
	int           http_status;	/* of a refused upgrade, e.g. 429 */
	uint64_t      heard;		/* conn.received when the pong was last waited for */
	size_t        eaten;		/* of conn.in: dropped when all of it is */
};

void ws_client_init(struct ws_client *c, const char *host, uint16_t port, struct tls *tls,
		    char *in, size_t in_cap, char *out, size_t out_cap,
		    char *message, size_t message_cap);

/* path "/v2/iex"; headers: further complete lines or NULL. Closed before. */
MUST_CHECK enum err ws_client_open(struct ws_client *c, const char *path, const char *headers);
bool ws_client_poll(const struct ws_client *c, int *fd, short *events, ns *deadline);

/* OK with *op WS_TEXT or WS_BINARY: a message (valid until the next call); call
 * again until ERR_AGAIN. *opened is set by the call in which the upgrade
 * succeeded. Pings are answered inside. Any other error: closed, conn.why says it. */
enum err ws_client_step(struct ws_client *c, bool *opened, enum ws_op *op, struct str *message);
MUST_CHECK enum err ws_client_send(struct ws_client *c, enum ws_op op, struct str payload);
void ws_client_close(struct ws_client *c, int code);

#endif
