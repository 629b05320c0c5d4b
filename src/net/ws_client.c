#include <errno.h>
#include <poll.h>
#include <sys/random.h>

#include "base/clock.h"
#include "net/client.h"
#include "net/say.h"

#define UPGRADE_TIME (5 * NS_SECOND)

void ws_client_init(struct ws_client *c, const char *host, uint16_t port, struct tls *tls,
		    char *in, size_t in_cap, char *out, size_t out_cap,
		    char *message, size_t message_cap)
{
	*c = (struct ws_client){ .phase = WSC_CLOSED };
	conn_init(&c->conn, host, port, tls, in, in_cap, out, out_cap);
	ws_init(&c->ws, false, message, message_cap);
}

/* Waits until the kernel has randomness; never goes on with less. */
static void random_bytes(uint8_t *dst, size_t n)
{
	ssize_t r;

	do
		r = getrandom(dst, n, 0);
	while (r < 0 && errno == EINTR);
	assert(r == (ssize_t)n);
}

static enum err end(struct ws_client *c, enum err e, const char *what, int code, struct str words)
{
	char tail[64];

	net_say(c->conn.why, sizeof(c->conn.why), "%s:%u: ", c->conn.host, (unsigned)c->conn.port);
	size_t n = strlen(c->conn.why);
	if (!str_copy(tail, sizeof(tail), (struct str){ words.s, words.n < 60 ? words.n : 60 }))
		tail[0] = '\0';
	net_say(c->conn.why + n, sizeof(c->conn.why) - n, "%s", what);
	n = strlen(c->conn.why);
	if (code != 0 && n + 4 < sizeof(c->conn.why))
		net_say(c->conn.why + n, sizeof(c->conn.why) - n, " %d %s", code, tail);
	conn_close(&c->conn);
	c->phase = WSC_CLOSED;
	return e;
}

static enum err lost(struct ws_client *c, enum err e)
{
	c->phase = WSC_CLOSED;
	return e;
}

enum err ws_client_open(struct ws_client *c, const char *path, const char *headers)
{
	uint8_t random[16];
	char memory[2048];
	struct conn *n = &c->conn;
	struct text t;
	enum err e;

	assert(c->phase == WSC_CLOSED && path[0] == '/');
	conn_close(n);
	c->http_status = 0;
	c->eaten = 0;
	c->ping_at = c->pong_by = 0;
	e = conn_open(n);
	if (e != OK)
		return e;
	random_bytes(random, sizeof(random));
	ws_key(c->key, random);
	bool v6 = strchr(n->host, ':') != NULL;
	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, "GET ");
	text_cstr(&t, path);
	text_cstr(&t, v6 ? " HTTP/1.1\r\nHost: [" : " HTTP/1.1\r\nHost: ");
	text_cstr(&t, n->host);
	text_cstr(&t, v6 ? "]" : "");
	if (n->port != (n->tls != NULL ? 443 : 80)) {
		text_char(&t, ':');
		text_u64(&t, n->port);
	}
	text_cstr(&t, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
	text_cstr(&t, c->key);
	text_cstr(&t, "\r\n");
	text_cstr(&t, headers == NULL ? "" : headers);
	text_cstr(&t, "\r\n");
	e = t.full ? ERR_FULL : conn_send(n, text_str(&t));
	if (e != OK)
		return end(c, e, "the request for a WebSocket is too large", 0, STR(""));
	c->phase = WSC_CONNECTING;
	return OK;
}

bool ws_client_poll(const struct ws_client *c, int *fd, short *events, ns *deadline)
{
	if (c->phase == WSC_CLOSED || !conn_poll(&c->conn, fd, events))
		return false;
	switch (c->phase) {
	case WSC_CONNECTING:
		*deadline = c->conn.deadline;
		break;
	case WSC_UPGRADING:
		*deadline = c->deadline;
		break;
	default:
		*deadline = c->pong_by != 0 && c->pong_by < c->ping_at ? c->pong_by : c->ping_at;
		break;
	}
	return true;
}

/* ---- frames out */

/* Written where it goes out from; all or nothing. */
static enum err put(struct ws_client *c, enum ws_op op, struct str payload)
{
	struct conn *n = &c->conn;
	uint8_t mask[4];

	random_bytes(mask, sizeof(mask));
	size_t m = ws_write(n->out + n->out_n, n->out_cap - n->out_n, op, payload, mask);
	n->out_n += m;
	return m > 0 ? OK : ERR_FULL;
}

static void put_close(struct ws_client *c, int code)
{
	struct conn *n = &c->conn;
	uint8_t mask[4];

	random_bytes(mask, sizeof(mask));
	n->out_n += ws_write_close(n->out + n->out_n, n->out_cap - n->out_n, code, STR(""), mask);
	(void)conn_step(n);	/* as far as it goes without waiting */
}

enum err ws_client_send(struct ws_client *c, enum ws_op op, struct str payload)
{
	assert(op == WS_TEXT || op == WS_BINARY || (op >= WS_PING && payload.n <= WS_CONTROL_MAX));
	if (c->phase != WSC_OPEN || c->conn.state != CONN_OPEN)
		return ERR_IO;
	return put(c, op, payload);
}

void ws_client_close(struct ws_client *c, int code)
{
	if (c->phase == WSC_OPEN && c->conn.state == CONN_OPEN)
		put_close(c, code);
	conn_close(&c->conn);
	c->phase = WSC_CLOSED;
}

/* ---- the handshake */

static enum err upgraded(struct ws_client *c, const struct http_head *h)
{
	char wanted[WS_ACCEPT_TEXT];

	c->http_status = h->status;
	if (h->status != 101)
		return end(c, ERR_REFUSED, "the WebSocket was refused:", h->status,
			   str_of(http_reason(h->status)));
	ws_accept(wanted, str_of(c->key));
	if (!h->upgrade || !http_has_token(http_header(h, "Upgrade"), "websocket") ||
	    !str_eq(http_header(h, "Sec-WebSocket-Accept"), str_of(wanted)))
		return end(c, ERR_PROTO, "the upgrade was not answered by a WebSocket server", 0,
			   STR(""));
	if (http_header(h, "Sec-WebSocket-Extensions").s != NULL ||
	    http_header(h, "Sec-WebSocket-Protocol").s != NULL)
		return end(c, ERR_PROTO, "the server chose what was not offered", 0, STR(""));
	ws_init(&c->ws, false, c->ws.memory, c->ws.cap);
	c->phase = WSC_OPEN;
	c->last_message = mono_ns();
	c->ping_at = c->last_message + WSC_PING_EVERY;
	c->pong_by = 0;
	return OK;
}

static enum err read_upgrade(struct ws_client *c)
{
	struct conn *n = &c->conn;
	struct http_head h;
	int r = http_parse_response(&h, (struct str){ n->in, n->in_n });

	if (r < 0 || (r == 0 && n->in_n == n->in_cap))
		return end(c, ERR_PROTO, "the upgrade's answer is not HTTP/1.1", 0, STR(""));
	if (r == 0 && n->eof)
		return end(c, ERR_IO, "closed during the upgrade", 0, STR(""));
	if (r == 0 && mono_ns() >= c->deadline)
		return end(c, ERR_TIMEOUT, "no answer to the upgrade in time", 0, STR(""));
	if (r == 0)
		return ERR_AGAIN;
	enum err e = upgraded(c, &h);
	if (e == OK)
		conn_eat(n, (size_t)r);
	return e;
}

static enum err handshake(struct ws_client *c, bool *opened)
{
	enum err e = conn_step(&c->conn);

	if (e != OK)
		return lost(c, e);
	if (c->conn.state != CONN_OPEN)
		return ERR_AGAIN;
	if (c->phase == WSC_CONNECTING) {
		c->phase = WSC_UPGRADING;
		c->deadline = mono_ns() + UPGRADE_TIME;
	}
	e = read_upgrade(c);
	*opened = e == OK;
	return e;
}

/* ---- messages */

static enum err control(struct ws_client *c, enum ws_op op, struct str payload)
{
	if (op == WS_PONG)
		c->pong_by = 0;
	if (op == WS_PING && put(c, WS_PONG, payload) != OK)
		return end(c, ERR_FULL, "the peer takes no more bytes", 0, STR(""));
	if (op != WS_CLOSE)
		return OK;
	char why[WS_CONTROL_MAX];
	struct str said = { why, payload.n < sizeof(why) ? payload.n : sizeof(why) };
	int code = c->ws.close_code;
	if (said.n > 0)
		memcpy(why, payload.s, said.n);
	put_close(c, code);
	return end(c, ERR_END, "closed by the peer:", code, said);
}

/* ERR_AGAIN: no message in what has come so far. */
static enum err next_message(struct ws_client *c, enum ws_op *op, struct str *message)
{
	struct conn *n = &c->conn;
	size_t used;

	for (;;) {
		enum err e = ws_read(&c->ws, n->in + c->eaten, n->in_n - c->eaten, &used, op,
				     message);
		c->eaten += used;
		if (e == ERR_PROTO) {
			int code = c->ws.close_code;
			put_close(c, code);
			return end(c, ERR_PROTO, "the peer broke the WebSocket protocol:", code,
				   STR(""));
		}
		if (e != OK)
			return e;
		if (*op < WS_CLOSE) {
			c->last_message = mono_ns();
			return OK;
		}
		e = control(c, *op, *message);
		if (e != OK)
			return e;
	}
}

/* A peer from which bytes come is alive, be its pong ever so far behind in the queue. */
static enum err heartbeat(struct ws_client *c)
{
	ns now = mono_ns();

	if (c->pong_by != 0 && c->conn.received != c->heard) {
		c->heard = c->conn.received;
		c->pong_by = now + WSC_PONG_WITHIN;
	}
	if (c->pong_by != 0 && now >= c->pong_by)
		return end(c, ERR_TIMEOUT, "no answer to a ping in time", 0, STR(""));
	if (now < c->ping_at)
		return ERR_AGAIN;
	c->ping_at = now + WSC_PING_EVERY;
	if (put(c, WS_PING, STR("")) != OK)
		return end(c, ERR_FULL, "the peer takes no more bytes", 0, STR(""));
	if (c->pong_by == 0) {
		c->pong_by = now + WSC_PONG_WITHIN;
		c->heard = c->conn.received;
	}
	(void)conn_step(&c->conn);
	return c->conn.state == CONN_OPEN ? ERR_AGAIN : lost(c, ERR_IO);
}

enum err ws_client_step(struct ws_client *c, bool *opened, enum ws_op *op, struct str *message)
{
	struct conn *n = &c->conn;
	enum err e;

	*opened = false;
	if (c->phase == WSC_CLOSED)
		return ERR_END;
	if (c->phase != WSC_OPEN) {
		e = handshake(c, opened);
		if (e != OK)
			return e;
	}
	/* What is buffered first: a front that moves only when it must. */
	e = next_message(c, op, message);
	if (e != ERR_AGAIN)
		return e;
	conn_eat(n, c->eaten);
	c->eaten = 0;
	e = conn_step(n);
	if (e != OK)
		return lost(c, e);
	e = next_message(c, op, message);
	if (e != ERR_AGAIN)
		return e;
	if (n->eof)
		return end(c, ERR_IO, "closed without a farewell", 0, STR(""));
	return heartbeat(c);
}
