/* market_inner.h: what market.c, market_load.c and market_history.c share. */
#ifndef EXCHANGE_MARKET_INNER_H
#define EXCHANGE_MARKET_INNER_H

#include "exchange/gen.h"
#include "exchange/market.h"
#include "exchange/path.h"

#define TICK_SPACING (NS_MINUTE / MARKET_TICKS_PER_MINUTE)

/* A symbol's bars from files, oldest first. */
struct series {
	struct packed *bar;
	uint32_t       n, cap;
	uint32_t       minutes;		/* 1 or 5; 0: none */
};

/* A symbol on the day that is being played. */
struct live {
	const struct packed *bar;	/* of today */
	uint32_t    n, next;
	uint32_t    minutes;
	ns          from;		/* start of the bar that is being walked */
	struct path path;
	struct bar  minute[PATH_MINUTES];
	uint32_t    minute_n, minute_next;
	px          last;
	bool        at_ask;		/* the last trade was made there */
};

struct market {
	struct arena         arena;
	struct market_config c;
	struct symbols       symbols;
	uint64_t bad, outside;

	/* Sessions that can be read or played; `first` is the first that is played, `at`
	 * the one that is being played. */
	day     *date;
	uint32_t sessions, first, at;

	/* Generated: the state before each session, the factor's behind the symbols';
	 * filled up to and with `known`. */
	struct gen_symbol *gen;
	struct gen_state  *state;
	uint32_t           known;
	struct packed    (*today)[GEN_BARS];

	struct series *series;		/* from files; NULL: generated */

	struct live        *live;
	struct session      session;
	ns                  now, next;
	bool                ended;
	struct market_tick *tick;
	struct bar         *bar;
};

/* When a session's bars are played: the core, or from early to late trading. */
ns play_from(const struct market *m, const struct session *s);
ns play_to(const struct market *m, const struct session *s);

/* The bars of one session, oldest first; `room` for GEN_BARS is used when they are made
 * anew, NULL will do for bars from files. */
size_t session_bars(struct market *m, sym s, uint32_t session, const struct packed **out,
		    uint32_t *minutes, struct packed *room);

/* From files: symbols, series, dates and counts. why: as market_open's. */
MUST_CHECK enum err market_load(struct market **out, const struct market_config *c,
				char *why, size_t why_size);

/* A market with room for its tables; extra: bytes beside them. */
MUST_CHECK enum err market_new(struct market **out, const struct market_config *c,
			       const struct symbols *symbols, size_t extra);

#endif
