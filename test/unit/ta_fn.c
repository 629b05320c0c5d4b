/* The table of indicators, and what holds for every entry. */
#include "ta_rig.h"

#include "base/rng.h"

static struct rig_bars bars;

/* A name with the arguments that are usual, or with others. */
static const char *text_of(const struct ta_fn *fn, bool usual, char *out, size_t size)
{
	int at = snprintf(out, size, "%s(", fn->name);

	for (uint32_t k = 0; !usual && k < fn->family->args; k++) {
		static const int others[TA_ARGS] = { 7, 10, 4 };
		at += snprintf(out + at, size - (size_t)at, "%s%d", k > 0 ? "," : "", others[k]);
	}
	(void)snprintf(out + at, size - (size_t)at, ")");
	return out;
}

void test_ta_table(void)
{
	static const char all[] =
		"sma ema rma stdev stdev_sample zscore rsi bb_upper bb_middle bb_lower bb_pctb "
		"bb_width macd macd_signal macd_hist stoch_k stoch_d stochf_k stochf_d tr atr obv "
		"ad cmf mfi plus_di minus_di adx roc willr donchian_upper donchian_lower "
		"donchian_middle keltner_upper keltner_middle keltner_lower vwap volume_sma "
		"volume_ratio highest lowest change rank bvc";
	uint32_t named = 0, n = 0;

	for (struct str left = str_of(all); left.n > 0; named++) {
		struct str name = str_cut(&left, ' ');
		const struct ta_fn *fn = ta_fn_find(name);
		if (CHECK(fn != NULL, "%.*s is there", (int)name.n, name.s))
			CHECK_STR(name, fn->name, "it is found by its name");
	}
	for (const struct ta_fn *fn = ta_fns; fn->name[0] != '\0'; fn++, n++) {
		const struct ta_family *f = fn->family;
		double usual[TA_ARGS];
		CHECK(n == 0 || strcmp(fn[-1].name, fn->name) < 0, "%s is in order", fn->name);
		CHECK(fn->out < f->outputs && f->outputs <= TA_OUTPUTS && fn->about[0] != '\0',
		      "%s is an output of %s, with words", fn->name, f->name);
		CHECK(memchr(fn->about, '\0', sizeof(fn->about)) != NULL &&
		      memchr(fn->name, '\0', sizeof(fn->name)) != NULL, "%s fits", fn->name);
		for (uint32_t k = 0; k < f->args; k++) {
			const struct ta_arg *a = &f->arg[k];
			usual[k] = a->usual;
			CHECK(a->name[0] != '\0' && a->min <= a->usual && a->usual <= a->max,
			      "%s of %s is within its bounds", a->name, fn->name);
		}
		CHECK(f->check == NULL || f->check(usual) == NULL, "%s as usual", fn->name);
		CHECK((f->shape == TA_STEP) == (f->step != NULL && f->size != NULL &&
						f->init != NULL), "%s can step", fn->name);
		CHECK((f->shape == TA_WINDOW) == (f->of != NULL && f->window != NULL),
		      "%s has a window", fn->name);
	}
	CHECK_INT(n, named, "no others");
	CHECK(ta_fn_find(STR("")) == NULL && ta_fn_find(STR("rsii")) == NULL &&
	      ta_fn_find(STR("rs")) == NULL && ta_fn_find(STR("zz")) == NULL, "no such names");
}

/* The first value comes exactly where it is promised, and none is missing later but where nothing
 * would be divided by nothing. */
void test_ta_first(void)
{
	enum { MOVING = 39, LONG = 80 };	/* up to the first flat stretch, and over it */

	rig_walk(&bars, check_seed(), LONG);
	for (uint32_t i = 0; i < bars.n; i++)
		bars.volume[i] += 1.0;
	for (const struct ta_fn *fn = ta_fns; fn->name[0] != '\0'; fn++)
		for (int usual = 0; usual < 2; usual++) {
			struct rig r;
			char text[60];
			if (!rig_open(&r, text_of(fn, usual == 1, text, sizeof(text))))
				continue;
			uint32_t first = fn->family->first(r.arg, fn->out);
			CHECK(first < LONG, "%s begins early enough to be seen", text);
			for (uint32_t i = 0; i < (first < MOVING ? MOVING : LONG); i++)
				CHECK(ta_defined(rig_at(&r, &bars, i, NULL)) == (i >= first),
				      "%s at %u, the first is at %u", text, i, first);
			CHECK(fn->family->settled(r.arg, fn->out) >= first,
			      "%s is not exact before it is", text);
			rig_close(&r);
		}
}

static bool same(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0 || (isnan(a) && isnan(b));
}

/* States may be copied and kept; and nothing but the past counts. */
void test_ta_copied_states(void)
{
	static struct rig_bars other;

	rig_walk(&bars, check_seed() + 1, 400);
	for (const struct ta_fn *fn = ta_fns; fn->name[0] != '\0'; fn++) {
		struct rig a, b;
		if (fn->family->shape != TA_STEP || !rig_open(&a, fn->name) ||
		    !rig_open(&b, fn->name))
			continue;
		uint32_t size = fn->family->size(a.arg);
		CHECK(size % 8 == 0, "%s: a state of %u bytes", fn->name, size);
		for (uint32_t i = 0; i < bars.n; i++) {
			if (i % 50 == 49)	/* a stranger's past is forgotten */
				memcpy(b.state, a.state, size);
			double x = rig_at(&a, &bars, i, NULL);
			if (i % 50 == 48) {
				rig_walk(&other, check_seed() + i, 60);
				(void)rig_at(&b, &other, 59, NULL);
				continue;
			}
			double y = rig_at(&b, &bars, i, NULL);
			CHECK(same(x, y), "%s at %u: %.17g and %.17g", fn->name, i, x, y);
		}
		rig_close(&a);
		rig_close(&b);
	}
}

/* Flat after anything: exactly flat, and no value where 0 would be divided by 0. */
void test_ta_flat(void)
{
	static const double prices[] = { 0.1, 18.07, 123.45, 0.0003, 531.69, 1e6 / 3.0 };
	static const char *const at_price[] = {
		"sma", "bb_upper", "bb_middle", "bb_lower", "highest", "lowest",
		"donchian_middle" };
	static const char *const at_nothing[] = { "zscore", "bb_pctb", "willr", "stochf_k" };
	char text[40];

	for (size_t p = 0; p < COUNT(prices); p++)
		for (int n = 2; n <= 200; n += n < 30 ? 1 : 17) {
			bars.n = 300;
			for (uint32_t i = 0; i < bars.n; i++) {
				double x = i < 90 ? prices[p] * (1.0 + 0.01 * (i % 7)) : prices[p];
				bars.open[i] = bars.high[i] = bars.low[i] = bars.close[i] = x;
				bars.volume[i] = 100.0 * (i % 3);
			}
			for (size_t k = 0; k < COUNT(at_price) + COUNT(at_nothing); k++) {
				struct rig r;
				bool price = k < COUNT(at_price);
				(void)snprintf(text, sizeof(text), "%s(%d)", price ? at_price[k] :
					       at_nothing[k - COUNT(at_price)], n);
				if (!rig_open(&r, text))
					return;
				for (uint32_t i = 0; i < bars.n; i++) {
					double v = rig_at(&r, &bars, i, NULL);
					if (i >= 90 + (uint32_t)n - 1)
						CHECK(price ? v == prices[p] : isnan(v),
						      "%s at %.9g: %.17g", text, prices[p], v);
				}
				rig_close(&r);
			}
		}
}

/* Averages of a price that never moved are that price, to the bit; there is no RSI of it. */
void test_ta_flat_from_the_beginning(void)
{
	static const char *const price[] = { "ema(10)", "rma(7)", "keltner_upper", "vwap" };
	static const char *const zero[] = { "macd", "macd_hist", "atr", "obv", "ad", "cmf", "roc",
					    "change", "stdev", "bb_width", "tr" };
	static const char *const none[] = { "rsi", "stoch_d", "stochf_d", "mfi", "adx", "plus_di",
					    "zscore", "willr" };

	for (uint32_t i = 0; i < 120; i++) {
		bars.high[i] = bars.low[i] = bars.close[i] = 18.07;
		bars.volume[i] = 33.0;
		bars.session[i] = 1;
	}
	for (size_t k = 0; k < COUNT(price) + COUNT(zero) + COUNT(none); k++) {
		struct rig r;
		bool is_price = k < COUNT(price), is_zero = k < COUNT(price) + COUNT(zero);
		const char *text = is_price ? price[k] : is_zero ? zero[k - COUNT(price)] :
				   none[k - COUNT(price) - COUNT(zero)];
		if (!rig_open(&r, text))
			return;
		for (uint32_t i = 0; i < 120; i++) {
			double v = rig_at(&r, &bars, i, NULL);
			if (i < r.fn->family->first(r.arg, r.fn->out))
				continue;
			CHECK(is_price ? v == 18.07 : is_zero ? v == 0.0 : isnan(v),
			      "%s at %u of a flat price: %.17g", text, i, v);
			CHECK(is_zero || !(v < 30.0 || v > 70.0), "no comparison holds");
		}
		rig_close(&r);
	}
}

/* A window that holds a missing value has none; averages pass over it. */
void test_ta_missing_values(void)
{
	static double x[RIG_BARS], dense[RIG_BARS];
	struct rng r;

	rig_walk(&bars, check_seed() + 2, 300);
	rng_seed(&r, check_seed() + 3);
	for (uint32_t i = 0; i < bars.n; i++)
		x[i] = rng_below(&r, 12) == 0 ? TA_NONE : bars.close[i];
	for (const struct ta_fn *fn = ta_fns; fn->name[0] != '\0'; fn++) {
		const struct ta_family *f = fn->family;
		struct rig a, b;
		if (f->reads == TA_BARS || !rig_open(&a, fn->name) || !rig_open(&b, fn->name))
			continue;
		for (uint32_t i = 0, n = 0; i < bars.n; i++) {
			double v = rig_at(&a, &bars, i, x);
			if (f->shape == TA_STEP) {
				double w = TA_NONE;
				if (ta_defined(x[i])) {
					dense[n] = x[i];
					w = rig_at(&b, &bars, n++, dense);
				}
				CHECK(same(v, w), "%s at %u: %.17g, want %.17g", fn->name, i, v, w);
				continue;
			}
			/* What changes and ratios read are the ends and the rest. */
			bool ends = strcmp(fn->name, "change") == 0 || strcmp(fn->name, "roc") == 0;
			uint32_t n_read = f->window(a.arg);
			bool missing = i + 1 < n_read;
			for (uint32_t k = 0; !missing && k < n_read; k++)
				missing = isnan(x[i - k]) && (!ends || k == 0 || k + 1 == n_read);
			if (missing)
				CHECK(isnan(v), "%s at %u over a missing value: %g", fn->name, i,
				      v);
		}
		rig_close(&a);
		rig_close(&b);
	}
}

/* Wide windows, long lengths, and scores no higher than the window allows. */
void test_ta_bounds(void)
{
	struct rig z, rsi, wide, stoch;
	const double whole = 100.0 + 2e-14;	/* 100 times x, by x: rounded twice */
	double most = 0.0;

	rig_walk(&bars, check_seed() + 4, 1200);
	if (!rig_open(&z, "zscore(5)") || !rig_open(&rsi, "rsi(2)") ||
	    !rig_open(&wide, "sma(1000)") || !rig_open(&stoch, "stoch_k(1000,1,1)"))
		return;
	for (uint32_t i = 0; i < bars.n; i++) {
		double score = fabs(rig_at(&z, &bars, i, NULL)), r = rig_at(&rsi, &bars, i, NULL);
		double mean = rig_at(&wide, &bars, i, NULL), k = rig_at(&stoch, &bars, i, NULL);
		most = score > most ? score : most;
		CHECK(isnan(r) || (r >= 0.0 && r <= whole), "RSI in 0..100");
		CHECK(ta_defined(mean) == (i >= 999) && ta_defined(k) == (i >= 999),
		      "a thousand bars are needed, not %u", i);
		CHECK(isnan(k) || (k >= 0.0 && k <= whole), "stochastic in 0..100");
	}
	CHECK(most <= 2.0 + 1e-12, "a window of 5 has no z-score above 2, %g", most);
	rig_close(&rsi);
	rig_close(&stoch);
}

/* By hand, and against its meaning: above 0.8 exactly when above the interpolated percentile. */
void test_ta_rank(void)
{
	static double x[10] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 5 };
	double n = 10, out[TA_OUTPUTS];
	const struct ta_fn *fn = ta_fn_find(STR("rank"));

	fn->family->of(&n, x, NULL, out);
	CHECK(out[0] == 5.0 / 9, "of nine five are below 5, two equal it: %g", out[0]);
	x[9] = 10;
	fn->family->of(&n, x, NULL, out);
	CHECK(out[0] == 1.0, "above all: %g", out[0]);
	x[9] = 1;
	fn->family->of(&n, x, NULL, out);
	CHECK(out[0] == 0.0, "none is below the lowest: %g", out[0]);
	x[4] = TA_NONE;
	fn->family->of(&n, x, NULL, out);
	CHECK(!ta_defined(out[0]), "a value is missing: %g", out[0]);
}

/* Sixteen closes at one price and four a cent higher: exactly two deviations, at any price. What
 * rounding makes of that must not be taken for more than two, nor for less. */
void test_ta_ties(void)
{
	struct rig z, upper, lower;

	if (!rig_open(&z, "zscore(20)") || !rig_open(&upper, "bb_upper(20,2)") ||
	    !rig_open(&lower, "bb_lower(20,2)"))
		return;
	rig_walk(&bars, check_seed(), 20);
	for (int cents = 1000; cents < 40000; cents += 37) {
		double away = cents % 2 == 0 ? 1 : -1;
		for (uint32_t i = 0; i < 20; i++)
			bars.close[i] = (cents + (i >= 16 ? away : 0)) / 100;
		double last = bars.close[19];
		double got = rig_at(&z, &bars, 19, NULL) * away;
		CHECK(got >= 2 && got <= 2, "z at %.2f is two, not %.17g", last, got);
		got = rig_at(away > 0 ? &upper : &lower, &bars, 19, NULL);
		CHECK(got >= last && got <= last, "the band is at %.17g, not %.17g", last, got);
	}
	rig_close(&z);
	rig_close(&upper);
	rig_close(&lower);
}

/* Many bars at one go are those bars one by one: whatever the cut, and where a value is missing. */
void test_ta_steps(void)
{
	static double x[300][2], out[300][5];
	uint32_t families = 0;
	struct rng rng;

	rng_seed(&rng, check_seed());
	rig_walk(&bars, check_seed(), COUNT(x));
	for (uint32_t i = 0; i < COUNT(x); i++)
		x[i][0] = i > 40 && rng_below(&rng, 20) == 0 ? TA_NONE : bars.close[i];
	for (const struct ta_fn *fn = ta_fns; fn->name[0] != '\0'; fn++) {
		const struct ta_family *f = fn->family;
		struct rig by_one, at_once;
		char text[60];
		if (f->steps == NULL || fn->out != 0)
			continue;
		families++;
		CHECK(rig_open(&by_one, text_of(fn, true, text, sizeof text)) &&
		      rig_open(&at_once, text), "%s opens", text);
		for (uint32_t i = 0, n; i < COUNT(x); i += n) {
			n = 1 + (uint32_t)rng_below(&rng, 64);
			n = n < COUNT(x) - i ? n : (uint32_t)COUNT(x) - i;
			f->steps(at_once.state, n, x[i], 2, out[i], 5);
		}
		for (uint32_t i = 0; i < COUNT(x); i++) {
			struct ta_bar b = { 0 };
			double want[TA_OUTPUTS];
			f->step(by_one.state, &b, x[i][0], want);
			for (uint32_t k = 0; k < f->outputs; k++)
				if (!CHECK(memcmp(&out[i][k], &want[k], sizeof want[k]) == 0,
					   "output %u of %s at bar %u: %.17g, not %.17g", k, text,
					   i, out[i][k], want[k]))
					return;
		}
		CHECK(memcmp(by_one.state, at_once.state, f->size(by_one.arg)) == 0,
		      "the states of %s are the same", text);
		rig_close(&by_one);
		rig_close(&at_once);
	}
	CHECK(families > 0, "%u families step many bars at one go", families);
}
