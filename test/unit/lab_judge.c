#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab_run.h"

/* ---- every figure against those that test/golden/lab_figures.py computes by itself */

struct named { const char *name; double v; };

static double find(const struct named *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].v;
	CHECK(false, "a figure is called %s", name);
	return NAN;
}

static double of_fall(const struct lab_fall *f, const char *name)
{
	const struct named table[] = {
		{ "depth", f->depth }, { "high", f->high }, { "low", f->low }, { "end", f->end },
		{ "sessions", f->sessions }, { "over", f->over },
	};

	return find(table, COUNT(table), name);
}

static double of_curve(const struct lab_curve *c, const char *name)
{
	const struct named table[] = {
		{ "total", c->total }, { "annual", c->annual }, { "volatility", c->volatility },
		{ "sharpe", c->sharpe }, { "sortino", c->sortino }, { "calmar", c->calmar },
		{ "skew", c->skew }, { "kurtosis", c->kurtosis }, { "best", c->best },
		{ "worst", c->worst },
	};

	if (strncmp(name, "deepest.", 8) == 0)
		return of_fall(&c->deepest, name + 8);
	if (strncmp(name, "longest.", 8) == 0)
		return of_fall(&c->longest, name + 8);
	return find(table, COUNT(table), name);
}

static double of_stat(const struct lab_stat *s, const char *name)
{
	const struct named table[] = {
		{ "trades", s->trades }, { "won", s->won }, { "lost", s->lost },
		{ "pnl", usd_f64(s->pnl) }, { "fees", usd_f64(s->fees) },
		{ "gain", usd_f64(s->gain) }, { "loss", usd_f64(s->loss) },
		{ "best", usd_f64(s->best) }, { "worst", usd_f64(s->worst) },
		{ "average", usd_f64(s->average) }, { "win_rate", s->win_rate },
		{ "factor", s->factor }, { "edge", s->edge }, { "risk", s->risk },
		{ "against", s->against }, { "along", s->along }, { "spread", s->spread },
		{ "sure", s->sure }, { "held", s->held }, { "bars", s->bars },
	};

	return find(table, COUNT(table), name);
}

/* "side.1.pnl": of[1]; the rest of the name is the figure's. */
static double of_group(const struct lab_stat *of, const char *name)
{
	char *rest;
	long i = strtol(name, &rest, 10);

	return of_stat(&of[i], rest + 1);
}

static double figure(const struct lab_report *r, const char *name)
{
	const struct named table[] = {
		{ "sure", r->sure }, { "needs", r->needs }, { "beats_hold", r->beats_hold },
		{ "exposure", r->exposure }, { "at_work", r->at_work },
		{ "most_invested", r->most_invested }, { "turnover", r->turnover },
		{ "wins_row", r->wins_row }, { "losses_row", r->losses_row },
	};
	const struct { const char *prefix; const struct lab_curve *c; } curves[] = {
		{ "own.", &r->own }, { "hold.", &r->hold }, { "bench.", &r->bench },
	};
	const struct { const char *prefix; const struct lab_stat *s; } groups[] = {
		{ "side.", r->side }, { "reason.", r->reason }, { "instance.", r->instance },
		{ "symbol.", r->symbol },
	};
	char *rest;

	for (size_t i = 0; i < COUNT(curves); i++)
		if (strncmp(name, curves[i].prefix, strlen(curves[i].prefix)) == 0)
			return of_curve(curves[i].c, name + strlen(curves[i].prefix));
	for (size_t i = 0; i < COUNT(groups); i++)
		if (strncmp(name, groups[i].prefix, strlen(groups[i].prefix)) == 0)
			return of_group(groups[i].s, name + strlen(groups[i].prefix));
	if (strncmp(name, "all.", 4) == 0)
		return of_stat(&r->all, name + 4);
	if (strncmp(name, "month.", 6) == 0) {
		const struct lab_month *m = &r->month[strtol(name + 6, &rest, 10)];
		return strcmp(rest, ".total") == 0 ? m->total : of_stat(&m->stat, rest + 1);
	}
	return find(table, COUNT(table), name);
}

void test_figures_are_those_of_another_hand(void)
{
	FILE *f = fopen(check_golden("lab_figures.txt"), "r");
	const struct lab_report *r;
	char name[64];
	double want;
	int seen = 0;

	if (!CHECK(f != NULL, "the golden figures are there"))
		return;
	rig_run(RIG_DAYS, RIG_TRADES);
	r = rig_judge();
	for (; fscanf(f, "%63s %lf", name, &want) == 2; seen++) {
		double got = figure(r, name);
		CHECK(fabs(got - want) <= 1e-9 * (1 + fabs(want)), "%s is %.12g, not %.12g", name,
		      want, got);
	}
	(void)fclose(f);
	CHECK_INT(seen, 714, "all figures were compared");
	CHECK_INT(r->months_n, 19, "months from January 2023 to July 2024");
	CHECK_INT(r->end.n, rig.day[RIG_DAYS - 1].equity.n, "the equity at the end is the last's");
	CHECK_INT(r->fees.n, r->all.fees.n, "the fees of the days are those of the trades");
}

/* ---- thin data */

void test_nothing_happened(void)
{
	const struct lab_report *r;

	rig_run(0, 0);
	r = rig_judge();
	CHECK(isnan(r->own.total) && isnan(r->exposure) && isnan(r->sure) && isnan(r->turnover),
	      "without a session there is no figure");
	CHECK_INT(r->end.n, rig.run.cash.n, "the cash is what remains");
	CHECK(rig_said(r, "no_trades") != NULL, "that no trade was made is said");

	rig_run(30, 0);
	r = rig_judge();
	CHECK(r->own.total == 0 && isnan(r->own.sharpe) && isnan(r->own.sortino),
	      "a flat account has a return of 0 and no ratios");
	CHECK(r->own.deepest.depth == 0 && isnan(r->own.calmar), "and no drawdown");
	CHECK(isnan(r->all.win_rate) && isnan(r->all.factor) && isnan(r->all.held),
	      "no trade has no average");
	CHECK_TEXT(rig_said(r, "no_trades")->text, "No trade was made. 40,000 bars were looked at;"
		   " what turned away most was band (9,000).", "the funnel says what hinders");
}

void test_waiting_for_the_past(void)
{
	rig_run(30, 0);
	CHECK(rig_said(rig_judge(), "insufficient_history") == NULL, "who asks for none, has all");
	struct lab_instance *in = (struct lab_instance *)(uintptr_t)rig.run.instance;
	struct lab_instance kept = *in;
	in->name = "moves";
	in->judged = 12;
	in->judged_min = 30;
	CHECK_TEXT(rig_said(rig_judge(), "insufficient_history")->text,
		   "moves waits: it has judged 12 past signals and trades from 30 on, at this pace "
		   "in 46 more sessions. A longer past, smaller moves or more symbols bring them "
		   "sooner.", "until when is said");
	in->judged = 30;
	CHECK(rig_said(rig_judge(), "insufficient_history") == NULL, "enough is enough");
	*in = kept;
}

void test_few_days_have_no_ratios(void)
{
	const struct lab_report *r;

	rig_run(LAB_RATIO_DAYS - 1, 5);
	r = rig_judge();
	CHECK(!isnan(r->own.total) && isnan(r->own.sharpe) && isnan(r->hold.sharpe) &&
	      isnan(r->own.volatility) && isnan(r->beats_hold), "19 sessions have no ratios");
	rig_run(LAB_RATIO_DAYS, 20);
	r = rig_judge();
	CHECK(!isnan(r->own.sharpe) && isnan(r->own.annual) && isnan(r->own.calmar),
	      "20 sessions have a Sharpe ratio, but no growth a year");
	rig_run(LAB_ANNUAL_DAYS, 60);
	r = rig_judge();
	CHECK(!isnan(r->own.annual), "63 sessions have one");
	CHECK_TEXT(rig_said(r, "short")->text, "63 sessions are less than a year (252): other kinds"
		   " of market were not tried.", "a short time is said");
}

void test_a_lost_account_has_no_ratios(void)
{
	const struct lab_report *r;

	rig_run(100, 50);
	rig.day[70].equity = (usd){ 0 };
	r = rig_judge();
	CHECK(isnan(r->own.sharpe) && isnan(r->own.annual) && isnan(r->sure),
	      "after an equity of nothing no return is defined");
	CHECK(rig_said(r, "ruined") == &r->verdict[0], "the loss of the account is said first");
	CHECK(r->own.deepest.depth == 1, "the drawdown is all of it");
	rig.day[99].equity = (usd){ -NUM_ONE };
	r = rig_judge();
	CHECK(r->own.total < -1, "more than all may be lost on margin");
}

/* ---- drawdowns by hand */

void test_drawdowns(void)
{
	static const int64_t dollars[] = { 99000, 98000, 101000, 101000, 95000, 96000, 100000 };
	const struct lab_report *r;

	rig_run(7, 0);
	for (uint32_t i = 0; i < 7; i++)
		rig.day[i].equity = (usd){ dollars[i] * NUM_ONE };
	r = rig_judge();
	const struct lab_fall *f = &r->own.deepest;
	CHECK(fabs(f->depth - 6000.0 / 101000) < 1e-15, "the deepest is from 101,000 to 95,000");
	CHECK_INT(f->amount.n, 6000 * NUM_ONE, "which are 6,000 dollars");
	CHECK_INT(f->high, rig.day[3].date, "it begins at the last close at the high");
	CHECK_INT(f->low, rig.day[4].date, "its lowest close");
	CHECK_INT(f->end, rig.day[6].date, "it lasts to the end");
	CHECK(!f->over && f->sessions == 3, "after three sessions it is not over");
	CHECK(r->own.longest.over && r->own.longest.sessions == 3 &&
	      r->own.longest.high == rig.day[0].date, "as long was the first, from the cash on");
}

/* ---- verdicts */

/* Trades that win a and lose b dollars by turns, a day each. */
static const struct lab_report *by_turns(uint32_t n, int64_t a, int64_t b)
{
	usd equity = rig.run.cash;

	rig_run(n, n);
	equity = rig.run.cash;
	for (uint32_t i = 0; i < n; i++) {
		rig.trade[i].fees = (usd){ NUM_ONE };
		rig.trade[i].pnl = (usd){ (i % 2 == 0 ? a : -b) * NUM_ONE };
		equity = usd_add(equity, rig.trade[i].pnl);
		rig.day[i].equity = equity;
	}
	return rig_judge();
}

void test_verdicts_on_trades(void)
{
	const struct lab_report *r = by_turns(12, 100, 80);

	CHECK_TEXT(rig_said(r, "few_trades")->text, "Too few trades to tell: 12; at least 30 are"
		   " needed, and about 240 to be sure of an edge of this size.", "12 trades");
	CHECK(rig_said(r, "edge") == NULL && rig_said(r, "no_edge") == NULL,
	      "nothing is said of an edge then");

	r = by_turns(100, 100, 80);
	CHECK_TEXT(rig_said(r, "no_edge")->text, "No edge after costs is visible: 100 trades made"
		   " 10.00 each, and luck alone makes as much in 1 of 7 such tests.", "100 trades");
	r = by_turns(400 / 2, 100, 60);
	CHECK_TEXT(rig_said(r, "edge")->text, "An edge after costs is visible: 200 trades made"
		   " 20.00 each, and luck alone makes as much in 1 of more than"
		   " 1,000 such tests.", "won");
}

void test_verdicts_on_losses(void)
{
	const struct lab_report *r = by_turns(40, 100, 101);

	CHECK_TEXT(rig_said(r, "no_edge")->text, "No edge after costs is visible: 40 trades lost"
		   " 20.00, though they made 20.00 before fees.", "fees took it");
	CHECK_INT(rig_said(r, "no_edge")->level, LAB_BAD, "a loss is bad");
	CHECK(rig_said(r, "under_water") != NULL, "the end is below the high");
	r = by_turns(40, 10, 20);
	CHECK_TEXT(rig_said(r, "no_edge")->text, "No edge after costs is visible: 40 trades lost"
		   " 200.00.", "lost before fees, too");
}

void test_verdicts_on_where_the_profit_is_from(void)
{
	const struct lab_report *r = by_turns(40, 10, 9);

	CHECK_TEXT(rig_said(r, "fees")->text, "Fees took 66.67 % of what the trades made before"
		   " them.", "40 of 60");
	rig.trade[4].pnl = (usd){ 500 * NUM_ONE };
	r = rig_judge();
	CHECK(strstr(rig_said(r, "one_trade")->text, ", 500.00 of 510.00.") != NULL,
	      "one trade that made nearly all is named");
	CHECK(rig_said(r, "fees") == NULL, "fees are a small part now");
}

void test_verdicts_on_chosen_luck(void)
{
	const struct lab_report *r = by_turns(200, 100, 60);

	CHECK(isnan(r->deflated) && rig_said(r, "trials") == NULL, "one trial was not chosen");
	rig.run.trials = 400;
	rig.run.trials_variance = 0.01;
	r = rig_judge();
	CHECK(r->deflated < r->sure, "the more were tried the less is sure");
	CHECK(rig_said(r, "edge") == NULL && rig_said(r, "sharpe") == NULL,
	      "what does not count the others is not said");
	CHECK(strstr(rig_said(r, "trials")->text, "chance alone gives one a Sharpe ratio of 4.74;")
	      != NULL, "sqrt(0.01) times the largest of 400, a year: %s",
	      rig_said(r, "trials")->text);
	rig.run.trials_variance = 0;
	r = rig_judge();
	CHECK_TEXT(rig_said(r, "trials")->text, "The best of 400 variants: how much of it was"
		   " chosen luck cannot be told.", "the variance is not known");
}

void test_verdicts_on_data(void)
{
	const struct lab_report *r;

	rig_run(300, 100);
	rig.run.open_n = 2;
	rig.run.dropped = 1;
	rig.run.partial = 3;
	rig.run.refused = 2;
	rig.run.refusal = "no";
	r = rig_judge();
	CHECK(rig_said(r, "short") == NULL, "300 sessions are more than a year");
	CHECK(strncmp(rig_said(r, "open")->text, "2 trades are still open", 23) == 0, "open ones");
	CHECK(strncmp(rig_said(r, "dropped")->text, "1 signal was dropped", 20) == 0, "a gap");
	CHECK_TEXT(rig_said(r, "refused")->text, "2 signals were in vain: the broker would refuse "
		   "the order, the last one because: no", "what the broker would not take");
	CHECK(strncmp(rig_said(r, "partial")->text, "3 orders were filled in parts", 29) == 0,
	      "parts");
}

void test_holding_begins_with_the_first_close(void)
{
	const struct lab_report *r;

	rig_run(30, 30);
	r = rig_judge();
	CHECK(r->bench_equity[9] == 1e5 && r->bench_equity[10] == 1e5 && r->bench_equity[11] != 1e5,
	      "until its first close the benchmark is cash");
	rig.run.bench = NULL;
	rig.run.held.n = 0;
	r = rig_judge();
	CHECK(r->bench_equity == NULL && r->hold_equity == NULL && isnan(r->hold.total) &&
	      isnan(r->beats_hold) && rig_said(r, "hold") == NULL, "without prices nobody holds");
}
