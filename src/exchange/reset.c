/* reset.c: POST /sim/reset: accounts begin anew, in the middle of the market. */
#include "exchange/serve_inner.h"

struct again {
	bool     one, cash;
	uint16_t account;
	usd      amount;
};

static const char *read_again(const struct exchange *x, struct str body, struct again *a)
{
	struct json j;
	struct str key, s;
	int64_t n;

	*a = (struct again){ 0 };
	json_open(&j, body);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("account"))) {
			if (!json_read_decimal(&j, &s) || !who_is_named(x, s, &a->account))
				return "account is a key of the accounts file, or the number of "
				       "its line, from 0 on";
			a->one = true;
		} else if (str_eq(key, STR("cash"))) {
			if (!json_read_num(&j, &n) || n < 0 || n > 1000000000 * NUM_ONE)
				return "cash is dollars, up to a billion";
			a->amount.n = n;
			a->cash = true;
		} else {
			return "account and cash are known";
		}
	}
	return body.n == 0 || json_done(&j) == OK ? NULL :
		"a body like {\"account\":\"KEY\",\"cash\":\"5000\"}, or none, is needed";
}

int sim_reset(struct exchange *x, const struct call *c)
{
	struct again a;
	const char *why = read_again(x, c->body, &a);

	if (why != NULL)
		return rest_fail(x, 422, 0, why, STR(""));
	json_object(&x->out);
	json_key(&x->out, "reset");
	json_array(&x->out);
	for (uint32_t i = 0; i < x->c.core.accounts; i++) {
		usd cash = x->c.accounts > 0 ? x->c.account[i].cash : x->c.core.cash;
		if (a.one && i != a.account)
			continue;
		cash = a.cash ? a.amount : cash;
		account_reset(x, (uint16_t)i, cash);
		json_object(&x->out);
		key_i64(&x->out, "account", i);
		key_money(&x->out, "cash", cash.n);
		json_end_object(&x->out);
	}
	json_end_array(&x->out);
	json_end_object(&x->out);
	return 200;
}
