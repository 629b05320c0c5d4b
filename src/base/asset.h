#ifndef GAMBLER_BASE_ASSET_H
#define GAMBLER_BASE_ASSET_H
/*
 * Files that travel inside the binary: the page ("www/index.html"), the configuration
 * ("gambler.ini"), the service files ("init/systemd") and the licences ("LICENSE", "licences").
 * Pages are stored compressed and are served that way; everything else is stored as it is, since
 * gambler prints it. src/base/asset.sh makes the table at build time.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"

struct asset {
	const char *name;
	const unsigned char *data;      /* `size` bytes, then a zero byte that is not counted */
	size_t size;
	const char *etag;               /* with its quotes: a hash of the content */
	bool gzip;                      /* data is gzip: send Content-Encoding */
	const char *type;               /* for Content-Type */
};

/* In order of name, for whoever lists them. */
extern const struct asset assets[];
extern const size_t assets_count;

/* NULL if there is none of that name. */
const struct asset *asset_find(struct str name);

#endif
