/* server_asset.c: a file that travels inside the binary, as an answer. */
#include "net/server_asset.h"

#include "base/arena.h"
#include "base/inflate.h"

#define GZIP_HEAD 10u	/* as `gzip -n` writes it: no name */
#define GZIP_TAIL 8u	/* a checksum, and the length of the text */

/* For who does not take gzip: rare, so the memory is had and given back. */
static void reply_plain(struct server *s, conn_id conn, const struct asset *a, const char *headers)
{
	const unsigned char *tail = a->data + a->size - GZIP_TAIL;
	size_t n = tail[4] | (size_t)tail[5] << 8 | (size_t)tail[6] << 16;
	struct arena memory;

	if (arena_open(&memory, n) != OK) {
		server_reply(s, conn, 503, "text/plain", headers, STR("no memory: ask again\n"));
		return;
	}
	char *text = arena_alloc(&memory, n);
	size_t had = inflate((uint8_t *)text, n, a->data + GZIP_HEAD,
			     a->size - GZIP_HEAD - GZIP_TAIL);
	assert(had == n);
	server_reply(s, conn, 200, a->type, headers, (struct str){ text, n });
	arena_close(&memory);
}

void server_asset(struct server *s, const struct request *rq, const struct asset *a,
		  const char *headers)
{
	char memory[900];
	struct text h;

	assert(a->plain == 0);
	text_init(&h, memory, sizeof(memory));
	text_cstr(&h, headers);
	/* Always asked for again, and answered with 304: a new binary is a new page. */
	text_cstr(&h, "Cache-Control: no-cache\r\nETag: ");
	text_cstr(&h, a->etag);
	text_cstr(&h, "\r\nVary: Accept-Encoding\r\n");
	struct str known = http_header(&rq->head, "if-none-match");
	if (known.n > 0 && str_eq(known, str_of(a->etag))) {
		server_reply(s, rq->conn, 304, a->type, text_done(&h), STR(""));
		return;
	}
	if (!http_has_token(http_header(&rq->head, "accept-encoding"), "gzip")) {
		reply_plain(s, rq->conn, a, text_done(&h));
		return;
	}
	text_cstr(&h, "Content-Encoding: gzip\r\n");
	server_reply(s, rq->conn, 200, a->type, text_done(&h),
		     (struct str){ (const char *)a->data, a->size });
}
