#include "cmd/parity_bars.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "feed/folder.h"
#include "model/calendar.h"

static bool say(char *why, size_t size, const char *folder, const char *words)
{
	text_where(why, size, folder, words);
	return false;
}

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "gambler parity: %s\n", line);
}

struct loading { struct parity_bars *b; struct folder *f; day date; bool longer; };

static const char *keep(void *ctx, sym s, const struct csv_row *row)
{
	struct loading *l = ctx;
	sym own = symbols_find(l->b->symbols, str_of(folder_symbols(l->f)->name[s]));

	if (own == SYM_NONE || ny_date(row->ts) != l->date)
		return NULL;
	if (folder_minutes(l->f, s) != 1) {
		l->longer = true;
		return NULL;
	}
	assert(l->b->n < l->b->room);
	l->b->bar[l->b->n++] = (struct bar){
		.open_ts = row->ts, .ts = row->ts + NS_MINUTE, .sym = own, .open = row->open,
		.high = row->high, .low = row->low, .close = row->close, .volume = row->volume,
	};
	return NULL;
}

static int by_symbol(const void *a, const void *b)
{
	const struct bar *x = a, *y = b;

	if (x->sym != y->sym)
		return x->sym < y->sym ? -1 : 1;
	return x->open_ts < y->open_ts ? -1 : x->open_ts > y->open_ts;
}

bool parity_bars_load(struct parity_bars *b, const char *folder, const struct symbols *symbols,
		      day date, char *why, size_t size)
{
	struct folder_config c = { .dir = folder, .from = ny_time(date, 0, 0),
				   .to = ny_time(date + 1, 0, 0), .complain = complain };
	struct loading l = { .b = b, .date = date };

	*b = (struct parity_bars){ .symbols = symbols };
	if (folder_open(&l.f, &c, why, size) != OK)
		return false;
	for (uint32_t s = 0; s < folder_symbols(l.f)->n; s++)
		b->room += folder_rows(l.f, (sym)s);
	if (arena_open(&b->memory, (b->room + 1) * sizeof b->bar[0]) != OK) {
		folder_close(l.f);
		return say(why, size, folder, "not enough memory");
	}
	b->bar = ARENA_NEW(&b->memory, struct bar, b->room);
	folder_read(l.f, keep, &l);
	folder_close(l.f);
	if (b->n == 0)
		return say(why, size, folder, l.longer ?
			   "5-minute bars; what was seen are 1-minute bars: fetch those" :
			   "no bar of that day and of these symbols");
	qsort(b->bar, b->n, sizeof b->bar[0], by_symbol);
	return true;
}

void parity_bars_free(struct parity_bars *b)
{
	if (b->bar != NULL)
		arena_close(&b->memory);
	b->bar = NULL;
}

bool parity_bars_find(void *bars, const char *symbol, struct bar *out)
{
	const struct parity_bars *b = bars;
	struct bar key = { .sym = symbols_find(b->symbols, str_of(symbol)),
			   .open_ts = out->open_ts };
	const struct bar *found = bsearch(&key, b->bar, b->n, sizeof key, by_symbol);

	if (found == NULL)
		return false;
	out->open = found->open;
	out->high = found->high;
	out->low = found->low;
	out->close = found->close;
	out->volume = found->volume;
	return true;
}
