/* market_inner.h: what the market_*.c files share:
 *	market.c         opening, sessions, the instants
 *	market_gen.c     generated sessions; market_past.c: days before them
 *	market_load.c    those from files
 *	market_prints.c  ticks as prints and quotes; what IEX has of them; what is revised
 *	market_halts.c   halts, limit up and down, wrong data on order
 *	market_history.c bars of any length; market_tape.c: prints and quotes */
#ifndef EXCHANGE_MARKET_INNER_H
#define EXCHANGE_MARKET_INNER_H

#include "exchange/core_action.h"
#include "exchange/gen.h"
#include "exchange/market.h"
#include "exchange/path.h"

#define DEFAULT_START day_of(2024, 1, 2)
#define TICK_SPACING (NS_MINUTE / MARKET_TICKS_PER_MINUTE)
#define LATE_BY      (30 * NS_SECOND)	/* a revision comes so long after its minute */
#define BAND_TICKS   20			/* a reference price is the mean of 5 minutes */
#define GAPS_MAX     1024		/* the oldest are forgotten: history is whole again */
#define PRINTS_OF_BAR (PATH_MINUTES * PATH_TICKS * MARKET_PRINTS)

/* A symbol's bars from files, oldest first. */
struct series {
	struct packed *bar;
	uint32_t       n, cap;
	uint32_t       minutes;		/* 1 or 5; 0: none */
};

/* A bar and the way through it. */
struct walk { struct bar b; struct path path; };

/* Where the last trade was, which is all that a quote needs. */
struct mark { ns t; px last; bool at_ask; };

struct halt {
	ns   until;			/* 0: none */
	bool told;			/* that it began */
	char code[6], reason[6];
};

struct limits {				/* limit up, limit down */
	px       tick[BAND_TICKS];	/* a ring */
	uint32_t n, next;
	int64_t  sum;
	px       reference;
	struct market_band band;	/* as told last */
	bool     out;			/* the last tick was beyond it: limit state */
};

/* A symbol on the day that is being played. */
struct live {
	const struct packed *bar;	/* of today */
	uint32_t    n, next;
	uint32_t    minutes;
	bool        walking;
	struct walk walk;		/* the bar that is being walked */
	struct mark mark;
	double      volume;		/* of the tick at mark.t */
	struct bar  day;		/* so far: prices of the core session; ts 0: none */
	struct bar  outside;		/* volume and trades of what was not */
	struct halt halt;
	struct limits limits;
	enum market_mischief mischief;
	ns          mischief_until;
	struct mark stale;		/* as it was when quotes froze */
};

struct gap { sym s; ns from, to; };	/* from <= t < to: nothing trades */

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
	struct gen_symbol *gen;		/* from files: their tapes */
	struct gen_state  *state;
	uint32_t           known;
	struct packed     *today;	/* GEN_ALL of each symbol */
	/* Days before the sessions, likewise; shift: of each symbol's levels, so that they end
	 * where the sessions begin. */
	uint32_t           past;
	bool               past_known;
	day               *past_date;
	struct gen_state  *past_state;
	int32_t           *past_shift;
	const struct xc_actions *actions;	/* NULL: none */

	struct series *series;		/* from files; NULL: generated */

	struct live        *live;
	struct session      session;
	ns                  now, next;
	bool                ended;
	struct gap         *gap;	/* a ring */
	uint32_t            gaps;	/* ever */
	bool                misled;	/* somebody has asked for mischief */

	struct market_tick   *tick;
	struct bar           *bar, *update;
	struct market_fix    *fix;
	struct market_status *status;
	struct market_band   *band;
};

/* ---- market.c */
struct session session_of(const struct market *m, uint32_t k);
/* When a session's bars are played: the core, or from early to late trading. */
ns play_from(const struct market *m, const struct session *s);
ns play_to(const struct market *m, const struct session *s);
/* The bars of one session, oldest first; `room` for GEN_ALL is used when they are made
 * anew, NULL will do for bars from files. */
size_t session_bars(struct market *m, sym s, uint32_t session, const struct packed **out,
		    uint32_t *minutes, struct packed *room);
/* A bar walked, less what lies in gaps. */
void   walk_bar(const struct market *m, sym s, const struct packed *p, uint32_t minutes,
		struct walk *out);
/* The bar of today in which t lies; false: none. */
bool   walk_at(const struct market *m, sym s, ns t, struct walk *out);
void   mark_tick(struct mark *k, ns t, px at);
/* The mark before bar i of a session. */
struct mark mark_before(struct market *m, sym s, uint32_t session, const struct packed *bars,
			uint32_t minutes, size_t i);
/* The first session of a day or behind it. */
uint32_t session_from(const struct market *m, day d);
/* Is t in the core session? */
static inline bool in_core(const struct session *s, ns t) { return t >= s->open && t < s->close; }
/* A market with room for its tables; extra: bytes beside them. */
MUST_CHECK enum err market_new(struct market **out, const struct market_config *c,
			       const struct symbols *symbols, size_t extra);

/* ---- market_gen.c, market_load.c. why: as market_open's. */
MUST_CHECK enum err market_generated(struct market **out, const struct market_config *c,
				     char *why, size_t why_size);
void   learn_states(struct market *m, uint32_t upto);
size_t make_session(struct market *m, sym s, uint32_t k, struct packed *out);
/* market_past.c: so many bytes; before the sessions' first day; one day, k from 0. */
#define PAST_DAYS 320
size_t past_size(size_t symbols);
void   past_begin(struct market *m, day first);
struct session past_day(struct market *m, sym s, uint32_t k, struct bar *out);
MUST_CHECK enum err market_load(struct market **out, const struct market_config *c,
				char *why, size_t why_size);

/* ---- market_prints.c */
enum telling { AT_ONCE, LATER, FINAL };	/* of a minute's prints: those that come half a minute
					 * late; all, as they are in the end */
struct market_quote quote_of(const struct market *m, sym s, const struct mark *k, enum feed f);
/* Of the tick i of a walk. */
size_t prints_of(const struct market *m, const struct walk *w, uint32_t i, enum feed f,
		 enum telling when, struct market_print out[static MARKET_PRINTS]);
/* Minute k of a walk as the bar that is known of it at a time; false: none. */
bool   minute_of(const struct market *m, const struct walk *w, uint32_t k, enum feed f, ns known,
		 struct bar *out);
bool   minute_revised(const struct market *m, const struct walk *w, uint32_t k);
/* When all of minute k is known. */
enum telling telling_at(const struct walk *w, uint32_t i, ns known);
size_t fixes_of(const struct market *m, const struct walk *w, uint32_t k, struct market_fix *out);

/* ---- market_halts.c */
bool   in_gap(const struct market *m, sym s, ns t);
void   halts_step(struct market *m, struct instant *out);	/* begin and end */
bool   limit_refuses(struct market *m, sym s, ns t, px at, struct instant *out);
void   bands_step(struct market *m, struct instant *out);
enum market_mischief mischief_of(const struct market *m, sym s);
void   mischief_bars(struct market *m, struct instant *out);
px     mischief_price(enum market_mischief kind, px p);

#endif
