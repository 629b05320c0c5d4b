/* stream_feed.c: what an instant brings to the data streams. Each object is encoded once in each
 * codec that somebody wants it in; then every stream gets those that it asked for. */
#include "exchange/serve_inner.h"

#define PAGE  32		/* of history at once */

/* ---- who wants what, all streams together */

static void collect(struct exchange *x)
{
	memset(x->batch->wanted, 0, sizeof(x->batch->wanted));
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		const struct stream *st = &x->stream[i];
		if (!stream_ready(st, STREAM_DATA))
			continue;
		struct wanted *w = &x->batch->wanted[st->source][st->codec];
		w->any = true;
		for (int ch = 0; ch < CH_COUNT; ch++) {
			w->star[ch] |= st->sub.star[ch];
			for (size_t k = 0; k < SYMBOLS_MAX / 64; k++)
				w->on[ch][k] |= st->sub.on[ch][k];
		}
	}
}

static bool wants(const struct wanted *w, enum channel ch, sym s)
{
	return w->star[ch] || (s != SYM_NONE && (w->on[ch][s / 64] >> (s % 64) & 1) != 0);
}

static bool anybody_wants(const struct batch *b, enum source src, enum channel ch, sym s)
{
	return wants(&b->wanted[src][CODEC_JSON], ch, s) ||
	       wants(&b->wanted[src][CODEC_PACK], ch, s);
}

/* ---- out */

/* x->msg holds objects of one stream, n of them. */
static void flush(struct exchange *x, struct stream *st, uint32_t *n)
{
	if (*n > 0)
		stream_objects(x, st, text_str(&x->msg), *n);
	*n = 0;
	x->msg.n = 0;
}

static void hand_out_to(struct exchange *x, struct stream *st)
{
	const struct batch *b = x->batch;
	uint32_t n = 0;

	text_init(&x->msg, x->msg.s, x->msg.cap);
	for (uint32_t k = 0; k < b->items; k++) {
		const struct item *m = &b->item[k];
		if (m->source != st->source || m->n[st->codec] == 0 ||
		    !stream_wants(st, (enum channel)m->channel, m->sym))
			continue;
		struct outgoing o = {
			m->type, m->sym, XC_NONE,
			{ b->wire[st->codec].s + m->at[st->codec], m->n[st->codec] }
		};
		if (!stream_filter(x, st, &o))
			continue;
		if (x->msg.n + o.bytes.n + 3 > XS_FRAME)
			flush(x, st, &n);
		if (n > 0 && st->codec == CODEC_JSON)
			text_char(&x->msg, ',');
		text_add(&x->msg, o.bytes);
		n++;
		x->bars_sent += m->channel == CH_BARS;
	}
	flush(x, st, &n);
}

static void hand_out(struct exchange *x)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (x->batch->items > 0 && stream_ready(&x->stream[i], STREAM_DATA))
			hand_out_to(x, &x->stream[i]);
	x->batch->items = 0;
	x->batch->wire[CODEC_JSON].n = x->batch->wire[CODEC_PACK].n = 0;
}

/* ---- in */

/* One thing to tell: what `of` is depends on the channel. */
struct news {
	enum channel ch;
	enum source  source;
	const char  *type;
	sym          sym;
	const void  *of;
};

static void write(struct exchange *x, struct text *t, const struct news *w)
{
	const char *name = w->sym == SYM_NONE ? NULL : x->symbols->name[w->sym];
	char tape = w->sym == SYM_NONE ? '\0' : market_tape(x->market, w->sym);

	switch (w->ch) {
	case CH_QUOTES:
		view_quote(t, w->of, tape, w->type, name);
		break;
	case CH_TRADES:
		view_trade(t, w->of, tape, w->type, name);
		break;
	case CH_CORRECTIONS:
	case CH_CANCELS:
		view_fix(t, w->of, tape, name);
		break;
	case CH_STATUSES:
		view_status(t, w->of, x->now, tape, name);
		break;
	case CH_IMBALANCES:
		view_imbalance(t, xc_last_quote(x->core, w->sym)->last, x->now, tape, name);
		break;
	case CH_LULDS:
		view_band(t, w->of, x->now, tape, name);
		break;
	case CH_BARS:
	case CH_UPDATED:
	case CH_DAILY:
		view_stream_bar(t, w->of, w->type, name);
		break;
	default:
		json_object(t);
		key_text(t, "T", w->type);
		stream_tick(x, t);
		json_end_object(t);
	}
}

static bool room(const struct batch *b)
{
	return b->items < XS_ITEMS && b->wire[CODEC_JSON].n + XS_OBJECT <= XS_WIRE &&
	       b->wire[CODEC_PACK].n + XS_OBJECT <= XS_WIRE;
}

/* Encodes it for those who want it. */
static void offer(struct exchange *x, const struct news *w)
{
	struct batch *b = x->batch;
	struct text t;

	if (!anybody_wants(b, w->source, w->ch, w->sym))
		return;
	if (!room(b))
		hand_out(x);
	struct item *m = &b->item[b->items++];
	*m = (struct item){ w->type, w->sym, (uint8_t)w->ch, (uint8_t)w->source, { 0 }, { 0 } };
	for (int c = 0; c < CODECS; c++) {
		struct text *wire = &b->wire[c];
		if (!wants(&b->wanted[w->source][c], w->ch, w->sym))
			continue;
		if (c == CODEC_PACK)
			msgpack_init(&t, &b->pack, wire->s + wire->n, XS_OBJECT);
		else
			text_init(&t, wire->s + wire->n, XS_OBJECT);
		write(x, &t, w);
		if (t.full)	/* the words of a halt are anybody's, and may be too long */
			continue;
		m->at[c] = (uint32_t)wire->n;
		m->n[c] = (uint32_t)t.n;
		wire->n += t.n;
	}
}

/* ---- the instant */

static enum feed feed_of(enum source src)
{
	return src == SOURCE_IEX ? FEED_IEX : FEED_SIP;
}

/* Halts come before what they stop. */
static void rules(struct exchange *x, enum source src)
{
	for (uint32_t k = 0; k < x->next.statuses; k++) {
		const struct market_status *s = &x->next.status[k];
		offer(x, &(struct news){ CH_STATUSES, src, "s", s->sym, s });
		offer(x, &(struct news){ CH_IMBALANCES, src, "i", s->sym, s });
	}
	for (uint32_t k = 0; k < x->next.bands; k++) {
		const struct market_band *b = &x->next.band[k];
		offer(x, &(struct news){ CH_LULDS, src, "l", b->sym, b });
	}
}

static void prices(struct exchange *x, enum source src)
{
	struct market_print print[2 * MARKET_PRINTS];
	struct market_quote q;

	for (uint32_t k = 0; k < x->next.ticks; k++) {
		sym s = x->next.tick[k].sym;
		if (anybody_wants(x->batch, src, CH_QUOTES, s) &&
		    market_quote(x->market, s, feed_of(src), &q) && q.t == x->next.ts)
			offer(x, &(struct news){ CH_QUOTES, src, "q", s, &q });
	}
	/* Late ones come without a tick. */
	for (sym s = 0; s < x->symbols->n; s++) {
		if (!anybody_wants(x->batch, src, CH_TRADES, s))
			continue;
		size_t n = market_prints(x->market, s, feed_of(src), print);
		for (size_t i = 0; i < n; i++)
			offer(x, &(struct news){ CH_TRADES, src, "t", s, &print[i] });
	}
	for (uint32_t k = 0; k < x->next.fixes; k++) {
		const struct market_fix *f = &x->next.fix[k];
		enum channel ch = f->now.size != 0 ? CH_CORRECTIONS : CH_CANCELS;
		if (src != SOURCE_IEX || f->was.exchange == 'V')
			offer(x, &(struct news){ ch, src, ch == CH_CANCELS ? "x" : "c",
						 f->was.sym, f });
	}
}

static void bar(struct exchange *x, enum source src, enum channel ch, const struct bar *b)
{
	struct bar thin;

	if (!anybody_wants(x->batch, src, ch, b->sym))
		return;
	if (src == SOURCE_IEX) {
		if (!market_iex_bar(x->market, b, &thin))
			return;
		b = &thin;
	}
	offer(x, &(struct news){ ch, src, ch == CH_BARS ? "b" : "u", b->sym, b });
}

static void bars(struct exchange *x, enum source src)
{
	struct bar today;

	for (uint32_t k = 0; k < x->next.bars; k++) {
		const struct bar *b = &x->next.bar[k];
		bar(x, src, CH_BARS, b);
		if (anybody_wants(x->batch, src, CH_DAILY, b->sym) &&
		    market_today(x->market, b->sym, feed_of(src), &today))
			offer(x, &(struct news){ CH_DAILY, src, "d", b->sym, &today });
	}
	for (uint32_t k = 0; k < x->next.updates; k++)
		bar(x, src, CH_UPDATED, &x->next.update[k]);
}

/* ---- a quarter of an hour late: what history has, after corrections */

static void late_prices(struct exchange *x, struct market_query *q)
{
	struct market_print print[PAGE];
	struct market_quote quote[PAGE];
	bool more = anybody_wants(x->batch, SOURCE_DELAYED, CH_QUOTES, q->s);

	for (q->after = 0; more;) {
		size_t n = market_quote_page(x->market, q, quote, PAGE, &more);
		for (size_t i = 0; i < n; i++)
			offer(x, &(struct news){ CH_QUOTES, SOURCE_DELAYED, "q", q->s, &quote[i] });
		q->after = n > 0 ? quote[n - 1].t : q->after;
	}
	more = anybody_wants(x->batch, SOURCE_DELAYED, CH_TRADES, q->s);
	for (q->after = 0; more;) {
		size_t n = market_print_page(x->market, q, print, PAGE, &more);
		for (size_t i = 0; i < n; i++)
			if (print[i].fate == PRINT_GOOD || print[i].fate == PRINT_CORRECTED)
				offer(x, &(struct news){ CH_TRADES, SOURCE_DELAYED, "t", q->s,
							 &print[i] });
		q->after = n > 0 ? print[n - 1].t : q->after;
		q->after_id = n > 0 ? print[n - 1].id : 0;
	}
}

static void late_bars(struct exchange *x, struct market_query *q)
{
	struct bar b;
	bool more = anybody_wants(x->batch, SOURCE_DELAYED, CH_BARS, q->s);

	q->from -= NS_MINUTE;	/* by the time they ended */
	q->to -= NS_MINUTE;
	for (q->after = 0; more && market_bars(x->market, q, &b, 1, &more) == 1;) {
		offer(x, &(struct news){ CH_BARS, SOURCE_DELAYED, "b", q->s, &b });
		q->after = b.open_ts;
	}
}

/* What has become a quarter of an hour old since the last time; from the first time on. */
static void late(struct exchange *x)
{
	ns to = x->next.ts - XS_SIP_DELAY;
	ns from = x->delayed_to != 0 ? x->delayed_to : to - NS_MINUTE;

	for (sym s = 0; s < x->symbols->n; s++) {
		struct market_query q = {
			.s = s, .feed = FEED_SIP, .timeframe_s = 60, .from = from + 1, .to = to
		};
		late_prices(x, &q);
		late_bars(x, &q);
	}
	x->delayed_to = to;
}

void feed_instant(struct exchange *x, bool market)
{
	collect(x);
	for (int i = 0; i < SOURCES; i++) {
		enum source src = (enum source)i;
		const struct wanted *w = x->batch->wanted[i];
		if (!w[CODEC_JSON].any && !w[CODEC_PACK].any) {
			if (src == SOURCE_DELAYED)
				x->delayed_to = 0;
			continue;
		}
		if (market && src == SOURCE_TEST && x->c.lockstep) {
			fakepaca_instant(x, x->next.ts);
		} else if (market && src == SOURCE_DELAYED) {
			late(x);
		} else if (market && src != SOURCE_TEST) {
			rules(x, src);
			prices(x, src);
			bars(x, src);
		}
		offer(x, &(struct news){ CH_CLOCK, src, "clock", SYM_NONE, NULL });
	}
	hand_out(x);
}
