/* What holds for every strategy: nothing later counts, nothing forgotten counts, a mirror image
 * trades the mirror image, a copy goes on alike, and odd data make no odd decisions. */
#include "strategy_rig.h"

#define TF 300

/* Numbers with which each trades on the made-up market. */
static const struct { const char *name, *preset, *sets; bool mirror; } variants[] = {
	{ "mean_reversion", "classic", "", true },
	{ "mean_reversion", "literal", "bb_k=1.5 rsi_max=45 rsi_min_short=55 vol_mult=1", true },
	{ "volatility_breakout", "lively", "box_max=0% vol_mult=1", true },
	{ "volatility_breakout", "box", "box_max=5% breakout=0.1% consol_n=8", true },
	{ "volatility_breakout", "strict", "contraction=1.5 consol_n=5 breakout=0.1% vol_mult=1",
		true },
	{ "volatility_breakout", "classic", "contraction=0.95 consol_n=5 breakout=0.1% vol_mult=1",
		true },
	{ "momentum", "lively", "min_move=0.3% vol_mult=1", true },
	{ "momentum", "literal", "min_move=0.2% vol_mult=1 votes_min=5 p_min=0.3 horizon=6",
		false },
	{ "momentum", "classic", "min_move=0.2% vol_mult=1 votes_min=5 p_min=0.4 horizon=6",
		false },
	{ "smart_money", "score", "need=1", true },
	{ "smart_money", "score", "need=2 line=ad cmf_min=0", true },
	{ "smart_money", "classic", "", true },
	{ "smart_money", "classic", "reclaim=no absorption=no de_break=0.1% de_vol=1", true },
	{ "multi_timeframe", "votes", "", true },
	{ "multi_timeframe", "classic", "", true },
	{ "adaptive", "quant", "", true },
	{ "adaptive", "lively", "trend_n=5 mid_n=3 rise_n=2 vol_days=10 vol_n=3 adx_min=0", false },
	{ "adaptive", "classic", "trend_n=5 band=0.1%", false },
	{ "ma_cross", "literal", "", true },
	{ "ma_cross", "literal", "type=sma", true },
	{ "zscore", "literal", "", true },
	{ "indicator", "classic", "", true },
	{ "indicator", "trend", "", true },
	{ "indicator", "bounce", "", true },
	{ "indicator", "classic", "rsi=cross macd=cross sma=cross ema=cross bb=cross stoch=cross "
		"volume=off obv=cross combine=any", true },
};

static struct rig *open_variant(size_t i)
{
	return rig_open(variants[i].name, variants[i].preset, variants[i].sets, TF);
}

static bool same_record(const struct rig_record *a, const struct rig_record *b)
{
	return a->ts == b->ts && a->slot == b->slot && a->d.what == b->d.what &&
		(a->d.what == DECIDE_EXIT ||
		 (a->d.side == b->d.side && memcmp(&a->d.stop, &b->d.stop, 8) == 0 &&
		  memcmp(&a->d.target, &b->d.target, 8) == 0 && a->d.tag == b->d.tag &&
		  a->d.hold == b->d.hold));
}

/* Every one of them trades here: what is not exercised is not tested. */
void test_strategy_all_trade(void)
{
	struct rig_market *m = rig_market(7, 14, TF, RIG_GAPS);

	for (size_t i = 0; i < COUNT(variants); i++) {
		struct rig *r = open_variant(i);
		uint32_t n[2] = { 0 }, exits = 0;
		rig_run(r, m, 0, m->n);
		for (uint32_t k = 0; k < r->n; k++) {
			exits += r->record[k].d.what == DECIDE_EXIT;
			if (r->record[k].d.what == DECIDE_ENTER)
				n[r->record[k].d.side]++;
		}
		CHECK(n[0] > 0 && n[1] > 0, "%s %s %s enters long and short: %u and %u",
		      variants[i].name, variants[i].preset, variants[i].sets, n[0], n[1]);
		if (getenv("GAMBLER_VERBOSE") != NULL)
			printf("%s %s %s: %u long, %u short, %u exits\n", variants[i].name,
			       variants[i].preset, variants[i].sets, n[0], n[1], exits);
		rig_close(r);
	}
	rig_market_free(m);
}

/* All bars behind a moment are replaced: what was decided until then stays. */
void test_strategy_future_does_not_count(void)
{
	struct rig_market *m = rig_market(check_seed(), 12, TF, RIG_GAPS);
	struct rig_market *other = rig_market(check_seed() + 1, 12, TF, RIG_SPLIT);

	for (size_t i = 0; i < COUNT(variants); i++) {
		struct rig *a = open_variant(i), *b = open_variant(i);
		uint32_t until = m->n * 2 / 3;
		ns end = m->bar[(size_t)until * RIG_SYMBOLS].open_ts;
		rig_run(a, m, 0, m->n);
		rig_run(b, m, 0, until);
		rig_run(b, other, until, other->n);
		for (uint32_t k = 0; k < a->n && a->record[k].ts < end; k++)
			if (!CHECK(k < b->n && same_record(&a->record[k], &b->record[k]),
				   "%s %s: decision %u is made without knowing the future",
				   variants[i].name, variants[i].preset, k))
				break;
		rig_close(a);
		rig_close(b);
	}
	rig_market_free(m);
	rig_market_free(other);
}

/* More history before the warm-up: averages that never forget have forgotten to the last digit
 * after 1,500 bars. What counts its past, momentum's continuation, knows more, and is left out,
 * as are days, of which there are not 1,500. */
void test_strategy_history_does_not_count(void)
{
	struct rig_market *m = rig_market(check_seed(), 34, TF, 0);

	for (size_t i = 0; i < COUNT(variants); i++) {
		struct rig *a = open_variant(i), *b = open_variant(i);
		uint32_t late = 78 * 10, k = 0, l = 0;
		if (str_eq(str_of(a->s->name), STR("adaptive")) || strstr(variants[i].sets,
				"votes_min") != NULL)
			late = m->n;
		a->no_trades = b->no_trades = true;
		rig_run(a, m, 0, m->n);
		rig_run(b, m, late, m->n);
		ns from = m->bar[(size_t)(m->n - 78 * 4) * RIG_SYMBOLS].open_ts;
		while (k < a->n && a->record[k].ts < from)
			k++;
		while (l < b->n && b->record[l].ts < from)
			l++;
		if (late < m->n)
			CHECK_INT(a->n - k, b->n - l, "%s %s %s: as many decisions",
				  variants[i].name, variants[i].preset, variants[i].sets);
		for (; late < m->n && k < a->n && l < b->n; k++, l++) {
			const struct rig_record *x = &a->record[k], *y = &b->record[l];
			if (!CHECK(x->ts == y->ts && x->slot == y->slot && x->d.what == y->d.what &&
				   fabs(x->d.stop - y->d.stop) < 1e-6, "%s %s: the same decisions",
				   variants[i].name, variants[i].preset))
				break;
		}
		rig_close(a);
		rig_close(b);
	}
	rig_market_free(m);
}

/* Halfway everything is kept, and another goes on with it. */
void test_strategy_goes_on_from_a_copy(void)
{
	struct rig_market *m = rig_market(check_seed(), 10, TF, RIG_GAPS);

	for (size_t i = 0; i < COUNT(variants); i++) {
		struct rig *a = open_variant(i), *b = open_variant(i);
		uint32_t half = m->n / 2 + 13;
		rig_run(a, m, 0, half);
		size_t n = rig_save(a, NULL, 0);
		char *kept = malloc(n);
		assert(kept != NULL);
		CHECK_INT(rig_save(a, kept, n), n, "it is saved whole");
		rig_load(b, kept, n);
		free(kept);
		a->n = 0;
		rig_run(a, m, half, m->n);
		rig_run(b, m, half, m->n);
		CHECK_INT(b->n, a->n, "%s %s: as many decisions", variants[i].name,
			  variants[i].preset);
		for (uint32_t k = 0; k < a->n && k < b->n; k++)
			if (!CHECK(same_record(&a->record[k], &b->record[k]), "%s %s: the same",
				   variants[i].name, variants[i].preset))
				break;
		rig_close(a);
		rig_close(b);
	}
	rig_market_free(m);
}

/* 2000 dollars minus the price: long where it was short. Percentages of a price near 1000 differ
 * by what it moved, so a few that are on the edge fall on the other side. */
void test_strategy_mirror(void)
{
	struct rig_market *m = rig_market(7, 14, TF, 0), *q = rig_market(7, 14, TF, 0);

	for (size_t i = 0; i < (size_t)q->n * RIG_SYMBOLS; i++) {
		struct bar *b = &q->bar[i], was = *b;
		b->open.n = 2000 * NUM_ONE - was.open.n;
		b->high.n = 2000 * NUM_ONE - was.low.n;
		b->low.n = 2000 * NUM_ONE - was.high.n;
		b->close.n = 2000 * NUM_ONE - was.close.n;
	}
	for (size_t i = 0; i < COUNT(variants); i++) {
		struct rig *a = open_variant(i), *b = open_variant(i);
		uint32_t alike = 0, l = 0;
		a->no_trades = b->no_trades = true;
		a->no_short = b->no_long = true;
		rig_run(a, m, 0, m->n);
		rig_run(b, q, 0, q->n);
		for (uint32_t k = 0; k < a->n; k++) {
			const struct rig_record *x = &a->record[k];
			while (l < b->n && b->record[l].ts < x->ts)
				l++;
			for (uint32_t j = l; j < b->n && b->record[j].ts == x->ts; j++)
				alike += b->record[j].slot == x->slot &&
					b->record[j].d.side != x->d.side;
		}
		if (variants[i].mirror)
			CHECK(a->n > 0 && alike * 10 >= a->n * 9 && b->n * 10 >= a->n * 9 &&
			      a->n * 10 >= b->n * 9, "%s %s %s: of %u and %u entries %u mirror",
			      variants[i].name, variants[i].preset, variants[i].sets, a->n, b->n,
			      alike);
		rig_close(a);
		rig_close(b);
	}
	rig_market_free(m);
	rig_market_free(q);
}

/* A price that stands still and a market that does not trade are no reason to buy. */
void test_strategy_nothing_moves(void)
{
	static const unsigned odd[] = { RIG_FLAT, RIG_FLAT | RIG_ZERO_VOLUME };

	for (size_t w = 0; w < COUNT(odd); w++) {
		struct rig_market *m = rig_market(check_seed(), 6, TF, odd[w]);
		for (size_t i = 0; i < COUNT(variants); i++) {
			struct rig *r = open_variant(i);
			rig_run(r, m, 0, m->n);
			CHECK_INT(r->n, 0, "%s %s %s does nothing", variants[i].name,
				  variants[i].preset, variants[i].sets);
			rig_close(r);
		}
		rig_market_free(m);
	}
}

/* The rig checks levels and conditions of each decision. */
void test_strategy_odd_data(void)
{
	static const unsigned odd[] = { RIG_ZERO_VOLUME, RIG_SPLIT | RIG_GAPS };

	for (size_t w = 0; w < COUNT(odd); w++) {
		struct rig_market *m = rig_market(check_seed(), 8, TF, odd[w]);
		for (size_t i = 0; i < COUNT(variants); i++) {
			struct rig *r = open_variant(i);
			r->no_bench = true;
			rig_run(r, m, 0, m->n);
			if (str_eq(str_of(variants[i].name), STR("momentum")) && w == 0)
				CHECK_INT(r->n, 0, "without volume there is no momentum");
			rig_close(r);
		}
		rig_market_free(m);
	}
}

/* Tables: bounds, presets that are taken whole, names that are not used twice. */
void test_strategy_tables(void)
{
	char why[160];

	for (size_t i = 0; strategies[i] != NULL; i++) {
		const struct strategy *s = strategies[i];
		struct params p;
		for (uint32_t k = 0; k < s->params_n; k++) {
			const struct param_spec *q = &s->params[k];
			CHECK(q->min <= q->value && q->value <= q->max && q->help[0] != 0,
			      "%s %s: its default is within its bounds", s->name, q->key);
			for (uint32_t l = 0; l < k; l++)
				CHECK(!str_eq(str_of(q->key), str_of(s->params[l].key)),
				      "%s %s is there once", s->name, q->key);
		}
		params_default(s, &p);
		CHECK(s->check(&p, why, sizeof why), "%s: its defaults: %s", s->name, why);
		for (uint32_t k = 0; k < s->presets_n; k++) {
			params_default(s, &p);
			CHECK_INT(params_preset(s, &p, str_of(s->presets[k].name)), OK,
				  "%s %s is taken", s->name, s->presets[k].name);
			CHECK(s->check(&p, why, sizeof why), "%s %s: %s", s->name,
			      s->presets[k].name, why);
		}
		for (uint32_t k = 0; k < s->values_n; k++)
			CHECK(s->value_input[k] < s->inputs_n, "%s %s is an input", s->name,
			      s->values[k]);
	}
}
