/* server_inside.h: what the three files of the server share. server.c: listening,
 * waiting, deadlines. server_in.c: bytes to requests and messages. server_out.c:
 * answers to bytes. */
#ifndef NET_SERVER_INSIDE_H
#define NET_SERVER_INSIDE_H

#include <netinet/in.h>

#include "base/arena.h"
#include "net/server.h"

#define SLOT_READ (16 * 1024)		/* most bytes of one turn */
#define SLOT_IN   (96 * 1024)		/* a head, a body and the frame of its chunks */
/* With room to spare, so that a full queue is not moved for each piece. */
#define SLOT_OUT  (SERVER_OUT_MAX + 512 * 1024)
#define SLOT_FULL (64 * 1024)		/* so much unsent: no more requests for now */
#define NEVER     INT64_MAX
#define REFUSED   8

enum slot_state {
	SLOT_FREE,
	SLOT_HEAD,		/* waiting for a request or amid its head */
	SLOT_BODY,
	SLOT_ASKED,		/* the handler is being called */
	SLOT_HELD,		/* the handler will answer later */
	SLOT_STREAM,
	SLOT_WEBSOCKET,
	SLOT_DEAF,		/* nothing is read or sent: see server_deaf */
	SLOT_CLOSING,		/* what is queued goes out, then LINGER */
	SLOT_LINGER,		/* we have closed our side and wait for the peer's */
	SLOT_DEAD		/* socket closed, hook not yet called */
};

struct slot {
	conn_id           id;		/* 0: free */
	int               fd;
	enum slot_state   state;
	bool              loopback;
	bool              keep;		/* the request allows another one */
	bool              no_body;	/* HEAD */
	bool              old;		/* HTTP/1.0 */
	bool              more;		/* input waits behind the present request */
	bool              again;	/* buffered input waits to be served */
	bool              blocked;	/* the socket takes no more for now */
	bool              eof, pinged, closing_ws;
	bool              notify, ended; /* the closed hook is owed; is due */
	ns                deadline;	/* of the state */
	ns                write_by;	/* while bytes wait */
	uint64_t          gone, write_mark;	/* bytes sent; to be sent before write_by moves */
	char             *in, *out;
	char             *message;	/* of a WebSocket, put together here */
	size_t            in_n, in_high;
	size_t            tried;	/* bytes of an incomplete head already looked at */
	size_t            head_n, body_n;
	bool              chunked;
	struct http_chunks chunks;
	size_t            out_at, out_n, out_high;	/* waiting: out[out_at..out_n) */
	struct ws         ws;
	ns                pace_at;	/* nothing is sent before; 0: at once */
	int64_t           pace;		/* bytes a second; 0: no bound */
	uint64_t          pad;		/* blanks that follow what is queued */
	uint8_t           address[16];
	char              peer[48];
	struct arena      arena;
};

struct server {
	int          fd;
	uint16_t     port;
	int          per_peer;
	struct server_hooks hooks;
	struct server_times times;
	uint64_t     used;		/* bit per slot */
	uint64_t     serial;
	ns           accept_at;		/* accepting pauses until then */
	bool         hurry;		/* something is to be done without waiting */
	uint8_t      polled[SERVER_CONNECTIONS + 1];
	conn_id      polled_id[SERVER_CONNECTIONS + 1];
	struct { int fd; ns deadline; } refused[REFUSED];
	char         date[40];
	int64_t      date_second;
	char        *scratch;		/* SLOT_IN bytes: idle connections have none */
	struct arena arena;
	struct slot  slot[SERVER_CONNECTIONS];
};

static_assert(SERVER_CONNECTIONS == 64, "a bit of uint64_t and six bits of conn_id per slot");
static_assert(SLOT_IN >= HTTP_HEAD_MAX + SERVER_BODY_MAX + SLOT_READ, "a whole request fits");

struct slot *slot_of(struct server *s, conn_id id);	/* NULL: gone */
void slot_idle(struct server *s, struct slot *c);	/* waits for the next request */
void slot_drop(struct server *s, struct slot *c);	/* closes the socket at once */
void slot_read(struct server *s, struct slot *c);	/* there is input */
void slot_serve(struct server *s, struct slot *c);	/* serves what is buffered */
void slot_flush(struct server *s, struct slot *c);
void slot_finish(struct server *s, struct slot *c);	/* sends what waits, then lingers */
bool slot_queue(struct server *s, struct slot *c, struct str bytes);
void slot_error(struct server *s, struct slot *c, int status);
void slot_close_ws(struct server *s, struct slot *c, int code, struct str why);
/* What misbehaves: how many bytes may go now; `n` have gone. */
size_t slot_allowed(struct slot *c);
void slot_went(struct slot *c, size_t n);
void slot_pad(struct server *s, struct slot *c);
void slot_cool(char *memory, size_t from, size_t to);	/* gives touched pages back */

static inline bool slot_paced(const struct slot *c)
{
	return c->pace_at != 0 || c->pace != 0;
}

static inline size_t slot_waiting(const struct slot *c)
{
	return c->out_n - c->out_at;
}

#endif
