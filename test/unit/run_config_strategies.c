#include "test/unit/run_config.h"

#define USED "[instance a]\nstrategy = dip\nsymbols = AAPL MSFT\n"
#define STOPPED "stop = 1%\n" USED

static const struct { const char *text, *set, *want; } wrong[] = {
	{ "[strategy dip]\nenter_long = close < 1 and rsii(14) < 30\n" STOPPED, NULL,
	  "x.ini:2:28: unknown function 'rsii' (did you mean rsi?)" },
	{ "[strategy dip]\n   enter_long   =   clos < 1 ; no\n" STOPPED, NULL,
	  "x.ini:2:21: unknown name 'clos' (did you mean close?)" },
	{ "[strategy dip]\nenter_long = close < 1\n\t and   opn > 1\n" STOPPED, NULL,
	  "x.ini:3:9: unknown name 'opn' (did you mean open?)" },
	{ "[strategy dip]\nenter_long = close < 1 and close < 1 and close < 1 and close < 1 and "
	  "close < 1 and close < 1 and close < 1 and close < 1 and close < 1 and close < 1 and "
	  "close < 1 and close < 1 and close < 1 and close < 1 and clos < 1\n" STOPPED, NULL,
	  "x.ini:2:210: unknown name 'clos' (did you mean close?)" },
	{ "[strategy dip]\nenter_long = close < 1\n" STOPPED, "strategy.dip.exit_long=close > opn",
	  "--set:32: unknown name 'opn' (did you mean open?)" },
	{ "[strategy dip]\nenter_long = close < 1\n" USED, NULL,
	  "x.ini:2: [strategy dip] a stop is missing: every position needs one, as stop = 1% or "
	  "stop = close - 2 * atr(14)" },
	{ "[strategy dip]\nuse = rules\n" STOPPED, NULL,
	  "x.ini:2: [strategy dip] enter_long, enter_short or exec is missing: there is nothing "
	  "to do" },
	{ "[strategy dip]\nenter_long = close < 1\nenter_shrt = close > 1\n" STOPPED, NULL,
	  "x.ini:3: [strategy dip] enter_shrt: unknown key (did you mean enter_short?)" },
	{ "[strategy dip]\nenter_long = close < 1\nexit_long = rsi(0) > 1\nstop = atr(1, 2)\n"
	  "max_hold = 0m\nsize = 101%\n" USED, NULL,
	  "x.ini:3:17: rsi: n is a whole number, 1 to 1000\n"
	  "x.ini:4:15: too many arguments: it is atr(n)\n"
	  "x.ini:5:12: must be more than 0\n"
	  "x.ini:6:8: a per cent of the capital must be no more than 100%" },
	{ "[strategy dip]\nenter_long = macd(26, 12) < 1\nstop = 100%\nmax_hold = 169h\n"
	  USED, NULL,
	  "x.ini:2:14: macd: fast must be below slow\n"
	  "x.ini:3:8: a per cent must be less than 100%\n"
	  "x.ini:4:12: must be no more than a week, 168h" },
	{ "[strategy dip]\nenter_long = close < 1 AND close > 0\n" STOPPED, NULL,
	  "x.ini:2:24: an operator is wanted before 'AND' (did you mean and?)" },
	{ "[strategy dip]\nenter_long = close < 1\n" STOPPED "sides = short\n", NULL,
	  "x.ini:7: [instance a] sides: the strategy lacks enter_short: short alone could never "
	  "trade" },
	{ "[strategy dip]\nenter_short = close < 1\n" STOPPED, NULL,
	  "x.ini:5: [instance a] strategy: the strategy has enter_short alone: it wants sides = "
	  "short" },
	{ "[strategy dip]\nenter_long = rs(5) > 0\n" STOPPED "benchmark = none\n", NULL,
	  "x.ini:5: [instance a] strategy: its rules ask bench() or rs(), which without a "
	  "benchmark never have a value" },
	{ "[strategy dip]\nuse = zscore\nenter_long = close < 1\n" USED, NULL,
	  "x.ini:3: [strategy dip] enter_long: unknown key: rules want use = rules, or none" },
	{ "[strategy dip]\n$n = 5, 9 to 1\nenter_long = close < $n\n" STOPPED, NULL,
	  "x.ini:2:8: the lower bound comes first, and is below the upper" },
	{ "[strategy dip]\nenter_long = close < 1\nsize = 100%\n" STOPPED "capital = 20000\n"
	  "order_max = 19999\n", NULL,
	  "x.ini:6: [instance a] strategy: the strategy's size is larger than order_max: it could "
	  "never trade" },
	{ "[strategy dip]\nenter_long = close < 1\nsize = 20001\n" STOPPED "capital = 20000\n",
	  NULL, "x.ini:6: [instance a] strategy: the strategy's size is larger than capital: it "
	  "could never trade" },
	{ "[strategy dip]\nenter_long = close < 1\nenter_short = close > 1\n"
	  "stop = close - 1\n" USED, NULL,
	  "x.ini:4:8: a price cannot be below the close for longs and above it for shorts: give "
	  "stop_short too, or a per cent" },
	{ "[strategy dip]\n$n = 10, 20 to 30\nenter_long = rsi($n) < 1\n" STOPPED, NULL,
	  "x.ini:2:9: the value is not within its bounds" },
	{ "[strategy dip]\n$n = close\nenter_long = rsi($n) < 1\n" STOPPED, NULL,
	  "x.ini:2:6: a parameter is a number: $name = 10, or with bounds for a search $name = 10, "
	  "5 to 50 step 5" },
	{ "[strategy dip]\n$n = 10, 5 to 50\nenter_long = rsi($n) < 1\n" STOPPED,
	  "strategy.dip.$n=60", "--set:17: is out of the bounds that the file gives it" },
	{ "[strategy dip]\nenter_long = rsi($n) < 1\n" STOPPED, NULL,
	  "x.ini:2:18: unknown parameter '$n': it is set in the same section, as $name = 10" },
	{ "[strategy dip]\nenter_long = tf(7m, close) < 1\n" STOPPED, NULL,
	  "x.ini:2:17: the bars of tf() are a multiple of the instance's timeframe up to 4h, or "
	  "1d: tf(15m, close)" },
	{ "[strategy dip]\nenter_long = entry < 1\n" STOPPED, NULL,
	  "x.ini:2:14: there is no open trade to ask here: 'entry' stands in exits only" },
	{ "[strategy dip]\nenter_long = close < 1\nwarmup = 0\n" STOPPED, NULL,
	  "x.ini:3:10: a whole number of bars is wanted, 1 to 10000" },
	{ "[strategy dip]\nenter_long = close < 1\nstop = 1%\n[strategy odd]\n"
	  "enter_long = clos < 1\nstop = 1%\n" USED, NULL,
	  "x.ini:5:14: unknown name 'clos' (did you mean close?)" },
	{ "[strategy dip]\nenter_long = close < 1\n" STOPPED, "instance.a.filter=close > opn",
	  "--set:27: unknown name 'opn' (did you mean open?)" },
};

void test_config_rules_errors_point_at_the_column(void)
{
	clean_environment();
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *const sets[] = { wrong[i].set, NULL };
		load(wrong[i].text, sets);
		CHECK_STR(problems(), wrong[i].want, "%s", wrong[i].text);
	}
}

static void into(void *ctx, const char *line)
{
	struct text *t = ctx;

	text_cstr(t, line);
	text_char(t, '\n');
}

void test_config_rules_become_a_strategy(void)
{
	static char shown[1 << 16];
	const char *const sets[] = { "strategy.dip.$max=25", NULL };
	struct text t;

	clean_environment();
	load("[strategy dip]\n$max = 30, 10 to 40 step 5\n$stop = 2%\n"
	     "enter_long = close < bb_lower(200, 2)\n  and rsi(14) < $max\n"
	     "exit_long = profit > 1% or bars_held > 5\nstop = $stop\n"
	     "target = close + 2 * atr(14)\nsize = 10%\nmax_hold = 30m\n" USED
	     "capital = 40000\nposition = 1000\n", sets);
	CHECK_STR(problems(), "", "good rules");
	const struct engine_config *c = &loaded.c.instance[0];
	const struct rules *r = c->rules;
	if (!CHECK(r != NULL && c->strategy == &r->strategy, "the instance has its rules"))
		return;
	CHECK(c->params.v[0] == 25, "--set goes before the file");
	CHECK(r->param[0].max == 40 && r->step[0] == 5, "and leaves the file's bounds");
	CHECK(r->param[1].type == PARAM_PERCENT && r->stop[0].percent, "a per cent stays one");
	CHECK_INT(c->limits.order_notional_max.n / NUM_ONE, 5000, "a quarter more than the size");
	CHECK(!r->target[0].percent && r->size_unit == 40000, "prices, parts of the capital");
	CHECK_INT(r->strategy.conditions_n, 2 + 4, "two conditions, and what may have no value");
	CHECK_TEXT(r->condition[0], "rsi(14) < $max", "what is cheaper is asked first");
	CHECK_TEXT(r->condition[1], "close < bb_lower(200, 2)", "then the other");
	CHECK_INT(r->values, 3, "close, band and RSI are worth showing");
	CHECK_TEXT(r->value[2], "rsi(14)", "by their own names");
	CHECK_INT(r->frame[0].bars, 200, "200 bars make it exact");
	text_init(&t, shown, sizeof shown);
	config_show(&loaded.c, into, &t);
	text_done(&t);
	CHECK(strstr(shown, "\n$max = 25, 10 to 40 step 5\n") != NULL, "the parameter is shown");
	CHECK(strstr(shown, "\nexit_long = profit > 1% or bars_held > 5\n") != NULL,
	      "and the rules");
	load(shown, NULL);
	CHECK_STR(problems(), "", "what is shown can be read");
	CHECK(loaded.c.instance[0].params.v[0] == 25, "and says the same");
}
