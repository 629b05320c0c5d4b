/* judge_words.c: what the figures mean, in sentences. Each says its numbers, so that nobody has to
 * believe it. */
#include "lab/inside.h"

#include <math.h>

#include "lab/stat.h"

static struct text begin(struct lab_report *o, enum lab_level level, const char *id)
{
	struct lab_verdict *v = &o->verdict[o->verdicts_n];
	struct text t;

	assert(o->verdicts_n < LAB_VERDICTS);
	v->level = (uint8_t)level;
	v->id = id;
	text_init(&t, v->text, sizeof(v->text));
	return t;
}

static void end(struct lab_report *o, struct text *t)
{
	(void)text_done(t);
	o->verdicts_n++;
}

static void put_size(struct text *t, usd v)
{
	put_usd(t, v.n < 0 ? -v.n : v.n, false);
}

/* "12 trades", "1 trade" */
static void put_count(struct text *t, uint64_t n, const char *what)
{
	text_grouped(t, n);
	text_char(t, ' ');
	text_cstr(t, what);
	if (n != 1)
		text_char(t, 's');
}

/* luck: probability that something worthless does as well. */
static void put_luck(struct text *t, double luck)
{
	if (luck > 0.4) {
		text_cstr(t, luck > 0.6 ? "in most such tests" : "in every second such test");
		return;
	}
	text_cstr(t, luck < 0.001 ? "in 1 of more than " : "in 1 of ");
	text_grouped(t, luck < 0.001 ? 1000 : (uint64_t)rint(1 / luck));
	text_cstr(t, " such tests");
}

/* ---- trades */

static void say_no_trades(struct lab_report *o, const struct lab_run *r)
{
	struct text t = begin(o, LAB_BAD, "no_trades");
	const struct lab_funnel *most = NULL;
	uint64_t bars = 0;

	for (uint32_t i = 0; i < r->instances_n; i++) {
		const struct lab_instance *in = &r->instance[i];
		bars += in->bars;
		for (uint32_t k = 0; k < in->funnel_n; k++)
			if (in->funnel[k].n > 0 && (most == NULL || in->funnel[k].n > most->n))
				most = &in->funnel[k];
	}
	text_cstr(&t, r->open_n > 0 ? "No trade has ended. " : "No trade was made. ");
	put_count(&t, bars, "bar");
	text_cstr(&t, bars == 1 ? " was looked at" : " were looked at");
	if (most != NULL && strlen(most->name) < 40) {
		text_cstr(&t, "; what turned away most was ");
		text_cstr(&t, most->name);
		text_cstr(&t, " (");
		text_grouped(&t, most->n);
		text_char(&t, ')');
	}
	text_char(&t, '.');
	end(o, &t);
}

/* A strategy that first wants to see how its signals end: the first of those that wait. */
static void say_judged(struct lab_report *o, const struct lab_run *r)
{
	const struct lab_instance *in = r->instance, *behind = in + r->instances_n;

	while (in < behind && in->judged >= in->judged_min)
		in++;
	if (in == behind)
		return;
	struct text t = begin(o, LAB_WARN, "insufficient_history");
	text_cstr(&t, in->name);
	text_cstr(&t, " waits: it has judged ");
	put_count(&t, in->judged, "past signal");
	text_cstr(&t, " and trades from ");
	text_u64(&t, in->judged_min);
	text_cstr(&t, " on");
	if (in->judged > 0) {
		text_cstr(&t, ", at this pace in ");
		put_count(&t, (uint64_t)(in->judged_min - in->judged) * r->days_n / in->judged + 1,
			  "more session");
	}
	text_cstr(&t, ". A longer past, smaller moves or more symbols bring them sooner.");
	end(o, &t);
}

static void say_few_trades(struct lab_report *o)
{
	const struct lab_stat *s = &o->all;
	struct text t = begin(o, LAB_WARN, "few_trades");
	double z = normal_quantile(LAB_SURE) * s->spread / s->mean;

	text_cstr(&t, "Too few trades to tell: ");
	text_u64(&t, s->trades);
	text_cstr(&t, "; at least ");
	text_u64(&t, LAB_TRADES_MIN);
	text_cstr(&t, " are needed");
	if (s->mean > 0 && z * z > LAB_TRADES_MIN && z * z < 1e6) {
		text_cstr(&t, ", and about ");
		text_grouped(&t, (uint64_t)ceil(z * z));
		text_cstr(&t, " to be sure of an edge of this size");
	}
	text_char(&t, '.');
	end(o, &t);
}

static void say_lost(struct lab_report *o)
{
	const struct lab_stat *s = &o->all;
	struct text t = begin(o, LAB_BAD, "no_edge");
	int64_t before = s->pnl.n + s->fees.n;

	text_cstr(&t, "No edge after costs is visible: ");
	put_count(&t, s->trades, "trade");
	text_cstr(&t, " lost ");
	put_size(&t, s->pnl);
	if (before > 0) {
		text_cstr(&t, ", though they made ");
		put_size(&t, (usd){ before });
		text_cstr(&t, " before fees");
	}
	text_char(&t, '.');
	end(o, &t);
}

static void say_edge(struct lab_report *o)
{
	const struct lab_stat *s = &o->all;
	bool sure = s->sure >= LAB_SURE;
	struct text t = begin(o, sure ? LAB_GOOD : LAB_WARN, sure ? "edge" : "no_edge");

	text_cstr(&t, sure ? "An edge after costs is visible: " :
			     "No edge after costs is visible: ");
	put_count(&t, s->trades, "trade");
	text_cstr(&t, " made ");
	put_size(&t, s->average);
	text_cstr(&t, " each, and luck alone makes as much ");
	put_luck(&t, 1 - s->sure);
	text_char(&t, '.');
	end(o, &t);
}

/* One trade without which little of the profit is left. */
static void say_one_trade(struct lab_report *o, const struct lab_run *r)
{
	const struct lab_trade *best = NULL;

	for (uint32_t i = 0; i < r->trades_n; i++)
		if (best == NULL || r->trade[i].pnl.n > best->pnl.n)
			best = &r->trade[i];
	if (best == NULL || r->trades_n < 2 || o->all.pnl.n <= 0 ||
	    best->pnl.n <= o->all.pnl.n / 2)
		return;
	struct text t = begin(o, LAB_WARN, "one_trade");
	text_cstr(&t, "One trade made more than half of the profit: ");
	text_cstr(&t, symbol_name(o, best->sym));
	text_cstr(&t, " on ");
	put_date(&t, ny_date(best->closed));
	text_cstr(&t, ", ");
	put_size(&t, best->pnl);
	text_cstr(&t, " of ");
	put_size(&t, o->all.pnl);
	text_char(&t, '.');
	end(o, &t);
}

static void say_fees(struct lab_report *o)
{
	int64_t before = o->all.pnl.n + o->all.fees.n;

	if (o->all.pnl.n <= 0 || o->all.fees.n <= before / 2)
		return;
	struct text t = begin(o, LAB_WARN, "fees");
	text_cstr(&t, "Fees took ");
	put_percent(&t, usd_f64(o->all.fees) / ((double)before / 1e9), false);
	text_cstr(&t, " of what the trades made before them.");
	end(o, &t);
}

/* ---- the curve */

static void say_sharpe(struct lab_report *o, const struct lab_run *r)
{
	bool sure = o->sure >= LAB_SURE;

	if (!(o->own.daily > 0) || !(o->sure >= 0))
		return;
	struct text t = begin(o, sure ? LAB_GOOD : LAB_WARN, "sharpe");
	text_cstr(&t, "A Sharpe ratio of ");
	put_fixed(&t, o->own.sharpe, 2, false);
	text_cstr(&t, " over ");
	put_count(&t, r->days_n, "session");
	text_cstr(&t, ": the true one is above 0 with a probability of ");
	put_percent(&t, o->sure, false);
	if (!sure && o->needs < 1e6) {
		text_cstr(&t, "; 95 % would take ");
		text_grouped(&t, (uint64_t)ceil(o->needs));
		text_cstr(&t, " sessions like these");
	}
	text_char(&t, '.');
	end(o, &t);
}

static void say_trials(struct lab_report *o, const struct lab_run *r)
{
	bool sure = o->deflated >= LAB_SURE;

	if (r->trials < 2)
		return;
	struct text t = begin(o, sure ? LAB_GOOD : LAB_WARN, "trials");
	text_cstr(&t, "The best of ");
	text_grouped(&t, r->trials);
	text_cstr(&t, " variants");
	if (isnan(o->deflated)) {
		text_cstr(&t, ": how much of it was chosen luck cannot be told.");
	} else {
		text_cstr(&t, ": of so many, chance alone gives one a Sharpe ratio of ");
		put_fixed(&t, o->chance, 2, false);
		text_cstr(&t, "; this one is truly above that with a probability of ");
		put_percent(&t, o->deflated, false);
		text_cstr(&t, sure ? "." : ", and should not be traded.");
	}
	end(o, &t);
}

static void say_hold(struct lab_report *o)
{
	if (isnan(o->hold.total) || isnan(o->own.total))
		return;
	bool better = o->own.total > o->hold.total;
	bool sure = better && o->beats_hold >= LAB_SURE;
	struct text t = begin(o, sure ? LAB_GOOD : better ? LAB_NOTE : LAB_WARN, "hold");

	text_cstr(&t, "Buying and holding the same symbols made ");
	put_percent(&t, o->hold.total, true);
	text_cstr(&t, ", this ");
	put_percent(&t, o->own.total, true);
	if (better && o->beats_hold > 0.5) {
		text_cstr(&t, "; luck alone is as much better ");
		put_luck(&t, 1 - o->beats_hold);
	} else if (better && !isnan(o->beats_hold)) {
		text_cstr(&t, "; session by session it was no better");
	}
	text_char(&t, '.');
	end(o, &t);
}

static void say_under_water(struct lab_report *o)
{
	const struct lab_fall *f = o->own.longest.over ? &o->own.deepest : &o->own.longest;

	if (f->depth <= 0 || f->over)
		return;
	struct text t = begin(o, LAB_NOTE, "under_water");
	text_cstr(&t, "Still below the high of ");
	put_date(&t, f->high);
	text_cstr(&t, " at the end, after ");
	put_count(&t, f->sessions, "session");
	text_cstr(&t, "; at worst by ");
	put_percent(&t, f->depth, false);
	text_char(&t, '.');
	end(o, &t);
}

/* ---- what the data leave open */

static void say_data(struct lab_report *o, const struct lab_run *r)
{
	struct text t;

	if (r->held.missing > 0) {
		t = begin(o, LAB_WARN, "no_bars");
		text_cstr(&t, "There are no bars of ");
		text_u64(&t, r->held.missing);
		text_cstr(&t, " of ");
		put_count(&t, r->held.missing + r->held.n, "symbol");
		text_cstr(&t, " (");
		text_cstr(&t, r->symbols->name[r->held.first_missing]);
		text_cstr(&t, r->held.missing > 1 ? ", ...): " : "): ");
		text_cstr(&t, r->held.missing > 1 ? "they were" : "it was");
		text_cstr(&t, " left out.");
		end(o, &t);
	}
	if (r->days_n < LAB_YEAR) {
		t = begin(o, LAB_NOTE, "short");
		put_count(&t, r->days_n, "session");
		text_cstr(&t, r->days_n == 1 ? " is" : " are");
		text_cstr(&t, " less than a year (252): other kinds of market were not tried");
		text_cstr(&t, r->days_n < LAB_RATIO_DAYS ? ", and ratios are not given." : ".");
		end(o, &t);
	}
	if (r->open_n > 0) {
		t = begin(o, LAB_NOTE, "open");
		put_count(&t, r->open_n, "trade");
		text_cstr(&t, r->open_n == 1 ? " is" : " are");
		text_cstr(&t, " still open: in the equity at the last price, not in the figures "
			  "of trades.");
		end(o, &t);
	}
	if (r->dropped > 0) {
		t = begin(o, LAB_NOTE, "dropped");
		put_count(&t, r->dropped, "signal");
		text_cstr(&t, r->dropped == 1 ? " was" : " were");
		text_cstr(&t, " dropped: no bar to fill the order came in time (a gap, a halt, the"
			  " end of the session).");
		end(o, &t);
	}
	if (r->refused > 0) {
		t = begin(o, LAB_WARN, "refused");
		put_count(&t, r->refused, "signal");
		text_cstr(&t, r->refused == 1 ? " was" : " were");
		text_cstr(&t, " in vain: the broker would refuse the order, the last one"
			  " because: ");
		text_cstr(&t, r->refusal);
		end(o, &t);
	}
	if (r->partial > 0) {
		t = begin(o, LAB_NOTE, "partial");
		put_count(&t, r->partial, "order");
		text_cstr(&t, r->partial == 1 ? " was" : " were");
		text_cstr(&t, " filled in parts: the size is large for the volume.");
		end(o, &t);
	}
}

static bool ruined(const struct lab_report *o, const struct lab_run *r)
{
	for (uint32_t i = 0; i < r->days_n; i++)
		if (!(o->equity[i] > 0))
			return true;
	return false;
}

void judge_words(struct lab_report *o)
{
	const struct lab_run *r = o->run;
	/* Of the best of many, certainties that do not count the others would mislead. */
	bool chosen = r->trials > 1 && !(o->deflated >= LAB_SURE);

	if (ruined(o, r)) {
		struct text t = begin(o, LAB_BAD, "ruined");
		text_cstr(&t, "The account was lost: its equity fell to nothing.");
		end(o, &t);
	}
	if (o->all.trades == 0)
		say_no_trades(o, r);
	else if (o->all.pnl.n <= 0)
		say_lost(o);
	say_judged(o, r);
	if (o->all.trades > 0 && o->all.trades < LAB_TRADES_MIN)
		say_few_trades(o);
	else if (o->all.pnl.n > 0 && !isnan(o->all.sure) && !chosen)
		say_edge(o);
	say_trials(o, r);
	if (o->all.trades > 0) {
		if (!chosen)
			say_sharpe(o, r);
		say_hold(o);
		say_one_trade(o, r);
		say_fees(o);
		say_under_water(o);
	}
	say_data(o, r);
}
