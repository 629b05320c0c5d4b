#include "base/asset.h"

#include <string.h>

const struct asset *asset_find(struct str name)
{
	for (size_t i = 0; i < assets_count; i++) {
		const struct asset *a = &assets[i];

		if (strlen(a->name) == name.n && memcmp(a->name, name.s, name.n) == 0)
			return a;
	}
	return NULL;
}
