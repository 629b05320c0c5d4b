#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/server_inside.h"

#define PROGRESS (16 * 1024)	/* so much must go within the write time */
#define DIRECT   (16 * 1024)	/* so large an answer is not copied to be sent with others */

/* ---- bytes that wait */

static void waiting_since(struct server *s, struct slot *c)
{
	/* At a pace of ours it takes as long as it takes. */
	c->write_by = slot_paced(c) ? NEVER : mono_ns() + s->times.write;
	c->write_mark = c->gone + PROGRESS;
}

bool slot_queue(struct server *s, struct slot *c, struct str bytes)
{
	size_t waiting = slot_waiting(c);

	if (c->state == SLOT_DEAF)
		return true;
	if (bytes.n > SERVER_OUT_MAX - (waiting < SERVER_OUT_MAX ? waiting : SERVER_OUT_MAX)) {
		slot_drop(s, c);
		return false;
	}
	if (bytes.n > SLOT_OUT - c->out_n) {
		memmove(c->out, c->out + c->out_at, waiting);
		c->out_at = 0;
		c->out_n = waiting;
	}
	if (bytes.n > 0)
		memcpy(c->out + c->out_n, bytes.s, bytes.n);
	c->out_n += bytes.n;
	if (c->out_high < c->out_n)
		c->out_high = c->out_n;
	if (waiting == 0)
		waiting_since(s, c);
	return true;
}

void slot_cool(char *memory, size_t from, size_t to)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t a = ((uintptr_t)memory + from + page - 1) & ~(page - 1);
	uintptr_t b = ((uintptr_t)memory + to + page - 1) & ~(page - 1);

	if (a < b)
		(void)madvise((void *)a, b - a, MADV_DONTNEED);
}

static void linger(struct server *s, struct slot *c)
{
	c->state = SLOT_LINGER;
	c->deadline = mono_ns() + s->times.linger;
	(void)shutdown(c->fd, SHUT_WR);
	if (c->eof)
		slot_drop(s, c);
}

static void drained(struct server *s, struct slot *c)
{
	c->out_at = c->out_n = 0;
	c->write_by = NEVER;
	if (c->pad > 0) {
		slot_pad(s, c);
		return;
	}
	if (c->out_high > SLOT_FULL) {
		slot_cool(c->out, SLOT_FULL, c->out_high);
		c->out_high = SLOT_FULL;
	}
	if (c->state == SLOT_CLOSING)
		linger(s, c);
}

void slot_flush(struct server *s, struct slot *c)
{
	bool was_full = slot_waiting(c) >= SLOT_FULL;

	if (c->state == SLOT_DEAF)
		return;
	c->blocked = false;
	while (slot_waiting(c) > 0) {
		size_t most = slot_paced(c) ? slot_allowed(c) : SIZE_MAX;
		if (most == 0)
			break;
		if (most > slot_waiting(c))
			most = slot_waiting(c);
		ssize_t n = send(c->fd, c->out + c->out_at, most, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			slot_drop(s, c);
			return;
		}
		if (n < 0) {
			c->blocked = !slot_paced(c);
			if (slot_paced(c))
				slot_went(c, 0);
			break;
		}
		c->out_at += (size_t)n;
		c->gone += (size_t)n;
		if (slot_paced(c))
			slot_went(c, (size_t)n);
	}
	if (c->gone >= c->write_mark)
		waiting_since(s, c);
	if (was_full && slot_waiting(c) < SLOT_FULL && c->state == SLOT_HEAD && c->in_n > 0)
		c->again = s->hurry = true;
	if (slot_waiting(c) == 0)
		drained(s, c);
}

void slot_finish(struct server *s, struct slot *c)
{
	if (c->notify)
		c->ended = s->hurry = true;
	c->state = SLOT_CLOSING;
	c->deadline = NEVER;	/* write_by watches it */
	slot_flush(s, c);
}

/* Sends the pieces at once, in one call; what the socket does not take is queued. */
static bool put(struct server *s, struct slot *c, const struct str *piece, size_t n)
{
	struct iovec v[4];
	struct msghdr m = { .msg_iov = v };
	size_t done = 0, all = 0;

	assert(n <= COUNT(v));
	for (size_t i = 0; i < n; i++)
		all += piece[i].n;
	if (all >= DIRECT && slot_waiting(c) > 0 && !slot_paced(c))
		slot_flush(s, c);
	if (c->state == SLOT_DEAD)
		return false;
	if (slot_waiting(c) == 0 && !slot_paced(c) && (!c->more || all >= DIRECT)) {
		for (size_t i = 0; i < n; i++)
			if (piece[i].n > 0)
				v[m.msg_iovlen++] = (struct iovec){ (void *)(uintptr_t)piece[i].s,
								    piece[i].n };
		ssize_t r = sendmsg(c->fd, &m, MSG_NOSIGNAL);
		if (r < 0 && errno != EAGAIN && errno != EINTR) {
			slot_drop(s, c);
			return false;
		}
		done = r > 0 ? (size_t)r : 0;
		c->blocked = done < all;
	}
	for (size_t i = 0; i < n; i++) {
		struct str p = piece[i];
		size_t cut = done < p.n ? done : p.n;
		done -= cut;
		if (cut < p.n && !slot_queue(s, c, (struct str){ p.s + cut, p.n - cut }))
			return false;
	}
	return true;
}

/* ---- answers */

static struct str date_now(struct server *s)
{
	ns now = wall_ns();
	struct text t;

	if (now / NS_SECOND != s->date_second) {
		s->date_second = now / NS_SECOND;
		text_init(&t, s->date, sizeof(s->date));
		http_date(&t, now);
		(void)text_done(&t);
	}
	return (struct str){ s->date, 29 };
}

/* Complete lines only: no bare CR or LF, no NUL, no empty line. What a handler got
 * from outside cannot end the head that way. */
static bool lines_ok(struct str h)
{
	while (h.n > 0) {
		struct str line = str_cut(&h, '\n');
		if (line.n < 4 || line.s[line.n - 1] != '\r' || line.s[0] == ' ')
			return false;
		if (line.s[line.n] != '\n' || memchr(line.s, ':', line.n) == NULL)
			return false;
		for (size_t i = 0; i + 1 < line.n; i++)
			if ((uint8_t)line.s[i] < 0x20 && line.s[i] != '\t')
				return false;
	}
	return true;
}

static void status_line(struct server *s, struct text *t, int status)
{
	text_cstr(t, "HTTP/1.1 ");
	text_i64(t, status);
	text_char(t, ' ');
	text_cstr(t, http_reason(status));
	text_cstr(t, "\r\nDate: ");
	text_add(t, date_now(s));
	text_cstr(t, "\r\n");
}

static void content_type(struct text *t, const char *type)
{
	if (type == NULL)
		return;
	text_cstr(t, "Content-Type: ");
	text_cstr(t, type);
	text_cstr(t, "\r\n");
}

/* The request has been answered in full. */
static void answered(struct server *s, struct slot *c)
{
	bool later = c->state == SLOT_HELD;

	c->notify = false;
	if (!c->keep || c->eof) {
		slot_finish(s, c);
		return;
	}
	slot_idle(s, c);
	if (later && c->in_n > 0)
		c->again = s->hurry = true;
}

static void answer(struct server *s, struct slot *c, int status, const char *type,
		   struct str headers, struct str body)
{
	char memory[512];
	struct text t;
	bool bodyless = status == 204 || status == 304;

	text_init(&t, memory, sizeof(memory));
	status_line(s, &t, status);
	content_type(&t, bodyless ? NULL : type);
	if (!bodyless) {
		text_cstr(&t, "Content-Length: ");
		text_u64(&t, body.n);
		text_cstr(&t, "\r\n");
	}
	if (!c->keep)
		text_cstr(&t, "Connection: close\r\n");
	else if (c->old)
		text_cstr(&t, "Connection: keep-alive\r\n");
	assert(!t.full);
	struct str piece[4] = { text_str(&t), headers, STR("\r\n"), body };
	if (put(s, c, piece, bodyless || c->no_body ? 3 : 4))
		answered(s, c);
}

void slot_error(struct server *s, struct slot *c, int status)
{
	char memory[64];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	text_i64(&t, status);
	text_char(&t, ' ');
	text_cstr(&t, http_reason(status));
	text_char(&t, '\n');
	if (c->state != SLOT_ASKED && c->state != SLOT_HELD)
		c->no_body = false;
	c->keep = false;
	c->more = false;
	c->in_n = 0;
	answer(s, c, status, "text/plain", (struct str){ NULL, 0 }, text_str(&t));
}

/* The slot if it waits for an answer. */
static struct slot *asking(struct server *s, conn_id conn)
{
	struct slot *c = slot_of(s, conn);

	assert(c == NULL || c->state != SLOT_HEAD);	/* answered twice */
	return c != NULL && (c->state == SLOT_ASKED || c->state == SLOT_HELD) ? c : NULL;
}

void server_reply(struct server *s, conn_id conn, int status, const char *type,
		  const char *headers, struct str body)
{
	struct slot *c = asking(s, conn);
	struct str h = headers == NULL ? (struct str){ NULL, 0 } : str_of(headers);

	assert(status >= 200 && status <= 599 && (type == NULL || strlen(type) <= 128));
	if (c == NULL)
		return;
	if (lines_ok(h))
		answer(s, c, status, type, h, body);
	else
		slot_error(s, c, 500);
}

void server_hold(struct server *s, conn_id conn)
{
	struct slot *c = asking(s, conn);

	if (c == NULL)
		return;
	c->state = SLOT_HELD;
	c->deadline = NEVER;
	c->notify = true;
}

void server_stream(struct server *s, conn_id conn, const char *type, const char *headers)
{
	char memory[512];
	struct text t;
	struct slot *c = asking(s, conn);
	struct str h = headers == NULL ? (struct str){ NULL, 0 } : str_of(headers);

	assert(type != NULL && strlen(type) <= 128);
	if (c == NULL)
		return;
	if (!lines_ok(h)) {
		slot_error(s, c, 500);
		return;
	}
	text_init(&t, memory, sizeof(memory));
	status_line(s, &t, 200);
	content_type(&t, type);
	text_cstr(&t, "Connection: close\r\n");
	assert(!t.full);
	struct str piece[3] = { text_str(&t), h, STR("\r\n") };
	c->keep = c->more = false;
	c->in_n = 0;
	if (!put(s, c, piece, 3))
		return;
	if (c->no_body) {
		answered(s, c);
		return;
	}
	c->state = SLOT_STREAM;
	c->deadline = NEVER;
	c->notify = true;
}

bool server_send(struct server *s, conn_id conn, struct str piece)
{
	struct slot *c = slot_of(s, conn);

	return c != NULL && c->state == SLOT_STREAM && slot_queue(s, c, piece);
}

void server_finish(struct server *s, conn_id conn)
{
	struct slot *c = slot_of(s, conn);

	if (c != NULL && c->state == SLOT_STREAM)
		slot_finish(s, c);
}

/* ---- WebSocket */

static bool proper_key(struct str key)
{
	if (key.n != 24 || key.s[22] != '=' || key.s[23] != '=')
		return false;
	for (size_t i = 0; i < 22; i++) {
		char b = key.s[i];
		if (!((b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') ||
		      (b >= 'A' && b <= 'Z') || b == '+' || b == '/'))
			return false;
	}
	return strchr("AQgw", key.s[21]) != NULL;	/* the last four bits are nothing */
}

bool server_websocket(struct server *s, const struct request *rq)
{
	const struct http_head *h = &rq->head;
	struct slot *c = asking(s, rq->conn);
	struct str key = http_header(h, "Sec-WebSocket-Key");
	char accept[WS_ACCEPT_TEXT], memory[256];
	struct text t;

	if (c == NULL)
		return false;
	if (!str_eq(h->method, STR("GET")) || h->minor != 1 || !h->upgrade || rq->body.n > 0 ||
	    !http_has_token(http_header(h, "Upgrade"), "websocket") || !proper_key(key)) {
		slot_error(s, c, 400);
		return false;
	}
	if (!str_eq(http_header(h, "Sec-WebSocket-Version"), STR("13"))) {
		server_reply(s, rq->conn, 426, NULL, "Sec-WebSocket-Version: 13\r\n", STR(""));
		return false;
	}
	ws_accept(accept, key);
	text_init(&t, memory, sizeof(memory));
	status_line(s, &t, 101);
	text_cstr(&t, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
	text_cstr(&t, accept);
	text_cstr(&t, "\r\n\r\n");
	assert(!t.full);
	struct str piece = text_str(&t);
	c->more = false;
	if (!put(s, c, &piece, 1))
		return false;
	ws_init(&c->ws, true, c->message, SERVER_BODY_MAX);
	c->state = SLOT_WEBSOCKET;
	c->deadline = mono_ns() + s->times.idle;
	c->pinged = c->closing_ws = false;
	c->notify = true;
	return true;
}

bool server_ws_send(struct server *s, conn_id conn, enum ws_op op, const struct str *piece,
		    size_t n)
{
	struct slot *c = slot_of(s, conn);
	struct str all[SERVER_PIECES + 1];
	char head[10];
	uint64_t size = 0;

	assert(n <= SERVER_PIECES);
	if (c == NULL || c->state != SLOT_WEBSOCKET || c->closing_ws)
		return false;
	for (size_t i = 0; i < n; i++) {
		all[i + 1] = piece[i];
		size += piece[i].n;
	}
	all[0] = (struct str){ head, ws_header(head, op, size) };
	if (size >= DIRECT)
		return put(s, c, all, n + 1);
	for (size_t i = 0; i <= n; i++)
		if (!slot_queue(s, c, all[i]))
			return false;
	return true;
}

void slot_close_ws(struct server *s, struct slot *c, int code, struct str why)
{
	char frame[WS_CONTROL_MAX + 2];
	size_t n = ws_write_close(frame, sizeof(frame), code, why, NULL);

	c->closing_ws = true;
	c->deadline = mono_ns() + s->times.linger;
	(void)slot_queue(s, c, (struct str){ frame, n });
}

void server_ws_close(struct server *s, conn_id conn, int code, struct str why)
{
	struct slot *c = slot_of(s, conn);

	if (c != NULL && c->state == SLOT_WEBSOCKET && !c->closing_ws)
		slot_close_ws(s, c, code, why);
}

size_t server_waiting(const struct server *s, conn_id conn)
{
	const struct slot *c = &s->slot[conn % SERVER_CONNECTIONS];

	return c->id == conn && c->state != SLOT_DEAD ? slot_waiting(c) : 0;
}
