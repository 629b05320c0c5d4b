#include "base/rng.h"
#include "net/http.h"
#include "check.h"

#define HOST "Host: a\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST

/* What a request must give: bytes used ("all": > 0), or the negated status. */
static const struct { const char *bytes; int want; const char *why; } requests[] = {
	{ GET "\r\n", 1, "the least request" },
	{ "\r\n" GET "\r\n", 1, "one empty line before it" },
	{ "\r\n\r\n" GET "\r\n", -400, "two empty lines before it" },
	{ "\n" GET "\r\n", -400, "a bare LF before it" },
	{ "GET / HTTP/1.0\r\n\r\n", 1, "1.0 needs no Host" },
	{ "GET / HTTP/1.1\r\n\r\n", -400, "1.1 needs a Host" },
	{ GET HOST "\r\n", -400, "two Hosts, though equal" },
	{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", -400, "a blank within Host" },
	{ "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", -400, "a slash within Host" },
	{ "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", -400, "an at sign within Host" },
	{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", 1, "an empty Host is a Host" },
	{ "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 1, "IPv6 in Host" },
	{ "GET / HTTP/1.2\r\n" HOST "\r\n", 1, "HTTP/1.2 is read as 1.1" },
	{ "GET / HTTP/2.0\r\n" HOST "\r\n", -505, "HTTP/2.0" },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", -400, "HTTP/2's preface" },
	{ "GET / HTTP/11\r\n" HOST "\r\n", -400, "HTTP/11" },
	{ "GET / http/1.1\r\n" HOST "\r\n", -400, "the name in small letters" },
	{ "GET / HTTP/1.1 \r\n" HOST "\r\n", -400, "a blank behind the version" },
	{ "GET /\r\n\r\n", -400, "HTTP/0.9" },
	{ "GET / \r\n\r\n", -400, "HTTP/0.9 with a blank" },
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", -400, "two blanks" },
	{ "GET /  HTTP/1.1\r\n" HOST "\r\n", -400, "two blanks behind the target" },
	{ "GET\t/ HTTP/1.1\r\n" HOST "\r\n", -400, "a tab for a blank" },
	{ " GET / HTTP/1.1\r\n" HOST "\r\n", -400, "a blank before the method" },
	{ "G@T / HTTP/1.1\r\n" HOST "\r\n", -400, "no token as method" },
	{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n", -501, "33 letters of method" },
	{ "CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", -501, "CONNECT" },
	{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 1, "OPTIONS *" },
	{ "GET * HTTP/1.1\r\n" HOST "\r\n", -400, "GET *" },
	{ "GET a HTTP/1.1\r\n" HOST "\r\n", -400, "a target without a slash" },
	{ "GET /a b HTTP/1.1\r\n" HOST "\r\n", -400, "a blank within the target" },
	{ "GET /a#b HTTP/1.1\r\n" HOST "\r\n", -400, "a fragment" },
	{ "GET /\x80 HTTP/1.1\r\n" HOST "\r\n", -400, "a byte above ASCII in the target" },
	{ "GET /\x01 HTTP/1.1\r\n" HOST "\r\n", -400, "a control in the target" },
	{ "GET http://a/b HTTP/1.1\r\n" HOST "\r\n", 1, "an absolute target of this host" },
	{ "GET http://a HTTP/1.1\r\n" HOST "\r\n", 1, "an absolute target without a path" },
	{ "GET http://b/ HTTP/1.1\r\n" HOST "\r\n", -400, "an absolute target of another host" },
	{ "GET http:///b HTTP/1.1\r\n" HOST "\r\n", -400, "an absolute target of no host" },
	{ "GET http://x@a/ HTTP/1.1\r\n" HOST "\r\n", -400, "user information" },
	{ "GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n", -400, "another scheme" },
	{ "GET / HTTP/1.1\n" HOST "\r\n", -400, "a bare LF ends the request line" },
	{ "GET / HTTP/1.1\r" HOST "\r\n", -400, "a bare CR ends the request line" },
	{ GET "X: a\n\r\n", -400, "a bare LF ends a header" },
	{ GET "X: a\rb\r\n\r\n", -400, "a bare CR in a value" },
	{ GET "\n", -400, "a bare LF ends the head" },
	{ GET "X: \x01\r\n\r\n", -400, "a control in a value" },
	{ GET "X: \x7f\r\n\r\n", -400, "DEL in a value" },
	{ GET "X: \xc3\xa4\t\x80\r\n\r\n", 1, "bytes above ASCII in a value" },
	{ GET "X : a\r\n\r\n", -400, "a blank before the colon" },
	{ GET "X\t: a\r\n\r\n", -400, "a tab before the colon" },
	{ GET ": a\r\n\r\n", -400, "no name" },
	{ GET "X\r\n\r\n", -400, "no colon" },
	{ GET "X(: a\r\n\r\n", -400, "no token as name" },
	{ GET "X: a\r\n b\r\n\r\n", -400, "a folded value" },
	{ GET "X: a\r\n\tb\r\n\r\n", -400, "a value folded with a tab" },
	{ "GET / HTTP/1.1\r\n X: a\r\n" HOST "\r\n", -400, "a blank before the first header" },
	{ GET "X:\r\n\r\n", 1, "an empty value" },
	{ GET "Content-Length: 5\r\n\r\n", 1, "a length" },
	{ GET "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", -400, "two equal lengths" },
	{ GET "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", -400, "two lengths" },
	{ GET "Content-Length: 5, 5\r\n\r\n", -400, "a list of lengths" },
	{ GET "Content-Length: +5\r\n\r\n", -400, "a signed length" },
	{ GET "Content-Length: -5\r\n\r\n", -400, "a negative length" },
	{ GET "Content-Length: 0x5\r\n\r\n", -400, "a length in hex" },
	{ GET "Content-Length: 5 5\r\n\r\n", -400, "a length with a blank" },
	{ GET "Content-Length: 5;\r\n\r\n", -400, "a length with a parameter" },
	{ GET "Content-Length:\r\n\r\n", -400, "an empty length" },
	{ GET "Content-Length: 99999999999999999999\r\n\r\n", -400, "a length beyond 64 bits" },
	{ GET "Content-Length: 18446744073709551621\r\n\r\n", -400, "a length that wraps to 5" },
	{ GET "Content-Length : 5\r\n\r\n", -400, "a length with a blank before the colon" },
	{ GET "Transfer-Encoding: chunked\r\n\r\n", 1, "chunked" },
	{ GET "Transfer-Encoding: ChunKed \r\n\r\n", 1, "chunked in any letters" },
	{ GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", -400, "both, CL first" },
	{ GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", -400, "both, TE first" },
	{ GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", -400,
	  "TE twice" },
	{ GET "Transfer-Encoding: chunked, chunked\r\n\r\n", -400, "chunked twice" },
	{ GET "Transfer-Encoding: chunked, gzip\r\n\r\n", -400, "chunked not last" },
	{ GET "Transfer-Encoding: gzip, chunked\r\n\r\n", -501, "gzip below chunked" },
	{ GET "Transfer-Encoding: identity\r\n\r\n", -501, "identity" },
	{ GET "Transfer-Encoding: xchunked\r\n\r\n", -501, "xchunked" },
	{ GET "Transfer-Encoding: ,chunked\r\n\r\n", -501, "an empty member of the list" },
	{ GET "Transfer-Encoding: chunked,\r\n\r\n", -400, "an empty member at the end" },
	{ GET "Transfer-Encoding:\r\n\r\n", -400, "no coding" },
	{ GET "Transfer-Encoding: chunked;q=1\r\n\r\n", -400, "a parameter" },
	{ GET "Transfer-Encoding: \"chunked\"\r\n\r\n", -400, "quotes" },
	{ GET "Transfer-Encoding: \x0b" "chunked\r\n\r\n", -400, "a vertical tab" },
	{ GET "Transfer-Encoding\x0b: chunked\r\n\r\n", -400, "a vertical tab in the name" },
	{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", -400, "chunked in 1.0" },
	{ "\x16\x03\x01\x02", -400, "a TLS hello" },
	{ GET "X: a", 0, "an unfinished head" },
	{ GET "\r", 0, "the last byte is missing" },
	{ "", 0, "nothing" },
};

/* Parses prefixes one byte longer each time, as a server would that gets single bytes. */
static int drip(struct http_head *h, struct str in, bool request, size_t *needed)
{
	for (size_t n = 0; n <= in.n; n++) {
		struct str part = { in.s, n };
		int r = request ? http_parse_request(h, part) : http_parse_response(h, part);
		*needed = n;
		if (r != 0)
			return r;
	}
	return 0;
}

void test_http_requests(void)
{
	struct http_head h;
	size_t needed;

	for (size_t i = 0; i < COUNT(requests); i++) {
		struct str in = str_of(requests[i].bytes);
		int r = http_parse_request(&h, in), want = requests[i].want;
		CHECK_INT(r, want == 1 ? (int)in.n : want, "%s", requests[i].why);
		CHECK_INT(drip(&h, in, true, &needed), r, "byte by byte: %s", requests[i].why);
		CHECK(r <= 0 || needed == in.n, "no byte too few: %s", requests[i].why);
	}
}

void test_http_nul(void)
{
	static const char line[] = "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char value[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
	static const char name[] = "GET / HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n";
	struct http_head h;

	CHECK_INT(http_parse_request(&h, (struct str){ line, sizeof(line) - 1 }), -400,
		  "NUL in target");
	CHECK_INT(http_parse_request(&h, (struct str){ value, sizeof(value) - 1 }), -400,
		  "NUL in value");
	CHECK_INT(http_parse_request(&h, (struct str){ name, sizeof(name) - 1 }), -400,
		  "NUL in name");
}

void test_http_fields(void)
{
	struct http_head h;
	int r = http_parse_request(&h, STR(
		"POST /v2/orders?a=1&b=2?c HTTP/1.1\r\nhOsT: h:81\r\nX-A: \t one two \t\r\n"
		"Content-Length: 007\r\nConnection: foo,  CLOSE\r\nx-a: second\r\n\r\nrest"));

	CHECK(r > 0, "the request is read");
	CHECK_STR(h.method, "POST", "method");
	CHECK_STR(h.target, "/v2/orders?a=1&b=2?c", "target");
	CHECK_STR(h.path, "/v2/orders", "path ends at the first question mark");
	CHECK_STR(h.query, "a=1&b=2?c", "query goes on behind a second one");
	CHECK_INT(h.content_length, 7, "length with zeros before it");
	CHECK_INT(h.n, 5, "five headers");
	CHECK(!h.keep_alive, "Connection: close in any letters");
	CHECK_STR(http_header(&h, "x-A"), "one two", "the first of that name, trimmed");
	CHECK(http_header(&h, "X-B").s == NULL, "an absent header is NULL");
	r = http_parse_request(&h, STR("GET /x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
	CHECK(r > 0 && h.keep_alive && h.minor == 0, "1.0 keeps alive when it says so");
	r = http_parse_request(&h, STR("GET /x HTTP/1.0\r\n\r\n"));
	CHECK(r > 0 && !h.keep_alive && h.content_length == -1, "1.0 does not keep alive else");
	r = http_parse_request(&h, STR(GET "Connection: keep-alive, Upgrade\r\n\r\n"));
	CHECK(r > 0 && h.keep_alive && h.upgrade, "upgrade among others");
	r = http_parse_request(&h, STR("GET http://a?q=1 HTTP/1.1\r\nHost: A\r\n\r\n"));
	CHECK(r > 0, "an absolute target, the host in other letters");
	CHECK_STR(h.path, "/", "its path when there is none");
	CHECK_STR(h.query, "q=1", "its query");
}

/* A request line of n bytes without CR LF, and a head of n bytes. */
static int long_line(size_t n)
{
	static char memory[20000];
	struct http_head h;
	struct text t;

	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, "GET /");
	while (t.n < n - 9)
		text_char(&t, 'a');
	text_cstr(&t, " HTTP/1.1\r\n" HOST "\r\n");
	int r = http_parse_request(&h, text_str(&t));
	size_t needed;
	CHECK_INT(drip(&h, text_str(&t), true, &needed), r, "a line of %zu bytes, byte by byte", n);
	return r > 0 ? 1 : r;
}

static int long_head(size_t n)
{
	static char memory[40000];
	struct http_head h;
	struct text t;

	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, GET "X: ");
	while (t.n < n - 4)
		text_char(&t, 'a');
	text_cstr(&t, "\r\n\r\n");
	int r = http_parse_request(&h, text_str(&t));
	return r > 0 ? 1 : r;
}

static int many_headers(int n)
{
	static char memory[4000];
	struct http_head h;
	struct text t;
	size_t needed;

	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, GET);
	for (int i = 1; i < n; i++)
		text_cstr(&t, "X: a\r\n");
	text_cstr(&t, "\r\n");
	int r = http_parse_request(&h, text_str(&t));
	CHECK_INT(drip(&h, text_str(&t), true, &needed), r, "%d headers byte by byte", n);
	return r > 0 ? 1 : r;
}

void test_http_limits(void)
{
	CHECK_INT(long_line(HTTP_LINE_MAX - 2), 1, "the longest line");
	CHECK_INT(long_line(HTTP_LINE_MAX - 1), -414, "a line longer by one");
	CHECK_INT(long_line(HTTP_LINE_MAX * 2), -414, "a line twice as long");
	CHECK_INT(long_head(HTTP_HEAD_MAX), 1, "the longest head");
	CHECK_INT(long_head(HTTP_HEAD_MAX + 1), -431, "a head longer by one");
	CHECK_INT(long_head(HTTP_HEAD_MAX * 2), -431, "a head twice as long");
	CHECK_INT(many_headers(HTTP_HEADERS_MAX), 1, "the most headers");
	CHECK_INT(many_headers(HTTP_HEADERS_MAX + 1), -431, "one header more");
}

static const struct { const char *bytes; int status; const char *why; } responses[] = {
	{ "HTTP/1.1 200 OK\r\n\r\n", 200, "the least answer" },
	{ "HTTP/1.1 200\r\n\r\n", 200, "no words and no blank" },
	{ "HTTP/1.1 200 \r\n\r\n", 200, "no words" },
	{ "HTTP/1.0 404 Not \xc3\xa4 Found\r\nA: b\r\n\r\n", 404, "words above ASCII" },
	{ "HTTP/1.1 100 Continue\r\n\r\n", 100, "an interim answer" },
	{ "HTTP/1.1 099 X\r\n\r\n", -1, "a status below 100" },
	{ "HTTP/1.1 600 X\r\n\r\n", 600, "a status above 599" },
	{ "HTTP/1.1 999\r\n\r\n", 999, "the highest status" },
	{ "HTTP/1.1 20 OK\r\n\r\n", -1, "two digits" },
	{ "HTTP/1.1 2000 OK\r\n\r\n", -1, "four digits" },
	{ "HTTP/1.1  200 OK\r\n\r\n", -1, "two blanks" },
	{ "HTTP/2 200 OK\r\n\r\n", -1, "HTTP/2" },
	{ "\r\nHTTP/1.1 200 OK\r\n\r\n", -1, "an empty line before it" },
	{ "HTTP/1.1 200 OK\nA: b\n\n", -1, "bare LFs" },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", -1, "a folded value" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", -1, "two lengths" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", -1,
	  "both" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", -1, "another coding" },
	{ "<html>", -1, "HTML" },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n", 0, "an unfinished head" },
};

void test_http_responses(void)
{
	struct http_head h;
	size_t needed;

	for (size_t i = 0; i < COUNT(responses); i++) {
		struct str in = str_of(responses[i].bytes);
		int r = http_parse_response(&h, in), want = responses[i].status;
		if (want > 0)
			CHECK(r == (int)in.n && h.status == want, "%s", responses[i].why);
		else
			CHECK(want == 0 ? r == 0 : r < 0, "%s", responses[i].why);
		CHECK_INT(drip(&h, in, false, &needed), r, "byte by byte: %s", responses[i].why);
	}
}

/* ---- chunks */

static const struct { const char *bytes; enum err want; const char *payload, *why; } bodies[] = {
	{ "5\r\nhello\r\n0\r\n\r\n", OK, "hello", "one chunk" },
	{ "5\r\nhello\r\n0\r\n\r\nnext", OK, "hello", "bytes behind the end stay" },
	{ "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", OK, "abc", "two chunks" },
	{ "0\r\n\r\n", OK, "", "no chunk" },
	{ "000005\r\nhello\r\n000\r\n\r\n", OK, "hello", "zeros before the size" },
	{ "A\r\n0123456789\r\n0\r\n\r\n", OK, "0123456789", "hex in large letters" },
	{ "a\r\n0123456789\r\n0\r\n\r\n", OK, "0123456789", "hex in small letters" },
	{ "5;a=b\r\nhello\r\n0;c\r\n\r\n", OK, "hello", "extensions" },
	{ "5 ; a=\"b c\"\r\nhello\r\n0\r\n\r\n", OK, "hello", "an extension behind a blank" },
	{ "5\r\nhello\r\n0\r\nA: b\r\nC:\r\n\r\n", OK, "hello", "a trailer" },
	{ "5 \r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "a blank without an extension" },
	{ "5;\r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "an extension without a name" },
	{ "5 ;\r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "a blank and no name" },
	{ " 5\r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "a blank before the size" },
	{ "0x5\r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "0x" },
	{ "+5\r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "a sign" },
	{ "\r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "no size" },
	{ "5\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "a bare LF behind the size" },
	{ "5\rhello\r\n0\r\n\r\n", ERR_PROTO, "", "a bare CR behind the size" },
	{ "5\r\nhello\n0\r\n\r\n", ERR_PROTO, "hello", "a bare LF behind the payload" },
	{ "5\r\nhello0\r\n\r\n", ERR_PROTO, "hello", "nothing behind the payload" },
	{ "5\r\nhello6\r\n0\r\n\r\n", ERR_PROTO, "hello", "more payload than said" },
	{ "5;a\nb\r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "an LF in an extension" },
	{ "5;a\x01\r\nhello\r\n0\r\n\r\n", ERR_PROTO, "", "a control in an extension" },
	{ "5\r\nhello\r\n0\r\nA b\r\n\r\n", ERR_PROTO, "hello", "a trailer without a colon" },
	{ "5\r\nhello\r\n0\r\n A: b\r\n\r\n", ERR_PROTO, "hello", "a folded trailer" },
	{ "5\r\nhello\r\n0\r\nA: b\n\r\n", ERR_PROTO, "hello", "a bare LF in a trailer" },
	{ "10000000000000005\r\nhello", ERR_PROTO, "", "17 digits that wrap to 5" },
	{ "00000000000000005\r\nhello", ERR_PROTO, "", "17 digits" },
	{ "ffffffffffffffff\r\nhello", ERR_AGAIN, "hello", "the largest size" },
	{ "5\r\nhel", ERR_AGAIN, "hel", "an unfinished chunk" },
	{ "5\r\nhello\r\n0\r\n", ERR_AGAIN, "hello", "the last line is missing" },
};

/* Decodes in pieces of at most `step` bytes, as a caller with one buffer does. */
static enum err eat(const char *bytes, size_t step, char *out, size_t *out_n, size_t *rest)
{
	char in[128];
	size_t n = strlen(bytes), at = 0;
	struct http_chunks c;
	enum err e = ERR_AGAIN;

	http_chunks_init(&c);
	*out_n = *rest = 0;
	while (e == ERR_AGAIN && at < n) {
		size_t m = n - at < step ? n - at : step, used, got;
		memcpy(in, bytes + at, m);
		e = http_chunks_eat(&c, in, m, &used, &got);
		memcpy(out + *out_n, in, got);
		*out_n += got;
		at += used;
		CHECK(used == m || e != ERR_AGAIN, "all is eaten while more is wanted");
	}
	*rest = n - at;
	CHECK(c.total == *out_n, "the total is what came out");
	return e;
}

void test_http_chunks(void)
{
	char out[128];
	size_t n, rest;

	for (size_t i = 0; i < COUNT(bodies); i++)
		for (size_t step = 1; step < 64; step++) {
			enum err e = eat(bodies[i].bytes, step, out, &n, &rest);
			CHECK_INT(e, bodies[i].want, "%s, %zu at a time", bodies[i].why, step);
			CHECK(str_eq((struct str){ out, n }, str_of(bodies[i].payload)),
			      "payload: %s, %zu at a time", bodies[i].why, step);
		}
	(void)eat(bodies[1].bytes, 64, out, &n, &rest);
	CHECK_INT(rest, 4, "what is behind the last chunk is left");
}

void test_http_chunk_floods(void)
{
	struct http_chunks c;
	size_t used, got, n = 0;
	char b[2];

	http_chunks_init(&c);
	memcpy(b, "1;", 2);
	enum err e = http_chunks_eat(&c, b, 2, &used, &got);
	while (e == ERR_AGAIN && n++ < 100000) {
		b[0] = 'x';
		e = http_chunks_eat(&c, b, 1, &used, &got);
	}
	CHECK(e == ERR_PROTO && n < 2000, "an extension without end is refused");
	http_chunks_init(&c);
	char last[] = "0\r\nA:";
	e = http_chunks_eat(&c, last, 5, &used, &got);
	for (n = 0; e == ERR_AGAIN && n < 100000; n++) {
		b[0] = 'x';
		e = http_chunks_eat(&c, b, 1, &used, &got);
	}
	CHECK(e == ERR_PROTO && n < 10000, "a trailer without end is refused");
}

/* ---- percent coding, queries, dates */

void test_http_percent(void)
{
	static const char ok[][2][16] = {
		{ "", "" }, { "abc", "abc" }, { "a%20b", "a b" }, { "%41%6a%6A", "Ajj" },
		{ "a+b", "a+b" }, { "%25", "%" }, { "%c3%a4", "\xc3\xa4" }, { "%252e", "%2e" },
	};
	static const char bad[][8] = { "%", "%2", "a%2", "%2g", "%g2", "%%20", "%00", "%+1" };
	char out[16], memory[64];
	size_t n;
	struct text t;

	for (size_t i = 0; i < COUNT(ok); i++) {
		CHECK(percent_decode(out, sizeof(out), str_of(ok[i][0]), false, &n),
		      "%s is well coded", ok[i][0]);
		CHECK_TEXT(out, ok[i][1], "%s is decoded", ok[i][0]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!percent_decode(out, sizeof(out), str_of(bad[i]), false, &n), "%s is refused",
		      bad[i]);
	CHECK(percent_decode(out, sizeof(out), STR("a+b"), true, &n), "plus");
	CHECK_TEXT(out, "a b", "plus as a blank");
	CHECK(percent_decode(out, 4, STR("abc"), false, &n) && n == 3,
	      "three bytes and a NUL fit four");
	CHECK(!percent_decode(out, 3, STR("abc"), false, &n), "and not three");
	text_init(&t, memory, sizeof(memory));
	percent_encode(&t, STR("aZ0-._~ /%\xc3"));
	CHECK_STR(text_str(&t), "aZ0-._~%20%2F%25%C3", "what is not unreserved is coded");
}

void test_http_query(void)
{
	struct str q = STR("a=1&b=x%20y&c&d=&b=2&aa=3&e=%zz&f=a+b");
	char out[8];
	size_t n;
	bool bad;

	CHECK(http_query(q, "a", out, sizeof(out), &n, &bad) && n == 1 && out[0] == '1', "a");
	CHECK(http_query(q, "b", out, sizeof(out), &n, &bad), "b");
	CHECK_TEXT(out, "x y", "the first b, decoded");
	CHECK(http_query(q, "c", out, sizeof(out), &n, &bad) && n == 0, "c has no value");
	CHECK(http_query(q, "d", out, sizeof(out), &n, &bad) && n == 0, "d is empty");
	CHECK(http_query(q, "aa", out, sizeof(out), &n, &bad) && out[0] == '3', "aa is not a");
	CHECK(http_query(q, "f", out, sizeof(out), &n, &bad) && out[1] == ' ', "plus is a blank");
	CHECK(!http_query(q, "e", out, sizeof(out), &n, &bad) && bad, "e is badly coded");
	CHECK(!http_query(q, "x", out, sizeof(out), &n, &bad) && !bad, "x is absent");
	CHECK(!http_query(q, "b", out, 3, &n, &bad) && bad, "b does not fit");
	CHECK(!http_query(STR(""), "b", out, 3, &n, &bad) && !bad, "an empty query");
}

void test_http_dates(void)
{
	static const char *bad[] = {
		"", "Fri, 20 Nov 2026 14:31:00", "Sat, 20 Nov 2026 14:31:00 GMT",
		"Fri, 20 Nov 2026 24:31:00 GMT", "Fri, 20 nov 2026 14:31:00 GMT",
		"Fri, 30 Feb 2026 14:31:00 GMT", "Fri, 40 Nov 2026 14:31:00 GMT",
		"Fri, 20 Nov 2026 14:31:00 EST",
		"Fri, 20 Nov 2026 14:60:00 GMT", "Fri  20 Nov 2026 14:31:00 GMT",
		"Friday, 20-Nov-26 14:31:00 GMT ", "Fri, 2x Nov 2026 14:31:00 GMT",
	};
	struct rng r;
	char memory[64];
	struct text t;
	ns got = 0;

	CHECK(http_date_parse(&got, STR("Fri, 20 Nov 2026 14:31:00 GMT")), "the header's example");
	CHECK_INT(got, (ns)1795185060 * NS_SECOND, "is this instant");
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!http_date_parse(&got, str_of(bad[i])), "%s is refused", bad[i]);
	rng_seed(&r, check_seed());
	for (int i = 0; i < 2000; i++) {
		ns at = ((ns)rng_below(&r, 15000000000u) - 7000000000) * NS_SECOND;
		text_init(&t, memory, sizeof(memory));
		http_date(&t, at);
		CHECK(http_date_parse(&got, text_str(&t)) && got == at, "%s and back",
		      text_done(&t));
	}
}

void test_http_words(void)
{
	CHECK(http_has_token(STR("a, b ,C"), "c"), "the last of a list");
	CHECK(http_has_token(STR("upgrade"), "Upgrade"), "the only one");
	CHECK(!http_has_token(STR("ab, c d"), "c"), "a part is not the whole");
	CHECK(!http_has_token(STR(""), "c"), "an empty list");
	CHECK_TEXT(http_reason(431), "Request Header Fields Too Large", "431");
	CHECK(http_reason(299)[0] != '\0', "an unknown status has words");
}
