#include "test/unit/web_rig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#define RING 64

static const char ini[] =
	"[account]\nmode = sim\n[strategy s]\nuse = mean_reversion\n"
	"[instance one]\nstrategy = s\nsymbols = AAPL MSFT\n";

static void write_ini(const struct rig *r)
{
	FILE *f = fopen(r->ini, "we");

	if (f == NULL || fputs(ini, f) < 0 || fclose(f) != 0)
		abort();
}

void rig_open(struct rig *r, const char *token)
{
	static struct config_problem problem[CONFIG_PROBLEMS];
	char folder[160], word[160], why[STORE_WHY] = "";
	const char *sets[] = { folder, "server.listen=127.0.0.1:0", word, NULL };
	uint32_t n = 0;

	memset(r, 0, sizeof *r);
	(void)snprintf(r->root, sizeof r->root, "/tmp/gambler-web-XXXXXX");
	if (mkdtemp(r->root) == NULL)
		abort();
	(void)snprintf(r->ini, sizeof r->ini, "%s/ini", r->root);
	(void)snprintf(folder, sizeof folder, "store.folder=%s/data", r->root);
	(void)snprintf(word, sizeof word, "server.token=%s", token);
	write_ini(r);
	CHECK_INT(config_load(&r->config, r->ini, sets, problem, &n), OK, "reads: %s",
		  n > 0 ? problem[0].text : "");
	clock_init(&r->clock);
	clock_set_manual(&r->clock, ny_time(day_of(2024, 10, 1), 12, 0));
	r->control = (struct control){ .config = &r->config, .clock = &r->clock,
				       .started = mono_ns(), .session = 7 };
	CHECK_INT(store_open(&r->control.store, r->config.folder, STORE_WRITE, why), OK, "%s", why);
	CHECK_INT(store_symbols(r->control.store, &r->config.symbols), OK, "names of symbols");
	r->ring = calloc(RING, sizeof(struct tell));
	CHECK_INT(ring_init(&r->control.tells, r->ring, sizeof(struct tell), RING), OK, "a ring");
	CHECK_INT(web_offline(&r->web, &r->control), OK, "a board");
	(void)snprintf(r->id, sizeof r->id, RIG_TRADE, (unsigned)engine_name_hash("one"));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void rig_done(struct rig *r)
{
	store_close(r->control.store);
	ring_free(&r->control.tells);
	free(r->ring);
	(void)nftw(r->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void rig_trade(const struct rig *r, struct trade *t)
{
	ns at = ny_time(day_of(2024, 10, 1), 10, 0);

	*t = (struct trade){
		.side = SIDE_BUY, .state = TRADE_CLOSED, .reason_out = EXIT_TARGET, .sym = 0,
		.want = qty_shares(10), .in = qty_shares(10), .out = qty_shares(10),
		.in_value = { 1000 * NUM_ONE }, .out_value = { 1012 * NUM_ONE + NUM_ONE / 10 * 4 },
		.signal_price = { 100 * NUM_ONE }, .stop = { 99 * NUM_ONE },
		.target = { 101 * NUM_ONE }, .signal_ts = at, .opened = at + NS_SECOND,
		.closed = at + 600 * NS_SECOND, .naked_longest = 2 * NS_SECOND,
	};
	memcpy(t->id, r->id, sizeof t->id);
}

void rig_order(const struct rig *r, struct order *o)
{
	ns at = ny_time(day_of(2024, 10, 1), 10, 0);

	*o = (struct order){
		.role = ROLE_ENTRY, .stage = ORDER_DONE, .side = SIDE_BUY, .type = TYPE_MARKET,
		.tif = TIF_GTC, .cls = CLASS_BRACKET, .status = ST_FILLED, .sym = 0,
		.want = qty_shares(10), .done = qty_shares(10), .value = { 1000 * NUM_ONE },
		.take_profit = { 101 * NUM_ONE }, .stop_loss = { 99 * NUM_ONE },
		.made = at, .updated = at + NS_SECOND,
	};
	memcpy(o->cid, r->id, sizeof o->cid);
	memcpy(o->trade, r->id, sizeof o->trade);
}

void rig_save(struct rig *r, const struct trade *t, const struct order *o)
{
	struct store *s = r->control.store;
	char why[STORE_WHY] = "";

	CHECK_INT(store_begin(s), OK, "begins");
	CHECK_INT(store_put_trade(s, t), OK, "a trade");
	CHECK_INT(store_put_order(s, o), OK, "an order");
	CHECK_INT(store_commit(s, why), OK, "%s", why);
}

struct str rig_ask(struct rig *r, const char *target, int status)
{
	struct str document = { NULL, 0 };

	CHECK_INT(web_ask(r->web, target, &document), status, "%s", target);
	return document;
}
