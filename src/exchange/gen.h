/* gen.h: a market that never was, with the habits of US equities: heavy tails, volatility
 * that comes in clusters and is largest after the open, volume likewise, gaps over
 * night and jumps on news, one common factor that SPY is and all others follow more or
 * less, thin names with holes. Seeded, and the same on every CPU: logarithms and
 * exponentials are its own. Pure.
 *
 * A day is drawn as a whole first (gap, return, volatility), which costs little, and
 * its bars are then drawn so that they add up to it: any session can be made again
 * from the state before it, without the bars of the ones before. */
#ifndef EXCHANGE_GEN_H
#define EXCHANGE_GEN_H

#include "exchange/packed.h"
#include "model/calendar.h"

#define GEN_BARS    78		/* 5-minute bars of a full session; 42 on a half day */
#define GEN_MINUTES 5
#define GEN_OUTSIDE 66		/* before the open, at most; 48 after the close */
#define GEN_ALL     (GEN_OUTSIDE + GEN_BARS + 48)

enum gen_kind { GEN_STOCK, GEN_ETF, GEN_THIN };

struct gen_symbol {
	char   name[SYMBOL_TEXT];
	enum gen_kind kind;
	double price;		/* to begin with */
	double sd;		/* of a 5-minute return */
	double beta;		/* to the factor */
	double gap;		/* sd of the overnight return, without news */
	double volume;		/* shares of a usual session */
	double news;		/* jumps a year */
	char   tape;		/* A: New York, B: Arca, C: Nasdaq */
};

/* A well-known symbol's figures, or plausible ones from a hash of the name. */
void gen_symbol(struct gen_symbol *out, struct str name);

/* What a symbol, or the factor, carries from one session to the next. */
struct gen_state {
	int32_t level;		/* logarithm of the last price, 10^-8 */
	int16_t volatility;	/* logarithm against its mean, 10^-4 */
	int16_t volume;		/* likewise */
};

struct gen_state gen_begin(const struct gen_symbol *s);	/* NULL: of the factor */

/* What happens to everything on one day. */
struct gen_factor {
	struct gen_state before, after;
	double gap, day;	/* overnight; open to close */
	double volatility;	/* of the day, around 1 */
};

void gen_factor(struct gen_factor *out, struct gen_state before, uint64_t seed, day date,
		bool half);

/* The state after a session. */
struct gen_state gen_after(const struct gen_symbol *s, struct gen_state before,
			   const struct gen_factor *f, uint64_t seed, const struct session *when);

/* The session's 5-minute bars, oldest first; returns how many. */
size_t gen_session(const struct gen_symbol *s, struct gen_state before,
		   const struct gen_factor *f, uint64_t seed, const struct session *when,
		   struct packed out[static GEN_BARS]);

/* The session as one bar, drawn without those within it: of a past of which only days are asked
 * for. Its states were learnt; shift: added to its levels, in their unit. */
void gen_day(const struct gen_symbol *s, struct gen_state before, const struct gen_factor *f,
	     uint64_t seed, const struct session *when, int32_t shift, struct packed *out);

/* The level at which a session opens: logarithm, 10^-8. */
int32_t gen_open(const struct gen_symbol *s, struct gen_state before, const struct gen_factor *f,
		 uint64_t seed, const struct session *when);

/* Thin trading outside of the core session, on the way from one level to another: up to
 * `bars` 5-minute bars from this minute on; returns how many. */
size_t gen_outside(const struct gen_symbol *s, int32_t from, int32_t to, uint64_t seed,
		   uint32_t minute, int bars, struct packed *out);

#endif
