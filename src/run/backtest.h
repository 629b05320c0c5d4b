/* backtest.h: how the configuration's instances would have done: the same engines, gate, guard
 * and matching core as live, on bars of the past.
 *
 * A bar is known when it has ended; what was decided on it reaches the market with the next bar
 * of the symbol. Within a bar:
 *	open      orders at the market fill at the open, for the worse by the slippage: the
 *	          largest of one tick, half the spread and 2 basis points, rounded up to 0.0001
 *	stops     a bar that opens through a stop fills it at the open; one that reaches it, at
 *	          the stop's price. Of a bracket whose stop is within the bar the target counts
 *	          as not reached, though the bar opened beyond it
 *	targets   fill at their limit, at the open when that is better
 *	volume    all orders of an account together take at most a share of a bar's volume; what
 *	          is left over waits. The engine takes the rest of an entry back, as it does live
 * Orders of an instant go out in order of the instances, then of the symbols. A missing bar (a
 * halt, a thin stock) fills nothing. Fees are those of live (SEC, TAF, CAT), by date.
 *
 * The same bars and configuration give the same bytes, on every machine, with any number of
 * threads. */
#ifndef RUN_BACKTEST_H
#define RUN_BACKTEST_H

#include "lab/lab.h"
#include "run/config.h"

struct backtest_config {
	struct config *config;		/* instances, limits, cash, seed; stays */
	const char *bars;		/* folder with CSV; "store": those that are kept; NULL:
					 * made-up prices of the seed */
	day      from, until;		/* 0: of the data. Bars before `from` are history */
	bool     alone;			/* each instance on an account of its own */
	/* Of the one instance that is enabled: each of these on an account of its own, all over
	 * the same charts; 0: the instances as they are configured. */
	const struct params *variant;
	uint32_t variants;
	uint32_t threads;		/* that share files and accounts; 0 is 1 */
	bool     fees;
	int32_t  slippage_bp_centi;	/* hundredths of a basis point */
	int32_t  volume_share_pct;	/* 0: no bound */
	void   (*complain)(void *ctx, const char *line);	/* bad rows; NULL: nobody */
	void   (*progress)(void *ctx, ns now, ns from, ns to);	/* after each session; NULL */
	/* Each account's result, as soon as it is there: of several, by several threads at once,
	 * which have numbers. */
	void   (*done)(void *ctx, uint32_t thread, uint32_t i, const struct lab_run *run);
	void    *ctx;			/* of these three */
};

struct backtest;

/* Reads the bars. ERR_CONFIG and others: *why says what is wrong and what to do. */
MUST_CHECK enum err backtest_open(struct backtest **out, const struct backtest_config *c,
				  char *why, size_t why_size);
MUST_CHECK enum err backtest_run(struct backtest *b, char *why, size_t why_size);
void backtest_close(struct backtest *b);

#define BACKTEST_VARIANTS 4096	/* at once; each has books of some 100 kB */

/* One for all instances together; alone, variants: one for each. Valid until backtest_close. */
uint32_t backtest_results(const struct backtest *b);
const struct lab_run *backtest_result(const struct backtest *b, uint32_t i);

/* CSV: a line for each round trip; for each session's end. False: it could not be written. */
bool backtest_trades_csv(const struct backtest *b, const char *path);
bool backtest_equity_csv(const struct backtest *b, const char *path);

#endif
