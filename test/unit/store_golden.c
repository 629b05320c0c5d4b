/* Stores that were really written by gamblers of the past, one of each format that records have
 * had: test/golden/stores, gzip in base64, all of the same trades. Words of 64 bits. */
#include "base/base64.h"
#include "base/inflate.h"
#include "test/unit/store_box.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define GZIP_HEAD 10
#define GZIP_TAIL 8
#define T0 ((ns)1772461800 * NS_SECOND)	/* 2026-03-02T14:30:00Z */

static const struct { const char *name, *what; unsigned facts; bool old; } stores[] = {
	{ "v1-first", "the first", 3, true },
	{ "v1-trailing", "trades with trailing exits", 3, true },
	{ "v1-resumed", "states that go on", 3, true },
	{ "v1-moved", "stops that are replaced", 3, true },
	{ "v2", "with the chain, in which a kill switch is, too", 4, false },
};

static bool put_there(struct box *b, const char *name)
{
	static char text[8192], line[128];
	static uint8_t packed[6144], data[1 << 16];
	char path[128];
	size_t n = 0;

	box_init(b);
	(void)snprintf(path, sizeof(path), "stores/%s", name);
	FILE *f = fopen(check_golden(path), "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		for (const char *p = line; *p > ' ' && n < sizeof(text); p++)
			text[n++] = *p;
	CHECK(f != NULL && fclose(f) == 0, "%s is read", name);
	n = base64_read((char *)packed, sizeof(packed), (struct str){ text, n });
	if (!CHECK(n > GZIP_HEAD + GZIP_TAIL, "%s is base64", name))
		return false;
	n = inflate(data, sizeof(data), packed + GZIP_HEAD, n - GZIP_HEAD - GZIP_TAIL);
	if (!CHECK(n <= sizeof(data), "%s is gzip", name))
		return false;
	CHECK_INT(folder_make(b->folder, b->why), OK, "a folder: %s", b->why);
	box_path(b, path, FILE_DATA);
	f = fopen(path, "w");
	return CHECK(f != NULL && chmod(path, 0600) == 0 && fwrite(data, n, 1, f) == 1 &&
		     fclose(f) == 0, "%s is there", name);
}

static bool sum_equity(void *ctx, const void *record)
{
	*(int64_t *)ctx += ((const struct equity_point *)record)->equity.n - 100000000000000;
	return true;
}

static void check_trades(struct box *b, const struct symbols *table, const char *what)
{
	struct order o;
	struct trade t;
	char id[16];

	for (int64_t i = 0; i < 4; i++) {
		int64_t shares = (10 + i) * 1000000000, in = i < 3 ? shares : 0;
		(void)snprintf(id, sizeof(id), "bid-%d", (int)i);
		if (!CHECK_INT(store_order(b->s, str_of(id), &o), OK, "%s: order %s", what, id))
			continue;
		CHECK(o.want.n == shares && o.done.n == in && o.limit.n == 100000000000 &&
		      o.stop_loss.n == 95000000000 && o.made == T0 + i * NS_MINUTE &&
		      o.status == (i < 3 ? ST_FILLED : ST_NEW) && o.moved == 0 && o.chain == 0,
		      "%s: order %s is what it was", what, id);
		CHECK_TEXT(table->name[o.sym], i % 2 ? "MSFT" : "SPY", "%s: of %s", what, id);
		if (!CHECK_INT(store_trade(b->s, str_of(o.trade), &t), OK, "%s: its trade", what))
			continue;
		CHECK(t.in.n == in && t.out.n == (i < 2 ? shares : 0) && t.in_value.n == in * 100 &&
		      t.stop.n == 95000000000 && t.target.n == 110000000000 && t.trail.n == 0 &&
		      t.stop_by.n == 0 && t.sym == o.sym && t.state == (i < 2 ? TRADE_CLOSED :
		      i == 2 ? TRADE_OPEN : TRADE_ENTERING), "%s: trade %s", what, t.id);
	}
}

static void check_all(struct box *b, const char *what)
{
	struct session_record session;
	struct instance_state state;
	struct symbols table = { 0 };
	char id[UUID_TEXT] = "", who[64];
	unsigned n[4] = { 0 };
	enum kill_state k;
	int64_t sum = 0;
	sym msft;
	ns ts;

	CHECK(symbols_add(&table, STR("MSFT"), &msft) == OK &&
	      store_symbols(b->s, &table) == OK, "%s: symbols", what);
	check_trades(b, &table, what);
	CHECK(store_open_orders(b->s, count_each, &n[0]) == OK && n[0] == 1 &&
	      store_open_trades(b->s, count_each, &n[1]) == OK && n[1] == 2 &&
	      store_fills(b->s, count_each, &n[2]) == OK && n[2] == 3 &&
	      store_notes(b->s, 0, count_each, &n[3]) == OK && n[3] == 4,
	      "%s: %u open orders, %u open trades, %u fills, %u notes", what, n[0], n[1], n[2],
	      n[3]);
	CHECK(store_state(b->s, STR("bull"), &state) == OK && state.trades_all == 3 &&
	      state.pnl_all.n == 3000000000 && state.seq == 103 && state.pnl_base.n == 0,
	      "%s: its instance", what);
	CHECK(store_kill(b->s, &k, who, &ts) == OK && k == KILL_REDUCE_ONLY && ts == T0 &&
	      strcmp(who, "operator") == 0, "%s: its kill switch", what);
	CHECK(store_last_session(b->s, &session) == OK && session.id == 1 &&
	      strcmp(session.symbols, "SPY MSFT") == 0, "%s: its session", what);
	CHECK(store_equity(b->s, T0, T0 + NS_HOUR, sum_equity, &sum) == OK && sum == 0 + 1 + 2 + 3,
	      "%s: its equity", what);
	CHECK_INT(store_account(b->s, id), OK, "%s: its account", what);
	CHECK_TEXT(id, "904837e3-3b76-47ec-b432-046db621571b", "%s: whose it is", what);
}

void test_store_of_each_format_is_read(void)
{
	uint64_t records, bad;
	char path[128];
	struct stat st;
	struct box b;

	if (sizeof(size_t) != 8)
		return;
	for (size_t i = 0; i < COUNT(stores); i++) {
		const char *what = stores[i].what;
		if (!put_there(&b, stores[i].name))
			return;
		CHECK_INT(store_open(&b.s, b.folder, STORE_READ, b.why), OK, "%s: read: %s", what,
			  b.why);
		if (b.s != NULL)
			check_all(&b, what);
		box_close(&b);
		for (int start = 0; start < 2 && box_open(&b, STORE_WRITE); start++) {
			CHECK_TEXT(b.why, "", "%s: without a word", what);
			check_all(&b, what);
			CHECK(b.s->totals.facts == stores[i].facts, "%s: its fills are in the "
			      "chain", what);
			box_close(&b);
		}
		box_path(&b, path, "data.mdb.v1");
		CHECK_INT(stat(path, &st) == 0, stores[i].old, "%s: the file as it was", what);
		CHECK_INT(store_verify(b.folder, &records, &bad, b.why), OK, "%s: %s", what,
			  b.why);
		box_done(&b);
	}
}
