/* http.c: heads of requests and answers. One pass from left to right; what a
 * prefix decides is never decided otherwise by more bytes, so it does not
 * matter how the bytes come in. */
#include "net/http.h"

#define METHOD_MAX 32		/* no registered method is longer than 17 */

/* What a byte may be part of. */
enum { TOKEN = 1, TARGET = 2, VALUE = 4, HOST = 8 };

static const uint8_t class_of[256] = {
	 0,  0,  0,  0,  0,  0,  0,  0,  0,  4,  0,  0,  0,  0,  0,  0,
	 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
	 4, 15,  6,  5, 15, 15, 15, 15, 14, 14, 15, 15, 14, 15, 15,  6,
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 14,  6, 14,  6,  6,
	 6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14,  6, 14,  7, 15,
	 7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  7,  6, 15,  0,
	 4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,
	 4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,
	 4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,
	 4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,
	 4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,
	 4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,
	 4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,
	 4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  4,
};

/* Where the reader stands. Functions that read return 1 when what they look for
 * is there, 0 when more bytes are needed, or a negated status. */
struct cursor { const char *at, *end; };

/* What the headers say about framing, judged when all of them are there. */
struct framing {
	bool request;
	int  hosts, lengths, codings;
	bool close, keep_alive;
	struct str host, authority;	/* authority: of an absolute target, else n = 0 */
};

static bool is(char c, uint8_t what)
{
	return (class_of[(uint8_t)c] & what) != 0;
}

static int span(struct cursor *c, uint8_t what, struct str *out)
{
	const char *from = c->at;

	while (c->at < c->end && is(*c->at, what))
		c->at++;
	*out = (struct str){ from, (size_t)(c->at - from) };
	return c->at < c->end;
}

static int expect(struct cursor *c, char wanted)
{
	if (c->at == c->end)
		return 0;
	if (*c->at != wanted)
		return -400;
	c->at++;
	return 1;
}

static int line_end(struct cursor *c)
{
	int r = expect(c, '\r');

	return r == 1 ? expect(c, '\n') : r;
}

static int version(struct cursor *c, struct http_head *h)
{
	static const char name[] = "HTTP/";
	int r = 1;

	for (size_t i = 0; r == 1 && i < sizeof(name) - 1; i++)
		r = expect(c, name[i]);
	if (r != 1)
		return r;
	const char *v = c->at;
	size_t n = (size_t)(c->end - v);
	if ((n > 0 && (v[0] < '0' || v[0] > '9')) || (n > 1 && v[1] != '.'))
		return -400;
	if (n < 3)
		return 0;
	if (v[2] < '0' || v[2] > '9')
		return -400;
	if (v[0] != '1')
		return -505;
	h->minor = v[2] > '0';
	c->at += 3;
	return 1;
}

/* "http://host/path" is allowed to any server, not only to proxies. */
static int absolute(struct http_head *h, struct framing *f)
{
	static const struct str schemes[] = { { "http://", 7 }, { "https://", 8 } };
	struct str t = h->target;

	for (size_t i = 0; i < COUNT(schemes); i++) {
		size_t n = schemes[i].n, from;
		if (t.n <= n || !str_eq_fold((struct str){ t.s, n }, schemes[i]))
			continue;
		for (from = n; n < t.n && t.s[n] != '/' && t.s[n] != '?'; n++)
			if (!is(t.s[n], HOST))
				return -400;
		f->authority = (struct str){ t.s + from, n - from };
		h->path = (struct str){ t.s + n, t.n - n };
		return n > from ? 1 : -400;
	}
	return -400;
}

static int split_target(struct http_head *h, struct framing *f)
{
	struct str t = h->target;
	int r = 1;

	h->path = t;
	if (str_eq(h->method, STR("CONNECT")))
		return -501;
	if (t.s[0] != '/' && !(str_eq(t, STR("*")) && str_eq(h->method, STR("OPTIONS"))))
		r = absolute(h, f);
	h->query = h->path;
	h->path = str_cut(&h->query, '?');
	if (h->path.n == 0)
		h->path = STR("/");
	return r;
}

static int request_line(struct cursor *c, struct http_head *h, struct framing *f)
{
	int r = span(c, TOKEN, &h->method);

	if (h->method.n > METHOD_MAX)
		return -501;
	if (r == 1 && h->method.n == 0)
		return -400;
	if (r == 1)
		r = expect(c, ' ');
	if (r == 1)
		r = span(c, TARGET, &h->target);
	if (r == 1 && h->target.n == 0)
		return -400;
	if (r == 1)
		r = expect(c, ' ');
	if (r == 1)
		r = split_target(h, f);
	if (r == 1)
		r = version(c, h);
	if (r == 1)
		r = line_end(c);
	return r;
}

static int status_line(struct cursor *c, struct http_head *h)
{
	struct str digits, reason;
	int r = version(c, h);

	if (r == 1)
		r = expect(c, ' ');
	if (r != 1)
		return r;
	digits = (struct str){ c->at, 0 };
	h->status = 0;
	while (digits.n < 3 && c->at < c->end) {
		if (*c->at < '0' || *c->at > '9')
			return -400;
		h->status = h->status * 10 + (*c->at++ - '0');
		digits.n++;
	}
	if (c->at == c->end)
		return 0;
	if (h->status < 100)	/* above 599: an error of the server, RFC 9110 15 */
		return -400;
	if (*c->at == ' ') {	/* some servers leave the blank out with the words */
		c->at++;
		r = span(c, VALUE, &reason);
	}
	return r == 1 ? line_end(c) : r;
}

/* "chunked" alone is understood. What is well formed but unknown gets 501, what
 * would leave the end of the body in doubt 400. */
static int transfer_coding(struct http_head *h, struct framing *f, struct str v)
{
	int chunked = 0, others = 0;
	bool last = false;

	if (f->codings++ > 0 || h->minor == 0)
		return -400;
	/* Others end "chunked," elsewhere, or nowhere: it is not a list with an empty end here. */
	if (v.n > 0 && v.s[v.n - 1] == ',')
		return -400;
	while (v.n > 0) {
		struct str one = str_trim(str_cut(&v, ','));
		for (size_t i = 0; i < one.n; i++)
			if (!is(one.s[i], TOKEN))
				return -400;
		last = str_eq_fold(one, STR("chunked"));
		chunked += last;
		others += !last;
	}
	if (chunked + others == 0 || chunked > 1 || (chunked == 1 && !last))
		return -400;
	if (others > 0)
		return -501;
	h->chunked = true;
	return 1;
}

static int content_length(struct http_head *h, struct framing *f, struct str v)
{
	int64_t n = 0;

	if (f->lengths++ > 0 || v.n == 0)
		return -400;
	for (size_t i = 0; i < v.n; i++) {
		if (v.s[i] < '0' || v.s[i] > '9')
			return -400;
		if (n > (INT64_MAX - 9) / 10)
			return -400;
		n = n * 10 + (v.s[i] - '0');
	}
	h->content_length = n;
	return 1;
}

static int host(struct framing *f, struct str v)
{
	if (f->hosts++ > 0)
		return -400;
	for (size_t i = 0; i < v.n; i++)
		if (!is(v.s[i], HOST))
			return -400;
	f->host = v;
	return 1;
}

/* Takes note of the headers that say where a message ends. */
static int understand(struct http_head *h, struct framing *f, struct http_header x)
{
	switch (x.name.n) {
	case 4:
		if (f->request && str_eq_fold(x.name, STR("Host")))
			return host(f, x.value);
		break;
	case 10:
		if (!str_eq_fold(x.name, STR("Connection")))
			break;
		f->close |= http_has_token(x.value, "close");
		f->keep_alive |= http_has_token(x.value, "keep-alive");
		h->upgrade |= http_has_token(x.value, "upgrade");
		break;
	case 14:
		if (str_eq_fold(x.name, STR("Content-Length")))
			return content_length(h, f, x.value);
		break;
	case 17:
		if (str_eq_fold(x.name, STR("Transfer-Encoding")))
			return transfer_coding(h, f, x.value);
		break;
	default:
		break;
	}
	return 1;
}

static int header_line(struct cursor *c, struct http_head *h, struct framing *f)
{
	struct http_header x;
	int r;

	if (h->n == HTTP_HEADERS_MAX)
		return -431;
	r = span(c, TOKEN, &x.name);
	if (r == 1 && x.name.n == 0)
		return -400;
	if (r == 1)
		r = expect(c, ':');
	if (r == 1)
		r = span(c, VALUE, &x.value);
	if (r == 1)
		r = line_end(c);
	if (r != 1)
		return r;
	x.value = str_trim(x.value);
	h->header[h->n++] = x;
	return understand(h, f, x);
}

static int headers(struct cursor *c, struct http_head *h, struct framing *f)
{
	int r = 1;

	while (r == 1) {
		if (c->at == c->end)
			return 0;
		if (*c->at == '\r')
			return line_end(c);
		r = header_line(c, h, f);
	}
	return r;
}

static int judge(struct http_head *h, const struct framing *f)
{
	if (h->chunked && f->lengths > 0)
		return -400;
	if (f->request && f->hosts == 0 && h->minor == 1)
		return -400;
	if (f->authority.n > 0 && f->hosts > 0 && !str_eq_fold(f->authority, f->host))
		return -400;
	h->keep_alive = !f->close && (h->minor == 1 || f->keep_alive);
	return 1;
}

static void clear(struct http_head *h)
{
	h->method = h->target = h->path = h->query = (struct str){ NULL, 0 };
	h->status = 0;
	h->minor = 0;
	h->content_length = -1;
	h->chunked = h->keep_alive = h->upgrade = false;
	h->n = 0;	/* the array is left as it is: 2 kB */
}

static struct cursor cut_at(struct str in, const char *from, size_t most)
{
	size_t left = in.n - (size_t)(from - in.s);

	return (struct cursor){ from, from + (left < most ? left : most) };
}

static int parse(struct http_head *h, struct str in, bool request)
{
	struct framing f = { .request = request };
	const char *begin = in.s;
	int r = 1;

	clear(h);
	if (request && in.n > 0 && in.s[0] == '\r') {	/* one empty line may come before */
		struct cursor blank = { in.s, in.s + in.n };
		r = line_end(&blank);
		begin = blank.at;
	}
	if (r != 1 || in.n == 0)
		return r == 1 ? 0 : r;
	struct cursor c = cut_at(in, begin, HTTP_LINE_MAX);
	r = request ? request_line(&c, h, &f) : status_line(&c, h);
	if (r == 0 && c.end - begin >= HTTP_LINE_MAX)
		return -414;
	if (r == 1) {
		c = (struct cursor){ c.at, cut_at(in, begin, HTTP_HEAD_MAX).end };
		r = headers(&c, h, &f);
		if (r == 0 && c.end - begin >= HTTP_HEAD_MAX)
			return -431;
	}
	if (r == 1)
		r = judge(h, &f);
	return r == 1 ? (int)(c.at - in.s) : r;
}

int http_parse_request(struct http_head *h, struct str in)
{
	return parse(h, in, true);
}

int http_parse_response(struct http_head *h, struct str in)
{
	return parse(h, in, false);
}

struct str http_header(const struct http_head *h, const char *name)
{
	struct str wanted = str_of(name);

	for (uint32_t i = 0; i < h->n; i++)
		if (str_eq_fold(h->header[i].name, wanted))
			return h->header[i].value;
	return (struct str){ NULL, 0 };
}

bool http_has_token(struct str list, const char *token)
{
	struct str wanted = str_of(token);

	while (list.n > 0)
		if (str_eq_fold(str_trim(str_cut(&list, ',')), wanted))
			return true;
	return false;
}
