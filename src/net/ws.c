/* ws.c: frames to messages. A whole unfragmented frame is handed out where it
 * lies; what comes in parts is put together in the caller's memory. */
#include <bearssl.h>

#include "base/base64.h"
#include "net/ws.h"

void ws_init(struct ws *w, bool server, void *memory, size_t cap)
{
	assert(memory != NULL || cap == 0);
	*w = (struct ws){ .server = server, .memory = memory, .cap = cap };
}

/* ---- UTF-8. The state holds how many bytes must follow (bits 0..7) and between
 * what the next one must be (8..15, 16..23); 0: between characters. */

#define FOLLOW(need, low, high) ((uint32_t)(need) | (uint32_t)(low) << 8 | (uint32_t)(high) << 16)
#define BAD UINT32_MAX

static uint32_t utf8_first(uint8_t b)
{
	if (b < 0x80)
		return 0;
	if (b >= 0xc2 && b <= 0xdf)
		return FOLLOW(1, 0x80, 0xbf);
	if (b == 0xe0)
		return FOLLOW(2, 0xa0, 0xbf);
	if (b == 0xed)		/* surrogates are no characters */
		return FOLLOW(2, 0x80, 0x9f);
	if (b >= 0xe1 && b <= 0xef)
		return FOLLOW(2, 0x80, 0xbf);
	if (b == 0xf0)
		return FOLLOW(3, 0x90, 0xbf);
	if (b >= 0xf1 && b <= 0xf3)
		return FOLLOW(3, 0x80, 0xbf);
	if (b == 0xf4)
		return FOLLOW(3, 0x80, 0x8f);
	return BAD;
}

static uint32_t utf8_next(uint32_t state, uint8_t b)
{
	if (state == 0)
		return utf8_first(b);
	if (b < (state >> 8 & 0xff) || b > (state >> 16 & 0xff))
		return BAD;
	return (state & 0xff) == 1 ? 0 : FOLLOW((state & 0xff) - 1, 0x80, 0xbf);
}

static bool utf8_eat(uint32_t *state, const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint64_t eight;
		if (*state == 0 && n - i >= sizeof(eight)) {
			memcpy(&eight, s + i, sizeof(eight));
			if ((eight & 0x8080808080808080u) == 0) {
				i += sizeof(eight);
				continue;
			}
		}
		*state = utf8_next(*state, (uint8_t)s[i++]);
		if (*state == BAD)
			return false;
	}
	return true;
}

/* ---- masks */

/* `from` is the place of s[0] within its frame. */
static void unmask(char *s, size_t n, const uint8_t mask[4], uint64_t from)
{
	uint8_t turned[8];
	uint64_t wide, eight;
	size_t i = 0;

	for (size_t k = 0; k < sizeof(turned); k++)
		turned[k] = mask[(from + k) & 3];
	memcpy(&wide, turned, sizeof(wide));
	for (; n - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, s + i, sizeof(eight));
		eight ^= wide;
		memcpy(s + i, &eight, sizeof(eight));
	}
	for (; i < n; i++)
		s[i] = (char)((uint8_t)s[i] ^ turned[i & 7]);
}

/* ---- reading */

struct frame {
	bool     fin;
	int      op;
	size_t   head_n;
	uint64_t n;
	uint8_t  mask[4];
};

static enum err fail(struct ws *w, int code)
{
	w->close_code = code;
	w->closing = true;
	return ERR_PROTO;
}

/* Rules that the first two bytes can break. */
static bool legal(const struct ws *w, uint8_t first, uint8_t second)
{
	int op = first & 0x0f;
	bool fin = (first & 0x80) != 0;

	if ((first & 0x70) != 0 || ((second & 0x80) != 0) != w->server)
		return false;
	switch (op) {
	case WS_CONT:
		return w->in_message;
	case WS_TEXT:
	case WS_BINARY:
		return !w->in_message;
	case WS_CLOSE:
	case WS_PING:
	case WS_PONG:
		return fin && (second & 0x7f) <= WS_CONTROL_MAX;
	default:
		return false;
	}
}

static enum err frame_head(struct ws *w, const char *in, size_t n, struct frame *f)
{
	if (n < 2)
		return ERR_AGAIN;
	uint8_t first = (uint8_t)in[0], second = (uint8_t)in[1];
	if (!legal(w, first, second))
		return fail(w, 1002);
	size_t wide = (second & 0x7f) == 127 ? 8 : (second & 0x7f) == 126 ? 2 : 0;
	f->fin = (first & 0x80) != 0;
	f->op = first & 0x0f;
	f->n = second & 0x7f;
	f->head_n = 2 + wide + (w->server ? 4 : 0);
	if (n < f->head_n)
		return ERR_AGAIN;
	if (wide > 0) {
		f->n = 0;
		for (size_t i = 0; i < wide; i++)
			f->n = f->n << 8 | (uint8_t)in[2 + i];
		if (f->n <= (wide == 2 ? 125 : 0xffff) || f->n >> 63 != 0)
			return fail(w, 1002);	/* the shortest form is demanded */
	}
	if (w->server)
		memcpy(f->mask, in + 2 + wide, 4);
	return OK;
}

static bool code_legal(int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static enum err closed(struct ws *w, struct str *payload)
{
	uint32_t state = 0;

	w->closing = true;
	w->close_code = 1005;	/* none was said */
	if (payload->n == 0)
		return OK;
	if (payload->n == 1)
		return fail(w, 1002);
	w->close_code = (uint8_t)payload->s[0] << 8 | (uint8_t)payload->s[1];
	if (!code_legal(w->close_code))
		return fail(w, 1002);
	*payload = (struct str){ payload->s + 2, payload->n - 2 };
	if (!utf8_eat(&state, payload->s, payload->n) || state != 0)
		return fail(w, 1007);
	return OK;
}

/* A whole frame lies in `in`: control frames, and messages of one frame. */
static enum err whole(struct ws *w, const struct frame *f, char *in, enum ws_op *op,
		      struct str *payload)
{
	uint32_t state = 0;
	char *s = in + f->head_n;
	size_t n = (size_t)f->n;

	if (w->server)
		unmask(s, n, f->mask, 0);
	*op = (enum ws_op)f->op;
	*payload = (struct str){ s, n };
	if (f->op == WS_TEXT && (!utf8_eat(&state, s, n) || state != 0))
		return fail(w, 1007);
	return f->op == WS_CLOSE ? closed(w, payload) : OK;
}

/* The next n bytes of a data frame go to the memory. */
static enum err gather(struct ws *w, char *in, size_t n)
{
	assert(n <= w->left && n <= w->cap - w->n);
	if (n > 0)
		memcpy(w->memory + w->n, in, n);
	if (w->server)
		unmask(w->memory + w->n, n, w->mask, w->got);
	if (w->text && !utf8_eat(&w->utf8, w->memory + w->n, n))
		return fail(w, 1007);
	w->n += n;
	w->got += n;
	w->left -= n;
	return OK;
}

static void begin_frame(struct ws *w, const struct frame *f)
{
	if (f->op != WS_CONT) {
		w->text = f->op == WS_TEXT;
		w->in_message = true;
		w->utf8 = 0;
		w->n = 0;
	}
	w->in_frame = true;
	w->fin = f->fin;
	w->left = f->n;
	w->got = 0;
	if (w->server)
		memcpy(w->mask, f->mask, 4);
}

/* A frame has ended. OK: with it the message. */
static enum err end_frame(struct ws *w, enum ws_op *op, struct str *payload)
{
	w->in_frame = false;
	if (!w->fin)
		return ERR_AGAIN;
	w->in_message = false;
	if (w->text && w->utf8 != 0)
		return fail(w, 1007);
	*op = w->text ? WS_TEXT : WS_BINARY;
	*payload = (struct str){ w->memory, w->n };
	return OK;
}

/* One frame or a part of one. ERR_AGAIN with *used = 0: more bytes are needed. */
static enum err turn(struct ws *w, char *in, size_t n, size_t *used, enum ws_op *op,
		     struct str *payload)
{
	struct frame f;
	enum err e;

	*used = 0;
	if (!w->in_frame) {
		e = frame_head(w, in, n, &f);
		if (e != OK)
			return e;
		bool control = f.op >= WS_CLOSE, all = f.n <= n - f.head_n;
		if (control && !all)
			return ERR_AGAIN;
		if (!control && f.n > w->cap - (w->in_message ? w->n : 0))
			return fail(w, 1009);
		if (all && (control || (f.fin && f.op != WS_CONT))) {
			*used = f.head_n + (size_t)f.n;
			return whole(w, &f, in, op, payload);
		}
		begin_frame(w, &f);
		*used = f.head_n;
	}
	size_t m = n - *used < w->left ? n - *used : (size_t)w->left;
	e = gather(w, in + *used, m);
	*used += m;
	if (e != OK || w->left > 0)
		return e == OK ? ERR_AGAIN : e;
	return end_frame(w, op, payload);
}

enum err ws_read(struct ws *w, char *in, size_t n, size_t *used, enum ws_op *op,
		 struct str *payload)
{
	*used = 0;
	if (w->closing) {
		*used = n;
		return ERR_END;
	}
	for (;;) {
		size_t m;
		enum err e = turn(w, in + *used, n - *used, &m, op, payload);
		*used += m;
		if (e != ERR_AGAIN || m == 0)
			return e;
	}
}

/* ---- writing */

size_t ws_header(char dst[static 10], enum ws_op op, uint64_t n)
{
	size_t wide = n > 0xffff ? 8 : n > 125 ? 2 : 0;

	assert(op < WS_CLOSE || n <= WS_CONTROL_MAX);
	dst[0] = (char)(0x80 | (int)op);
	dst[1] = (char)(wide == 8 ? 127 : wide == 2 ? 126 : n);
	for (size_t i = 0; i < wide; i++)
		dst[2 + i] = (char)(n >> 8 * (wide - 1 - i));
	return 2 + wide;
}

size_t ws_write(char *dst, size_t size, enum ws_op op, struct str payload, const uint8_t *mask)
{
	char head[10];
	size_t n = ws_header(head, op, payload.n);

	if (size < n + (mask != NULL ? 4 : 0) || size - n - (mask != NULL ? 4 : 0) < payload.n)
		return 0;
	memcpy(dst, head, n);
	if (mask != NULL) {
		dst[1] = (char)(dst[1] | (char)0x80);
		memcpy(dst + n, mask, 4);
		n += 4;
	}
	if (payload.n > 0)
		memcpy(dst + n, payload.s, payload.n);
	if (mask != NULL)
		unmask(dst + n, payload.n, mask, 0);
	return n + payload.n;
}

size_t ws_write_close(char *dst, size_t size, int code, struct str why, const uint8_t *mask)
{
	char body[WS_CONTROL_MAX];
	size_t n = why.n < sizeof(body) - 2 ? why.n : sizeof(body) - 2;

	if (!code_legal(code))	/* 1005, 1006 and the like are never sent */
		return ws_write(dst, size, WS_CLOSE, (struct str){ body, 0 }, mask);
	while (n > 0 && n < why.n && (why.s[n] & 0xc0) == 0x80)	/* not within a character */
		n--;
	body[0] = (char)(code >> 8);
	body[1] = (char)code;
	if (n > 0)
		memcpy(body + 2, why.s, n);
	return ws_write(dst, size, WS_CLOSE, (struct str){ body, n + 2 }, mask);
}

/* ---- the handshake's proof */

void ws_accept(char out[static WS_ACCEPT_TEXT], struct str key)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t digest[br_sha1_SIZE];
	br_sha1_context sha;

	br_sha1_init(&sha);
	br_sha1_update(&sha, key.s, key.n);
	br_sha1_update(&sha, guid, sizeof(guid) - 1);
	br_sha1_out(&sha, digest);
	out[base64_write(out, digest, sizeof(digest))] = '\0';
}

void ws_key(char out[static WS_KEY_TEXT], const uint8_t random[static 16])
{
	out[base64_write(out, random, 16)] = '\0';
}
