/* inputs.c: the expressions that a strategy names, compiled with its parameters. */
#include "strategy/strategy.h"

uint32_t strategy_scope(const struct strategy *s, const struct params *p,
			struct rule_param out[static PARAMS_MAX])
{
	assert(s->params_n <= PARAMS_MAX);
	for (uint32_t i = 0; i < s->params_n; i++) {
		const char *key = s->params[i].key;
		out[i] = (struct rule_param){ key[0] == '$' ? key + 1 : key, p->v[i] };
	}
	return s->params_n;
}

static bool compile(const struct strategy *s, const struct params *p, struct plan *plan,
		    struct plan_ref *in, struct rule_error *why)
{
	struct rule_param param[PARAMS_MAX];
	struct rule_scope scope = { param, strategy_scope(s, p, param), true };

	for (uint32_t i = 0; i < s->inputs_n; i++) {
		const char *text = s->input != NULL ? s->input(p, i) : NULL;
		text = text != NULL ? text : s->inputs[i];
		if (!rule_compile(plan, str_of(text), &scope, RULE_ANY, &in[i], why))
			return false;
	}
	return true;
}

bool strategy_plan(const struct strategy *s, const struct params *p, struct plan *plan,
		   struct plan_ref in[static INPUTS_MAX], struct rule_error *why)
{
	uint32_t n = s->inputs_n;
	struct params q;

	assert(n <= INPUTS_MAX);
	if (!compile(s, p, plan, in, why))
		return false;
	for (uint32_t i = 0; i < s->inner_n; i++) {
		const struct strategy *within = s->inner[i];
		if (within == NULL)
			continue;
		assert(n + within->inputs_n <= INPUTS_MAX);
		if (s->inner_params(p, i, &q) && !compile(within, &q, plan, in + n, why))
			return false;
		n += within->inputs_n;
	}
	return true;
}
