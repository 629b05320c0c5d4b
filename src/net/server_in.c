#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/server_inside.h"

/* ---- requests */

/* An incomplete head is read again from its beginning, so only when a line came to
 * its end or a limit was reached: a peer that sends byte by byte costs little. */
static bool worth_trying(const struct slot *c, const char *data, size_t n)
{
	return c->tried == 0 || n >= HTTP_HEAD_MAX ||
	       (c->tried < HTTP_LINE_MAX && n >= HTTP_LINE_MAX) ||
	       memchr(data + c->tried, '\n', n - c->tried) != NULL;
}

/* The head is complete: may its body come? 0, or the status that says no. */
static int admit(struct server *s, struct slot *c, const struct http_head *h, bool body_here)
{
	struct str expect = http_header(h, "Expect");

	if (h->content_length > SERVER_BODY_MAX)
		return 413;
	if (expect.n > 0 && h->minor == 1) {
		if (!str_eq_fold(expect, STR("100-continue")))
			return 417;
		if ((h->chunked || h->content_length > 0) && !body_here)
			(void)slot_queue(s, c, STR("HTTP/1.1 100 Continue\r\n\r\n"));
	}
	return 0;
}

static void ask(struct server *s, struct slot *c, struct request *rq)
{
	conn_id id = c->id;

	rq->conn = id;
	rq->loopback = c->loopback;
	memcpy(rq->peer, c->peer, sizeof(rq->peer));
	c->keep = rq->head.keep_alive;
	c->no_body = str_eq(rq->head.method, STR("HEAD"));
	c->old = rq->head.minor == 0;
	c->state = SLOT_ASKED;
	c->deadline = NEVER;
	s->hooks.request(s->hooks.ctx, s, rq);
	if (c->id == id && c->state == SLOT_ASKED)	/* the handler forgot to answer */
		slot_error(s, c, 500);
}

/* How many bytes of the body are there; ERR_AGAIN: more are needed. *used: bytes of
 * head and body together. */
static enum err body(struct slot *c, const struct http_head *h, char *data, size_t *n, size_t *used)
{
	size_t raw, out, got = c->head_n + c->body_n;
	enum err e;

	if (!c->chunked) {
		c->body_n = h->content_length > 0 ? (size_t)h->content_length : 0;
		*used = c->head_n + c->body_n;
		return *n >= *used ? OK : ERR_AGAIN;
	}
	e = http_chunks_eat(&c->chunks, data + got, *n - got, &raw, &out);
	c->body_n += out;
	if (c->body_n > SERVER_BODY_MAX)
		return ERR_FULL;
	/* What is behind the eaten bytes moves up to the payload. */
	memmove(data + got + out, data + got + raw, *n - got - raw);
	*n -= raw - out;
	*used = got + out;
	return e;
}

/* Serves one request if it is complete. Returns the bytes that are done with;
 * *n shrinks by what chunking took. */
static size_t request(struct server *s, struct slot *c, char *data, size_t *n)
{
	struct request rq;
	size_t used = 0;
	bool begun = c->state == SLOT_BODY;

	if (!begun && !worth_trying(c, data, *n))
		return 0;
	int r = http_parse_request(&rq.head, (struct str){ data, *n });
	if (r < 0) {
		slot_error(s, c, -r);
		return 0;
	}
	if (r == 0) {
		if (c->tried == 0)
			c->deadline = mono_ns() + s->times.head;
		c->tried = *n;
		return 0;
	}
	if (!begun) {
		c->head_n = (size_t)r;
		c->body_n = 0;
		c->chunked = rq.head.chunked;
		http_chunks_init(&c->chunks);
		int no = admit(s, c, &rq.head, *n > c->head_n);
		if (no != 0) {
			slot_error(s, c, no);
			return 0;
		}
	}
	enum err e = body(c, &rq.head, data, n, &used);
	if (e == ERR_AGAIN && !begun) {
		c->state = SLOT_BODY;
		c->deadline = mono_ns() + s->times.body;
	}
	if (e == ERR_PROTO || e == ERR_FULL)
		slot_error(s, c, e == ERR_FULL ? 413 : 400);
	if (e != OK)
		return 0;
	rq.body = (struct str){ data + c->head_n, c->body_n };
	c->more = *n > used;
	ask(s, c, &rq);
	return used;
}

/* ---- WebSocket */

static void control(struct server *s, struct slot *c, enum ws_op op, struct str payload)
{
	char frame[WS_CONTROL_MAX + 2];

	if (op == WS_PING && slot_waiting(c) < SLOT_FULL) {	/* no memory for a flood of them */
		size_t n = ws_write(frame, sizeof(frame), WS_PONG, payload, NULL);
		(void)slot_queue(s, c, (struct str){ frame, n });
	}
	if (op != WS_CLOSE)
		return;
	if (!c->closing_ws)
		slot_close_ws(s, c, c->ws.close_code, (struct str){ NULL, 0 });
	if (c->state == SLOT_WEBSOCKET)
		slot_finish(s, c);
}

/* One frame. Returns the bytes that are done with, 0 when more are needed. */
static size_t message(struct server *s, struct slot *c, char *data, size_t n)
{
	size_t used;
	enum ws_op op;
	struct str payload;
	enum err e = ws_read(&c->ws, data, n, &used, &op, &payload);

	if (e == ERR_PROTO) {
		if (!c->closing_ws)
			slot_close_ws(s, c, c->ws.close_code, (struct str){ NULL, 0 });
		if (c->state == SLOT_WEBSOCKET)
			slot_finish(s, c);
	} else if (e == OK && op >= WS_CLOSE) {
		control(s, c, op, payload);
	} else if (e == OK && !c->closing_ws && s->hooks.message != NULL) {
		s->hooks.message(s->hooks.ctx, s, c->id, op, payload);
	}
	return used;
}

/* ---- both */

/* Serves data[0..n), which lies in the shared scratch or in c->in; what is left
 * over goes to c->in. */
static void serve(struct server *s, struct slot *c, char *data, size_t n)
{
	conn_id id = c->id;
	size_t at = 0, used = 1;

	c->in_n = 0;
	while (at < n && used > 0 && c->id == id) {
		if (c->state == SLOT_WEBSOCKET) {
			used = message(s, c, data + at, n - at);
		} else if ((c->state == SLOT_HEAD && slot_waiting(c) < SLOT_FULL) ||
			   c->state == SLOT_BODY) {
			size_t left = n - at;
			used = request(s, c, data + at, &left);
			n = at + left;
		} else {
			break;
		}
		at += used;
	}
	c->more = false;
	if (c->id != id || c->state > SLOT_WEBSOCKET || c->state == SLOT_STREAM)
		return;		/* nobody wants the rest */
	c->in_n = n - at;
	assert(c->in_n <= SLOT_IN);
	if (c->in_n > 0)
		memmove(c->in, data + at, c->in_n);
	if (c->in_high < c->in_n)
		c->in_high = c->in_n;
	if (c->in_n == 0 && c->in_high > SLOT_READ) {
		slot_cool(c->in, 0, c->in_high);
		c->in_high = 0;
	}
}

void slot_serve(struct server *s, struct slot *c)
{
	conn_id id = c->id;

	c->again = false;
	serve(s, c, c->in, c->in_n);
	if (c->id == id && c->state != SLOT_DEAD && slot_waiting(c) > 0)
		slot_flush(s, c);
}

/* The peer has closed its side; perhaps it still reads. */
static void end_of_input(struct server *s, struct slot *c)
{
	c->eof = true;
	if (c->state != SLOT_LINGER && c->state != SLOT_WEBSOCKET && slot_waiting(c) > 0)
		slot_finish(s, c);
	else
		slot_drop(s, c);
}

static bool input_ignored(const struct slot *c)
{
	return c->state == SLOT_STREAM || c->state == SLOT_CLOSING || c->state == SLOT_LINGER;
}

void slot_read(struct server *s, struct slot *c)
{
	bool ignored = input_ignored(c);
	char *data = c->in_n == 0 || ignored ? s->scratch : c->in;
	size_t have = ignored ? 0 : c->in_n;
	size_t room = SLOT_IN - have < SLOT_READ ? SLOT_IN - have : SLOT_READ;
	ssize_t n;

	assert(room > 0);
	do
		n = recv(c->fd, data + have, room, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0) {
		slot_drop(s, c);
		return;
	}
	if (n == 0) {
		end_of_input(s, c);
		return;
	}
	if (ignored)
		return;
	if (c->state == SLOT_WEBSOCKET && !c->closing_ws) {
		c->deadline = mono_ns() + s->times.idle;
		c->pinged = false;
	}
	conn_id id = c->id;
	if (data == c->in && c->in_high < have + (size_t)n)
		c->in_high = have + (size_t)n;
	serve(s, c, data, have + (size_t)n);
	if (c->id == id && c->state != SLOT_DEAD && slot_waiting(c) > 0)
		slot_flush(s, c);
}
