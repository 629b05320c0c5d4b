/* core_inner.h: what the core_*.c files share. Orders, executions and tables lie behind
 * struct xc in one block, found by offsets: the block may be copied as it is.
 *
 * The life of an input: xi_advance handles everything that was due before it, in order of
 * time; then the input acts at x->now. Whoever changes an order or a position calls
 * xi_refresh, which keeps held shares and the verdict's coverage right. */
#ifndef EXCHANGE_CORE_INNER_H
#define EXCHANGE_CORE_INNER_H

#include "base/text.h"
#include "exchange/core.h"

#define XI_PARTS_MAX  4			/* executions of one order */
#define XI_EVENTS     28		/* of one order between two readings: see xi_event */
/* Of an order; of a price (the dearest share costs a tenth); of any sum, two of which can be
 * added in 64 bits. */
#define XI_SHARES_MAX (INT64_C(1000000000) * NUM_ONE)
#define XI_PRICE_MAX  (INT64_C(10000000) * NUM_ONE)
#define XI_MONEY_MAX  (INT64_C(4000000000) * NUM_ONE)
#define XI_NEVER      INT64_MAX
#define XI_MORNING    (15 * NS_MINUTE)	/* before the pre-market opens */
#define XI_CLAIMS_MAX 1024		/* dividends between ex date and payment; one more is paid
					 * at once */
/* Activities that are kept: as many as orders, and so many more. */
#define XI_ACTIVITIES 1024
#define XI_HASHES     64		/* places for names at first */
#define XI_SETTINGS   ((struct xc_settings){ .fractional_trading = true, .max_multiplier = 4, \
					     .confirm_email = true })

/* What the broker knows of an order and does not show. Zero is the state of a simple order
 * that was just made; indices are stored + 1, so that 0 is none. */
struct xi_node {
	uint32_t next, prev;		/* the asset's live orders, oldest first */
	uint32_t heap;			/* place in the queue of due things */
	ns       due;			/* its key there; xi_due keeps it right */
	uint32_t replacement;		/* the order that is to take its place */
	uint32_t id_at, cid_at;		/* its places in the two tables */
	ns       after;			/* fills and elections happen later than this */
	ns       replace_at;
	ns       look_at;		/* when it meets the standing quote; 0: not */
	px       ref;			/* price at which its cost is reserved; 0: not known yet */
	px       cap;			/* a collar; 0 none */
	ns       booked;		/* since when it is on the book, or elected: its rank */
	ns       filled_at;		/* its last execution; 0: none */
	uint32_t mischief;		/* enum xc_mischief */
	uint8_t  shown;			/* status in place of new and partially_filled: suspended,
					 * stopped, calculated, done_for_day; 0: none */
	uint8_t  parts;			/* executions it is still to come in; 0: not decided */
	bool     live;			/* not final */
	bool     on_book;		/* latency is over: may fill */
	bool     armed;			/* legs: the entry is completely filled */
	bool     waiting;		/* a replacement that has not taken effect */
	bool     opens;			/* opens or adds to a position: costs buying power */
	bool     aged;			/* the sweep of old gtc orders has been here */
};

struct xi_event {
	ns      ts;
	qty     done, position;
	usd     done_value;
	xc_oid  order;
	uint32_t exec;			/* + 1 */
	uint8_t kind, status;
};

/* Shares without a stop, integrated over the core session. */
struct xi_naked {
	int64_t n;			/* now, in billionths of a share */
	ns      since;			/* integrated up to here */
	ns      stretch, longest;	/* session time */
	int64_t sum;			/* shares * ns / 1000 */
};

struct xi_holding {
	struct xc_position pub;
	struct xi_naked naked;
};

struct xi_asset {
	struct xc_asset pub;
	struct xc_quote q;
	px       close;			/* last price at the session's close */
	px       auction;		/* print of the auction that is held now; 0: none is */
	ns       auctioned;		/* when the last opening auction was */
	int64_t  budget;		/* what orders may still take of the last tick's volume */
	bool     halted;
	bool     stale;			/* no quote has come since the halt */
	uint32_t head, tail, n;		/* live orders, + 1 */
};

/* A dividend that was earned and is not paid yet. */
struct xi_claim {
	uint32_t action;
	uint16_t account;
	int64_t  n;
};

enum { XI_SEC, XI_TAF, XI_CAT, XI_FEES };

/* A bit for each asset: may have something, so that nobody looks at a thousand to find three. */
struct xi_assets { uint64_t bit[XC_ASSETS_MAX / 64]; };

struct xi_account {
	char     id[UUID_TEXT];
	struct xi_assets held;		/* all with a position are among them */
	usd      start_cash;
	int32_t  multiplier;
	bool     shorting;
	struct xc_settings settings;
	uint32_t blocked;
	struct xc_since since;
	usd      cash, last_equity, last_maintenance;
	usd      close_equity, close_maintenance;	/* last_* of tomorrow */
	usd      fee[XI_FEES];				/* not booked yet */
	usd      unsettled;
	usd      realised;
	usd      unlisted;		/* amounts that found no room among the activities */
	uint8_t  day_trades[5];		/* today's first */
	struct xc_verdict verdict;
};

struct xi_layout {			/* offsets from the block's beginning */
	uint32_t executions_max, events_max, activities_max;
	size_t   orders, nodes, executions, events, heap, scratch, names, holdings, accounts;
	size_t   activities, size;
};

struct xc {
	struct xc_config c;
	struct calendar  cal;
	ns       now;
	bool     started;
	enum xi_phase { XI_NIGHT, XI_PRE, XI_OPEN, XI_POST } phase;
	bool     open, extended;	/* what it means: core session; pre- or post-market */
	bool     bars;			/* quotes do not stand */
	bool     closing;		/* the closing auctions are held now */
	struct session session;		/* the one whose close is next */
	ns       boundary;		/* the next change of phase */
	ns       since;			/* the last one */
	ns       post_until;		/* extended hours after the last close */
	ns       morning;		/* when `session`'s day begins here; XI_NEVER: it has */
	ns       day_began;
	day      acted, closed;		/* actions up to this day are done; the last close */
	day      balance_asof;
	bool     busy;			/* something will be seen to happen in the morning */
	struct rng rng;
	uint32_t orders, assets, executions, activities, claims;
	uint32_t event_head, event_tail, heap_n;
	uint64_t event_count;
	uint32_t hash_mask;		/* of the names' table as far as it is used */
	struct xi_layout at;
	day      sweep_of;		/* xi_expiry's: gtc orders of this day, and their end */
	ns       sweep;
	struct xi_assets ordered;	/* those with live orders */
	struct xi_asset asset[XC_ASSETS_MAX];
	struct xi_claim claim[XI_CLAIMS_MAX];
	struct xc_actions actions;
};

/* ---- places in the block */
static inline void *xi_at(const struct xc *x, size_t offset)
{
	return (char *)(uintptr_t)x + offset;
}

static inline struct xc_order *xi_order(const struct xc *x, xc_oid i)
{
	assert(i < x->orders);
	return (struct xc_order *)xi_at(x, x->at.orders) + i;
}

static inline struct xi_node *xi_node(const struct xc *x, xc_oid i)
{
	assert(i < x->orders);
	return (struct xi_node *)xi_at(x, x->at.nodes) + i;
}

static inline struct xi_account *xi_account(const struct xc *x, uint16_t account)
{
	assert(account < x->c.accounts);
	return (struct xi_account *)xi_at(x, x->at.accounts) + account;
}

static inline struct xi_holding *xi_holding(const struct xc *x, uint16_t account, uint16_t asset)
{
	assert(account < x->c.accounts && asset < x->assets);
	return (struct xi_holding *)xi_at(x, x->at.holdings) +
	       (size_t)account * XC_ASSETS_MAX + asset;
}

/* The first from `from` on, of n; XC_ASSETS_MAX: no more. */
static inline uint32_t xi_next(const struct xi_assets *s, uint32_t n, uint32_t from)
{
	while (from < n) {
		uint64_t rest = s->bit[from / 64] >> from % 64;
		if (rest != 0)
			return from + (uint32_t)__builtin_ctzll(rest);
		from = (from / 64 + 1) * 64;
	}
	return XC_ASSETS_MAX;
}

#define XI_EACH(k, x, set) (uint32_t k = xi_next(set, (x)->assets, 0); k < XC_ASSETS_MAX; \
			    k = xi_next(set, (x)->assets, k + 1))

static inline void xi_set(struct xi_assets *s, uint32_t asset, bool in)
{
	uint64_t bit = (uint64_t)1 << asset % 64;

	assert(asset < XC_ASSETS_MAX);
	s->bit[asset / 64] = in ? s->bit[asset / 64] | bit : s->bit[asset / 64] & ~bit;
}

static inline int64_t xi_abs(int64_t v)
{
	assert(v != INT64_MIN);
	return v < 0 ? -v : v;
}

static inline usd xi_minus(usd a)
{
	assert(a.n != INT64_MIN);
	return (usd){ -a.n };
}

static inline int64_t xi_left(const struct xc_order *o)
{
	assert(o->want.n >= 0 && o->done.n >= 0);
	return o->want.n > o->done.n ? o->want.n - o->done.n : 0;
}

static inline bool xi_is_stop(const struct xc_order *o)
{
	return o->type == TYPE_STOP || o->type == TYPE_STOP_LIMIT ||
	       o->type == TYPE_TRAILING_STOP;
}

/* An order on this side makes the position smaller. */
static inline bool xi_closes(enum side side, int64_t position)
{
	return position != 0 && (side == SIDE_SELL) == (position > 0);
}

/* ---- core.c */
void   xi_uuid(const struct xc *x, char out[static UUID_TEXT], struct str kind, int64_t n);
/* An empty order with an id and a client id (cid.n 0: made up), in the indices and the
 * asset's list. The caller has looked that there is room. */
xc_oid xi_new_order(struct xc *x, uint16_t account, uint16_t asset, struct str cid);
void   xi_unlink(struct xc *x, xc_oid i);
/* In the tables of ids. What is dropped leaves holes, so all are dropped before one is added.
 * A table grows with the orders: there are many exchanges with few in a search. */
void   xi_hash_add(struct xc *x, xc_oid i);
void   xi_hash_drop(struct xc *x, xc_oid i);
void   xi_event(struct xc *x, enum xc_event_kind kind, xc_oid i, uint32_t exec);
uint32_t *xi_live(struct xc *x, uint16_t asset, uint32_t *n);	/* a copy, oldest first */

/* ---- core_match.c */
/* The rest of a fill in parts comes with the next quote, or so much later on the same one.
 * Paper has shown 7 s; a liquid share's book refills in about one. */
#define XI_PART_GAP (1500 * NS_MS)
/* The order has reached the book: it meets the standing quote now, not before `earliest`. */
void   xi_reach(struct xc *x, xc_oid i, ns earliest);
void   xi_look(struct xc *x, xc_oid i);		/* the meeting is due */
bool   xi_late_fill(struct xc *x, xc_oid i);	/* instead of its cancel; false: it does not */
void   xi_closing(struct xc *x);		/* cls orders, at the close */

/* ---- core_time.c */
void   xi_advance(struct xc *x, ns now);
void   xi_due(struct xc *x, xc_oid i);		/* its due time may have changed */
/* When an order may trade: now, or when the next session opens; extended: with its hours. */
ns     xi_opens_at(const struct xc *x, bool extended);
ns     xi_expiry(struct xc *x, enum tif tif, bool extended);
day    xi_today(const struct xc *x);			/* in New York */

/* ---- core_trail.c */
void   xi_trail_from(struct xc_order *o, px best);	/* hwm and the stop that follows it */
void   xi_trail(struct xc *x, xc_oid i, px last);	/* a print */

/* ---- core_group.c: one order's steps, and what they mean for its group */
xc_oid xi_root(const struct xc *x, xc_oid i);
bool   xi_exit_member(const struct xc *x, xc_oid i);	/* a leg, or an oco's parent */
enum order_status xi_base_status(const struct xc *x, xc_oid i);
void   xi_activate(struct xc *x, xc_oid i);
void   xi_end(struct xc *x, xc_oid i, enum order_status status);	/* and its group */
void   xi_filled(struct xc *x, xc_oid i, int64_t n);
void   xi_trigger(struct xc *x, xc_oid i);
void   xi_ask_cancel(struct xc *x, xc_oid i);
void   xi_replace_now(struct xc *x, xc_oid i);
void   xi_expire(struct xc *x, xc_oid i);
void   xi_vanish(struct xc *x, xc_oid i);	/* canceled, and nobody is told */
void   xi_day_over(struct xc *x);		/* done_for_day */
void   xi_day_begins(struct xc *x);

/* ---- core_mischief.c */
uint32_t xi_flags(const struct xc *x, xc_oid i);	/* its own and its group's */
bool   xi_turned_away(struct xc *x, xc_oid i);	/* when it should reach the market */
void   xi_misbehave(struct xc *x, xc_oid i);	/* when it has */

/* ---- core_account.c */
bool   xi_book(struct xc *x, xc_oid i, qty n, px at, usd *fee);	/* false: not representable */
/* The position after a trade of `delta` shares worth `value`; what was earned by it. */
usd    xi_move(struct xc_position *p, int64_t delta, usd value);
usd    xi_sum(usd a, usd b);					/* saturates */
usd    xi_value(px at, int64_t shares);				/* saturates */
usd    xi_portion(usd v, int64_t of, int64_t in);		/* saturates */
px     xi_mark(const struct xc *x, uint16_t asset);		/* 0: no price is known */
px     xi_cost_price(const struct xc *x, const struct xc_order *o);
usd    xi_cost(const struct xc *x, xc_oid i);			/* reserved by an open order */
px     xi_collar(px p);

/* ---- core_margin.c */
usd    xi_maintenance(const struct xc *x, uint16_t account);
uint8_t xi_margin_pct(const char *symbol);

/* ---- core_activity.c */
usd    xi_fee(struct xc *x, uint16_t account, enum side side, usd value, qty n);
usd    xi_fees_due(const struct xi_account *a, int kind);	/* up to the cent */
void   xi_fees(struct xc *x);					/* yesterday's, in the morning */
/* Adds to the cash, and to the list when there is room. */
void   xi_note(struct xc *x, const struct xc_activity *a);

/* ---- core_morning.c */
void   xi_morning(struct xc *x);
void   xi_look_ahead(struct xc *x);		/* sets morning and busy for x->session */
/* The shares after the split; *lieu: what has to be paid in cash, of the new shares. */
void   xi_split(struct xc_position *p, const struct xc_action *a, int64_t *lieu);
void   xi_cancel_all(struct xc *x, uint16_t asset, int32_t account);	/* account -1: all */

/* ---- core_judge.c */
void   xi_refresh(struct xc *x, uint16_t account, uint16_t asset);
void   xi_integrate_all(struct xc *x);

/* ---- core_check.c. The broker's codes: what cannot be read, what is against a rule, what the
 * account may not have. */
enum { XI_FORM = 40010001, XI_RULE = 42210000, XI_MONEY = 40310000 };
struct xi_prices { px limit, stop, tp, sl, sl_limit; };
bool   xi_refuse(struct xc_refusal *why, int http, int code, const char *message);
void   xi_extra(struct xc_refusal *why, const char *key, struct str value, bool bare);
void   xi_extra_num(struct xc_refusal *why, const char *key, int64_t billionths);
bool   xi_check_form(const struct xc_request *rq, struct xc_refusal *why);
bool   xi_check_price(px p, const char *field, const char *words, struct xc_refusal *why);
bool   xi_check_percent(int64_t percent, struct xc_refusal *why);
bool   xi_check_cid(struct xc *x, uint16_t account, struct str cid, size_t sent,
		    struct xc_refusal *why);
bool   xi_check_asset(const struct xc *x, const struct xc_request *rq, uint16_t *asset,
		      struct xc_refusal *why);
bool   xi_check_geometry(const struct xc *x, uint16_t asset, const struct xc_request *rq,
			 struct xc_refusal *why);
/* The exit's price against what it has to be beyond (0: not known). */
bool   xi_check_exit(enum side exit, bool profit, px p, px base, struct xc_refusal *why);
bool   xi_check_through(const struct xc *x, const struct xc_order *o, struct xc_refusal *why);

/* ---- core_rules.c: what depends on the hour, and on parts of a share */
bool   xi_check_hour(const struct xc *x, enum tif tif, struct xc_refusal *why);
bool   xi_check_fraction(const struct xc *x, const struct xc_order *o, struct xc_refusal *why);

/* ---- core_funds.c: checks against the account; o is a draft, not in the book */
struct xi_draft {
	const struct xc_order *o;
	xc_oid instead_of;		/* the order it is to replace, or XC_NONE */
	uint16_t asset, account;
};
bool   xi_check_wash(struct xc *x, const struct xi_draft *d, struct xc_refusal *why);
bool   xi_check_opposite(const struct xc *x, const struct xi_draft *d, struct xc_refusal *why);
bool   xi_check_shares(struct xc *x, const struct xi_draft *d, struct xc_refusal *why);
bool   xi_check_short(struct xc *x, const struct xi_draft *d, struct xc_refusal *why);
bool   xi_check_money(const struct xc *x, const struct xi_draft *d, struct xc_refusal *why);
/* What the user or the broker has forbidden the account. */
bool   xi_check_allowed(const struct xc *x, const struct xi_draft *d, struct xc_refusal *why);

#endif
