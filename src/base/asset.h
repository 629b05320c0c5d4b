#ifndef GAMBLER_BASE_ASSET_H
#define GAMBLER_BASE_ASSET_H
/*
 * Files that travel inside the binary: the page ("www/index.html"), the configuration
 * ("gambler.ini"), the service files ("init/systemd"), the misbehaviours of the exchange
 * ("scenarios") and the licences ("LICENSE", "licences"). All are stored compressed: pages as
 * gzip, which is what is served; the texts without gzip's head and tail, for asset_text.
 * src/base/asset.sh makes the table at build time.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"

struct asset {
	const char *name;
	const unsigned char *data;      /* `size` bytes */
	size_t size;
	size_t plain;                   /* bytes of the text; 0: a page */
	const char *etag;               /* with its quotes: a hash of the content */
	const char *type;               /* for Content-Type */
};

/* In order of name, for whoever lists them. */
extern const struct asset assets[];
extern const size_t assets_count;

/* NULL if there is none of that name. */
const struct asset *asset_find(struct str name);

/* The text of that name, which must be there. Decompressed when it is asked for first, and
 * kept from then on: a process reads one or two. From any thread. */
struct str asset_text(const char *name);

#endif
