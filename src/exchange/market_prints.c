/* market_prints.c: a tick as prints on the tape and as a quote, what IEX has of it, and the
 * few minutes that are told wrongly at first. All of it is made of seed, symbol, time, price
 * and volume alone, so that history shows what was streamed. */
#include "base/rng.h"
#include "exchange/market_inner.h"

#define SALT_PRINT  UINT64_C(0x7072696e74)	/* so that draws have nothing to do with others */
#define SALT_QUOTE  UINT64_C(0x71756f7465)
#define SALT_REVISE UINT64_C(0x726576697365)

#define IEX_WEIGHT   35		/* a print of IEX is smaller than others, per cent */
#define SLOTS        16		/* ids of one tick */
#define SLOT_EXTRA   (SLOTS - 1)

/* ---- quotes */

struct market_quote quote_of(const struct market *m, sym s, const struct mark *k, enum feed f)
{
	static const char venue[] = "VQPKZNJUYH";
	int64_t centi = m->c.spread_bp_centi;
	px tick = tick_of(k->last);
	int64_t wide = k->last.n / 1000000 * centi + k->last.n % 1000000 * centi / 1000000;
	int64_t spread = wide < tick.n ? tick.n : (wide + tick.n - 1) / tick.n * tick.n;
	struct market_quote q = { .t = k->t, .sym = s };
	struct rng r;

	if (k->at_ask) {
		q.ask = px_on_grid(k->last, ROUND_UP);
		q.bid.n = q.ask.n - spread;
		q.bid = q.bid.n > 0 ? px_on_grid(q.bid, ROUND_DOWN) : tick;
	} else {
		q.bid = px_on_grid(k->last, ROUND_DOWN);
		q.ask.n = q.bid.n + spread;
		q.ask = px_on_grid(q.ask, ROUND_UP);
	}
	rng_seed_for(&r, m->c.seed ^ SALT_QUOTE, str_of(m->symbols.name[s]), k->t);
	uint64_t bits = rng_u64(&r);
	q.bid_size = 100 * (1 + (uint32_t)(bits & 15));
	q.ask_size = 100 * (1 + (uint32_t)(bits >> 4 & 15));
	q.bid_exchange = venue[(bits >> 8 & 255) % (sizeof(venue) - 1)];
	q.ask_exchange = venue[(bits >> 16 & 255) % (sizeof(venue) - 1)];
	if (f == FEED_IEX) {	/* its own best is no better than the best of all */
		q.bid_exchange = q.ask_exchange = 'V';
		int64_t lower = (int64_t)(bits >> 24 & 3) * tick.n;
		q.bid.n -= lower < q.bid.n ? lower : 0;
		q.ask.n += (int64_t)(bits >> 26 & 3) * tick.n;
		q.bid_size = 100 * (1 + (uint32_t)(bits >> 28 & 3));
		q.ask_size = 100 * (1 + (uint32_t)(bits >> 30 & 3));
	}
	return q;
}

/* ---- what is told wrongly at first */

enum fault { FAULT_NONE, FAULT_LATE, FAULT_CANCEL, FAULT_CORRECT };
/* wrong: by so many ten thousandths of the price. */
struct revision { enum fault fault; uint32_t tick; int64_t wrong; };

/* Of minute k: a tick between its first and its last is told half a minute late, or has a
 * print too many, or one at a wrong price. */
static struct revision revision_of(const struct market *m, const struct walk *w, uint32_t k)
{
	uint32_t tick[PATH_TICKS], n = 0;
	struct revision none = { FAULT_NONE, 0, 0 };
	ns from = w->b.open_ts + k * NS_MINUTE;
	struct rng r;

	if (m->c.late_centi == 0)
		return none;
	rng_seed_for(&r, m->c.seed ^ SALT_REVISE, str_of(m->symbols.name[w->b.sym]), from);
	if (rng_below(&r, 10000) >= (uint64_t)m->c.late_centi)
		return none;
	for (uint32_t i = k * PATH_TICKS; i < (k + 1) * PATH_TICKS; i++)
		if (w->path.tick[i].at.n != 0)
			tick[n++] = i;
	/* The session's last minute has nothing behind it that could tell. */
	struct session s;
	if (n < 3 || !calendar_session(NULL, ny_date(from), &s) ||
	    from + NS_MINUTE + LATE_BY > play_to(m, &s))
		return none;

	uint64_t kind = rng_below(&r, 10), which = rng_below(&r, n - 2);
	int64_t wrong = 100 + (int64_t)rng_below(&r, 200);
	return (struct revision){
		.fault = kind == 0 ? FAULT_CANCEL : kind == 1 ? FAULT_CORRECT : FAULT_LATE,
		.tick = tick[1 + which], .wrong = rng_below(&r, 2) == 0 ? wrong : -wrong
	};
}

bool minute_revised(const struct market *m, const struct walk *w, uint32_t k)
{
	return revision_of(m, w, k).fault != FAULT_NONE;
}

enum telling telling_at(const struct walk *w, uint32_t i, ns known)
{
	ns end = w->b.open_ts + (i / PATH_TICKS + 1) * NS_MINUTE;

	return known >= end + LATE_BY ? FINAL : AT_ONCE;
}

/* ---- prints */

static char venue_of(struct rng *r, bool may_be_iex)
{
	static const char venue[] = "DDDDDDDQQQQQPPPPZZKKNNJY";

	if (rng_below(r, 10) == 0 && may_be_iex)
		return 'V';
	return venue[rng_below(r, sizeof(venue) - 1)];
}

static void condition(struct market_print *p, const struct market *m, bool odd, bool late)
{
	struct session s;
	size_t n = 0;

	/* Nothing special is a space on New York's tapes and an @ on Nasdaq's. */
	p->condition[n++] = m->gen[p->sym].tape == 'C' ? '@' : ' ';
	if (m->c.extended_hours && calendar_session(NULL, ny_date(p->t), &s) &&
	    (p->t < s.open || p->t >= s.close))
		p->condition[n++] = 'T';
	if (odd)
		p->condition[n++] = 'I';
	if (late && n < sizeof(p->condition) - 1)
		p->condition[n++] = 'Z';
}

/* The first is the largest: a tick of a round lot has a print of one, which is no odd lot. */
static uint32_t split(const struct market *m, sym s, ns t, const struct path_tick *tick,
		      struct market_print out[static MARKET_PRINTS])
{
	uint32_t n = path_prints(tick->volume);
	uint64_t weight[PATH_PRINTS], sum = 0, part = 0, given = 0;
	uint64_t whole = (uint64_t)tick->volume;
	struct rng r;

	rng_seed_for(&r, m->c.seed ^ SALT_PRINT, str_of(m->symbols.name[s]), t);
	for (uint32_t i = 0; i < n; i++) {
		out[i] = (struct market_print){
			.id = (uint64_t)(t / TICK_SPACING) * SLOTS + i, .t = t, .at = tick->at,
			.sym = s, .exchange = venue_of(&r, i > 0 || n == 1)
		};
		weight[i] = i == 0 ? 150000 : 100 * (200 + rng_below(&r, 800));
		if (out[i].exchange == 'V')
			weight[i] = weight[i] * IEX_WEIGHT / 100;
		sum += weight[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		part += weight[i];
		uint64_t upto = whole / sum * part + whole % sum * part / sum;
		out[i].size = (uint32_t)(upto - given);
		given = upto;
	}
	return n;
}

/* The print that was never made, of a hundred shares. */
static struct market_print extra_of(const struct market_print *like, int64_t wrong)
{
	struct market_print p = *like;

	p.at.n += p.at.n / 10000 * wrong;
	p.at = px_on_grid(p.at, ROUND_NEAR);
	p.id = like->id / SLOTS * SLOTS + SLOT_EXTRA;
	p.size = 100;
	return p;
}

size_t prints_of(const struct market *m, const struct walk *w, uint32_t i, enum feed f,
		 enum telling when, struct market_print out[static MARKET_PRINTS])
{
	const struct path_tick *tick = &w->path.tick[i];
	struct revision v = revision_of(m, w, i / PATH_TICKS);
	enum fault fault = v.tick == i ? v.fault : FAULT_NONE;
	size_t kept = 0;

	if (tick->at.n == 0 || (when == AT_ONCE && fault == FAULT_LATE) ||
	    (when == LATER && fault != FAULT_LATE))
		return 0;
	uint32_t n = split(m, w->b.sym, w->b.open_ts + i * TICK_SPACING, tick, out);
	if (fault == FAULT_CANCEL || fault == FAULT_CORRECT)
		out[n++] = extra_of(&out[0], v.wrong);
	if (fault == FAULT_CANCEL && when == FINAL)
		out[n - 1].fate = PRINT_CANCELED;
	if (fault == FAULT_CORRECT) {
		/* The first print is told under the extra id, at the extra price. */
		out[n - 1].size = out[0].size;
		out[n - 1].fate = when == FINAL ? PRINT_INCORRECT : PRINT_GOOD;
		out[0].fate = PRINT_CORRECTED;
	}
	for (uint32_t k = 0; k < n; k++) {
		bool hidden = out[k].fate == PRINT_CORRECTED && when == AT_ONCE;
		if (hidden || (f == FEED_IEX && out[k].exchange != 'V'))
			continue;
		condition(&out[k], m, out[k].size < 100 && tick->volume >= 100.0,
			  fault == FAULT_LATE);
		out[kept++] = out[k];
	}
	return kept;
}

size_t fixes_of(const struct market *m, const struct walk *w, uint32_t k, struct market_fix *out)
{
	struct revision v = revision_of(m, w, k);
	struct market_print p[MARKET_PRINTS];

	if (v.fault != FAULT_CANCEL && v.fault != FAULT_CORRECT)
		return 0;
	size_t n = prints_of(m, w, v.tick, FEED_SIP, FINAL, p);
	*out = (struct market_fix){ .was = p[n - 1] };
	if (v.fault == FAULT_CORRECT)
		out->now = p[0];
	return 1;
}

/* ---- bars of prints */

static void add_print(struct bar *b, const struct market_print *p, double *sum)
{
	if (b->trades++ == 0)
		b->open = b->high = b->low = p->at;
	if (p->at.n > b->high.n)
		b->high = p->at;
	if (p->at.n < b->low.n)
		b->low = p->at;
	b->close = p->at;
	b->volume += p->size;
	*sum += (double)(p->at.n - b->open.n) * p->size;
}

bool minute_of(const struct market *m, const struct walk *w, uint32_t k, enum feed f, ns known,
	       struct bar *out)
{
	enum telling when = telling_at(w, k * PATH_TICKS, known);
	double sum = 0.0;

	if (!path_minute(&w->path, &w->b, k, out))
		return false;
	if (f == FEED_SIP && (when == FINAL || !minute_revised(m, w, k)))
		return true;

	struct bar b = { .open_ts = out->open_ts, .ts = out->ts, .sym = out->sym };
	for (uint32_t i = k * PATH_TICKS; i < (k + 1) * PATH_TICKS; i++) {
		struct market_print p[MARKET_PRINTS];
		size_t n = prints_of(m, w, i, f, when, p);
		for (size_t j = 0; j < n; j++)
			if (p[j].fate != PRINT_CANCELED && p[j].fate != PRINT_INCORRECT)
				add_print(&b, &p[j], &sum);
	}
	if (b.volume > 0.0) {
		int64_t grid = NUM_ONE / 10000, mean = b.open.n + (int64_t)(sum / b.volume);
		b.vwap.n = mean - mean % grid;
		b.vwap.n = b.vwap.n < b.low.n ? b.low.n : b.vwap.n;
	}
	*out = b;
	return b.trades > 0;
}

/* ---- what is shown now */

size_t market_prints(struct market *m, sym s, enum feed f,
		     struct market_print out[static 2 * MARKET_PRINTS])
{
	const struct live *l = &m->live[s];
	enum market_mischief kind = mischief_of(m, s);
	struct walk w;
	size_t n = 0;
	ns minute = m->now - LATE_BY - NS_MINUTE;

	if (kind == MISCHIEF_STALE)
		return 0;
	if (m->c.late_centi > 0 && m->now % NS_MINUTE == LATE_BY && walk_at(m, s, minute, &w)) {
		uint32_t first = (uint32_t)((minute - w.b.open_ts) / TICK_SPACING);
		for (uint32_t i = first; n == 0 && i < first + PATH_TICKS; i++)
			n = prints_of(m, &w, i, f, LATER, out);
	}
	if (l->walking && l->mark.t == m->now)
		n += prints_of(m, &l->walk, (uint32_t)((m->now - l->walk.b.open_ts) / TICK_SPACING),
			       f, AT_ONCE, out + n);
	for (size_t i = 0; i < n; i++)
		out[i].at = mischief_price(kind, out[i].at);
	return n;
}

bool market_quote(const struct market *m, sym s, enum feed f, struct market_quote *out)
{
	const struct live *l = &m->live[s];
	enum market_mischief kind = mischief_of(m, s);
	const struct mark *k = kind == MISCHIEF_STALE ? &l->stale : &l->mark;

	if (k->last.n == 0)
		return false;
	*out = quote_of(m, s, k, f);
	if (in_gap(m, s, m->now))
		out->bid_size = out->ask_size = 0;
	out->bid = mischief_price(kind, out->bid);
	out->ask = mischief_price(kind, out->ask);
	if (kind == MISCHIEF_CROSSED) {
		px bid = out->bid;
		out->bid = out->ask;
		out->ask = bid;
	}
	return true;
}

bool market_iex_bar(struct market *m, const struct bar *minute, struct bar *out)
{
	struct walk w;

	if (!walk_at(m, minute->sym, minute->open_ts, &w))
		return false;

	uint32_t k = (uint32_t)((minute->open_ts - w.b.open_ts) / NS_MINUTE);
	if (!minute_of(m, &w, k, FEED_IEX, m->now, out))
		return false;
	out->flags = minute->flags;

	enum market_mischief kind = mischief_of(m, minute->sym);
	out->open = mischief_price(kind, out->open);
	out->high = mischief_price(kind, out->high);
	out->low = mischief_price(kind, out->low);
	out->close = mischief_price(kind, out->close);
	return true;
}
