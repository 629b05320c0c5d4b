#include <math.h>

#include "base/text.h"
#include "chart/chart.h"
#include "rule/rule.h"
#include "test/check.h"

enum { TIMEFRAME = 300 };

/* True, false and unknown, in all combinations of three, as Kleene has them. */
void test_chart_rules_have_three_values(void)
{
	static const char *const words[] = { "close < 0", "close[999] > 0", "close > 0" };
	static const struct { const char *form; } forms[] = {
		{ "a and b" }, { "a or b" }, { "not a and b" }, { "a or not b" },
		{ "a and b and c" }, { "a or b or c" }, { "a and (b or c)" }, { "a or b and c" },
		{ "not (a or b) or c" }, { "not (a and not c) and b" },
	};
	static const sym symbol = 0;
	struct arena arena;
	struct rule_error why;
	struct plan_ref ref[COUNT(forms) * 27];
	char text[200];
	uint32_t n = 0, slot;

	CHECK_INT(arena_open(&arena, 4 << 20), OK, "memory");
	struct plan *p = plan_new(&arena, 100, TIMEFRAME);
	for (size_t f = 0; f < COUNT(forms); f++) {
		for (int k = 0; k < 27; k++) {
			int v[3] = { k / 9, k / 3 % 3, k % 3 };
			struct text t;
			text_init(&t, text, sizeof text);
			for (const char *c = forms[f].form; *c != '\0'; c++) {
				bool letter = *c == 'b' || *c == 'c' || (*c == 'a' && c[1] != 'n');
				if (letter)
					text_cstr(&t, words[v[*c - 'a']]);
				else
					text_char(&t, *c);
			}
			CHECK(rule_compile(p, text_str(&t), NULL, RULE_CONDITION, &ref[n++], &why),
			      "%s compiles, not: %s", text_done(&t), why.text);
		}
	}
	plan_seal(p);
	struct chart_config c = { .plan = p, .raw = true, .symbols = 1, .symbol = &symbol,
				  .bench = SYM_NONE };
	struct chart *chart = chart_new(&arena, &c);
	struct bar b = { .ts = TIMEFRAME * NS_SECOND, .open = { NUM_ONE }, .high = { NUM_ONE },
		.low = { NUM_ONE }, .close = { NUM_ONE }, .volume = 100, .flags = BAR_WARMUP };
	(void)chart_take(chart, &b, 0);
	CHECK(chart_next(chart, &slot), "a bar is there");
	n = 0;
	for (size_t f = 0; f < COUNT(forms); f++) {
		for (int k = 0; k < 27; k++) {
			double x = k / 9 / 2.0, y = k / 3 % 3 / 2.0, z = k % 3 / 2.0;
			double want[] = { fmin(x, y), fmax(x, y), fmin(1 - x, y), fmax(x, 1 - y),
				fmin(x, fmin(y, z)), fmax(x, fmax(y, z)), fmin(x, fmax(y, z)),
				fmax(x, fmin(y, z)), fmax(1 - fmax(x, y), z),
				fmin(1 - fmin(x, 1 - z), y) };
			double got = chart_value(chart, 0, &ref[n++], NULL);
			CHECK((isnan(got) ? 0.5 : got) == want[f],
			      "%s of %g, %g, %g is %g, not %g (0.5: unknown)", forms[f].form, x, y,
			      z, want[f], got);
			CHECK(chart_holds(chart, 0, &ref[n - 1], NULL) == (want[f] == 1),
			      "what is unknown does not hold");
		}
	}
	arena_close(&arena);
}
