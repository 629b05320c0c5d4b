/* judge.c: a run's figures. */
#include "lab/inside.h"

#include <math.h>

#include "lab/stat.h"

/* ---- trades */

static void add_price(struct lab_stat *s, const struct lab_trade *t)
{
	double entry = px_f64(t->entry), n = qty_f64(t->n);
	px low = t->worst.n < t->best.n ? t->worst : t->best;
	px high = t->worst.n < t->best.n ? t->best : t->worst;
	double down = (entry - px_f64(low)) / entry, up = (px_f64(high) - entry) / entry;
	double against = t->side == SIDE_BUY ? down : up, along = t->side == SIDE_BUY ? up : down;

	s->edge += usd_f64(t->pnl) / (entry * n);
	s->traded += (entry + px_f64(t->exit)) * n;
	s->against += against > 0 ? against : 0;
	s->along += along > 0 ? along : 0;
	if (t->stop.n > 0 && t->stop.n != t->entry.n) {
		s->risk += usd_f64(t->pnl) / (fabs(entry - px_f64(t->stop)) * n);
		s->risked++;
	}
}

/* What is a mean in the end is a sum until stat_end; spread is a sum of squares (Welford's). */
static void stat_add(struct lab_stat *s, const struct lab_trade *t)
{
	double pnl = usd_f64(t->pnl), off = pnl - s->mean;

	assert(t->entry.n > 0 && t->n.n > 0);
	if (s->trades == 0 || t->pnl.n > s->best.n)
		s->best = t->pnl;
	if (s->trades == 0 || t->pnl.n < s->worst.n)
		s->worst = t->pnl;
	s->trades++;
	s->won += t->pnl.n > 0;
	s->lost += t->pnl.n < 0;
	s->pnl = usd_add(s->pnl, t->pnl);
	s->fees = usd_add(s->fees, t->fees);
	if (t->pnl.n > 0)
		s->gain = usd_add(s->gain, t->pnl);
	else
		s->loss = usd_sub(s->loss, t->pnl);
	s->mean += off / s->trades;
	s->spread += off * (pnl - s->mean);
	s->held += (double)(t->closed - t->opened) / 1e9;
	s->bars += t->bars;
	add_price(s, t);
}

static void stat_end(struct lab_stat *s)
{
	double n = s->trades;

	if (s->trades > 0)
		s->average = (usd){ num_muldiv(s->pnl.n, 1, s->trades, ROUND_NEAR) };
	s->win_rate = n > 0 ? s->won / n : NAN;
	s->factor = s->loss.n > 0 ? usd_f64(s->gain) / usd_f64(s->loss) : NAN;
	s->risk = s->risked > 0 ? s->risk / s->risked : NAN;
	s->spread = n > 1 ? sqrt(s->spread / (n - 1)) : NAN;
	s->sure = s->spread > 0 ? normal_cdf(s->mean / s->spread * sqrt(n)) : NAN;
	double *means[] = { &s->edge, &s->against, &s->along, &s->held, &s->bars };
	for (size_t i = 0; i < COUNT(means); i++)
		*means[i] = n > 0 ? *means[i] / n : NAN;
}

static struct lab_month *month_of(const struct lab_report *o, day d)
{
	struct civil c = civil_of(d);
	uint32_t i = o->months_n;

	/* A trade may end a little later than the close of the run's last session. */
	while (i > 1 && (o->month[i - 1].year > c.year ||
			 (o->month[i - 1].year == c.year && o->month[i - 1].month > c.month)))
		i--;
	return i > 0 ? &o->month[i - 1] : NULL;
}

static void judge_trades(struct lab_report *o, const struct lab_run *r)
{
	uint32_t wins = 0, losses = 0;

	for (uint32_t i = 0; i < r->trades_n; i++) {
		const struct lab_trade *t = &r->trade[i];
		struct lab_month *m = month_of(o, ny_date(t->closed));

		assert(t->instance < r->instances_n && t->sym < r->symbols->n);
		assert(t->side <= SIDE_SELL && t->reason < EXIT_REASONS);
		stat_add(&o->all, t);
		stat_add(&o->side[t->side], t);
		stat_add(&o->reason[t->reason], t);
		stat_add(&o->instance[t->instance], t);
		stat_add(&o->symbol[t->sym], t);
		if (m != NULL)
			stat_add(&m->stat, t);
		wins = t->pnl.n > 0 ? wins + 1 : 0;
		losses = t->pnl.n < 0 ? losses + 1 : 0;
		o->wins_row = wins > o->wins_row ? wins : o->wins_row;
		o->losses_row = losses > o->losses_row ? losses : o->losses_row;
	}
	stat_end(&o->all);
	for (size_t i = 0; i < COUNT(o->side); i++)
		stat_end(&o->side[i]);
	for (size_t i = 0; i < COUNT(o->reason); i++)
		stat_end(&o->reason[i]);
	for (uint32_t i = 0; i < r->instances_n; i++)
		stat_end(&o->instance[i]);
	for (uint32_t i = 0; i < r->symbols->n; i++)
		stat_end(&o->symbol[i]);
	for (uint32_t i = 0; i < o->months_n; i++)
		stat_end(&o->month[i].stat);
}

/* ---- days */

/* One month per civil month that has a session. */
static uint32_t count_months(const struct lab_run *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->days_n; i++)
		n += i == 0 || civil_of(r->day[i].date).month !=
			       civil_of(r->day[i - 1].date).month ||
		     r->day[i].date - r->day[i - 1].date > 31;
	return n;
}

static void judge_months(struct lab_report *o, const struct lab_run *r)
{
	double before = usd_f64(r->cash);
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->days_n; i++) {
		struct civil c = civil_of(r->day[i].date);
		struct lab_month *m = n > 0 ? &o->month[n - 1] : NULL;
		if (m == NULL || m->month != c.month || m->year != c.year) {
			before = i > 0 ? o->equity[i - 1] : before;
			m = &o->month[n++];
			m->year = (int16_t)c.year;
			m->month = (uint8_t)c.month;
		}
		m->total = before > 0 ? o->equity[i] / before - 1 : NAN;
	}
	assert(n == o->months_n);
}

static void judge_use(struct lab_report *o, const struct lab_run *r)
{
	double equity = 0, bars = 0, in = 0, at_work = 0;

	o->most_invested = 0;
	for (uint32_t i = 0; i < r->days_n; i++) {
		const struct lab_day *d = &r->day[i];
		o->fees = usd_add(o->fees, d->fees);
		equity += o->equity[i];
		bars += d->bars;
		in += d->bars_in;
		if (d->equity.n > 0 && usd_f64(d->invested) > o->most_invested * o->equity[i])
			o->most_invested = usd_f64(d->invested) / o->equity[i];
	}
	for (uint32_t i = 0; i < r->trades_n; i++)
		at_work += px_f64(r->trade[i].entry) * qty_f64(r->trade[i].n) * r->trade[i].bars;
	o->end = r->days_n > 0 ? r->day[r->days_n - 1].equity : r->cash;
	o->exposure = bars > 0 ? in / bars : NAN;
	bool sound = equity > 0;
	o->at_work = sound && bars > 0 ? at_work / (equity / r->days_n * bars) : NAN;
	o->turnover = sound ? o->all.traded / equity * LAB_YEAR : NAN;
}

/* ---- how sure one may be */

static void judge_sure(struct lab_report *o, const struct lab_run *r, double *own, double *hold)
{
	const struct lab_curve *c = &o->own;
	double year = sqrt(LAB_YEAR), sd = sqrt(r->trials_variance);

	o->sure = sharpe_sure(c->daily, 0, r->days_n, c->skew, c->kurtosis);
	o->needs = sharpe_needs(c->daily, 0, c->skew, c->kurtosis, LAB_SURE);
	o->deflated = o->chance = o->beats_hold = NAN;
	if (r->trials > 1 && sd > 0) {
		double best = sd * expected_largest(r->trials);
		o->chance = best * year;
		o->deflated = sharpe_sure(c->daily, best, r->days_n, c->skew, c->kurtosis);
	}
	if (o->hold_equity == NULL || r->days_n < LAB_RATIO_DAYS)
		return;
	uint32_t n = returns_of(own, usd_f64(r->cash), o->equity, r->days_n);
	uint32_t m = returns_of(hold, usd_f64(r->cash), o->hold_equity, r->days_n);
	if (n < r->days_n || m < r->days_n)
		return;
	for (uint32_t i = 0; i < n; i++)
		own[i] -= hold[i];
	struct moments d = moments_of(own, n);
	o->beats_hold = normal_cdf(d.mean / d.sd * sqrt(d.n));
}

/* ---- memory: one block, cut here */

static void *cut(size_t *used, char *memory, size_t n)
{
	void *at = memory == NULL ? NULL : memory + *used;

	*used += (n + 15) / 16 * 16;
	return at;
}

/* memory NULL: only the size. work: two curves that are of no use afterwards. */
static size_t layout(struct lab_report *o, char *memory, const struct lab_run *r, double **work)
{
	size_t used = 0, curve = r->days_n * sizeof(double);

	(void)cut(&used, memory, sizeof(*o));
	o->months_n = count_months(r);
	o->instance = cut(&used, memory, r->instances_n * sizeof(struct lab_stat));
	o->symbol = cut(&used, memory, r->symbols->n * sizeof(struct lab_stat));
	o->month = cut(&used, memory, o->months_n * sizeof(struct lab_month));
	o->equity = cut(&used, memory, curve);
	o->hold_equity = cut(&used, memory, curve);
	o->bench_equity = cut(&used, memory, curve);
	*work = cut(&used, memory, 2 * curve);
	return used;
}

size_t lab_size(const struct lab_run *r)
{
	struct lab_report o = { 0 };
	double *work;

	return layout(&o, NULL, r, &work);
}

const struct lab_report *lab_judge(const struct lab_run *r, void *memory)
{
	struct lab_report *o = memory;
	double *work, *equity, *hold, *bench;

	assert(r->cash.n > 0);
	memset(memory, 0, lab_size(r));
	(void)layout(o, memory, r, &work);
	o->run = r;
	equity = (double *)o->equity;
	hold = (double *)o->hold_equity;
	bench = (double *)o->bench_equity;
	for (uint32_t i = 0; i < r->days_n; i++)
		equity[i] = usd_f64(r->day[i].equity);
	judge_hold(hold, r, r->held.n, r->held.prices);
	judge_hold(bench, r, r->bench != NULL, r->bench);
	if (r->held.n == 0)
		o->hold_equity = NULL;
	if (r->bench == NULL)
		o->bench_equity = NULL;
	judge_curve(&o->own, r, usd_f64(r->cash), o->equity, work);
	judge_curve(&o->hold, r, usd_f64(r->cash), o->hold_equity, work);
	judge_curve(&o->bench, r, usd_f64(r->cash), o->bench_equity, work);
	judge_months(o, r);
	judge_trades(o, r);
	judge_use(o, r);
	judge_sure(o, r, work, work + r->days_n);
	judge_words(o);
	return o;
}
