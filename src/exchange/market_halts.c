/* market_halts.c: what keeps a symbol from trading: halts on order, limit up and limit down;
 * and what is shown wrongly on order. What did not trade is a gap, which history has too. */
#include "exchange/market_inner.h"

#define BAND_EVERY  (30 * NS_SECOND)	/* bands move no oftener */
#define LIMIT_STATE (15 * NS_SECOND)	/* one tick beyond the band; with the next: a pause */
#define PAUSE       (5 * NS_MINUTE)
#define LATE_BANDS  (25 * NS_MINUTE)	/* before the close: 15:35, from then on doubled */

/* ---- gaps */

bool in_gap(const struct market *m, sym s, ns t)
{
	uint32_t n = m->gaps < GAPS_MAX ? m->gaps : GAPS_MAX;

	for (uint32_t i = 0; i < n; i++)
		if (m->gap[i].s == s && t >= m->gap[i].from && t < m->gap[i].to)
			return true;
	return false;
}

static void add_gap(struct market *m, sym s, ns from, ns to)
{
	m->gap[m->gaps++ % GAPS_MAX] = (struct gap){ s, from, to };
}

/* From `from` on the symbol's gaps end, as another is to say how long it lasts. */
static void cut_gaps(struct market *m, sym s, ns from)
{
	for (uint32_t i = 0; i < m->gaps && i < GAPS_MAX; i++)
		if (m->gap[i].s == s && m->gap[i].to > from)
			m->gap[i].to = from;
}

/* ---- halts */

struct code { char code[6]; const char *text; };

static const struct code reasons[] = {
	{ "T1", "News Pending" }, { "P", "News Pending" }, { "D", "News Released" },
	{ "I", "Order Imbalance" }, { "X", "Operational" }, { "Y", "Sub-Penny Trading" },
	{ "M", "LULD Trading Pause" }, { "1", "Market Wide Circuit Breaker Level 1" },
	{ "2", "Market Wide Circuit Breaker Level 2" },
	{ "3", "Market Wide Circuit Breaker Level 3" }, { "T2", "News Released" },
	{ "T3", "News and Resumption Times" }, { "T5", "Single Security Trading Pause in Effect" },
	{ "T6", "Extraordinary Market Activity" }, { "T8", "ETF Halt" },
	{ "T12", "Information Requested" }, { "H4", "Non-compliance" },
	{ "H9", "Not Current" }, { "H10", "SEC Trading Suspension" },
	{ "H11", "Regulatory Concern" }, { "O1", "Operations Halt" },
	{ "IPO1", "IPO Issue not yet Trading" }, { "M1", "Corporate Action" },
	{ "M2", "Quotation Not Available" }, { "LUDP", "Volatility Trading Pause" },
	{ "LUDS", "Volatility Trading Pause - Straddle Condition" },
	{ "MWC1", "Market Wide Circuit Breaker Halt - Level 1" },
	{ "MWC2", "Market Wide Circuit Breaker Halt - Level 2" },
	{ "MWC3", "Market Wide Circuit Breaker Halt - Level 3" }, { "", "" },
};

static const struct code codes[] = {
	{ "H", "Trading Halt" }, { "P", "Volatility Trading Pause" }, { "2", "Trading Halt" },
	{ "F", "LULD Trading Pause" }, { "Q", "Quotation Resumption" }, { "", "Trading Halt" },
};

static const char *text_of(const struct code *table, const char *code)
{
	while (table->code[0] != '\0' && strcmp(table->code, code) != 0)
		table++;
	return table->text;
}

static void halt(struct market *m, sym s, ns until, const char *code, const char *reason)
{
	struct halt *h = &m->live[s].halt;
	bool nasdaq = m->gen[s].tape == 'C';

	*h = (struct halt){ .until = until };
	if (code[0] == '\0')
		code = nasdaq ? "H" : "2";
	if (reason[0] == '\0')
		reason = nasdaq ? "T1" : "P";
	strncpy(h->code, code, sizeof(h->code) - 1);	/* longer ones are none, and are cut */
	strncpy(h->reason, reason, sizeof(h->reason) - 1);
}

void market_halt(struct market *m, sym s, ns until, const char *code, const char *reason)
{
	assert(s < m->symbols.n);
	cut_gaps(m, s, m->now + 1);
	if (until > m->now) {
		add_gap(m, s, m->now + 1, until);
		halt(m, s, until, code, reason);
	} else if (m->live[s].halt.until != 0) {
		m->live[s].halt.until = m->now;		/* resumes with the next instant */
	}
}

static void tell(struct market *m, struct instant *out, sym s, bool halted)
{
	const struct halt *h = &m->live[s].halt;
	bool nasdaq = m->gen[s].tape == 'C';

	m->status[out->statuses++] = (struct market_status){
		.sym = s, .halted = halted,
		.code = halted ? h->code : nasdaq ? "T" : "3",
		.text = halted ? text_of(codes, h->code) : "Trading Resumption",
		.reason = halted ? h->reason : "",
		.reason_text = halted ? text_of(reasons, h->reason) : "",
	};
}

void halts_step(struct market *m, struct instant *out)
{
	for (uint32_t i = 0; i < m->symbols.n; i++) {
		struct live *l = &m->live[i];
		if (l->halt.until == 0)
			continue;
		if (!l->halt.told) {
			l->halt.told = true;
			tell(m, out, (sym)i, true);
		}
		if (l->halt.until <= out->ts) {
			l->halt.until = 0;
			l->limits = (struct limits){ .band = l->limits.band };
			tell(m, out, (sym)i, false);
		}
	}
}

/* ---- limit up, limit down */

/* Distance of the bands from the reference, by tier and price. */
static int64_t band_width(const struct market *m, sym s, px reference, ns t)
{
	bool second = m->gen[s].kind == GEN_THIN, low = reference.n <= 3 * NUM_ONE;
	int64_t width = reference.n / 100 * (second ? 10 : 5);

	if (low)
		width = reference.n / 100 * 20;
	if (reference.n < NUM_ONE / 4 * 3) {
		int64_t most = reference.n / 100 * 75;
		width = most < NUM_ONE / 100 * 15 ? most : NUM_ONE / 100 * 15;
	}
	if (t >= m->session.close - LATE_BANDS && (!second || low))
		width *= 2;
	return width;
}

/* true: the price is beyond the bands that are enforced, and does not trade. */
bool limit_refuses(struct market *m, sym s, ns t, px at, struct instant *out)
{
	struct live *l = &m->live[s];
	struct limits *b = &l->limits;
	bool core = t >= m->session.open && t < m->session.close;
	bool beyond = core && m->c.luld && b->reference.n != 0 &&
		      (at.n > b->band.up.n || at.n < b->band.down.n);

	if (beyond && b->out) {
		bool nasdaq = m->gen[s].tape == 'C';
		add_gap(m, s, t, t + PAUSE);
		halt(m, s, t + PAUSE, nasdaq ? "P" : "F", nasdaq ? "LUDP" : "M");
		l->halt.told = true;
		tell(m, out, s, true);
	} else if (beyond) {
		add_gap(m, s, t, t + LIMIT_STATE);
	}
	b->out = beyond;
	if (!beyond && core) {
		b->n += b->n < BAND_TICKS;
		b->sum += at.n - b->tick[b->next].n;
		b->tick[b->next] = at;
		b->next = (b->next + 1) % BAND_TICKS;
	}
	return beyond;
}

void bands_step(struct market *m, struct instant *out)
{
	ns t = out->ts;

	if (t < m->session.open || t >= m->session.close || t % BAND_EVERY != 0)
		return;
	for (uint32_t i = 0; i < m->symbols.n; i++) {
		struct limits *b = &m->live[i].limits;
		if (b->n == 0 || in_gap(m, (sym)i, t))
			continue;

		px mean = { b->sum / b->n };
		int64_t away = mean.n - b->reference.n;
		if (b->reference.n == 0 || (away < 0 ? -away : away) >= b->reference.n / 100)
			b->reference = px_on_grid(mean, ROUND_NEAR);

		int64_t width = band_width(m, (sym)i, b->reference, t);
		px up = { b->reference.n + width }, down = { b->reference.n - width };
		up = px_on_grid(up, ROUND_NEAR);
		down = down.n > 0 ? px_on_grid(down, ROUND_NEAR) : (px){ 0 };
		if (up.n == b->band.up.n && down.n == b->band.down.n)
			continue;
		b->band = (struct market_band){ .sym = (sym)i, .up = up, .down = down };
		m->band[out->bands++] = b->band;
	}
}

/* ---- wrong data on order */

void market_mischief(struct market *m, sym s, enum market_mischief kind, ns until)
{
	assert(s < m->symbols.n && kind < MISCHIEF_KINDS);
	struct live *l = &m->live[s];

	m->misled = true;
	l->mischief = kind;
	l->mischief_until = until;
	l->stale = l->mark;
}

enum market_mischief mischief_of(const struct market *m, sym s)
{
	const struct live *l = &m->live[s];

	return m->misled && m->now < l->mischief_until ? l->mischief : MISCHIEF_NONE;
}

px mischief_price(enum market_mischief kind, px p)
{
	switch (kind) {
	case MISCHIEF_OFF_GRID:
		return (px){ p.n + NUM_ONE / 10000 * 37 };
	case MISCHIEF_ZERO:
		return (px){ 0 };
	case MISCHIEF_NEGATIVE:
		return (px){ -p.n };
	case MISCHIEF_TENFOLD:
		return (px){ p.n * 10 };
	default:
		return p;
	}
}

static struct bar mislead(enum market_mischief kind, struct bar b)
{
	b.open = mischief_price(kind, b.open);
	b.high = mischief_price(kind, b.high);
	b.low = mischief_price(kind, b.low);
	b.close = mischief_price(kind, b.close);
	b.vwap = mischief_price(kind, b.vwap);
	return b;
}

/* Shifted first, as some bars may stand twice. */
void mischief_bars(struct market *m, struct instant *out)
{
	uint32_t n = 0, more = 0;

	if (!m->misled)
		return;
	for (uint32_t i = 0; i < out->bars; i++)
		more += mischief_of(m, m->bar[i].sym) == MISCHIEF_BARS_TWICE;
	memmove(m->bar + more, m->bar, out->bars * sizeof(*m->bar));
	for (uint32_t i = more; i < more + out->bars; i++) {
		struct bar b = m->bar[i];
		enum market_mischief kind = mischief_of(m, b.sym);
		if (kind == MISCHIEF_NO_BARS || kind == MISCHIEF_STALE)
			continue;
		m->bar[n++] = mislead(kind, b);
		if (kind == MISCHIEF_BARS_TWICE)
			m->bar[n++] = b;
	}
	out->bars = n;
}
