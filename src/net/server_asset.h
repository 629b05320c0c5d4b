/* server_asset.h: pages from inside the binary, for the dashboard and the exchange. */
#ifndef NET_SERVER_ASSET_H
#define NET_SERVER_ASSET_H

#include "base/asset.h"
#include "base/text.h"
#include "net/server.h"

/* What keeps a page to itself: it may load and ask only where it came from. */
#define SERVER_PAGE_SAFETY \
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; " \
	"connect-src 'self'; img-src 'self' data:; manifest-src 'self'; frame-ancestors 'none'; " \
	"base-uri 'none'; form-action 'none'\r\n" \
	"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n" \
	"Cross-Origin-Resource-Policy: same-origin\r\n"

/* Answers with it, as gzip for a client that takes it, or with 304. headers: further complete
 * lines. */
void server_asset(struct server *s, const struct request *rq, const struct asset *a,
		  const char *headers);

#endif
