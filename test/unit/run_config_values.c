/* Each key: its type and its bounds. */
#include "test/unit/run_config.h"

#define DIGITS "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static union { struct config c; struct draft d; } base;

static bool reads(const struct key *k, const char *value)
{
	char why[240];

	return config_read_value(k, &base, str_of(value), why, sizeof why);
}

static void check_bound(const struct key *k, double v, bool good)
{
	static const char *const units[] = {
		[KEY_BP] = "%", [KEY_BP_CENTI] = "bp", [KEY_DURATION] = "s", [KEY_SIDES] = "",
	};
	char memory[64];
	struct text t;

	text_init(&t, memory, sizeof memory);
	text_f64(&t, v, 3);
	text_cstr(&t, units[k->type] != NULL ? units[k->type] : "");
	CHECK_INT(reads(k, text_done(&t)), good, "[%s] %s = %s", k->section, k->name, memory);
}

static void check_refused(const struct key *k, const char *const *values)
{
	for (; *values != NULL; values++)
		CHECK(!reads(k, *values), "[%s] %s = \"%s\" is refused", k->section, k->name,
			*values);
}

static void check_length(const struct key *k)
{
	char memory[CONFIG_TEXT + 2];

	memset(memory, 'x', sizeof memory);
	memory[(size_t)k->max] = 0;
	CHECK(!reads(k, memory), "[%s] %s: too long", k->section, k->name);
	memory[(size_t)k->max - 1] = 0;
	CHECK_INT(reads(k, memory), k->choices == NULL, "[%s] %s: just so long", k->section,
		k->name);
}

static void check_key(const struct key *k)
{
	static const char *const odd[] = { "", " ", "x", "1x", "--1", "0x10", "1,5", "nan", "inf",
		NULL };
	double step = k->type == KEY_INT || k->type == KEY_U64 ? 1 : 0.01;

	CHECK(k->help != NULL && k->help[0] != 0, "%s has a help text", k->name);
	CHECK(reads(k, k->value), "the default of %s", k->name);
	switch (k->type) {
	case KEY_SPEED:
		step = 0.001;
		CHECK(reads(k, "max"), "max");
		/* fallthrough */
	case KEY_INT: case KEY_U64: case KEY_USD: case KEY_BP: case KEY_BP_CENTI: case KEY_DURATION:
		if (k->type == KEY_DURATION)
			step = 1;
		check_bound(k, k->min, true);
		check_bound(k, k->max, true);
		check_bound(k, k->min - step, false);
		check_bound(k, k->max + step, false);
		check_refused(k, odd);
		break;
	case KEY_TEXT:
		check_length(k);
		break;
	case KEY_CHOICE: case KEY_BOOL: case KEY_TIMEFRAME: case KEY_SIDES: case KEY_WINDOW:
	case KEY_REGIME:
		check_refused(k, odd);
		break;
	case KEY_DATE:
		check_refused(k, odd + 1);
		CHECK(!reads(k, "2024-02-30"), "a day that is none");
		break;
	case KEY_SECRET:
		CHECK(!reads(k, "a-short-token-of-21-c"), "21 characters");
		CHECK(reads(k, "a-short-token-of-22-ch"), "22 characters");
		CHECK(reads(k, "sha256:" DIGITS), "a digest");
		CHECK(!reads(k, "sha256:" DIGITS "0"), "a digit too many");
		CHECK(!reads(k, "sha256:g123456789abcdef0123456789abcdef0123456789abcdef"
			     "0123456789abcdef"), "no digit");
		break;
	case KEY_SYMBOLS:
		CHECK(reads(k, "AAPL BRK.B,F\tC"), "blanks, commas, tabs");
		CHECK(!reads(k, "AAPL aapl"), "small letters");
		break;
	}
}

void test_config_keys(void)
{
	for (const struct key *k = config_keys; k->name != NULL; k++)
		check_key(k);
	for (const struct key *k = instance_keys; k->name != NULL; k++)
		check_key(k);
}

void test_config_keys_once(void)
{
	for (const struct key *k = config_keys; k->name != NULL; k++)
		CHECK(config_find_key(config_keys, str_of(k->section), str_of(k->name)) == k,
		      "[%s] %s is in the table once", k->section, k->name);
	for (const struct key *k = instance_keys; k->name != NULL; k++)
		CHECK(config_find_key(instance_keys, (struct str){ "", 0 }, str_of(k->name)) == k,
		      "%s is in the table once", k->name);
}

/* ---- values and back */

static void check_back(const char *key, const char *value, const char *want)
{
	const struct key *k = config_find_key(instance_keys, (struct str){ "", 0 }, str_of(key));
	char memory[512];
	struct text t;

	if (k == NULL)
		k = config_find_key(config_keys, (struct str){ "", 0 }, str_of(key));
	assert(k != NULL);
	memset(&base, 0, sizeof base);
	if (!CHECK(reads(k, value), "%s = %s is read", key, value))
		return;
	text_init(&t, memory, sizeof memory);
	config_write_value(k, &base, &t);
	CHECK_STR(text_str(&t), want, "%s = %s", key, value);
}

void test_config_values_back(void)
{
	check_back("position", "1e3", "1000");
	check_back("position", "1234.567", "1234.567");
	check_back("day_loss", "0.1%", "0.1%");
	check_back("day_loss", "5 %", "5%");
	check_back("spread", "1.25bp", "1.25bp");
	check_back("interval", "90s", "90s");
	check_back("interval", "3600", "1h");
	check_back("interval", "250000ms", "250s");
	check_back("stale_after", "0", "0");
	check_back("window", "09:30-12:00", "09:30-12:00");
	check_back("window", "9:30 - 16:00", "09:30-16:00");
	check_back("window", "session", "session");
	check_back("timeframe", "1M", "1m");
	check_back("sides", "BOTH", "both");
	check_back("mode", "Paper", "paper");
	check_back("feed", "SIP", "sip");
	check_back("hold_overnight", "on", "yes");
	check_back("hold_overnight", "FALSE", "no");
	check_back("speed", "0.5", "0.5");
	check_back("speed", "max", "max");
	check_back("start", "2024-10-01", "2024-10-01");
	check_back("seed", "9000000000", "9000000000");
	check_back("symbols", "MSFT,AAPL", "MSFT AAPL");
	check_back("token", "a-short-token-of-22-ch", "***");
}

void test_config_windows_refused(void)
{
	static const char *const bad[] = {
		"12:00-09:30", "12:00-12:00", "09:30", "0930-1200", "9-12", "24:00-25:00",
		"09:60-10:00",
		"-1:30-12:00", "09:30-12:00-13:00", "9:30:00-12:00", "-", "a:bc-d:ef", NULL,
	};

	check_refused(config_find_key(instance_keys, (struct str){ "", 0 }, STR("window")), bad);
}

void test_config_durations(void)
{
	static const struct { ns d; const char *want; } all[] = {
		{ 0, "0" }, { NS_MS, "1ms" }, { NS_SECOND, "1s" }, { 90 * NS_SECOND, "90s" },
		{ NS_MINUTE, "1m" }, { 390 * NS_MINUTE, "390m" }, { 2 * NS_HOUR, "2h" },
		{ NS_DAY, "1d" }, { 7 * NS_DAY, "7d" }, { NS_DAY + NS_MS, "86400001ms" },
	};
	char memory[32];
	struct text t;
	ns back;

	for (size_t i = 0; i < COUNT(all); i++) {
		text_init(&t, memory, sizeof memory);
		duration_text(&t, all[i].d);
		CHECK_TEXT(text_done(&t), all[i].want, "a duration");
		CHECK(duration_parse(&back, text_str(&t)) == OK && back == all[i].d, "%s and back",
		      memory);
	}
}

/* Every preset of every strategy, as shown, is read as the same numbers. */
void test_config_params_back(void)
{
	for (uint32_t n = 0; strategies[n] != NULL; n++) {
		const struct strategy *s = strategies[n];
		for (uint32_t p = 0; p <= s->presets_n; p++) {
			struct params a, b;
			params_default(s, &a);
			params_default(s, &b);
			if (p < s->presets_n)
				CHECK_INT(params_preset(s, &a, str_of(s->presets[p].name)), OK,
					"%s", s->presets[p].name);
			for (uint32_t i = 0; i < s->params_n; i++) {
				char memory[64], why[200];
				struct text t;
				text_init(&t, memory, sizeof memory);
				param_text(&t, s, i, a.v[i]);
				CHECK_INT(params_set(s, &b, str_of(s->params[i].key), text_str(&t),
					why, sizeof why), OK, "%s", s->params[i].key);
				CHECK(memcmp(&a.v[i], &b.v[i], sizeof a.v[i]) == 0, "%s = %.*s",
				      s->params[i].key, (int)t.n, t.s);
			}
		}
	}
}

/* ---- the nearest word */

static const char *colour(void *ctx, uint32_t i)
{
	static const char *const all[] = { "red", "green", "blue", "grey", NULL };

	(void)ctx;
	return all[i];
}

void test_word_nearest(void)
{
	static const struct { const char *word, *want; } all[] = {
		{ "gren", "green" }, { "blu", "blue" }, { "Blue", "blue" }, { "gre", "grey" },
		{ "gree", "green" }, { "rd", "red" }, { "rde", NULL }, { "violet", NULL },
		{ "", NULL }, { "x", NULL },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		const char *got = word_nearest(str_of(all[i].word), colour, NULL);
		CHECK((got == NULL) == (all[i].want == NULL), "%s: %s", all[i].word,
			got ? got : "-");
		if (got != NULL && all[i].want != NULL)
			CHECK_TEXT(got, all[i].want, "%s", all[i].word);
	}
	char big[4096];
	memset(big, 'g', sizeof big);
	CHECK(word_nearest((struct str){ big, sizeof big }, colour, NULL) == NULL, "a long word");
}
