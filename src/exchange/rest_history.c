/* rest_history.c: GET /v2/account/portfolio/history: what the account was worth.
 *
 * The answer's arrays are parallel; each is written by walking the windows once more, which
 * needs no memory. A window is known by its beginning and has the equity of its end; a day's
 * is its session and begins with it. Profit counts from the last close before the window's
 * day (pnl_reset=per_day) or from the base value (no_reset). */
#include "exchange/serve_inner.h"

#define POINTS_MAX 20000	/* what fits into an answer four times over */

enum reporting { MARKET_HOURS, EXTENDED_HOURS, CONTINUOUS };

struct ask {
	uint16_t account;
	day      first, last;
	ns       end;			/* windows begin before it */
	ns       step;			/* NS_DAY: sessions */
	const char *timeframe;
	enum reporting reporting;
	bool     reset;
};

/* ---- the windows */

struct walk {
	const struct exchange *x;
	const struct ask *a;
	day  d;				/* being walked; the next one when t is 0 */
	ns   t, until;			/* the next window of that day, and where the day ends */
	bool any;
	usd  base, before;		/* of all; of the day being walked */
};

struct window {
	ns  at, end;			/* end: activities up to here belong to it */
	usd equity, before;
};

static bool day_hours(const struct ask *a, day d, ns *from, ns *to)
{
	struct session s;
	bool trades = calendar_session(NULL, d, &s);

	if (a->reporting == CONTINUOUS && a->step < NS_DAY) {
		*from = ny_time(d, 0, 0);
		*to = ny_time(d + 1, 0, 0);
		return true;
	}
	bool core = a->reporting == MARKET_HOURS || a->step == NS_DAY;
	*from = core ? s.open : s.pre_open;
	*to = core ? s.close : s.post_close;
	return trades;
}

/* The close of the last session before d that is known. */
static bool close_before(const struct exchange *x, uint16_t account, day d, day *of, usd *equity)
{
	for (day k = d - 1; k >= d - 10; k--)
		if (history_close(x, account, k, equity)) {
			*of = k;
			return true;
		}
	return false;
}

static bool known(const struct walk *w, ns at, ns end, usd *equity)
{
	if (w->a->step == NS_DAY && history_close(w->x, w->a->account, w->d, equity))
		return true;
	if (at > w->x->now)
		return false;
	return history_at(w->x, w->a->account, end, equity);
}

/* Goes to the next window of the day that can be shown; false: that was the day. */
static bool in_day(struct walk *w, struct window *out)
{
	while (w->t < w->until && w->t < w->a->end) {
		ns at = w->t, end = w->a->step == NS_DAY ? w->until : at + w->a->step;
		w->t = end;
		if (!known(w, at, end, &out->equity))
			continue;
		out->at = at;
		out->end = end;
		return true;
	}
	w->t = 0;
	return false;
}

static bool walk_next(struct walk *w, struct window *out)
{
	day of;

	for (;;) {
		if (w->t == 0) {
			while (w->d <= w->a->last && !day_hours(w->a, w->d, &w->t, &w->until))
				w->d++;
			if (w->d > w->a->last)
				return false;
			if (!w->a->reset || !close_before(w->x, w->a->account, w->d, &of,
							  &w->before))
				w->before = w->base;
		}
		if (in_day(w, out))
			break;
		w->t = 0;
		w->d++;
	}
	if (!w->any && w->base.n == INT64_MIN)
		w->base = w->before = out->equity;	/* nothing is known from before */
	w->any = true;
	out->before = w->before;
	return true;
}

static struct walk walk_begin(const struct exchange *x, const struct ask *a, day *asof)
{
	struct walk w = { .x = x, .a = a, .d = a->first, .base = { INT64_MIN } };

	*asof = 0;
	if (!close_before(x, a->account, a->first, asof, &w.base))
		w.base.n = INT64_MIN;
	return w;
}

/* ---- reading what is asked for */

static int invalid(struct exchange *x, const char *what, struct str v)
{
	return rest_fail(x, 422, 40010001, what, v);
}

/* "7D" before `end`: the first day. */
static bool period_begin(struct str s, day end, day *first)
{
	int64_t n = 0;

	if (s.n < 2 || s.n > 5)
		return false;
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
		n = n * 10 + (s.s[i] - '0');
	}
	struct civil c = civil_of(end);
	int64_t months = (int64_t)c.year * 12 + c.month - 1;
	switch (s.s[s.n - 1]) {
	case 'D':
		*first = end - (day)n + 1;
		return n > 0;
	case 'W':
		*first = end - (day)n * 7 + 1;
		return n > 0;
	case 'M':
		months -= n;
		break;
	case 'A':
		months -= n * 12;
		break;
	default:
		return false;
	}
	if (months < (int64_t)1970 * 12)
		months = (int64_t)1970 * 12;
	*first = day_of((int)(months / 12), (int)(months % 12) + 1, 1) + c.day - 1;
	return n > 0;
}

static const struct { const char *name; ns step; } timeframes[] = {
	{ "1Min", NS_MINUTE }, { "5Min", 5 * NS_MINUTE }, { "15Min", 15 * NS_MINUTE },
	{ "1H", NS_HOUR }, { "1D", NS_DAY },
};

static int read_timeframe(struct exchange *x, const struct call *c, struct ask *a)
{
	char v[16];
	size_t n, i = 4;
	day days = a->last - a->first + 1;

	if (rest_get(c, "timeframe", v, sizeof(v), &n) != 0) {
		for (i = 0; i < COUNT(timeframes); i++)
			if (str_eq((struct str){ v, n }, str_of(timeframes[i].name)))
				break;
		if (i == COUNT(timeframes))
			return invalid(x, "invalid timeframe: ", (struct str){ v, n });
	} else if (days < 7) {
		i = 0;
	} else if (days < 29) {		/* February with both its ends is a month, too */
		i = 2;
	}
	a->step = timeframes[i].step;
	a->timeframe = timeframes[i].name;
	/* A month of 31 days with both its ends is one. */
	if (a->step < NS_DAY && days > 32)
		return invalid(x, "only 1D timeframe is accepted for more than 30 days", STR(""));
	return 0;
}

/* At most two of start, end and period. */
static int read_span(struct exchange *x, const struct call *c, struct ask *a)
{
	char v[64];
	size_t n;
	ns start = 0;
	day last = ny_date(a->end), first = INT32_MIN;
	bool has_end = rest_get(c, "end", v, sizeof(v), &n) != 0;

	if (has_end && !rest_instant((struct str){ v, n }, &a->end))
		return invalid(x, "invalid end: ", (struct str){ v, n });
	if (has_end)
		last = ny_date(a->end);
	int status = rest_day(x, c, "date_end", &last);
	if (status != 0)
		return status;
	bool has_start = rest_get(c, "start", v, sizeof(v), &n) != 0;
	if (has_start && !rest_instant((struct str){ v, n }, &start))
		return invalid(x, "invalid start: ", (struct str){ v, n });
	bool has_period = rest_get(c, "period", v, sizeof(v), &n) != 0;
	if (has_start && has_end && has_period)
		return invalid(x, "only two of start, end and period can be specified", STR(""));
	/* A day without a session shows the last one that had one. */
	a->last = calendar_back(NULL, ny_time(last, 12, 0), 0);
	if (has_period && !period_begin((struct str){ v, n }, a->last, &first))
		return invalid(x, "invalid period: ", (struct str){ v, n });
	if (has_start)
		first = ny_date(start);
	if (has_start && has_period) {
		/* From the start on, so long. */
		day behind = first;
		(void)period_begin((struct str){ v, n }, first, &behind);
		a->last = first + (first - behind);
	}
	if (first == INT32_MIN)
		(void)period_begin(STR("1M"), a->last, &first);
	a->first = first;
	if (a->first > a->last)
		return invalid(x, "start must be before end", STR(""));
	return 0;
}

static int read_words(struct exchange *x, const struct call *c, struct ask *a)
{
	static const char *const words[] = { "market_hours", "extended_hours", "continuous" };
	char v[32];
	size_t n;
	int i = 0;

	if (rest_get(c, "intraday_reporting", v, sizeof(v), &n) != 0) {
		while (i < 3 && !str_eq((struct str){ v, n }, str_of(words[i])))
			i++;
		if (i == 3)
			return invalid(x, "invalid intraday_reporting: ", (struct str){ v, n });
	} else if (rest_flag(c, "extended_hours")) {
		i = EXTENDED_HOURS;
	}
	a->reporting = (enum reporting)i;
	a->reset = true;
	if (rest_get(c, "pnl_reset", v, sizeof(v), &n) == 0)
		return 0;
	a->reset = str_eq((struct str){ v, n }, STR("per_day"));
	if (!a->reset && !str_eq((struct str){ v, n }, STR("no_reset")))
		return invalid(x, "invalid pnl_reset: ", (struct str){ v, n });
	return 0;
}

/* ---- writing */

static int64_t share(int64_t part, int64_t of)
{
	int64_t v;

	return num_muldiv_ok(&v, part, NUM_ONE, of, ROUND_NEAR) ? v : 0;
}

enum column { C_TIMESTAMP, C_EQUITY, C_PROFIT, C_SHARE, C_COUNT };

static void write_column(struct exchange *x, const struct ask *a, enum column k)
{
	static const char *const name[] = { "timestamp", "equity", "profit_loss",
					    "profit_loss_pct" };
	struct text *t = &x->out;
	struct window v;
	day asof;
	struct walk w = walk_begin(x, a, &asof);

	json_key(t, name[k]);
	json_array(t);
	while (walk_next(&w, &v)) {
		int64_t gain = v.equity.n - v.before.n;
		if (k == C_TIMESTAMP)
			json_i64(t, v.at / NS_SECOND);
		else
			json_num(t, k == C_EQUITY ? v.equity.n : k == C_PROFIT ? gain :
				 share(gain, v.before.n));
	}
	json_end_array(t);
}

/* Money of one type that came or went since the window before, for each window. */
static void write_flow(struct exchange *x, const struct ask *a, const char *type)
{
	struct text *t = &x->out;
	struct window v;
	day asof;
	struct walk w = walk_begin(x, a, &asof);
	uint32_t i = xc_since(x->core, a->account).activity;

	while (i < xc_activities(x->core) &&
	       xc_activity(x->core, i)->ts < ny_time(a->first, 0, 0))
		i++;
	json_key(t, type);
	json_array(t);
	while (walk_next(&w, &v)) {
		int64_t sum = 0;
		for (; i < xc_activities(x->core) && xc_activity(x->core, i)->ts < v.end; i++) {
			const struct xc_activity *y = xc_activity(x->core, i);
			if (y->account == a->account && strcmp(xc_activity_text(y), type) == 0)
				sum += y->amount.n;
		}
		json_num(t, sum);
	}
	json_end_array(t);
}

static bool flows(const struct exchange *x, const struct ask *a, const char *type)
{
	for (uint32_t i = xc_since(x->core, a->account).activity; i < xc_activities(x->core); i++) {
		const struct xc_activity *y = xc_activity(x->core, i);
		if (y->account == a->account && y->ts >= ny_time(a->first, 0, 0) &&
		    strcmp(xc_activity_text(y), type) == 0)
			return true;
	}
	return false;
}

/* NONE, ALL that there are, or those that are named. */
static void write_cashflow(struct exchange *x, const struct call *c, const struct ask *a)
{
	static const char *const type[] = { "DIV", "FEE", "INT", "SPLIT" };
	char v[256];
	size_t n;
	struct str list = { v, 0 };

	if (rest_get(c, "cashflow_types", v, sizeof(v), &n) == 1)
		list.n = n;
	bool all = str_eq(list, STR("ALL"));
	json_key(&x->out, "cashflow");
	json_object(&x->out);
	for (size_t i = 0; i < COUNT(type); i++)
		if (rest_listed(list, str_of(type[i])) || (all && flows(x, a, type[i])))
			write_flow(x, a, type[i]);
	json_end_object(&x->out);
}

int account_history(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	struct ask a = { .account = c->account, .end = serve_now(x) + 1 };
	struct window v;
	char word[16];
	day asof;
	int64_t n = 0;
	int status = read_span(x, c, &a);

	if (status == 0)
		status = read_timeframe(x, c, &a);
	if (status == 0)
		status = read_words(x, c, &a);
	if (status != 0)
		return status;
	struct walk w = walk_begin(x, &a, &asof);
	while (walk_next(&w, &v))
		n++;
	if (n > POINTS_MAX)
		return invalid(x, "too many data points: ask for a larger timeframe", STR(""));
	json_object(t);
	for (int k = 0; k < C_COUNT; k++)
		write_column(x, &a, (enum column)k);
	json_key(t, "base_value");
	json_num(t, n > 0 ? w.base.n : xc_start_cash(x->core, a.account).n);
	if (asof != 0) {
		date_text(word, asof);
		key_text(t, "base_value_asof", word);
	}
	key_text(t, "timeframe", a.timeframe);
	write_cashflow(x, c, &a);
	json_end_object(t);
	return 200;
}
