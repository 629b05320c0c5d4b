/* verdict.c: GET /sim/verdict: how a client has behaved, with a broker that may not have. What
 * the core knows it is asked for; how requests came is watched here. `gambler help faults`
 * defines each figure. */
#include "exchange/faults_inner.h"

#define SECONDS       60
#define PATIENCE      NS_SECOND		/* after a 429 */
#define HASTE         (100 * NS_MS)	/* between a failure and the next try */
#define WITHHELD_MAX  256		/* orders of which no client heard; a script has few */
#define KNOWN_MAX     32		/* keys and secrets that were seen */
#define LEAST_SECRET  6			/* shorter ones are in every path */
#define FAILURES_MAX  8			/* what a verdict can find fault with */

/* Requests in each of the last 60 seconds of some clock. */
struct minute {
	int64_t  second[SECONDS];	/* which second it is the count of */
	uint32_t n[SECONDS], most;
};

struct watch {				/* of one account */
	struct minute real, market;
	uint64_t requests, limited;
	ns       limited_at, limited_market;	/* mono, market; 0: not, or long ago */
	uint64_t ignored_429, hasty, secrets;
	uint64_t what;			/* hash of the last request that failed */
	ns       failed_at, failed_market;
	uint32_t streak;
};

struct judge {
	struct watch watch[XS_ACCOUNTS_MAX];
	xc_oid   withheld[WITHHELD_MAX];
	uint32_t withheld_n;
	struct { char text[128]; } known[KNOWN_MAX];
	uint32_t known_n;
	/* While duplicates are counted: orders by what they want, the newest first; + 1. */
	uint32_t *newest, *older;
	uint32_t mask;
};

static uint32_t buckets(uint32_t orders_max)
{
	uint32_t n = 64;

	while (n < orders_max)
		n *= 2;
	return n;
}

size_t verdict_size(uint32_t orders_max)
{
	return sizeof(struct judge) + ((size_t)buckets(orders_max) + orders_max) *
	       sizeof(uint32_t) + 96;
}

void verdict_init(struct exchange *x)
{
	uint32_t n = buckets(x->c.core.orders_max);

	x->judge = ARENA_NEW(&x->arena, struct judge, 1);
	x->judge->newest = ARENA_NEW(&x->arena, uint32_t, n);
	x->judge->older = ARENA_NEW(&x->arena, uint32_t, x->c.core.orders_max);
	x->judge->mask = n - 1;
}

void verdict_forget(struct exchange *x, uint16_t account)
{
	x->judge->watch[account] = (struct watch){ 0 };
}

static struct watch *watch_of(const struct exchange *x, uint16_t account)
{
	return &x->judge->watch[account];
}

/* ---- as requests come */

static void count(struct minute *m, ns at)
{
	int64_t second = at / NS_SECOND;
	size_t i = (size_t)(second % SECONDS);
	uint32_t sum = 0;

	if (m->second[i] != second)
		m->n[i] = 0;
	m->second[i] = second;
	m->n[i]++;
	for (size_t k = 0; k < SECONDS; k++)
		if (m->second[k] > second - SECONDS)
			sum += m->n[k];
	m->most = sum > m->most ? sum : m->most;
}

static void learn(struct judge *j, const char *s)
{
	if (strlen(s) < LEAST_SECRET || j->known_n == KNOWN_MAX)
		return;
	for (uint32_t i = 0; i < j->known_n; i++)
		if (strcmp(j->known[i].text, s) == 0)
			return;
	if (str_copy(j->known[j->known_n].text, sizeof(j->known[0].text), str_of(s)))
		j->known_n++;
}

static bool holds(struct str s, const char *secret)
{
	return s.n > 0 && memmem(s.s, s.n, secret, strlen(secret)) != NULL;
}

static bool told_in_url(const struct judge *j, const struct request *rq, const struct call *c)
{
	static const char *const words[] = { "secret=", "secret_key=", "secretkey=" };
	char plain[HTTP_LINE_MAX];
	struct str query = { plain, 0 }, from = http_header(&rq->head, "Referer");

	if (!percent_decode(plain, sizeof(plain), c->query, true, &query.n))
		query = c->query;
	for (uint32_t i = 0; i < j->known_n; i++)
		if (holds(query, j->known[i].text) || holds(c->path, j->known[i].text) ||
		    holds(from, j->known[i].text))
			return true;
	for (size_t i = 0; i < COUNT(words); i++)
		if (holds(query, words[i]))
			return true;
	return false;
}

static uint64_t request_hash(const struct call *c)
{
	uint64_t part[4] = {
		hash64(c->method.s, c->method.n), hash64(c->path.s, c->path.n),
		hash64(c->query.s, c->query.n), hash64(c->body.s, c->body.n)
	};
	return hash64(part, sizeof(part)) | 1;
}

void verdict_request(struct exchange *x, const struct request *rq, const struct call *c)
{
	struct watch *w = watch_of(x, c->account);
	char id[128], secret[128];
	ns now = mono_ns(), market = serve_now(x);

	if (rest_credentials(&rq->head, id, secret)) {
		learn(x->judge, id);
		learn(x->judge, secret);
	}
	w->requests++;
	count(&w->real, now);
	count(&w->market, market);
	w->secrets += told_in_url(x->judge, rq, c);
	/* In lockstep a client may wait for the market's clock, which goes by in no time. */
	w->ignored_429 += w->limited_at != 0 && now - w->limited_at < PATIENCE &&
			  market - w->limited_market < PATIENCE;
	if (w->failed_at == 0)
		return;
	bool again = w->what == request_hash(c);
	bool haste = now - w->failed_at < HASTE && market - w->failed_market < HASTE;
	w->streak = again && haste ? w->streak + 1 : 0;
	w->hasty += w->streak >= 2;
	w->failed_at = again ? w->failed_at : 0;
}

void verdict_answer(struct exchange *x, const struct call *c, int status)
{
	struct watch *w = watch_of(x, c->account);

	if (str_starts(c->path, STR("/sim/")))
		return;
	if (status == 429) {
		w->limited++;
		w->limited_at = mono_ns();
		w->limited_market = serve_now(x);
	}
	if (status != 0 && status != 429 && status < 500) {
		w->failed_at = 0;
		w->streak = 0;
		return;
	}
	w->what = request_hash(c);
	w->failed_at = mono_ns();
	w->failed_market = serve_now(x);
}

void verdict_withheld(struct exchange *x, uint32_t first)
{
	struct judge *j = x->judge;

	for (xc_oid o = first; o < xc_orders(x->core) && j->withheld_n < WITHHELD_MAX; o++)
		if (xc_order(x->core, o)->parent == XC_NONE)
			j->withheld[j->withheld_n++] = o;
}

/* ---- duplicates: orders made twice for one intent */

static bool leg_alike(const struct xc *x, xc_oid a, xc_oid b)
{
	if (a == XC_NONE || b == XC_NONE)
		return a == b;
	const struct xc_order *p = xc_order(x, a), *q = xc_order(x, b);
	return p->limit.n == q->limit.n && p->stop.n == q->stop.n;
}

static bool alike(const struct xc *x, xc_oid a, xc_oid b)
{
	const struct xc_order *p = xc_order(x, a), *q = xc_order(x, b);

	return p->account == q->account && p->asset == q->asset && p->side == q->side &&
	       p->type == q->type && p->cls == q->cls && p->want.n == q->want.n &&
	       p->limit.n == q->limit.n && p->stop.n == q->stop.n &&
	       leg_alike(x, p->leg[0], q->leg[0]) && leg_alike(x, p->leg[1], q->leg[1]);
}

static bool an_intent(const struct xc_order *o, uint16_t account)
{
	return o->account == account && o->parent == XC_NONE && o->replaces == XC_NONE;
}

/* It had come to nothing before the other was sent, so that sending again was right. */
static bool over_by(const struct xc_order *o, ns at)
{
	ns end = o->canceled != 0 ? o->canceled : o->failed != 0 ? o->failed : o->expired;

	return o->done.n == 0 && status_final(o->status) && end != 0 && end <= at;
}

/* One of the same day of which the client did not hear. */
static bool is_repeated(const struct exchange *x, xc_oid o)
{
	const struct judge *j = x->judge;
	const struct xc_order *p = xc_order(x->core, o);

	xc_oid begin = xc_since(x->core, p->account).order;

	for (uint32_t i = 0; i < j->withheld_n; i++) {
		xc_oid a = j->withheld[i];
		const struct xc_order *q = xc_order(x->core, a);
		if (a >= begin && a < o && alike(x->core, a, o) && an_intent(q, p->account) &&
		    ny_date(q->created) == ny_date(p->created) && !over_by(q, p->created))
			return true;
	}
	return false;
}

/* The same for orders that are alike. */
static uint32_t *bucket_of(const struct exchange *x, xc_oid o)
{
	const struct xc_order *p = xc_order(x->core, o);
	const int64_t what[] = { p->asset, (int64_t)p->side, (int64_t)p->type, (int64_t)p->cls,
				 p->want.n, p->limit.n, p->stop.n };

	return &x->judge->newest[hash64(what, sizeof(what)) & x->judge->mask];
}

/* One that was sent shortly before, of those that were looked at: o joins them. Whoever had
 * ended by now leaves, since he has by then for all that come; so the work is that of sorting
 * them once. */
static bool is_sent_again(const struct exchange *x, xc_oid o, ns within)
{
	const struct xc_order *p = xc_order(x->core, o);
	uint32_t *older = x->judge->older, *newest = bucket_of(x, o), *at = newest;
	bool again = false;

	while (*at != 0 && !again) {
		const struct xc_order *q = xc_order(x->core, *at - 1);
		if (p->created - q->created > within)
			*at = 0;
		else if (over_by(q, p->created))
			*at = older[*at - 1];
		else if (alike(x->core, *at - 1, o))
			again = true;
		else
			at = &older[*at - 1];
	}
	older[o] = *newest;
	*newest = o + 1;
	return again;
}

/* within 0: only those of which the client did not hear. */
static int64_t duplicates(const struct exchange *x, uint16_t account, ns within)
{
	struct judge *j = x->judge;
	int64_t n = 0;

	memset(j->newest, 0, ((size_t)j->mask + 1) * sizeof(*j->newest));
	for (xc_oid o = xc_since(x->core, account).order; o < xc_orders(x->core); o++)
		if (an_intent(xc_order(x->core, o), account))
			n += (within > 0 && is_sent_again(x, o, within)) || is_repeated(x, o);
	return n;
}

/* ---- the verdict */

static void fails(struct text *t, const char *what, double have, const char *unit, double most)
{
	char memory[160];
	struct text s;

	text_init(&s, memory, sizeof(memory) - 1);
	text_f64(&s, have, 3);
	text_char(&s, ' ');
	text_cstr(&s, what);
	text_cstr(&s, ": at most ");
	text_f64(&s, most, 3);
	text_cstr(&s, unit);
	text_cstr(&s, " are allowed");
	json_str(t, text_str(&s));
}

struct limit {
	const char *name, *what, *unit;
	double     most;		/* < 0: any */
	double     have;
};

static bool read_limit(struct exchange *x, const struct call *c, struct limit *l)
{
	char v[32];
	size_t n;
	int64_t number;
	int given = rest_get(c, l->name, v, sizeof(v), &n);

	if (given == 0)
		return true;
	if (given == 1 && str_eq((struct str){ v, n }, STR("any"))) {
		l->most = -1;
		return true;
	}
	if (given == 1 && num_parse(&number, (struct str){ v, n }) == OK && number >= 0) {
		l->most = (double)number / 1e9;
		return true;
	}
	(void)rest_fail(x, 422, 0, "a number, or any, is needed for ", str_of(l->name));
	return false;
}

static void figures(struct text *t, const struct exchange *x, uint16_t account,
		    const struct xc_verdict *v, int64_t twice)
{
	const struct watch *w = watch_of(x, account);

	key_i64(t, "n", (int64_t)x->n);
	key_time(t, "now", serve_now(x));
	key_i64(t, "account", account);
	key_i64(t, "duplicates", twice);
	key_i64(t, "duplicate_cids", (int64_t)v->duplicate_cids);
	key_i64(t, "oversells", (int64_t)v->oversells);
	key_i64(t, "oversold", (int64_t)v->overshot);
	key_money(t, "oversold_shares", v->overshot_shares.n);
	key_i64(t, "wash_trades", (int64_t)v->wash_trades);
	json_key(t, "naked_share_seconds");
	json_f64(t, (double)v->naked_share_ns / 1e6, 6);
	json_key(t, "longest_naked_seconds");
	json_f64(t, (double)v->longest_naked / 1e9, 9);
	key_i64(t, "orders", (int64_t)v->orders);
	key_i64(t, "executions", (int64_t)v->executions);
	key_i64(t, "requests", (int64_t)w->requests);
	key_i64(t, "requests_per_minute_max", w->market.most);
	key_i64(t, "requests_per_minute_max_real", w->real.most);
	key_i64(t, "rate_limited", (int64_t)w->limited);
	key_i64(t, "ignored_429", (int64_t)w->ignored_429);
	key_i64(t, "hasty_retries", (int64_t)w->hasty);
	key_i64(t, "secrets_in_urls", (int64_t)w->secrets);
	json_key(t, "faults");
	json_array(t);
	for (uint32_t i = 0; i < x->faults->script.n; i++) {
		const struct fault_rule *r = &x->faults->script.rule[i];
		json_object(t);
		json_key(t, "rule");
		json_str(t, r->text);
		key_i64(t, "fired", (int64_t)r->fired);
		json_end_object(t);
	}
	json_end_array(t);
}

int sim_verdict(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	uint16_t account;
	int64_t within = 10;
	bool pass = true;

	if (!ledger_account(x, c, &account))
		return 422;
	if (!rest_number(c, "within", 0, 86400, &within))
		return rest_fail(x, 422, 0, "within is a number of seconds", STR(""));
	const struct watch *w = watch_of(x, account);
	struct xc_verdict v = xc_judge(x->core, account);
	int64_t twice = duplicates(x, account, within * NS_SECOND);
	struct limit limit[FAILURES_MAX] = {
		{ "duplicates", "orders sent twice for one intent", "", 0, (double)twice },
		{ "oversold", "sales of shares that were not there", "", 0,
		  (double)v.overshot },
		{ "naked", "seconds without a stop at the broker", " s", 5,
		  (double)v.longest_naked / 1e9 },
		{ "requests", "requests in a minute", "", 200, (double)w->market.most },
		{ "ignored_429", "requests that ignored a 429", "", 0, (double)w->ignored_429 },
		{ "hasty", "retries without a pause", "", 0, (double)w->hasty },
		{ "secrets", "requests with a secret in the URL", "", 0, (double)w->secrets },
		{ "wash", "wash trades tried", "", -1, (double)v.wash_trades },
	};
	for (size_t i = 0; i < FAILURES_MAX; i++)
		if (!read_limit(x, c, &limit[i]))
			return 422;
	json_object(t);
	figures(t, x, account, &v, twice);
	json_key(t, "failures");
	json_array(t);
	for (size_t i = 0; i < FAILURES_MAX; i++) {
		const struct limit *l = &limit[i];
		if (l->most < 0 || l->have <= l->most)
			continue;
		fails(t, l->what, l->have, l->unit, l->most);
		pass = false;
	}
	json_end_array(t);
	key_bool(t, "pass", pass);
	json_end_object(t);
	return 200;
}
