/* strategy_params.c: keys and values of strategies from text; the tables themselves. */
#include "strategy/strategy.h"
#include "test/check.h"

static const struct strategy *mr(void)
{
	return strategy_find(STR("mean_reversion"));
}

static double value_of(const struct strategy *s, const struct params *p, const char *key)
{
	for (uint32_t i = 0; i < s->params_n; i++)
		if (strcmp(s->params[i].key, key) == 0)
			return p->v[i];
	CHECK(0, "there is a key %s", key);
	return 0;
}

void test_strategy_list(void)
{
	CHECK(mr() != NULL, "mean_reversion is there");
	CHECK(strategy_find(STR("mean")) == NULL, "a part of a name is no name");
	CHECK(strategy_find(STR("")) == NULL, "nor is nothing");
	for (size_t i = 0; strategies[i] != NULL; i++) {
		const struct strategy *s = strategies[i];
		struct params p;
		char why[128];
		params_default(s, &p);
		CHECK(s->check(&p, why, sizeof why), "%s: defaults are good: %s", s->name, why);
		CHECK((s->warmup == NULL || s->warmup(&p) <= 5000), "%s: warm-up fits", s->name);
		for (uint32_t j = 0; j < s->params_n; j++)
			CHECK(s->params[j].help != NULL && s->params[j].help[0] != '\0',
			      "%s.%s says what it is", s->name, s->params[j].key);
		for (uint32_t j = 0; j < s->presets_n; j++) {
			CHECK_INT(params_preset(s, &p, str_of(s->presets[j].name)), OK,
				  "%s: preset %s", s->name, s->presets[j].name);
			CHECK(s->check(&p, why, sizeof why), "%s %s: %s", s->name,
			      s->presets[j].name, why);
		}
		CHECK_INT(params_preset(s, &p, STR("no such")), ERR_NOTFOUND, "no such preset");
	}
}

void test_strategy_params(void)
{
	static const struct { const char *key, *value; enum err e; double v; } cases[] = {
		{ "bb_k", "2.25", OK, 2.25 },
		{ "bb_k", "2.25x", ERR_PARSE, 0 },
		{ "bb_k", "0.1", ERR_RANGE, 0 },
		{ "bb_k", "11", ERR_RANGE, 0 },
		{ "bb_k", "nan", ERR_PARSE, 0 },
		{ "bb_n", "30", OK, 30 },
		{ "bb_n", "30.5", ERR_PARSE, 0 },
		{ "bb_n", "-1", ERR_RANGE, 0 },
		{ "stop", "0.8%", OK, 0.008 },
		{ "stop", " 2 % ", OK, 0.02 },
		{ "stop", "0.8", ERR_PARSE, 0 },
		{ "stop", "60%", ERR_RANGE, 0 },
		{ "stop", "%", ERR_PARSE, 0 },
		{ "rs_min", "-1.5%", OK, -0.015 },
		{ "hold", "45m", OK, 2700 },
		{ "hold", "90", OK, 90 },
		{ "hold", "8d", ERR_RANGE, 0 },
		{ "hold", "soon", ERR_PARSE, 0 },
		{ "rs", "no", OK, 0 },
		{ "rs", "Yes", OK, 1 },
		{ "rs", "maybe", ERR_PARSE, 0 },
		{ "exit", "none", OK, 1 },
		{ "exit", "middle", OK, 0 },
		{ "exit", "mid", ERR_PARSE, 0 },
		{ "colour", "red", ERR_NOTFOUND, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct params p;
		char why[96];
		params_default(mr(), &p);
		struct params before = p;
		enum err e = params_set(mr(), &p, str_of(cases[i].key), str_of(cases[i].value), why,
					sizeof why);
		CHECK_INT(e, cases[i].e, "%s = %s", cases[i].key, cases[i].value);
		if (e == OK)
			CHECK(value_of(mr(), &p, cases[i].key) == cases[i].v, "%s = %s: the value",
			      cases[i].key, cases[i].value);
		else
			CHECK(memcmp(&p, &before, sizeof p) == 0 && why[0] != '\0',
			      "%s = %s: nothing is changed, and words are said", cases[i].key,
			      cases[i].value);
	}
}

void test_strategy_presets(void)
{
	struct params p;

	params_default(mr(), &p);
	CHECK_INT(params_preset(mr(), &p, STR("classic")), OK, "classic");
	CHECK(value_of(mr(), &p, "need") == 2 && value_of(mr(), &p, "target") == 0.02 &&
	      value_of(mr(), &p, "near") == 0.005 && value_of(mr(), &p, "exit") == 1,
	      "two of three, 2 %% target, near closes, no middle exit");
	params_default(mr(), &p);
	CHECK_INT(params_preset(mr(), &p, STR("etf")), OK, "etf");
	CHECK(value_of(mr(), &p, "stop") == 0.008 && value_of(mr(), &p, "bb_k") == 2 &&
	      value_of(mr(), &p, "rsi_max") == 25, "0.8 %% stop, two deviations, RSI 25");
	params_default(mr(), &p);
	struct params before = p;
	CHECK_INT(params_preset(mr(), &p, STR("literal")), OK, "literal");
	CHECK(memcmp(&p, &before, sizeof p) == 0, "the literal preset is the default");
}

void test_strategy_check(void)
{
	struct params p;
	char why[160];

	params_default(mr(), &p);
	CHECK_INT(params_set(mr(), &p, STR("bb_n"), STR("7"), why, sizeof why), OK, "seven bars");
	CHECK(!mr()->check(&p, why, sizeof why), "2.5 deviations cannot be left in seven bars");
	CHECK(strstr(why, "bb_k") != NULL, "and it says so: %s", why);
	CHECK_INT(params_set(mr(), &p, STR("bb_n"), STR("5"), why, sizeof why), OK, "five");
	CHECK_INT(params_set(mr(), &p, STR("bb_k"), STR("2"), why, sizeof why), OK,
			"at the root of four");
	CHECK(!mr()->check(&p, why, sizeof why),
			"two in five neither: the bound itself is not reached");
	CHECK_INT(params_set(mr(), &p, STR("bb_k"), STR("1.99"), why, sizeof why), OK,
			"just below");
	CHECK(mr()->check(&p, why, sizeof why), "1.99 in five can");
	CHECK_INT(params_set(mr(), &p, STR("rsi_max"), STR("80"), why, sizeof why), OK, "80");
	CHECK(!mr()->check(&p, why, sizeof why), "long and short at once are refused");
}
