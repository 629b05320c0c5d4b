#include <poll.h>

#include "base/clock.h"
#include "net/client.h"
#include "net/say.h"

#define INTERIM_MAX 8		/* 1xx answers before the real one */
#define KEPT_FOR NS_MINUTE	/* idle; after more, who is between may have forgotten it */

void http_client_init(struct http_client *c, const char *host, uint16_t port, struct tls *tls,
		      char *in, size_t in_cap, char *out, size_t out_cap)
{
	*c = (struct http_client){ .phase = HTTP_FREE };
	conn_init(&c->conn, host, port, tls, in, in_cap, out, out_cap / 2);
	c->request = out + out_cap / 2;
	c->request_cap = out_cap - out_cap / 2;
}

/* ---- sending */

static void host_header(struct text *t, const struct conn *c)
{
	bool v6 = strchr(c->host, ':') != NULL;

	text_cstr(t, v6 ? "Host: [" : "Host: ");
	text_cstr(t, c->host);
	text_cstr(t, v6 ? "]" : "");
	if (c->port != (c->tls != NULL ? 443 : 80)) {
		text_char(t, ':');
		text_u64(t, c->port);
	}
	text_cstr(t, "\r\n");
}

static enum err compose(struct http_client *c, struct str head, struct str body)
{
	static const struct str end = { "\r\n", 2 };
	bool bodied = body.n > 0 || str_starts(head, STR("POST ")) ||
		      str_starts(head, STR("PUT ")) || str_starts(head, STR("PATCH "));
	struct text t;

	text_init(&t, c->request, c->request_cap < c->conn.out_cap ? c->request_cap :
							       c->conn.out_cap);
	text_add(&t, head);
	if (head.n < 2 || !str_eq((struct str){ head.s + head.n - 2, 2 }, end))
		text_add(&t, end);
	host_header(&t, &c->conn);
	if (bodied) {
		text_cstr(&t, "Content-Length: ");
		text_u64(&t, body.n);
		text_add(&t, end);
	}
	text_add(&t, end);
	text_add(&t, body);
	c->request_n = t.n;
	return t.full ? ERR_FULL : OK;
}

/* Drops what the last answer left behind, and the connection if it can serve no
 * more: a server that closed meanwhile is noticed before anything is sent. */
static void settle(struct http_client *c)
{
	struct conn *n = &c->conn;

	if (n->state == CONN_CLOSED)
		return;
	if (n->state != CONN_OPEN || c->spent || mono_ns() - c->deadline > KEPT_FOR) {
		conn_close(n);
		return;
	}
	n->in_n = 0;
	if (conn_step(n) == OK && n->state == CONN_OPEN && (n->eof || n->in_n > 0))
		conn_close(n);
}

static enum err begin(struct http_client *c)
{
	enum err e = OK;

	c->kept = c->conn.state == CONN_OPEN;
	c->head_done = c->got_bytes = c->spent = false;
	c->interim = 0;
	c->body_n = 0;
	if (!c->kept) {
		c->reconnects++;
		e = conn_open(&c->conn);
	}
	c->sent_before = c->conn.sent;
	if (e == OK)
		e = conn_send(&c->conn, (struct str){ c->request, c->request_n });
	return e;
}

enum err http_client_send(struct http_client *c, struct str head, struct str body,
			  bool idempotent, ns timeout)
{
	assert(c->phase != HTTP_WAITING && timeout > 0);
	settle(c);
	c->phase = HTTP_FREE;
	enum err e = compose(c, head, body);
	if (e != OK)
		return e;
	c->idempotent = idempotent;
	c->deadline = mono_ns() + timeout;
	c->requests++;
	e = begin(c);
	if (e == OK)
		c->phase = HTTP_WAITING;
	else
		conn_close(&c->conn);
	return e;
}

bool http_client_poll(const struct http_client *c, int *fd, short *events, ns *deadline)
{
	const struct conn *n = &c->conn;

	if (c->phase != HTTP_WAITING || !conn_poll(n, fd, events))
		return false;
	*deadline = c->deadline;
	if (n->state != CONN_OPEN && n->deadline < *deadline)
		*deadline = n->deadline;
	return true;
}

/* ---- the answer */

static enum err bad(struct http_client *c, enum err e, const char *words)
{
	net_say(c->why, sizeof(c->why), "%s:%u: %s", c->conn.host, (unsigned)c->conn.port, words);
	return e;
}

static enum err judge_head(struct http_client *c)
{
	const struct http_head *h = &c->head;
	struct str coding = http_header(h, "Content-Encoding");

	if (h->status == 101)
		return bad(c, ERR_PROTO, "switched protocols unasked");
	if (coding.n > 0 && !str_eq_fold(coding, STR("identity")))
		return bad(c, ERR_PROTO, "the answer is compressed, unasked");
	c->head_done = true;
	http_chunks_init(&c->chunks);
	c->body_n = 0;
	c->bodyless = h->status == 204 || h->status == 304 ||
		      str_starts((struct str){ c->request, c->request_n }, STR("HEAD "));
	if (!c->bodyless && h->content_length > (int64_t)(c->conn.in_cap - c->head_n))
		return bad(c, ERR_FULL, "the answer is too large");
	return OK;
}

/* OK: the head of the final answer is there. */
static enum err read_head(struct http_client *c)
{
	struct conn *n = &c->conn;

	for (;;) {
		int r = http_parse_response(&c->head, (struct str){ n->in, n->in_n });
		if (r < 0)
			return bad(c, ERR_PROTO, "the answer is not HTTP/1.1");
		if (r == 0 && n->in_n == n->in_cap)
			return bad(c, ERR_FULL, "the answer is too large");
		if (r == 0)
			return ERR_AGAIN;
		c->head_n = (size_t)r;
		if (c->head.status >= 200 || c->head.status == 101)
			return judge_head(c);
		if (++c->interim > INTERIM_MAX)
			return bad(c, ERR_PROTO, "too many interim answers");
		conn_eat(n, (size_t)r);
	}
}

/* OK: the body is complete and nothing is behind it. */
static enum err read_body(struct http_client *c)
{
	struct conn *n = &c->conn;
	size_t from = c->head_n + c->body_n, used, out;
	enum err e = OK;

	if (c->bodyless) {
		c->body_n = 0;
	} else if (c->head.chunked) {
		e = http_chunks_eat(&c->chunks, n->in + from, n->in_n - from, &used, &out);
		memmove(n->in + from + out, n->in + from + used, n->in_n - from - used);
		n->in_n -= used - out;
		c->body_n += out;
		if (e == ERR_PROTO)
			return bad(c, ERR_PROTO, "the answer's chunks are broken");
	} else if (c->head.content_length >= 0) {
		size_t wanted = (size_t)c->head.content_length, have = n->in_n - c->head_n;
		c->body_n = have < wanted ? have : wanted;
		e = have < wanted ? ERR_AGAIN : OK;
	} else {	/* until the end of the connection */
		c->body_n = n->in_n - c->head_n;
		c->spent = true;
		e = n->eof ? OK : ERR_AGAIN;
	}
	if (e == OK && n->in_n > c->head_n + c->body_n)
		return bad(c, ERR_PROTO, "more came than was asked for");
	if (e == ERR_AGAIN && n->in_n == n->in_cap)
		return bad(c, ERR_FULL, "the answer is too large");
	return e;
}

static enum err read_answer(struct http_client *c)
{
	enum err e = OK;

	if (!c->head_done)
		e = read_head(c);
	if (e == OK)
		e = read_body(c);
	if (e == ERR_AGAIN && c->conn.eof)
		return c->got_bytes ? bad(c, ERR_PROTO, "closed before the answer was complete") :
				      bad(c, ERR_IO, "closed without an answer");
	return e;
}

/* ---- the whole */

/* A kept connection that turns out to be closed says nothing about the request. Once,
 * and only when asking twice does no harm, a fresh one is tried. */
static bool try_again(struct http_client *c)
{
	bool unseen = c->conn.sent == c->sent_before;

	if (!c->kept || c->got_bytes || !(c->idempotent || unseen))
		return false;
	conn_close(&c->conn);	/* so that the next one is not a kept one */
	if (begin(c) == OK)
		return true;
	net_say(c->why, sizeof(c->why), "%s", c->conn.why);
	return false;
}

static bool finish(struct http_client *c, enum err e, struct http_result *r)
{
	*r = (struct http_result){ .err = e, .sent = c->conn.sent != c->sent_before };
	c->phase = HTTP_DONE;
	if (e != OK) {
		conn_close(&c->conn);
		r->why = c->why;
		return true;
	}
	r->status = c->head.status;
	r->body = (struct str){ c->conn.in + c->head_n, c->body_n };
	r->head = &c->head;
	r->why = "";
	c->spent |= !c->head.keep_alive || c->conn.eof || c->conn.out_n > 0;
	return true;
}

bool http_client_step(struct http_client *c, struct http_result *r)
{
	enum err e;

	if (c->phase != HTTP_WAITING)
		return false;
	do {
		e = conn_step(&c->conn);
		if (e != OK)
			net_say(c->why, sizeof(c->why), "%s", c->conn.why);
		if (c->conn.in_n > 0)
			c->got_bytes = true;
		if (e == OK && c->conn.state == CONN_OPEN)
			e = read_answer(c);
		else if (e == OK)
			e = ERR_AGAIN;
	} while ((e == ERR_IO || e == ERR_TLS) && try_again(c));
	if (e == ERR_AGAIN && mono_ns() >= c->deadline)
		e = bad(c, ERR_TIMEOUT, c->conn.state != CONN_OPEN ? "no connection in time" :
			c->got_bytes ? "the answer was not complete in time" :
				       "no answer in time");
	return e == ERR_AGAIN ? false : finish(c, e, r);
}

void http_client_close(struct http_client *c)
{
	conn_close(&c->conn);
	c->phase = HTTP_FREE;
}
