/* server_asset.c: a file that travels inside the binary, as an answer. */
#include "net/server_asset.h"

bool server_asset(struct server *s, const struct request *rq, const struct asset *a,
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
		return true;
	}
	if (!http_has_token(http_header(&rq->head, "accept-encoding"), "gzip"))
		return false;
	text_cstr(&h, "Content-Encoding: gzip\r\n");
	server_reply(s, rq->conn, 200, a->type, text_done(&h),
		     (struct str){ (const char *)a->data, a->size });
	return true;
}
