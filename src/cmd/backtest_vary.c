/* backtest_vary.c: `gambler backtest --vary`: all combinations of some parameters' values, over
 * the same charts; a table of what came of them, and the best one's report, with what finding the
 * best of so many is worth. */
#include "cmd/backtest.h"

#include <math.h>
#include <stdio.h>

#include "base/crew.h"
#include "base/text.h"
#include "lab/stat.h"

#define VALUE 24		/* characters of a value: "0.25%" */

struct axis {
	struct str key;
	uint32_t n;
	char value[VARY_VALUES][VALUE];
};

/* What came of one: figures for the table and for choosing. */
struct outcome {
	double   total, sharpe, daily, fall, win, factor;
	usd      pnl;
	uint32_t trades;
	bool     judged;
};

struct grid {
	uint32_t axes, n;
	struct axis axis[VARY_MAX];
	uint32_t runs;			/* combinations whose parameters go together */
	uint32_t *which;		/* their numbers; behind them those of the others */
	struct params *params;
	struct outcome *outcome;	/* of each run */
	struct arena scratch[CREW_MAX];	/* of each thread, for a report */
	char why[160];			/* the last of the others is none */
};

/* ---- values */

static int complain(const char *vary, const char *words)
{
	fprintf(stderr, "gambler backtest: --vary '%.60s': %s\n", vary, words);
	return EXIT_USAGE;
}

static struct str unit_of(struct str s)
{
	size_t n = s.n;

	while (n > 0 && !(s.s[n - 1] >= '0' && s.s[n - 1] <= '9'))
		n--;
	return (struct str){ s.s + n, s.n - n };
}

/* In steps of `unit`: 2h is 120 in those of 15m. */
static bool number_of(struct str s, struct str unit, int64_t *out)
{
	struct str own = unit_of(s);
	char one[4] = "1";
	ns all, each;

	if (own.n == 0 || str_eq(own, unit)) {
		s.n -= own.n;
		return num_parse(out, s) == OK;
	}
	if (unit.n != 1)
		return false;
	one[1] = unit.s[0];
	return duration_parse(&all, s) == OK && duration_parse(&each, str_of(one)) == OK &&
	       num_muldiv_ok(out, all, NUM_ONE, each, ROUND_NEAR);
}

static void put_value(struct axis *a, int64_t n, struct str unit)
{
	struct text t;

	text_init(&t, a->value[a->n++], VALUE);
	text_num(&t, n);
	text_add(&t, unit);
	text_done(&t);
}

static const char *put_steps(struct axis *a, int64_t low, int64_t high, int64_t by, struct str unit)
{
	assert(by > 0 && high >= low);
	if ((high - low) / by >= VARY_VALUES)
		return "no more than 100 values of one key";
	for (int64_t v = low; v <= high; v += by)
		put_value(a, v, unit);
	return NULL;
}

/* A:B:STEP, each with the same unit: 1%:3%:0.5% */
static const char *read_range(struct axis *a, struct str from, struct str to, struct str step)
{
	struct str unit = unit_of(step);
	int64_t low, high, by;

	if (unit.n > 4 || !number_of(from, unit, &low) || !number_of(to, unit, &high) ||
	    !number_of(step, unit, &by) || by <= 0 || high < low)
		return "A:B:STEP are numbers, or times as 15m, B not below A, STEP above 0";
	return put_steps(a, low, high, by, unit);
}

/* A key alone: the steps that its rules give it, $name = 10, 5 to 50 step 5. */
static const char *own_steps(struct axis *a, const struct rules *r)
{
	for (uint32_t i = 0; r != NULL && i < r->params; i++) {
		const struct param_spec *s = &r->param[i];
		bool percent = s->type == PARAM_PERCENT;
		double one = percent ? 100.0 * NUM_ONE : NUM_ONE;
		int64_t by = (int64_t)round(r->step[i] * one);
		if (str_eq(a->key, str_of(s->key)) && by > 0)
			return put_steps(a, (int64_t)round(s->min * one),
					 (int64_t)round(s->max * one), by,
					 percent ? STR("%") : STR(""));
	}
	return "KEY=A:B:STEP, or KEY=VALUE,VALUE,..., or a $name to which rules give a step";
}

static const char *read_axis(struct axis *a, const char *vary, const struct rules *r)
{
	struct str rest = str_of(vary);

	a->key = str_cut(&rest, '=');
	if (a->key.n == 0 || rest.n == 0)
		return own_steps(a, r);
	if (memchr(rest.s, ':', rest.n) != NULL) {
		struct str from = str_cut(&rest, ':'), to = str_cut(&rest, ':');
		return read_range(a, from, to, rest);
	}
	while (rest.n > 0) {
		struct str one = str_trim(str_cut(&rest, ','));
		if (a->n == VARY_VALUES || !str_copy(a->value[a->n], VALUE, one))
			return "no more than 100 values of one key, each of 23 characters";
		a->n++;
	}
	return NULL;
}

/* The value that an axis has in a combination: the last axis changes fastest. */
static const char *value_in(const struct grid *g, uint32_t combination, uint32_t axis)
{
	for (uint32_t k = g->axes - 1; k > axis; k--)
		combination /= g->axis[k].n;
	return g->axis[axis].value[combination % g->axis[axis].n];
}

static const char *value_of(const struct grid *g, uint32_t run, uint32_t axis)
{
	return value_in(g, g->which[run], axis);
}

/* Some do not go together (fast above slow), and some ask for what is not (rsi of 0 bars). */
static bool possible(const struct engine_config *c, const struct params *p, struct arena *plans,
		     char *why, size_t size)
{
	struct engine_config one = *c;
	struct rule_error wrong;

	if (c->strategy->check != NULL && !c->strategy->check(p, why, size))
		return false;
	arena_clear(plans);
	one.params = *p;
	return engine_plan(&one, plan_new(plans, ENGINE_NODES, c->timeframe_s), &wrong) ||
	       !str_copy(why, size, str_of(wrong.text));
}

static int set_params(struct grid *g, const struct engine_config *c, const char *const *vary,
		      struct arena *plans)
{
	uint32_t out = g->n;
	char why[sizeof g->why];

	for (uint32_t i = 0; i < g->n; i++) {
		struct params *p = &g->params[g->runs];
		*p = c->params;
		for (uint32_t k = 0; k < g->axes; k++) {
			enum err e = params_set(c->strategy, p, g->axis[k].key,
						str_of(value_in(g, i, k)), why, sizeof why);
			if (e != OK)
				return complain(vary[k], e == ERR_NOTFOUND ?
						"the instance's strategy has no such parameter" :
						why);
		}
		if (possible(c, p, plans, g->why, sizeof g->why))
			g->which[g->runs++] = i;
		else
			g->which[--out] = i;
	}
	if (g->runs > 0)
		return 0;
	fprintf(stderr, "gambler backtest: none of these %u combinations can be: %s: vary others, "
		"or other values\n", g->n, g->why);
	return EXIT_USAGE;
}

static const struct engine_config *the_instance(const struct config *c)
{
	const struct engine_config *one = NULL;

	for (uint32_t i = 0; i < c->instances_n; i++) {
		if (!c->instance_enabled[i])
			continue;
		if (one != NULL)
			return NULL;
		one = &c->instance[i];
	}
	return one;
}

static int read_grid(struct grid *g, const struct config *c, const char *const *vary, uint32_t n,
		     struct arena *a)
{
	const struct engine_config *one = the_instance(c);
	struct arena plans;

	if (one == NULL)
		return complain(vary[0], "one instance can be varied: name it with --instance");
	g->n = 1;
	for (; g->axes < n; g->axes++) {
		const char *wrong = read_axis(&g->axis[g->axes], vary[g->axes],
					     one->rules);
		if (wrong != NULL)
			return complain(vary[g->axes], wrong);
		g->n *= g->axis[g->axes].n;
		if (g->n > BACKTEST_VARIANTS)
			return complain(vary[g->axes], "more than 4096 combinations");
	}
	size_t each = sizeof(struct params) + sizeof(struct outcome) + sizeof(uint32_t);
	if (arena_open(a, g->n * each + 128) != OK ||
	    arena_open(&plans, plan_size(ENGINE_NODES) + 256) != OK)
		return complain(vary[0], "no memory");
	g->params = ARENA_NEW(a, struct params, g->n);
	g->outcome = ARENA_NEW(a, struct outcome, g->n);
	g->which = ARENA_NEW(a, uint32_t, g->n);
	int status = set_params(g, one, vary, &plans);
	arena_close(&plans);
	return status;
}

/* ---- outcomes */

static struct outcome outcome_of(const struct lab_report *r)
{
	return (struct outcome){ .total = r->own.total, .sharpe = r->own.sharpe,
				 .daily = r->own.daily, .fall = r->own.deepest.depth,
				 .win = r->all.win_rate, .factor = r->all.factor,
				 .pnl = r->all.pnl, .trades = r->all.trades,
				 .judged = true };
}

/* Of several at once, by the threads that walked over the bars. */
static void judge(void *ctx, uint32_t thread, uint32_t i, const struct lab_run *run)
{
	struct grid *g = ctx;
	struct arena *a = &g->scratch[thread];

	/* All runs have the same days and symbols, and so as large a report. */
	if (a->memory == NULL && arena_open(a, lab_size(run)) != OK)
		return;
	assert(lab_size(run) <= a->size);
	g->outcome[i] = outcome_of(lab_judge(run, a->memory));
}

static bool all_judged(const struct grid *g)
{
	for (uint32_t i = 0; i < g->runs; i++)
		if (!g->outcome[i].judged)
			return false;
	return true;
}

/* By the Sharpe ratio; where nobody has one, by the profit. */
static uint32_t best_of(const struct outcome *o, uint32_t n)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < n; i++) {
		bool has = !isnan(o[i].sharpe), had = !isnan(o[best].sharpe);
		if (has != had ? has : has ? o[i].sharpe > o[best].sharpe
					   : o[i].pnl.n > o[best].pnl.n)
			best = i;
	}
	return best;
}

static double variance_of(const struct outcome *o, uint32_t n)
{
	double sum = 0, square = 0, count = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (isnan(o[i].daily))
			continue;
		sum += o[i].daily;
		count++;
	}
	for (uint32_t i = 0; i < n; i++)
		if (!isnan(o[i].daily))
			square += (o[i].daily - sum / count) * (o[i].daily - sum / count);
	return count > 1 ? square / (count - 1) : 0;
}

/* ---- printing */

static void put_cell(const char *text, int width)
{
	printf(" %*s", width, text);
}

static void put_number(double v, int decimals, int width)
{
	char memory[48];
	struct text t;

	text_init(&t, memory, sizeof memory);
	if (isnan(v) || isinf(v)) {
		put_cell("-", width);
		return;
	}
	/* Rounded in decimal, the same everywhere. */
	int64_t scale = 1;
	for (int i = 0; i < decimals; i++)
		scale *= 10;
	int64_t n = (int64_t)floor(v * (double)scale + 0.5);
	num_text_fixed(memory, n * (NUM_ONE / scale), decimals);
	put_cell(memory, width);
}

static void put_table(const struct grid *g, const struct outcome *o)
{
	for (uint32_t k = 0; k < g->axes; k++)
		printf(" %12.*s", (int)g->axis[k].key.n, g->axis[k].key.s);
	puts("   trades    won %  factor   profit $  return %  Sharpe  deepest %");
	for (uint32_t i = 0; i < g->runs; i++) {
		for (uint32_t k = 0; k < g->axes; k++)
			put_cell(value_of(g, i, k), 12);
		printf(" %8u", o[i].trades);
		put_number(o[i].win * 100, 2, 8);
		put_number(o[i].factor, 2, 7);
		put_number(usd_f64(o[i].pnl), 2, 10);
		put_number(o[i].total * 100, 2, 9);
		put_number(o[i].sharpe, 2, 7);
		put_number(o[i].fall * 100, 2, 10);
		puts("");
	}
}

static void put_params(struct text *t, const struct grid *g, uint32_t i)
{
	json_object(t);
	json_key(t, "params");
	json_object(t);
	for (uint32_t k = 0; k < g->axes; k++) {
		char key[64];
		if (!str_copy(key, sizeof key, g->axis[k].key))
			key[0] = '\0';
		json_key(t, key);
		json_cstr(t, value_of(g, i, k));
	}
	json_end_object(t);
}

static void put_impossible(const struct grid *g, uint32_t i)
{
	char memory[2048];
	struct text t;

	text_init(&t, memory, sizeof memory);
	put_params(&t, g, i);
	json_key(&t, "impossible");
	json_bool(&t, true);
	json_end_object(&t);
	puts(text_done(&t));
}

static void put_line(const struct grid *g, const struct outcome *o, uint32_t i)
{
	char memory[2048];
	struct text t;

	text_init(&t, memory, sizeof memory);
	put_params(&t, g, i);
	json_key(&t, "trades");
	json_i64(&t, o->trades);
	json_key(&t, "profit");
	json_money(&t, o->pnl.n);
	const struct { const char *key; double v; } of[] = {
		{ "return", o->total }, { "sharpe", o->sharpe }, { "drawdown", o->fall },
		{ "win_rate", o->win }, { "profit_factor", o->factor },
	};
	for (size_t k = 0; k < COUNT(of); k++) {
		json_key(&t, of[k].key);
		json_f64(&t, of[k].v, 6);
	}
	json_end_object(&t);
	puts(text_done(&t));
}

static void put_best(const struct grid *g, uint32_t best)
{
	printf("\nThe best of %u by its %s:", g->runs,
	       isnan(g->outcome[best].sharpe) ? "profit" : "Sharpe ratio");
	for (uint32_t k = 0; k < g->axes; k++)
		printf(" %.*s=%s", (int)g->axis[k].key.n, g->axis[k].key.s, value_of(g, best, k));
	puts("\n");
}

/* Those that cannot be, some by their names; the last one's reason is known. */
static void put_others(const struct grid *g)
{
	const uint32_t named = 6;

	if (g->runs == g->n)
		return;
	printf("Left out: %u of %u combinations, which cannot be (%s):", g->n - g->runs, g->n,
	       g->why);
	for (uint32_t i = g->n; i-- > g->runs && g->n - i <= named;) {
		printf("%s", i + 1 < g->n ? ";" : "");
		for (uint32_t k = 0; k < g->axes; k++)
			printf(" %.*s=%s", (int)g->axis[k].key.n, g->axis[k].key.s,
			       value_of(g, i, k));
	}
	puts(g->n - g->runs > named ? "; ..." : "");
}

/* ---- all of it */

static struct grid grid;	/* one search a process */
static struct arena memory;

int vary_read(struct backtest_config *c, const char *const *vary, uint32_t n)
{
	int status = read_grid(&grid, c->config, vary, n, &memory);

	c->variant = grid.params;
	c->variants = grid.runs;
	c->done = judge;
	c->ctx = &grid;
	return status;
}

bool vary_print(const struct backtest *b, bool json, struct lab_run *best)
{
	const struct outcome *o = grid.outcome;

	if (!all_judged(&grid))
		return false;
	uint32_t first = best_of(o, grid.runs);
	*best = *backtest_result(b, first);
	best->trials = grid.runs;
	best->trials_variance = variance_of(o, grid.runs);
	for (uint32_t i = 0; json && i < grid.runs; i++)
		put_line(&grid, &o[i], i);
	for (uint32_t i = grid.n; json && i-- > grid.runs;)
		put_impossible(&grid, i);
	if (!json) {
		put_table(&grid, o);
		put_others(&grid);
		put_best(&grid, first);
	}
	return true;
}
