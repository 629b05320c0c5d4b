#include "base/asset.h"

#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "base/inflate.h"

#define KEPT_MAX 64		/* assets: the table is a few dozen files */

static _Atomic(uint8_t *) kept[KEPT_MAX];

const struct asset *asset_find(struct str name)
{
	for (size_t i = 0; i < assets_count; i++) {
		const struct asset *a = &assets[i];

		if (strlen(a->name) == name.n && memcmp(a->name, name.s, name.n) == 0)
			return a;
	}
	return NULL;
}

struct str asset_text(const char *name)
{
	const struct asset *a = asset_find(str_of(name));

	assert(a != NULL && a->plain > 0 && a - assets < KEPT_MAX);
	_Atomic(uint8_t *) *place = &kept[a - assets];
	uint8_t *text = atomic_load(place), *other = NULL;
	if (text == NULL) {
		struct arena memory;
		bool room = arena_open(&memory, a->plain) == OK;
		assert(room);
		text = arena_alloc(&memory, a->plain);
		size_t n = inflate(text, a->plain, a->data, a->size);
		assert(n == a->plain);
		if (!atomic_compare_exchange_strong(place, &other, text)) {
			arena_close(&memory);
			text = other;	/* another thread was first */
		}
	}
	return (struct str){ (const char *)text, a->plain };
}
