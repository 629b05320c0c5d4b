#include "lab_run.h"

#include "check.h"
#include "model/calendar.h"

struct rig rig;

/* A generator that any language can repeat: 31 bits of a 64-bit congruence. */
static uint64_t dice;

static int64_t roll(int64_t below)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)(dice >> 33) % below;
}

static usd cents(int64_t n) { return (usd){ n * (NUM_ONE / 100) }; }
static px price(int64_t n) { return (px){ n * (NUM_ONE / 100) }; }

static void make_days(uint32_t days)
{
	day d = day_of(2023, 1, 3);

	for (uint32_t k = 0; k < RIG_NAMES; k++) {
		int64_t c = 5000 + 1000 * k;
		for (uint32_t i = 0; i < days; i++) {
			c += roll(121) - 58;
			rig.close[k][i] = k == 3 && i < 10 ? (px){ 0 } : price(c);
		}
	}
	for (uint32_t i = 0; i < days; d++) {
		if (weekday_of(d) == 0 || weekday_of(d) == 6)
			continue;
		rig.day[i].date = d;
		rig.day[i].bars = 78;
		rig.day[i].bars_in = (uint32_t)roll(30);
		rig.day[i].invested = cents(roll(3000000));
		i++;
	}
}

static void make_trade(struct lab_trade *t, uint32_t i, uint32_t on)
{
	int64_t entry = 5000 + roll(5000), move = roll(301) - 140;
	int64_t shares = 10 + roll(90), side = roll(4) == 0 ? SIDE_SELL : SIDE_BUY;
	ns open = ny_time(rig.day[on].date, 10, 0);
	int64_t sign = side == SIDE_BUY ? 1 : -1;

	memcpy(t->id, "gb-test", 8);
	t->instance = (uint16_t)(i % 2);
	t->sym = (sym)roll(3);
	t->side = (uint8_t)side;
	t->reason = (uint8_t)(EXIT_STOP + roll(4));
	t->bars = (uint32_t)(1 + roll(40));
	t->signal_ts = open;
	t->opened = open + NS_MINUTE;
	t->closed = t->opened + t->bars * 5 * NS_MINUTE;
	t->n = qty_shares(shares);
	t->entry = price(entry);
	t->exit = price(entry + sign * move);
	t->stop = roll(5) == 0 ? (px){ 0 } : price(entry - sign * 100);
	t->worst = price(entry - 20 - roll(150));
	t->best = price(entry + 20 + roll(150));
	t->fees = cents(roll(200));
	t->pnl = usd_sub(cents(move * shares), t->fees);
}

/* Trades are spread over the sessions; each is booked at the close of its own. */
static void make_trades(uint32_t days, uint32_t trades)
{
	usd equity = rig.run.cash;

	for (uint32_t i = 0; i < trades; i++)
		make_trade(&rig.trade[i], i, i * days / trades);
	for (uint32_t d = 0, i = 0; d < days; d++) {
		rig.day[d].fees = (usd){ 0 };
		for (; i < trades && i * days / trades == d; i++) {
			equity = usd_add(equity, rig.trade[i].pnl);
			rig.day[d].fees = usd_add(rig.day[d].fees, rig.trade[i].fees);
		}
		rig.day[d].equity = rig.day[d].cash = equity;
	}
}

void rig_run(uint32_t days, uint32_t trades)
{
	static const char *const names[RIG_NAMES] = { "AAPL", "MSFT", "NVDA", "SPY" };
	static const struct lab_funnel turned[] = { { "band", 9000 }, { "rsi", 120 } };
	struct lab_run *r = &rig.run;
	sym s;

	assert(days <= RIG_DAYS && trades <= RIG_TRADES);
	memset(&rig, 0, sizeof(rig));
	dice = 1;
	for (uint32_t k = 0; k < RIG_NAMES; k++) {
		CHECK_INT(symbols_add(&rig.symbols, str_of(names[k]), &s), OK, "a symbol");
		rig.prices[k] = (struct lab_prices){ .sym = (sym)k, .close = rig.close[k] };
	}
	rig.instance[0] = (struct lab_instance){ "bull", "mean_reversion", cents(5000000), 20000,
						 500, 130, 2, turned, 0, 0 };
	rig.instance[1] = (struct lab_instance){ "bear", "momentum", cents(5000000), 20000, 400,
						 120, 0, NULL, 0, 0 };
	*r = (struct lab_run){
		.title = "gambler.ini", .cash = cents(10000000), .timeframe_s = 300, .bars_s = 300,
		.trials = 1, .bars = 93600, .trades_n = trades, .trade = rig.trade,
		.days_n = days, .day = rig.day, .instances_n = 2, .instance = rig.instance,
		.held = { .n = 3, .prices = rig.prices }, .bench = &rig.prices[3],
		.symbols = &rig.symbols,
	};
	make_days(days);
	make_trades(days, trades);
	r->from = ny_time(day_of(2023, 1, 3), 9, 30);
	r->to = days > 0 ? ny_time(rig.day[days - 1].date, 16, 0) : r->from;
}

const struct lab_report *rig_judge(void)
{
	assert(lab_size(&rig.run) <= sizeof(rig.memory));
	memset(rig.memory, 0xa5, sizeof(rig.memory));
	return lab_judge(&rig.run, rig.memory);
}

static void keep(void *ctx, struct str piece)
{
	(void)ctx;
	assert(piece.n < sizeof(rig.text) - rig.text_n);
	memcpy(rig.text + rig.text_n, piece.s, piece.n);
	rig.text_n += piece.n;
	rig.text[rig.text_n] = '\0';
}

struct str rig_print(void (*form)(const struct lab_report *, const struct lab_sink *))
{
	struct lab_sink sink = { keep, NULL };

	rig.text_n = 0;
	form(rig_judge(), &sink);
	return (struct str){ rig.text, rig.text_n };
}

const struct lab_verdict *rig_said(const struct lab_report *r, const char *id)
{
	for (uint32_t i = 0; i < r->verdicts_n; i++)
		if (strcmp(r->verdict[i].id, id) == 0)
			return &r->verdict[i];
	return NULL;
}
