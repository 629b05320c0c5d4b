/* judge_curve.c: figures of an equity curve, and the curves of those who did nothing but hold. */
#include "lab/inside.h"

#include <math.h>

#include "lab/stat.h"

uint32_t returns_of(double *out, double begin, const double *equity, uint32_t days)
{
	uint32_t n = 0;

	for (; n < days && begin > 0; n++) {
		out[n] = equity[n] / begin - 1;
		begin = equity[n];
	}
	return n;
}

/* ---- falls: from a high to the first close above it */

/* from: sessions that had closed at the high; 0: the cash to start with. */
struct fall { double high, low; uint32_t from, lowest; };

static void end_fall(struct lab_curve *c, const struct lab_run *r, const struct fall *f,
		     uint32_t end, bool over)
{
	if (f->low >= f->high)
		return;
	struct lab_fall fall = {
		.depth = 1 - f->low / f->high,
		.amount = { (int64_t)rint((f->high - f->low) * 100) * (NUM_ONE / 100) },
		.high = r->day[f->from > 0 ? f->from - 1 : 0].date, .low = r->day[f->lowest].date,
		.end = r->day[end].date, .sessions = end + 1 - f->from, .over = over,
	};
	if (fall.depth > c->deepest.depth)
		c->deepest = fall;
	if (fall.sessions > c->longest.sessions)
		c->longest = fall;
}

static void find_falls(struct lab_curve *c, const struct lab_run *r, double begin,
		       const double *equity)
{
	struct fall f = { begin, begin, 0, 0 };

	for (uint32_t i = 0; i < r->days_n; i++) {
		if (equity[i] >= f.high) {
			end_fall(c, r, &f, i, true);
			f = (struct fall){ equity[i], equity[i], i + 1, i };
		} else if (equity[i] < f.low) {
			f.low = equity[i];
			f.lowest = i;
		}
	}
	if (r->days_n > 0)
		end_fall(c, r, &f, r->days_n - 1, false);
}

/* ---- ratios */

static void find_ratios(struct lab_curve *c, const double *x, uint32_t n)
{
	struct moments m = moments_of(x, n);
	double down = 0, year = sqrt(LAB_YEAR);

	for (uint32_t i = 0; i < n; i++) {
		down += x[i] < 0 ? x[i] * x[i] : 0;
		c->best = i == 0 || x[i] > c->best ? x[i] : c->best;
		c->worst = i == 0 || x[i] < c->worst ? x[i] : c->worst;
	}
	if (n < LAB_RATIO_DAYS)
		return;
	c->volatility = m.sd * year;
	c->daily = m.mean / m.sd;
	c->sharpe = c->daily * year;
	c->skew = m.skew;
	c->kurtosis = m.kurtosis;
	if (down > 0)
		c->sortino = m.mean / sqrt(down / n) * year;
}

void judge_curve(struct lab_curve *c, const struct lab_run *r, double begin, const double *equity,
		 double *work)
{
	*c = (struct lab_curve){ .total = NAN, .annual = NAN, .volatility = NAN, .sharpe = NAN,
		.sortino = NAN, .calmar = NAN, .daily = NAN, .skew = NAN, .kurtosis = NAN,
		.best = NAN, .worst = NAN };
	if (equity == NULL || r->days_n == 0)
		return;
	uint32_t n = returns_of(work, begin, equity, r->days_n);
	c->total = equity[r->days_n - 1] / begin - 1;
	find_falls(c, r, begin, equity);
	if (n < r->days_n)
		return;		/* all was lost on the way: no return is defined any more */
	find_ratios(c, work, n);
	if (n < LAB_ANNUAL_DAYS || !(c->total > -1))
		return;
	c->annual = exp(log(1 + c->total) * LAB_YEAR / n) - 1;
	if (c->deepest.depth > 0)
		c->calmar = c->annual / c->deepest.depth;
}

/* ---- those who hold */

/* What one dollar in it has become by session i, bought at its first open: 1 until its first close,
 * then with the newest one known. */
static double grown(const struct lab_prices *p, uint32_t i, double *first, double *last)
{
	if (p->close[i].n > 0) {
		*last = px_f64(p->close[i]);
		if (*first == 0)
			*first = p->open.n > 0 ? px_f64(p->open) : *last;
	}
	return *first == 0 ? 1 : *last / *first;
}

void judge_hold(double *equity, const struct lab_run *r, uint32_t n, const struct lab_prices *p)
{
	for (uint32_t i = 0; i < r->days_n; i++)
		equity[i] = 0;
	for (uint32_t k = 0; k < n; k++) {
		double first = 0, last = 0, part = usd_f64(r->cash) / n;
		for (uint32_t i = 0; i < r->days_n; i++)
			equity[i] += part * grown(&p[k], i, &first, &last);
	}
}
