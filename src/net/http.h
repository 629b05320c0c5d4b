/* http.h: HTTP/1.1 as bytes in, views out; no sockets, no clock, no memory of
 * its own (the shape of picohttpparser and BearSSL's engine). Used by the client
 * for the broker and by the server for the dashboard and the embedded exchange.
 * Strict as RFC 9112 wants of a careful recipient: bare CR or LF, NUL, obs-fold,
 * blanks before the colon, two Content-Lengths (even if equal), Content-Length beside
 * Transfer-Encoding, any transfer coding but a single "chunked", no Host or two of
 * them, and HTTP/0.9 are refused. What is found in a prefix stays so with more bytes. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/text.h"

#define HTTP_HEADERS_MAX 64	/* a browser sends about 20 */
#define HTTP_LINE_MAX    4096	/* request line */
#define HTTP_HEAD_MAX    16384	/* request line and headers together */

struct http_header { struct str name, value; };

/* All views point into the parsed bytes. Of an absolute target ("http://host/x", whose
 * host must equal the Host header) path and query are what is behind the host. */
struct http_head {
	struct str method, target;	/* request; target as sent */
	struct str path, query;		/* target split at '?', not decoded */
	int        status;		/* response */
	int        minor;		/* HTTP/1.minor: 0 or 1 */
	int64_t    content_length;	/* -1: none given */
	bool       chunked;
	bool       keep_alive;		/* by version and Connection */
	bool       upgrade;		/* Connection: upgrade */
	uint32_t   n;
	struct http_header header[HTTP_HEADERS_MAX];
};

/* Bytes used (> 0) when the head is complete; 0: more bytes are needed; < 0: an
 * error whose negation is the status to answer: 400, 414, 431, 501, 505. */
int http_parse_request(struct http_head *h, struct str in);
int http_parse_response(struct http_head *h, struct str in);	/* 1xx are reported like others */

/* First header of that name, ASCII case folded; {NULL,0} when absent. */
struct str http_header(const struct http_head *h, const char *name);
bool       http_has_token(struct str list, const char *token);	/* "a, b" */

/* Chunked body decoding, in place: out bytes <= in bytes. */
struct http_chunks { int state; uint32_t count; uint64_t left; uint64_t total; };
void http_chunks_init(struct http_chunks *c);
/* Decodes in[0..n): moves the payload to the front of in, *used raw bytes were
 * eaten, *out bytes of payload came. OK: the last chunk and trailer were seen;
 * ERR_AGAIN: more; ERR_PROTO. */
enum err http_chunks_eat(struct http_chunks *c, char *in, size_t n, size_t *used, size_t *out);

/* Query "a=1&b=x%20y": the value of `name`, percent-decoded into dst. False when
 * absent; *bad is set when the coding is wrong, NUL, or it does not fit. dst is
 * NUL-terminated. */
bool http_query(struct str query, const char *name, char *dst, size_t size, size_t *n, bool *bad);
MUST_CHECK bool percent_decode(char *dst, size_t size, struct str in, bool plus_is_blank,
			       size_t *n);
void percent_encode(struct text *t, struct str in);	/* RFC 3986 unreserved stay */

const char *http_reason(int status);
/* IMF-fixdate and back: "Fri, 20 Nov 2026 14:31:00 GMT". */
void http_date(struct text *t, ns at);
MUST_CHECK bool http_date_parse(ns *out, struct str s);

#endif
