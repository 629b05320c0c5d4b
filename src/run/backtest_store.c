/* backtest_store.c: kept bars, read where they lie: the columns are mapped as they are. */
#include "run/backtest_inner.h"

#include "base/text.h"
#include "feed/stored.h"

/* Behind the last day nothing is to be seen: a head of its own says how many rows there are. */
static void take(struct bt_bars *b, uint32_t s, ns until)
{
	b->col[s] = b->kept[s];
	b->head[s] = *b->kept[s].head;
	b->head[s].rows = columns_seek(&b->kept[s], until);
	b->col[s].head = &b->head[s];
}

static enum err nothing(char *why, size_t why_size, const char *folder)
{
	struct text t;

	text_init(&t, why, why_size);
	text_cstr(&t, "no 1- or 5-minute bars of the configuration's symbols are kept in ");
	text_cstr(&t, folder);
	text_cstr(&t, ": `gambler import` or `gambler fetch` puts them there (the folder is the "
		  "mode's: [account] mode)");
	if (t.full)
		text_init(&t, why, why_size);
	(void)text_done(&t);
	return ERR_CONFIG;
}

enum err bt_load_store(struct bt_bars *b, const struct backtest_config *c, char *why,
		       size_t why_size)
{
	static const uint32_t spans[] = { 60, 300 };	/* minutes say more */
	const struct symbols *t = &c->config->symbols;
	char folder[CONFIG_TEXT + 8], words[STORED_WHY];
	ns until = c->until > 0 ? ny_time(c->until + 1, 0, 0) : INT64_MAX;
	struct text path;
	uint32_t found = 0;

	text_init(&path, folder, sizeof(folder));
	text_cstr(&path, c->config->folder);
	text_cstr(&path, "/bars");
	(void)text_done(&path);
	for (uint32_t s = 0; s < b->symbols; s++) {
		for (size_t i = 0; i < COUNT(spans) && b->kept[s].head == NULL; i++) {
			enum err e = stored_open(&b->kept[s], folder, t->name[s], spans[i], words);
			if (e == OK || e == ERR_NOTFOUND)
				continue;
			struct text all;
			text_init(&all, why, why_size);
			text_cstr(&all, words);
			if (all.full)
				text_init(&all, why, why_size);
			(void)text_done(&all);
			return e;
		}
		if (b->kept[s].head == NULL)
			continue;
		take(b, s, until);
		found++;
	}
	return found > 0 ? OK : nothing(why, why_size, folder);
}
