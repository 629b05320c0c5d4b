/* backtest_load.c: bars from CSV files, or from the generator, as columns in a mapped file
 * without a name: they take address space and the page cache, not memory. */
#include "run/backtest_inner.h"

#include <errno.h>
#include <stdio.h>

#include "exchange/market.h"
#include "feed/folder.h"
#include "feed/scratch.h"

#define DEFAULT_SESSIONS 63	/* of made-up prices: a quarter */
#define DEFAULT_START    day_of(2024, 1, 2)

/* ---- the file */

/* rows: of each symbol at most so many. */
static enum err make_room(struct bt_bars *b, const uint32_t *rows, char *why, size_t why_size)
{
	size_t size = 0;

	for (uint32_t s = 0; s < b->symbols; s++)
		size += rows[s] > 0 ? columns_size(rows[s]) : 0;
	if (size == 0) {
		(void)snprintf(why, why_size, "no bars of any symbol of the configuration");
		return ERR_CONFIG;
	}
	b->map = scratch_map(size);
	if (b->map == NULL) {
		(void)snprintf(why, why_size, "%zu MB for bars in a file: %s; name a folder with "
			       "room in TMPDIR", size >> 20, strerror(errno));
		return ERR_IO;
	}
	b->map_size = size;
	return OK;
}

static char *place(struct bt_bars *b, char *at, sym s, uint32_t cap, const char *name,
		   uint32_t span_s)
{
	if (cap == 0)
		return at;
	assert(at + columns_size(cap) <= (char *)b->map + b->map_size);
	columns_begin(&b->col[s], at, cap, name, span_s);
	return at + columns_size(cap);
}

/* ---- CSV */

struct reading {
	struct bt_bars *b;
	sym  to[SYMBOLS_MAX];		/* the folder's symbol as ours; SYM_NONE: not wanted */
	ns   until;
};

static const char *take_row(void *ctx, sym s, const struct csv_row *row)
{
	struct reading *r = ctx;

	if (r->to[s] == SYM_NONE || row->ts >= r->until)
		return NULL;
	return columns_put(&r->b->col[r->to[s]], row);
}

static enum err read_folder(struct bt_bars *b, const struct backtest_config *c,
			    struct folder *f, struct reading *r, char *why, size_t why_size)
{
	const struct symbols *in = folder_symbols(f), *ours = &c->config->symbols;
	uint32_t rows[CONFIG_SYMBOLS_MAX] = { 0 }, span[CONFIG_SYMBOLS_MAX] = { 0 };

	for (uint32_t k = 0; k < in->n; k++) {
		sym s = symbols_find(ours, str_of(in->name[k]));
		r->to[k] = folder_minutes(f, (sym)k) == 0 ? SYM_NONE : s;
		if (r->to[k] == SYM_NONE)
			continue;
		rows[s] = folder_rows(f, (sym)k);
		span[s] = folder_minutes(f, (sym)k) * 60;
	}
	enum err e = make_room(b, rows, why, why_size);
	if (e != OK)
		return e;
	char *at = b->map;
	for (uint32_t s = 0; s < b->symbols; s++)
		at = place(b, at, (sym)s, rows[s], ours->name[s], span[s]);
	folder_read(f, take_row, r);
	return OK;
}

static enum err load_csv(struct bt_bars *b, const struct backtest_config *c, char *why,
			 size_t why_size)
{
	static struct reading r;	/* larger than a small stack likes; loaded once */
	struct folder *f;
	struct folder_config fc = { .dir = c->bars, .complain = c->complain,
				    .complain_ctx = c->ctx, .to = INT64_MAX,
				    .threads = c->threads };

	if (c->until > 0)
		fc.to = ny_time(c->until + 1, 0, 0);
	r = (struct reading){ .b = b, .until = fc.to };
	enum err e = folder_open(&f, &fc, why, why_size);
	if (e != OK)
		return e;
	e = read_folder(b, c, f, &r, why, why_size);
	if (e == ERR_CONFIG)
		(void)snprintf(why, why_size, "%s: %u files, but no bars of the symbols of the "
			       "configuration that are traded in sessions%s", c->bars,
			       folder_files(f), c->until > 0 ? ", or --to is before them" : "");
	folder_close(f);
	return e;
}

/* ---- made-up prices */

/* Minutes when an instance decides on them. */
static uint32_t minutes_wanted(const struct config *c)
{
	uint32_t minutes = 5;

	for (uint32_t i = 0; i < c->instances_n; i++)
		if (c->instance_enabled[i] && c->instance[i].timeframe_s % 300 != 0)
			minutes = 1;
	return minutes;
}

static void put_session(struct bt_bars *b, struct market *m, sym s, uint32_t k, uint32_t minutes)
{
	struct bar bar[MARKET_SESSION_BARS];
	size_t n = market_session(m, s, k, minutes, bar);

	for (size_t i = 0; i < n; i++) {
		struct csv_row row = { .ts = bar[i].open_ts, .open = bar[i].open,
				       .high = bar[i].high, .low = bar[i].low,
				       .close = bar[i].close, .volume = bar[i].volume };
		const char *wrong = columns_put(&b->col[s], &row);
		assert(wrong == NULL);
		(void)wrong;
	}
}

static enum err load_generated(struct bt_bars *b, const struct backtest_config *c, char *why,
			       size_t why_size)
{
	struct market_config mc = { .seed = c->config->seed, .symbols = &c->config->symbols,
				    .start = c->from != 0 ? c->from : DEFAULT_START,
				    .until = c->until,
				    .spread_bp_centi = c->config->spread_bp_centi,
				    .history_sessions = -1 };
	uint32_t minutes = minutes_wanted(c->config), rows[CONFIG_SYMBOLS_MAX] = { 0 };
	struct market *m;

	if (mc.until == 0)
		mc.until = mc.start + DEFAULT_SESSIONS * 365 / 252;
	enum err e = market_open(&m, &mc, why, why_size);
	if (e != OK)
		return e;
	for (uint32_t s = 0; s < b->symbols; s++)
		rows[s] = market_sessions(m) * (MARKET_SESSION_BARS / minutes);
	e = make_room(b, rows, why, why_size);
	char *at = b->map;
	for (uint32_t s = 0; e == OK && s < b->symbols; s++)
		at = place(b, at, (sym)s, rows[s], mc.symbols->name[s], minutes * 60);
	for (uint32_t k = 0; e == OK && k < market_sessions(m); k++)
		for (uint32_t s = 0; s < b->symbols; s++)
			put_session(b, m, (sym)s, k, minutes);
	market_close(m);
	return e;
}

/* ---- all of it */

static void count_rows(struct bt_bars *b)
{
	b->first = INT64_MAX;
	b->shortest_s = UINT32_MAX;
	for (uint32_t s = 0; s < b->symbols; s++) {
		struct columns *c = &b->col[s];
		if (c->head == NULL)
			continue;
		uint32_t n = c->head->rows;
		if (n == 0) {
			c->head = NULL;
			continue;
		}
		ns first = columns_time(c, 0);
		ns last = columns_time(c, n - 1) + c->head->span_s * NS_SECOND;
		if (c->head->span_s < b->shortest_s)
			b->shortest_s = c->head->span_s;
		b->first = first < b->first ? first : b->first;
		b->last = last > b->last ? last : b->last;
		b->rows += n;
	}
}

enum err bt_load(struct bt_bars *b, const struct backtest_config *c, char *why, size_t why_size)
{
	*b = (struct bt_bars){ .symbols = c->config->symbols.n };
	assert(b->symbols <= CONFIG_SYMBOLS_MAX);
	enum err e = c->bars == NULL ? load_generated(b, c, why, why_size) :
		     str_eq(str_of(c->bars), STR("store")) ? bt_load_store(b, c, why, why_size) :
		     load_csv(b, c, why, why_size);
	if (e == OK)
		count_rows(b);
	if (e == OK && b->rows == 0) {
		(void)snprintf(why, why_size, "there are no bars before the last day");
		e = ERR_CONFIG;
	}
	return e;
}

void bt_unload(struct bt_bars *b)
{
	scratch_unmap(b->map, b->map_size);
	for (uint32_t s = 0; s < b->symbols; s++)
		columns_close(&b->kept[s]);
	*b = (struct bt_bars){ 0 };
}
