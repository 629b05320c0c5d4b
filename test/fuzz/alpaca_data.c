/* rooms: base net model alpaca */
/* Whatever the data stream or a page of bars says: what is told is a bar. */
#include <stdlib.h>

#include "alpaca/alpaca.h"

static struct symbols table;

static void check_bar(const struct bar *b, int timeframe_s)
{
	if (!bar_valid(b) || b->sym >= table.n || b->ts - b->open_ts != timeframe_s * NS_SECOND)
		abort();
}

static bool each_bar(void *ctx, const struct bar *b)
{
	uint32_t *n = ctx;

	check_bar(b, 300);
	return ++*n < 3;
}

static void each_event(void *ctx, const struct alpaca_event *e)
{
	(void)ctx;
	if (e->what == AM_NONE || memchr(e->text, 0, sizeof e->text) == NULL)
		abort();
	if (e->what == AM_BAR || e->what == AM_UPDATED_BAR)
		check_bar(&e->bar, 60);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);
	struct str in = { copy, n };
	struct alpaca_page page;
	uint32_t told = 0;
	sym s;

	memcpy(copy, data, n);
	if (table.n == 0 && symbols_add(&table, STR("AAPL"), &s) != OK)
		abort();
	(void)!alpaca_read_data(in, &table, each_event, NULL);
	enum err e = alpaca_read_bars(in, &table, 300, each_bar, &told, &page);
	if (told > 3 || (e == OK && told < page.bars && told < 3) ||
	    memchr(page.token, 0, sizeof page.token) == NULL)
		abort();
	free(copy);
	return 0;
}
