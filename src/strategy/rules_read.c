/* rules_read.c: texts into a strategy: names, order, proof. */
#include "base/text.h"
#include "strategy/rules_inner.h"

const char *const rules_keys[RULES_KEYS + 1] = {
	"enter_long", "enter_short", "exit_long", "exit_short", "stop", "stop_short", "target",
	"target_short", "trail", "max_hold", "size", "warmup", "exec", "inputs", "deadline", NULL
};

static struct param_spec no_params[1];

const struct strategy rules_strategy = {
	.name = "rules", .about = "what enter_long, exit_long, stop … say: gambler help rules",
	.params = no_params, .version = 1, .decide = rules_decide,
};

bool rules_wrong(struct rule_error *why, uint32_t at, const char *words)
{
	bool fits = str_copy(why->text, sizeof why->text, str_of(words));

	assert(fits);
	why->at = at;
	return false;
}

enum err rules_bad(struct rule_error *why, uint32_t at, const char *words)
{
	return rules_wrong(why, at, words) ? OK : ERR_PARSE;
}

static uint32_t key_of(struct str key)
{
	uint32_t i = 0;

	while (i < RULES_KEYS && !str_eq(key, str_of(rules_keys[i])))
		i++;
	return i;
}

bool rules_key_known(struct str key)
{
	uint32_t i = key_of(key);

	/* stop, target, trail, size and warmup are keys of other strategies, too. */
	return i <= RULES_EXIT_SHORT || i == RULES_EXEC;
}

void rules_begin(struct rules *r)
{
	*r = (struct rules){ .strategy = rules_strategy };
	r->strategy.params = r->param;
	r->strategy.inputs = r->input;
	r->strategy.conditions = r->condition;
	r->strategy.values = r->value;
	r->strategy.value_input = r->value_input;
	r->size_unit = 1;
	r->input[r->inputs++] = "close";
}

/* A copy of one line, with a NUL behind it; NULL: no room. */
const char *rules_keep(struct rules *r, struct str s)
{
	char *at = r->text + r->text_n;

	if (s.n + 1 > sizeof r->text - r->text_n)
		return NULL;
	for (size_t i = 0; i < s.n; i++)
		at[i] = s.s[i] == '\n' || s.s[i] == '\r' || s.s[i] == '\t' ? ' ' : s.s[i];
	at[s.n] = '\0';
	r->text_n += (uint32_t)s.n + 1;
	return at;
}

enum err rules_set(struct rules *r, struct str key, struct str value, struct plan *scratch,
		   struct rule_error *why)
{
	uint32_t i = key_of(key);

	*why = (struct rule_error){ 0 };
	if (key.n > 0 && key.s[0] == '$')
		return rules_set_param(r, key, value, scratch, why);
	if (i == RULES_KEYS)
		return ERR_NOTFOUND;
	if (value.n > RULE_TEXT_MAX)
		return rules_bad(why, RULE_TEXT_MAX, "too long: more than 2000 bytes");
	r->source[i] = rules_keep(r, value);
	if (r->source[i] == NULL)
		return rules_bad(why, 0, "more than 6000 bytes of rules in one strategy");
	return OK;
}

/* ---- everything together */

struct reading {
	struct rules *r;
	struct plan  *scratch;
	struct rules_errors *why;
	struct rule_param param[RULES_PARAMS];
	uint32_t key;			/* under way */
};

/* Where the next error goes; one of a key is enough, so that there is always room. */
static struct rule_error *error(struct reading *d)
{
	assert(d->why->n < COUNT(d->why->e));
	d->why->e[d->why->n].key = d->key < RULES_KEYS ? rules_keys[d->key] : NULL;
	return &d->why->e[d->why->n].what;
}

static bool fail(struct reading *d, uint32_t at, const char *words)
{
	return rules_wrong(error(d), at, words);
}

/* A piece of source[key] as an input, the same text once; false: told. */
static bool input(struct reading *d, struct str piece, enum rule_want want, uint8_t *out,
		  struct plan_ref *ref)
{
	struct rules *r = d->r;
	uint32_t at = (uint32_t)(piece.s - r->source[d->key]);
	bool exits = d->key == RULES_EXIT_LONG || d->key == RULES_EXIT_SHORT;
	struct rule_scope scope = { d->param, r->params, exits };

	struct rule_error *why = error(d);

	if (!rule_compile(d->scratch, piece, &scope, want, ref, why)) {
		why->at += at;
		return false;
	}
	r->first = ref->first > r->first ? ref->first : r->first;
	/* Input 0 is ours, and says of a number that it is not given. */
	for (uint32_t i = 1; i < r->inputs; i++) {
		*out = (uint8_t)i;
		if (str_eq(piece, str_of(r->input[i])))
			return true;
	}
	*out = (uint8_t)r->inputs;
	if (r->inputs == RULES_INPUTS)
		return fail(d, at, "too many different conditions and values");
	r->input[r->inputs] = rules_keep(r, piece);
	if (r->input[r->inputs] == NULL)
		return fail(d, at, "more than 6000 bytes of rules in one strategy");
	r->inputs++;
	return true;
}

/* An expression as a name: one line, not too long. NULL: no room. */
static const char *name(struct rules *r, struct str s)
{
	char memory[RULES_NAME + 8];
	struct text t;

	text_init(&t, memory, sizeof memory);
	for (size_t i = 0; i < s.n && t.n < RULES_NAME; i++) {
		if (s.s[i] != ' ' || (t.n > 0 && memory[t.n - 1] != ' '))
			text_char(&t, s.s[i]);
	}
	if (t.n == RULES_NAME)
		text_cstr(&t, "…");
	return rules_keep(r, text_str(&t));
}

/* A condition of the funnel, the same words once. */
static bool condition(struct reading *d, struct str words, uint8_t *out)
{
	struct rules *r = d->r;
	uint32_t before = r->text_n;
	const char *text = name(r, words);

	if (text == NULL)
		return fail(d, 0, "more than 6000 bytes of rules in one strategy");
	for (uint32_t i = 0; i < r->conditions; i++) {
		*out = (uint8_t)i;
		if (!str_eq(str_of(text), str_of(r->condition[i])))
			continue;
		r->text_n = before;
		return true;
	}
	*out = (uint8_t)r->conditions;
	if (r->conditions == RULES_CONDITIONS)
		return fail(d, 0, "more than 28 different conditions, stop, target and size among "
			    "them: put some in brackets, (a and b), to be counted as one");
	r->condition[r->conditions++] = text;
	return true;
}

/* What a condition compared, for whoever asks why: each side that is more than a number. */
static bool values_of(struct reading *d, struct str conjunct)
{
	struct rules *r = d->r;
	struct str side[2];
	uint32_t n = rule_operands(conjunct, side);

	for (uint32_t i = 0; i < n; i++) {
		struct plan_ref ref;
		uint8_t in;
		uint32_t k = 0;
		if (r->values == VALUES_MAX)
			return true;
		if (!input(d, side[i], RULE_NUMBER, &in, &ref))
			return false;
		while (k < r->values && r->value_input[k] != in)
			k++;
		if (k < r->values)
			continue;
		r->value[k] = name(r, side[i]);
		if (r->value[k] == NULL)
			return fail(d, 0, "more than 6000 bytes of rules in one strategy");
		r->value_input[r->values++] = in;
	}
	return true;
}

/* The operands of `and`, cheapest first; of equals as they stand. */
static bool entries(struct reading *d, uint32_t side)
{
	struct rules *r = d->r;
	struct str piece[RULES_CONDITIONS];
	uint16_t cost[RULES_CONDITIONS];

	d->key = side == 0 ? RULES_ENTER_LONG : RULES_ENTER_SHORT;
	if (r->source[d->key] == NULL)
		return true;
	struct str all = str_of(r->source[d->key]);
	struct plan_ref whole;
	struct rule_scope scope = { d->param, r->params, false };
	/* What is wrong with the whole is told of the whole. */
	if (!rule_compile(d->scratch, all, &scope, RULE_CONDITION, &whole, error(d)))
		return false;
	r->cost += whole.cost;
	uint32_t n = rule_conjuncts(all, piece, RULES_CONDITIONS);
	for (uint32_t i = 0; i < n; i++) {
		struct plan_ref ref;
		uint8_t in;
		uint32_t at = i;
		if (!input(d, piece[i], RULE_CONDITION, &in, &ref) || !values_of(d, piece[i]))
			return false;
		for (; at > 0 && cost[at - 1] > ref.cost; at--) {
			cost[at] = cost[at - 1];
			r->ask[side][at] = r->ask[side][at - 1];
		}
		cost[at] = ref.cost;
		r->ask[side][at] = in;
	}
	r->asks[side] = (uint8_t)n;
	for (uint32_t i = 0; i < n; i++)
		if (!condition(d, str_of(r->input[r->ask[side][i]]), &r->asked[side][i]))
			return false;
	return true;
}

/* A number, or a per cent: a literal one, or a parameter that was given as one. */
static bool ask_number(struct reading *d, uint32_t key, struct rules_number *out)
{
	struct rules *r = d->r;
	struct plan_ref ref;
	uint8_t in;

	d->key = key;
	if (r->source[key] == NULL)
		return true;
	struct str text = str_trim(str_of(r->source[key]));
	if (!input(d, text, RULE_NUMBER, &in, &ref))
		return false;
	const struct plan_code *c = &d->scratch->code[ref.code];
	bool literal = c[0].op == OP_NUMBER && c[1].op == OP_END;
	out->percent = literal && text.s[text.n - 1] == '%';
	for (uint32_t i = 0; i < r->params; i++)
		out->percent |= r->param[i].type == PARAM_PERCENT &&
				str_eq(text, str_of(r->param[i].key));
	out->fixed = literal ? d->scratch->number[c[0].a] : 0;
	if (literal && !(out->fixed > 0))
		return fail(d, 0, "must be more than 0");
	if (out->percent && key == RULES_SIZE && out->fixed > 1)
		return fail(d, 0, "a per cent of the capital must be no more than 100%");
	if (out->percent && key != RULES_SIZE && !(out->fixed < 1))
		return fail(d, 0, "a per cent must be less than 100%");
	if (key == RULES_MAX_HOLD && out->fixed > RULES_HOLD_MAX)
		return fail(d, 0, "must be no more than a week, 168h");
	out->input = in;
	return condition(d, str_of(rules_keys[key]), &out->failed);
}

static bool exits(struct reading *d, uint32_t key, uint8_t *out)
{
	struct plan_ref ref;

	d->key = key;
	return d->r->source[key] == NULL ||
	       input(d, str_trim(str_of(d->r->source[key])), RULE_CONDITION, out, &ref);
}

/* stop and target of both sides. */
static bool levels(struct reading *d, uint32_t key, struct rules_number out[2])
{
	struct rules *r = d->r;
	uint32_t enters[] = { RULES_ENTER_LONG, RULES_ENTER_SHORT };

	if (!ask_number(d, key, &out[0]))
		return false;
	out[1] = out[0];
	if (!ask_number(d, key + 1, &out[1]))
		return false;
	d->key = key;
	if (r->source[key] == NULL || r->source[key + 1] != NULL || out[0].percent ||
	    r->source[enters[0]] == NULL || r->source[enters[1]] == NULL)
		return true;
	return fail(d, 0, key == RULES_STOP ?
		    "a price cannot be below the close for longs and above it for shorts: give "
		    "stop_short too, or a per cent" :
		    "a price cannot be above the close for longs and below it for shorts: give "
		    "target_short too, or a per cent");
}

static bool warmup(struct reading *d)
{
	struct rules *r = d->r;
	double bars = 0;

	d->key = RULES_WARMUP;
	if (r->source[d->key] == NULL)
		return true;		/* the engine waits until every input is exact */
	struct str all = str_of(r->source[d->key]);
	if (!rules_number(d->scratch, all, all, &bars, error(d)))
		return false;
	if (!(bars >= 1 && bars <= RULES_WARMUP_MAX && bars == floor(bars)))
		return fail(d, 0, "a whole number of bars is wanted, 1 to 10000");
	r->strategy.warmup_bars = (uint32_t)bars;
	return true;
}

/* ---- a program */

static bool program(struct reading *d)
{
	struct rules *r = d->r;
	char memory[RULE_TEXT_MAX];
	uint32_t words = 0;
	size_t n;

	d->key = RULES_EXEC;
	if (r->source[d->key] == NULL)
		return true;
	r->strategy.name = "exec";
	r->strategy.outside = true;
	for (struct str rest = str_of(r->source[d->key]); str_trim(rest).n > 0;) {
		if (words == RULES_WORDS)
			return fail(d, 0, "more than 24 words: put them into a script");
		if (!rules_word(&rest, memory, &n))
			return fail(d, 0, "a quote is not closed");
		r->word[words] = rules_keep(r, (struct str){ memory, n });
		if (r->word[words++] == NULL)
			return fail(d, 0, "more than 6000 bytes of rules in one strategy");
	}
	if (words == 0 || r->word[0][0] == '\0')
		return fail(d, 0, "the name of a program is missing: exec = ./mine.py");
	return condition(d, STR("program"), &r->program);
}

/* One of the inputs, also as a value that a note of a signal keeps. */
static bool tell(struct reading *d, struct str piece)
{
	struct rules *r = d->r;
	struct plan_ref ref;

	if (!input(d, piece, RULE_ANY, &r->tell[r->tells], &ref))
		return false;
	if (r->values < VALUES_MAX) {
		r->value[r->values] = name(r, piece);
		if (r->value[r->values] == NULL)
			return fail(d, 0, "more than 6000 bytes of rules in one strategy");
		r->value_input[r->values++] = r->tell[r->tells];
	}
	r->tells++;
	return true;
}

static bool tells(struct reading *d)
{
	struct str rest;
	int depth = 0;

	d->key = RULES_TELL;
	if (d->r->source[d->key] == NULL)
		return true;
	rest = str_of(d->r->source[d->key]);
	for (size_t i = 0; i <= rest.n;) {
		bool end = i == rest.n || (depth == 0 && rest.s[i] == ',');
		if (!end) {
			depth += (rest.s[i] == '(') - (rest.s[i] == ')');
			i++;
			continue;
		}
		if (d->r->tells == RULES_INPUTS)
			return fail(d, 0, "more than 64 inputs");
		if (!tell(d, str_trim((struct str){ rest.s, i })))
			return false;
		if (i == rest.n)
			break;
		rest = (struct str){ rest.s + i + 1, rest.n - i - 1 };
		i = 0;
	}
	return true;
}

static bool deadline(struct reading *d)
{
	struct rules *r = d->r;

	d->key = RULES_DEADLINE;
	r->deadline = 2 * NS_SECOND;
	if (r->source[d->key] == NULL ||
	    (duration_parse(&r->deadline, str_of(r->source[d->key])) == OK &&
	     r->deadline >= 10 * NS_MS && r->deadline <= RULES_DEADLINE_MAX))
		return true;
	return fail(d, 0, "a time is wanted, 10ms to 10s");
}

/* One way or the other. */
static bool ways(struct reading *d)
{
	struct rules *r = d->r;
	bool exec = r->source[RULES_EXEC] != NULL;
	uint32_t from = exec ? RULES_ENTER_LONG : RULES_TELL;
	uint32_t to = exec ? RULES_EXIT_SHORT : RULES_DEADLINE;

	for (d->key = from; d->key <= to; d->key++)
		if (r->source[d->key] != NULL)
			return fail(d, 0, exec ?
				    "exec decides on entries and exits: there are no rules of them "
				    "beside it" : "goes with exec = PROGRAM, which is missing");
	return true;
}

static bool whole(struct reading *d)
{
	struct rules *r = d->r;
	bool exec = r->source[RULES_EXEC] != NULL;

	d->key = RULES_KEYS;
	if (!exec && r->source[RULES_ENTER_LONG] == NULL && r->source[RULES_ENTER_SHORT] == NULL)
		return fail(d, 0, "enter_long, enter_short or exec is missing: there is nothing "
			    "to do");
	if (r->source[RULES_STOP] == NULL && (exec || r->source[RULES_STOP_SHORT] == NULL ||
					      r->source[RULES_ENTER_LONG] != NULL))
		return fail(d, 0, "a stop is missing: every position needs one, as stop = 1% or "
			    "stop = close - 2 * atr(14)");
	return true;
}

static void count(struct reading *d, bool good)
{
	d->why->n += !good;
}

/* What is proven is that of the plan. */
static void proof(struct rules *r, const struct plan *p)
{
	r->depth = p->frame[0].depth;
	r->stack = plan_stack(p);
	for (uint32_t i = 0; i < p->nodes; i++)
		if (p->node[i].frame == 0 && p->node[i].keep > r->depth)
			r->depth = p->node[i].keep;
	r->frames = p->frames;
	for (uint32_t i = 0; i < p->frames; i++) {
		r->frame[i].seconds = p->frame[i].seconds;
		r->frame[i].bars = p->frame[i].settled;
	}
}

bool rules_finish(struct rules *r, usd capital, struct plan *scratch, struct rules_errors *why)
{
	struct reading d = { .r = r, .scratch = scratch, .why = why };

	*why = (struct rules_errors){ 0 };
	for (uint32_t i = 0; i < r->params; i++)
		d.param[i] = (struct rule_param){ r->param[i].key + 1, r->param[i].value };
	count(&d, program(&d));
	count(&d, entries(&d, 0));
	count(&d, entries(&d, 1));
	count(&d, exits(&d, RULES_EXIT_LONG, &r->exit[0]));
	count(&d, exits(&d, RULES_EXIT_SHORT, &r->exit[1]));
	count(&d, levels(&d, RULES_STOP, r->stop));
	count(&d, levels(&d, RULES_TARGET, r->target));
	count(&d, ask_number(&d, RULES_TRAIL, &r->trail));
	count(&d, ask_number(&d, RULES_MAX_HOLD, &r->hold));
	count(&d, ask_number(&d, RULES_SIZE, &r->size));
	count(&d, warmup(&d));
	count(&d, tells(&d));
	count(&d, deadline(&d));
	count(&d, ways(&d));
	count(&d, whole(&d));
	r->size_unit = r->size.percent ? usd_f64(capital) : 1;
	proof(r, scratch);
	r->strategy.params_n = r->params;
	r->strategy.inputs_n = r->inputs;
	r->strategy.conditions_n = r->conditions;
	r->strategy.values_n = r->values;
	return why->n == 0;
}
