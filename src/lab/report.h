/* report.h: the judgement of a run (lab.h), and its three forms. Pure.
 *
 * Ratios are parts of one (0.01 is 1 %), NaN when there is no value: too few days, no spread,
 * nothing to divide by. They print as "-" and null. A year has 252 sessions; the risk-free rate
 * is 0. Returns are those from one session's close to the next one's, the first from the cash to
 * start with. */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

#include "lab/lab.h"

#define LAB_YEAR        252	/* sessions */
#define LAB_RATIO_DAYS  20	/* sessions below which no ratio is given: one month */
#define LAB_ANNUAL_DAYS 63	/* sessions below which nothing is said of a year: one quarter */
#define LAB_TRADES_MIN  30	/* trades below which nothing is said of an edge: where the mean
				 * of skewed values begins to be distributed normally */
#define LAB_SURE        0.95	/* below this, it may be luck */
#define LAB_VERDICTS    17
#define LAB_VERDICT     240	/* characters of one */

/* From a high of the equity to the first close above it. */
struct lab_fall {
	double   depth;			/* at the lowest close: 0.1 is 10 % below the high */
	usd      amount;
	day      high, low, end;	/* end: of the run when it is not over */
	uint32_t sessions;		/* high to end */
	bool     over;
};

/* Of an equity curve. */
struct lab_curve {
	double total;
	double annual;			/* growth a year, compounded */
	double volatility;		/* of the daily returns, times the root of 252 */
	double sharpe;			/* mean over spread (n - 1), times the root of 252 */
	double sortino;			/* mean over the root mean square of the losing days' */
	double calmar;			/* annual over the deepest fall */
	double daily, skew, kurtosis;	/* the Sharpe ratio a session; 3: normal */
	double best, worst;		/* day */
	struct lab_fall deepest, longest;
};

/* Of trades that have ended. A trade of exactly 0 is neither won nor lost. */
struct lab_stat {
	uint32_t trades, won, lost;
	usd      pnl, fees;		/* pnl: net of fees */
	usd      gain, loss;		/* of the winners; of the losers, >= 0 */
	usd      best, worst;
	usd      average;		/* expectancy: pnl a trade */
	double   win_rate, factor;	/* gain over loss */
	double   edge;			/* mean of pnl over the entry's value */
	double   risk;			/* mean of pnl over what the first stop put at risk: R */
	double   against, along;	/* mean of the furthest price against and for it (MAE, MFE),
					 * over the entry's */
	double   sure;			/* probability that the true average is above 0 */
	double   spread;		/* standard deviation of the pnl, dollars */
	double   held, bars;		/* mean: seconds; bars closed while open */
	double   traded;		/* dollars, bought and sold */
	double   mean;			/* as average, unrounded */
	uint32_t risked;		/* of the trades, those with a first stop */
};

struct lab_month { int16_t year; uint8_t month; double total; struct lab_stat stat; };

enum lab_level { LAB_GOOD, LAB_NOTE, LAB_WARN, LAB_BAD };
struct lab_verdict {
	uint8_t level;
	const char *id;			/* for programs: "few_trades" */
	char text[LAB_VERDICT];
};

struct lab_report {
	const struct lab_run *run;
	struct lab_curve own, hold, bench;	/* hold: equal parts of the traded symbols */
	const double *equity, *hold_equity, *bench_equity;	/* per session; NULL: none */
	struct lab_stat  all, side[2], reason[EXIT_REASONS];
	struct lab_stat *instance;	/* parallel to the run's */
	struct lab_stat *symbol;	/* by sym */
	uint32_t months_n;
	struct lab_month *month;	/* with a session, in order */
	usd      end, fees;		/* equity at the end; all fees, of open trades too */
	double   exposure;		/* instants with a position over all */
	double   at_work;		/* value held over equity, mean over all instants */
	double   most_invested;		/* largest over equity of a day */
	double   turnover;		/* traded over mean equity, a year */
	uint32_t wins_row, losses_row;	/* longest streaks, by time of closing */
	double   sure;			/* PSR against 0 */
	double   deflated;		/* DSR; NaN with one trial */
	double   chance;		/* yearly Sharpe ratio of the best of so many by chance */
	double   needs;			/* MinTRL: sessions at this ratio to be LAB_SURE */
	double   beats_hold;		/* probability that it is better than hold */
	uint32_t verdicts_n;
	struct lab_verdict verdict[LAB_VERDICTS];	/* what matters most first */
};

/* memory: of lab_size bytes, aligned to 16, not initialized; it and the run stay. */
size_t lab_size(const struct lab_run *r);
const struct lab_report *lab_judge(const struct lab_run *r, void *memory);

/* Where the forms go, in pieces of some kilobytes. */
struct lab_sink { void (*put)(void *ctx, struct str piece); void *ctx; };

void lab_text(const struct lab_report *r, const struct lab_sink *s);	/* UTF-8, 100 columns */
void lab_json(const struct lab_report *r, const struct lab_sink *s);	/* one object, one line */
void lab_html(const struct lab_report *r, const struct lab_sink *s);	/* one page, no script */

#endif
