/* asset_set.c: POST /sim/assets: what may be done with a stock, changed in the middle of the
 * market: the broker's refusals for what cannot be borrowed, divided or traded at all. */
#include "exchange/serve_inner.h"

/* The new asset in *a, which begins as the one there is; words of what was wrong, or NULL. */
static const char *read_asset(const struct exchange *x, struct str body, struct xc_asset *a,
			      uint16_t *index)
{
	const struct { const char *name; bool *value; } flag[] = {
		{ "tradable", &a->tradable }, { "marginable", &a->marginable },
		{ "shortable", &a->shortable }, { "easy_to_borrow", &a->easy_to_borrow },
		{ "fractionable", &a->fractionable }
	};
	struct json j;
	struct str key, s;
	bool named = false;

	json_open(&j, body);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		size_t k = 0;
		if (!named) {
			if (!str_eq(key, STR("symbol")) || !json_read_str(&j, &s) ||
			    !xc_find_asset(x->core, s, index))
				return "symbol, one that this market has, comes first";
			*a = *xc_asset(x->core, *index);
			named = true;
			continue;
		}
		while (k < COUNT(flag) && !str_eq(key, str_of(flag[k].name)))
			k++;
		if (k == COUNT(flag) || json_peek(&j) != JSON_BOOL)
			return "tradable, marginable, shortable, easy_to_borrow and fractionable "
			       "are known, true or false";
		(void)json_read_bool(&j, flag[k].value);
	}
	return named && json_done(&j) == OK ? NULL :
		"a body like {\"symbol\":\"AAPL\",\"shortable\":false} is needed";
}

int sim_assets(struct exchange *x, const struct call *c)
{
	struct xc_asset a;
	uint16_t index;
	const char *why = read_asset(x, c->body, &a, &index);

	if (why != NULL)
		return rest_fail(x, 422, 0, why, STR(""));
	xc_set_asset(x->core, index, &a);
	view_asset(&x->out, xc_asset(x->core, index));
	return 200;
}
