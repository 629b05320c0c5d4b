/* call.c: names: series, words, functions and their arguments. */
#include "base/near.h"
#include "base/text.h"
#include "rule/inner.h"

/* What costs how much, roughly in nanoseconds: only their order matters. */
enum { COST_COLUMN = 1, COST_STEP = 2, COST_WINDOW = 4, COST_FRAME = 4, COST_BENCH = 8 };

static const struct { char name[15]; uint8_t kind, op; } plain[] = {
	{ "open", PART_COLUMN, COL_OPEN }, { "high", PART_COLUMN, COL_HIGH },
	{ "low", PART_COLUMN, COL_LOW }, { "close", PART_COLUMN, COL_CLOSE },
	{ "volume", PART_COLUMN, COL_VOLUME }, { "hlc3", PART_BINARY, OP_DIV },
	{ "time", PART_CLOCK, CLOCK_TIME }, { "session_minute", PART_CLOCK, CLOCK_SESSION_MINUTE },
	{ "minutes_left", PART_CLOCK, CLOCK_MINUTES_LEFT },
	{ "weekday", PART_CLOCK, CLOCK_WEEKDAY },
	{ "entry", PART_TRADE, TRADE_VALUE_ENTRY }, { "profit", PART_TRADE, TRADE_VALUE_PROFIT },
	{ "bars_held", PART_TRADE, TRADE_VALUE_BARS },
	{ "minutes_held", PART_TRADE, TRADE_VALUE_MINUTES },
	{ "best", PART_TRADE, TRADE_VALUE_BEST }, { "worst", PART_TRADE, TRADE_VALUE_WORST },
};

enum special { CALL_UNARY, CALL_BINARY, CALL_CROSS, CALL_RS, CALL_BENCH, CALL_TF };

static const struct { char name[14], usage[20]; uint8_t call, op, args; } special[] = {
	{ "abs", "abs(x)", CALL_UNARY, OP_ABS, 1 },
	{ "sqrt", "sqrt(x)", CALL_UNARY, OP_SQRT, 1 },
	{ "log", "log(x)", CALL_UNARY, OP_LOG, 1 },
	{ "min", "min(a, b)", CALL_BINARY, OP_MIN, 2 },
	{ "max", "max(a, b)", CALL_BINARY, OP_MAX, 2 },
	{ "crosses_above", "crosses_above(a, b)", CALL_CROSS, true, 2 },
	{ "crosses_below", "crosses_below(a, b)", CALL_CROSS, false, 2 },
	{ "rs", "rs(n)", CALL_RS, 0, 1 },
	{ "bench", "bench(x)", CALL_BENCH, 0, 1 },
	{ "tf", "tf(15m, x)", CALL_TF, 0, 1 },
};

static const char *near_name(void *ctx, uint32_t i)
{
	const bool *call = ctx;
	uint32_t n = (uint32_t)COUNT(special), words = *call ? 0 : (uint32_t)COUNT(plain);

	if (i < words)
		return plain[i].name;
	i -= words;
	if (i < n)
		return special[i].name;
	return ta_fns[i - n].name[0] != '\0' ? ta_fns[i - n].name : NULL;
}

static uint16_t unknown(struct parser *p, struct token t, bool call)
{
	struct str word = rule_word(p, &t);

	return rule_fail(p, t.at, call ? "unknown function '" : "unknown name '", word, "'",
			 rule_near(word, near_name, &call));
}

/* ---- arguments */

struct given { uint32_t n; uint16_t arg[RULE_GIVEN]; };

/* Behind the opening bracket, up to and with the closing one. */
static bool arguments(struct parser *p, struct token name, struct given *g)
{
	if (p->t.kind == T_CLOSE)
		return rule_next(p);
	for (;;) {
		uint16_t i = rule_expression(p, 1);
		if (i == 0)
			return false;
		if (g->n == RULE_GIVEN)
			return rule_fail(p, p->part[i].at, "too many arguments of '",
					 rule_word(p, &name), "'", NULL) != 0;
		g->arg[g->n++] = i;
		if (p->t.kind == T_CLOSE)
			return rule_next(p);
		if (p->t.kind != T_COMMA)
			break;
		if (!rule_next(p))
			return false;
	}
	if (p->t.kind == T_END)
		return rule_fail(p, name.at + name.n, "the bracket of '", rule_word(p, &name),
				 "' is never closed", NULL) != 0;
	return rule_fail(p, p->t.at, "a comma or ) is wanted here, not '",
			 rule_word(p, &p->t), "'", NULL) != 0;
}

/* "rsi(series, n)" */
static const char *usage(const struct ta_fn *fn, char *out, size_t size)
{
	const struct ta_family *f = fn->family;
	struct text t;

	text_init(&t, out, size - 1);
	text_cstr(&t, fn->name);
	text_char(&t, '(');
	for (uint32_t i = 0; i < f->args; i++) {
		text_cstr(&t, i > 0 ? ", " : "");
		text_cstr(&t, f->arg[i].name);
	}
	text_char(&t, ')');
	if (f->reads != TA_BARS) {
		text_cstr(&t, " or ");
		text_cstr(&t, fn->name);
		text_cstr(&t, "(series");
		for (uint32_t i = 0; i < f->args; i++) {
			text_cstr(&t, ", ");
			text_cstr(&t, f->arg[i].name);
		}
		text_char(&t, ')');
	}
	out[t.n] = '\0';
	return out;
}

static uint16_t misused(struct parser *p, uint32_t at, const char *what, const struct ta_fn *fn)
{
	char words[100];

	return rule_fail(p, at, what, STR(""), usage(fn, words, sizeof words), NULL);
}

/* "rsi: n is a whole number, 1 to 1000" */
static uint16_t out_of_bounds(struct parser *p, uint32_t at, const struct ta_fn *fn,
			      const struct ta_arg *a)
{
	char words[80];
	struct text t;

	text_init(&t, words, sizeof words - 1);
	text_cstr(&t, ": ");
	text_cstr(&t, a->name);
	text_cstr(&t, a->whole ? " is a whole number, " : " is ");
	text_f64(&t, a->min, 6);
	text_cstr(&t, " to ");
	text_f64(&t, a->max, 6);
	words[t.n] = '\0';
	return rule_fail(p, at, "", str_of(fn->name), words, NULL);
}

/* The numbers of an indicator, each checked; those that are left out get their usual value. */
static bool numbers(struct parser *p, struct token name, const struct ta_fn *fn,
		    const struct given *g, uint32_t series, double out[TA_ARGS])
{
	const struct ta_family *f = fn->family;
	if (g->n - series > f->args)
		return misused(p, p->part[g->arg[series + f->args]].at,
			       "too many arguments: it is ", fn) != 0;
	for (uint32_t i = 0; i < f->args; i++) {
		const struct ta_arg *a = &f->arg[i];
		bool have = series + i < g->n;
		const struct part *x = have ? &p->part[g->arg[series + i]] : NULL;
		out[i] = have ? x->value : a->usual;
		if (!have)
			continue;
		if (x->kind != PART_NUMBER || x->condition)
			return rule_fail(p, x->at, "", str_of(a->name), " is a number or a "
				"$parameter: it cannot change from bar to bar", NULL) != 0;
		if (!(out[i] >= a->min && out[i] <= a->max) ||
		    (a->whole && out[i] != floor(out[i])))
			return out_of_bounds(p, x->at, fn, a) != 0;
	}
	const char *wrong = f->check != NULL ? f->check(out) : NULL;
	if (wrong != NULL)
		return rule_fail(p, name.at, fn->name, STR(": "), wrong, NULL) != 0;
	return true;
}

static uint16_t indicator(struct parser *p, struct token name, const struct ta_fn *fn,
			  const struct given *g)
{
	const struct ta_family *f = fn->family;
	uint32_t series = g->n > 0 && p->part[g->arg[0]].kind != PART_NUMBER;
	uint16_t x = series ? g->arg[0] : 0, made, last = 0;
	double arg[TA_ARGS] = { 0 };
	uint32_t cost = COST_STEP;

	if (series && f->reads == TA_BARS)
		return misused(p, p->part[x].at, "it reads whole bars and takes no series: ", fn);
	if (series && !rule_numeric(p, x))
		return 0;
	if (series && (p->part[x].uses & (USES_CLOCK | USES_TRADE)))
		return rule_fail(p, p->part[x].at, "the clock and the trade have no past", STR(""),
				 "", NULL);
	if (!numbers(p, name, fn, g, series, arg))
		return 0;
	if (f->shape == TA_WINDOW)
		cost = COST_WINDOW + f->window(arg) / 2;
	made = rule_part(p, (struct part){ .kind = PART_FN, .op = (uint8_t)series,
		.at = (uint16_t)name.at, .fn = (uint16_t)(fn - ta_fns) }, x, 0);
	if (made == 0)
		return 0;
	p->part[made].cost = (uint16_t)cost;	/* what it reads, it reads at every bar */
	for (uint32_t i = 0; i < f->args; i++) {
		uint16_t n = rule_number(p, name.at, arg[i]);
		if (n == 0)
			return 0;
		if (i == 0 && x == 0)
			p->part[made].first = n;
		else
			p->part[i == 0 ? x : last].next = n;
		last = n;
	}
	return made;
}

/* ---- the others */

static uint16_t context(struct parser *p, struct part one, uint16_t x, uint8_t uses)
{
	const char *what = uses == USES_TF ? "tf()" : "bench()";

	if (x == 0)
		return 0;
	const struct part *of = &p->part[x];
	if (of->uses & uses)
		return rule_fail(p, of->at, what, STR(""), uses == USES_TF ? " within tf()" :
				 " within bench()", NULL);
	if (of->uses & (USES_CLOCK | USES_TRADE))
		return rule_fail(p, of->at, "the clock and the trade stand outside of ", STR(""),
				 what, NULL);
	if (of->kind == PART_NUMBER)
		return x;
	one.condition = of->condition;
	one.uses = uses;
	x = rule_part(p, one, x, 0);
	if (x != 0)
		p->part[x].reach = 0;	/* it counts bars of its own */
	return x;
}

/* Behind "tf(": 15m or 1d, perhaps `clock`, a comma, what is meant, and the bracket. */
static uint16_t other_frame(struct parser *p, struct token name)
{
	struct part one = { .kind = PART_TF, .at = (uint16_t)name.at, .cost = COST_FRAME };
	struct token t = p->t;
	double minutes;

	if (t.kind == T_NUMBER && t.days) {
		minutes = t.value == 1 ? PLAN_DAY / 60 : 0;
		if (!rule_next(p))
			return 0;
	} else {
		uint16_t n = rule_expression(p, 1);
		if (n == 0)
			return 0;
		minutes = p->part[n].kind == PART_NUMBER ? p->part[n].value : 0;
		if (minutes > 240)
			minutes = 0;
	}
	one.value = minutes * 60;
	if (p->t.kind == T_NAME && str_eq(rule_word(p, &p->t), STR("clock"))) {
		one.op = !t.days;
		if (!rule_next(p))
			return 0;
	}
	if (!(minutes > 0) || (!t.days && fmod(one.value, p->seconds) != 0))
		return rule_fail(p, t.at, "the bars of tf() are a multiple of the instance's "
				 "timeframe up to 4h, or 1d: tf(15m, close)", STR(""), "", NULL);
	if (one.op && 1800 % p->seconds != 0)
		return rule_fail(p, t.at, "bars at full hours cannot be made of bars of this "
				 "timeframe", STR(""), "", NULL);
	if (p->t.kind != T_COMMA)
		return rule_fail(p, p->t.at, "a comma is wanted here: tf(15m, close)", STR(""), "",
				 NULL);
	uint16_t x = rule_next(p) ? rule_expression(p, 1) : 0;
	if (x == 0)
		return 0;
	if (p->t.kind != T_CLOSE)
		return rule_fail(p, p->t.kind == T_END ? name.at + name.n : p->t.at,
				 "the bracket of tf( is not closed here", STR(""), "", NULL);
	return rule_next(p) ? context(p, one, x, USES_TF) : 0;
}

/* close, or that of the benchmark, and how many times what it was n bars ago it is. */
static uint16_t gain(struct parser *p, uint32_t at, double n, bool bench)
{
	uint16_t x[2];

	for (int i = 0; i < 2; i++) {
		x[i] = rule_part(p, (struct part){ .kind = PART_COLUMN, .op = COL_CLOSE,
			.at = (uint16_t)at, .cost = COST_COLUMN }, 0, 0);
		if (bench)
			x[i] = context(p, (struct part){ .kind = PART_BENCH, .at = (uint16_t)at,
				.cost = COST_BENCH }, x[i], USES_BENCH);
		if (x[i] != 0)
			x[i] = rule_part(p, (struct part){ .kind = PART_LAG, .at = (uint16_t)at,
				.op = bench, .value = i * n, .reach = (uint16_t)(i * n) }, x[i], 0);
		if (x[i] == 0)
			return 0;
	}
	return rule_binary(p, OP_DIV, at, x[0], x[1]);
}

static uint16_t strength(struct parser *p, struct token name, uint16_t n)
{
	const struct part *bars = &p->part[n];
	double value = bars->value;

	if (bars->kind != PART_NUMBER || bars->condition || value < 1 || value > PLAN_LAG_MAX ||
	    value != floor(value))
		return rule_fail(p, bars->at, "rs: n is a whole number of bars, 1 to 1000",
				 STR(""), "", NULL);
	uint16_t own = gain(p, name.at, value, false);
	uint16_t bench = own != 0 ? gain(p, name.at, value, true) : 0;
	return bench != 0 ? rule_binary(p, OP_SUB, name.at, own, bench) : 0;
}

static uint16_t special_call(struct parser *p, struct token name, uint32_t i)
{
	struct given g = { 0 };

	if (special[i].call == CALL_TF)
		return other_frame(p, name);
	if (!arguments(p, name, &g))
		return 0;
	if (g.n != special[i].args)
		return rule_fail(p, g.n > special[i].args ? p->part[g.arg[special[i].args]].at :
				 name.at, g.n > special[i].args ? "too many arguments: it is " :
				 "an argument is missing: it is ", STR(""), special[i].usage, NULL);
	switch (special[i].call) {
	case CALL_UNARY: return rule_unary(p, special[i].op, name.at, g.arg[0]);
	case CALL_BINARY: return rule_binary(p, special[i].op, name.at, g.arg[0], g.arg[1]);
	case CALL_CROSS: return rule_cross(p, special[i].op, name.at, g.arg[0], g.arg[1]);
	case CALL_RS: return strength(p, name, g.arg[0]);
	default:
		return context(p, (struct part){ .kind = PART_BENCH, .at = (uint16_t)name.at,
			.cost = COST_BENCH }, g.arg[0], USES_BENCH);
	}
}

static uint16_t call(struct parser *p, struct token name)
{
	struct str word = rule_word(p, &name);
	const struct ta_fn *fn = ta_fn_find(word);
	struct given g = { 0 };

	if (!rule_next(p))
		return 0;
	for (uint32_t i = 0; i < COUNT(special); i++)
		if (str_eq(word, str_of(special[i].name)))
			return special_call(p, name, i);
	if (fn != NULL)
		return arguments(p, name, &g) ? indicator(p, name, fn, &g) : 0;
	for (uint32_t i = 0; i < COUNT(plain); i++)
		if (str_eq(word, str_of(plain[i].name)))
			return rule_fail(p, name.at, "'", word, "' takes no brackets; what it was "
					 "n bars ago is written with [n]", NULL);
	return unknown(p, name, true);
}

/* hlc3: (high + low + close) / 3 */
static uint16_t typical(struct parser *p, uint32_t at)
{
	static const uint8_t columns[] = { COL_HIGH, COL_LOW, COL_CLOSE };
	uint16_t sum = 0;

	for (size_t i = 0; i < COUNT(columns); i++) {
		uint16_t x = rule_part(p, (struct part){ .kind = PART_COLUMN, .op = columns[i],
			.at = (uint16_t)at, .cost = COST_COLUMN }, 0, 0);
		if (x != 0 && i > 0)
			x = rule_binary(p, OP_ADD, at, sum, x);
		if (x == 0)
			return 0;
		sum = x;
	}
	uint16_t three = rule_number(p, at, 3);
	return three != 0 ? rule_binary(p, OP_DIV, at, sum, three) : 0;
}

uint16_t rule_name(struct parser *p)
{
	struct token name = p->t;
	struct str word = rule_word(p, &name);

	if (!rule_next(p))
		return 0;
	if (p->t.kind == T_OPEN)
		return call(p, name);
	for (uint32_t i = 0; i < COUNT(plain); i++) {
		struct part one = { .kind = plain[i].kind, .op = plain[i].op,
				    .at = (uint16_t)name.at, .cost = COST_COLUMN };
		if (!str_eq(word, str_of(plain[i].name)))
			continue;
		if (one.kind == PART_BINARY)
			return typical(p, name.at);
		if (one.kind == PART_TRADE && (p->scope == NULL || !p->scope->trade))
			return rule_fail(p, name.at, "there is no open trade to ask here: '", word,
					 "' stands in exits only", NULL);
		one.uses = one.kind == PART_TRADE ? USES_TRADE :
			   one.kind == PART_CLOCK ? USES_CLOCK : 0;
		return rule_part(p, one, 0, 0);
	}
	const struct ta_fn *fn = ta_fn_find(word);
	if (fn != NULL && fn->family->args == 0)
		return indicator(p, name, fn, &(struct given){ 0 });
	if (fn != NULL)
		return misused(p, name.at, "brackets are wanted: ", fn);
	for (uint32_t i = 0; i < COUNT(special); i++)
		if (str_eq(word, str_of(special[i].name)))
			return rule_fail(p, name.at, "brackets are wanted: ", STR(""),
					 special[i].usage, NULL);
	return unknown(p, name, false);
}
