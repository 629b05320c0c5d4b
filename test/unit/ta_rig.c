#include "ta_rig.h"

#include "base/rng.h"

bool rig_open(struct rig *r, const char *text)
{
	const char *at = strchr(text, '(');
	size_t n = at != NULL ? (size_t)(at - text) : strlen(text);

	*r = (struct rig){ .fn = ta_fn_find((struct str){ text, n }) };
	if (!CHECK(r->fn != NULL, "%s is an indicator", text))
		return false;
	const struct ta_family *f = r->fn->family;
	for (uint32_t i = 0; i < f->args; i++) {
		r->arg[i] = f->arg[i].usual;
		if (at != NULL && at[1] != ')' && at[1] != '\0') {
			r->arg[i] = strtod(at + 1, NULL);
			at = strchr(at + 1, ',');
		}
	}
	if (f->shape == TA_STEP) {
		r->state = calloc(1, f->size(r->arg));
		f->init(r->state, r->arg);
	}
	return true;
}

double rig_at(struct rig *r, const struct rig_bars *b, uint32_t i, const double *x)
{
	const struct ta_family *f = r->fn->family;
	double out[TA_OUTPUTS];

	if (x == NULL)
		x = f->reads == TA_VOLUME ? b->volume : b->close;
	if (f->shape == TA_STEP) {
		struct ta_bar bar = { b->open[i], b->high[i], b->low[i], b->close[i],
				      b->volume[i], b->session[i] };
		f->step(r->state, &bar, x[i], out);
		return out[r->fn->out];
	}
	uint32_t n = f->window(r->arg);
	if (i + 1 < n)
		return TA_NONE;
	uint32_t k = i + 1 - n;
	struct ta_columns c = { b->open + k, b->high + k, b->low + k, b->close + k,
				b->volume + k };
	if (f->reads == TA_BARS)
		f->of(r->arg, NULL, &c, out);
	else
		f->of(r->arg, x + k, NULL, out);
	return out[r->fn->out];
}

void rig_close(struct rig *r)
{
	free(r->state);
	r->state = NULL;
}

void rig_walk(struct rig_bars *b, uint64_t seed, uint32_t n)
{
	struct rng r;
	double price = 100.0;

	rng_seed(&r, seed);
	b->n = n;
	for (uint32_t i = 0; i < n; i++) {
		bool flat = i / 40 % 4 == 3;
		double step = flat ? 0.0 : ((double)rng_below(&r, 201) - 100.0) / 100.0;
		price = round((price + step) * 100.0) / 100.0;
		price = price < 5.0 ? 5.0 : price;
		b->close[i] = price;
		b->high[i] = flat ? price : price + (double)rng_below(&r, 50) / 100.0;
		b->low[i] = flat ? price : price - (double)rng_below(&r, 50) / 100.0;
		b->open[i] = (b->high[i] + b->low[i]) / 2.0;
		b->volume[i] = i / 30 % 3 == 2 ? 0.0 : (double)rng_below(&r, 10000);
		b->session[i] = i / 55;
	}
}
