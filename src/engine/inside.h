/* inside.h: the engine's own state, and what its files ask of each other. Flat: the
 * only pointers are to the configuration's tables and to the engine's own arena. */
#ifndef ENGINE_INSIDE_H
#define ENGINE_INSIDE_H

#include "engine/engine.h"

#define SPARE_SLOTS 8		/* trades restored in symbols that left the list; the benchmark */
#define SLOTS_MAX   (ENGINE_SYMBOLS + SPARE_SLOTS)
#define LIFE_ORDERS 16		/* of one trade; done ones make room */
#define LIFE_NEAR   4		/* of them lie in the trade: entry, legs and exit, as a rule all */
#define FAR_EACH    (LIFE_ORDERS - LIFE_NEAR)	/* and the rest elsewhere */
#define LIVES_KEPT  4		/* closed trades of which news may still come, beside the open */
#define NO_SLOT     0xff
#define NEVER       INT64_MAX

#define GRACE_SLICE  (2 * NS_SECOND)	/* bars may come late; then the slice is decided */
#define CHECKPOINT   (30 * NS_SECOND)
#define ENTRY_PATIENCE 3	/* intervals for a decision, or an entry without a fill */
#define EXECS_MAX    128	/* executions of which news may still come */
#define LOST_MAX     256	/* orders of trades that the books may have lost */
#define STOP_TRIES   2		/* own stops refused in a row before the position is closed */
#define HTTP_NOT_FOUND 404
#define QUIET        (10 * NS_SECOND)	/* no fill for so long, before a position is believed */
#define OPENS_REFUSED 3		/* entries in a row, as what would close */
#define BEYOND       (60 * NS_SECOND)	/* a stop that is reached may take to be filled */

/* An order, and what only the engine needs to know of it. */
struct held {
	struct order o;
	ns   sent;		/* last handed to the wire */
	ns   ask;		/* a question is open since; 0 none */
	bool dirty;		/* to be stored */
	bool seen;		/* shown by the sync under way */
	bool doubted;		/* asked for because its sibling ended */
	bool stranger;		/* took the place of ours at somebody else's wish */
};

/* A trade and its orders, from the signal until the next signal in the symbol, or until another
 * trade needs the place. */
struct life {
	bool     dirty;
	bool     legs_known;	/* both were seen, or there are none */
	bool     legs_told;	/* the broker answered the question for them */
	bool     counted;	/* bars were counted since the start */
	bool     beyond_told;	/* the price is beyond a stop that is not filled, and it was said */
	uint8_t  stops_refused;	/* own ones, in a row */
	uint8_t  moves_refused;	/* replacements, in a row */
	uint8_t  exits_failed;
	uint8_t  slot;		/* whose it is */
	uint32_t bars;		/* closed since the fill */
	uint32_t n;
	struct trade t;
	int64_t  gone;		/* of t.out, as the broker's listing said, not a fill */
	ns       complete;	/* the entry was seen to be filled: legs exist from here on */
	ns       legs_ask;	/* and were asked for; 0 not yet */
	ns       flat;		/* flat since */
	ns       booked;	/* last fill */
	px       booked_at;	/* and its price; 0 none */
	ns       retry;		/* no exit is sent before */
	ns       stop_after;	/* no own stop is sent before, while the market is closed */
	ns       move_after;	/* nothing is moved before */
	ns       beyond;	/* the price is beyond the stop since; 0 not */
	ns       out_by;	/* session end of its day; NEVER when it may stay */
	struct held *far;	/* the others, in memory that hardly a trade ever touches */
	struct held near[LIFE_NEAR];
};

/* The i-th: it stays in its place as long as none before it is forgotten. */
static inline struct held *life_order(const struct life *l, uint32_t i)
{
	assert(i < LIFE_ORDERS);
	return i < LIFE_NEAR ? (struct held *)(uintptr_t)&l->near[i] : &l->far[i - LIFE_NEAR];
}

#define DIFFERS 2	/* syncs that have to say the same of a position */

struct slot {
	struct life *life;	/* NULL: none */
	uint32_t chart;		/* its slot there; CHART_NONE */
	sym      sym;
	bool     on_list;
	bool     active;	/* its trade is not closed */
	/* What the broker says of the symbol. */
	bool     reported, shared;
	bool     foreign;	/* shares at the broker that are not ours */
	bool     sought;	/* whether a trade of it was lost has been found out */
	uint8_t  differs;	/* syncs in a row in which the broker's position was not ours, up to
				 * one more than DIFFERS */
	ns       differs_since, differs_at;	/* the first and the last of them */
	int64_t  lacks;		/* shares that were missing in each; 0: there were too many */
	qty      broker;	/* position in the sync under way */
	uint8_t  opens_refused;	/* entries, as what would not open, in a row; the last then */
	ns       opens_at;
	/* Names that were used, says the broker, for a trade of this signal that is not in the
	 * books (yet): the first free numbers. */
	ns       used_signal;
	uint8_t  used_stops, used_exits;
};

/* Shares of an order that were done at once, as far as is known. */
struct exec {
	uint64_t order, id;	/* hashes of the names; id 0: not told, or not yet */
	int64_t  n, to;		/* so many, up to the order's to-th */
	usd      value;
	bool     sum;		/* from a sum: the price may not be theirs */
	bool     back;		/* taken back by the broker */
};

/* For who asks for trades and orders, and where books may be lost: neither is so of those that
 * share a chart. */
struct scratch {
	struct trade trade[ENGINE_TRADES];
	struct order order[ENGINE_TRADES * LIFE_ORDERS];
	uint32_t lost_n;		/* of the sync under way */
	struct report lost[LOST_MAX];
};

/* Entries are made from .. to of the day, found once a session. */
struct window { day date; ns from, to; };

/* First what each slice reads: of hundreds of variants little else is in the cache. */
struct engine {
	struct actions *out;
	struct chart *chart;
	struct sieve *sieve;	/* its own, or that of many variants */
	struct slot *news;	/* whom this step's event was about: stored at its end */
	ns       now;
	ns       due;		/* the stop manager wants to be asked then */
	day      stood_in;	/* the newest with bars that are not the broker's; 0 none */
	bool     own_chart;
	bool     waiting;	/* bars of history, in the chart, for chart_next */
	bool     lost_set;
	bool     data_up, orders_up;
	bool     started;	/* a reconciliation has ended since the start */
	bool     synced;	/* and one since the order stream came up */
	bool     syncing;
	bool     seeks;		/* the last sync has found what the books do not have */
	bool     newer;		/* this one: orders of a trade newer than the symbol's */
	bool     touched;	/* something happened to a trade */
	bool     dirty;		/* the state is to be stored */
	bool     cramped;	/* actions did not fit: go on in the next step */
	bool     holes;		/* there are symbols with bars before a hole */
	bool     filters_look;	/* filters.c has something to do at each slice */
	uint32_t active_n;
	uint32_t warmup;
	uint32_t own_reasons;	/* where in the funnel the engine's own begin */
	uint32_t quick_n;
	uint16_t test[QUICK_MAX];	/* of the sieve: these */
	uint8_t  failed[QUICK_MAX], none[QUICK_MAX];	/* where they count (struct quick) */
	ns       interval;	/* from the configuration */
	ns       patience;	/* for a decision */
	struct session session;	/* the one of which now is before the close */
	struct window window;
	uint8_t  active[ENGINE_TRADES];	/* slots whose trade is not closed, ascending */
	struct instance_state s;
	struct engine_config c;
	struct scratch *scratch;
	struct sieve own;
	struct sieve_test own_test[QUICK_MAX];
	char    *states;	/* the strategy's, by slot of the list */
	size_t   stride;	/* bytes of each */
	void    *shared;	/* and that of all of them */
	struct life *life;	/* ENGINE_TRADES; the first lives_n were used */
	struct held *far;	/* FAR_EACH of each */
	struct report lost;	/* an entry with our name that the ledger does not know */
	ns       gap_until;	/* slices wait for missed bars so long */
	ns       sync_begun;
	int64_t  second[60];	/* orders in the last minute, by second; a start counts anew */
	uint16_t sent[60];
	uint8_t  exec_tag[EXECS_MAX];	/* of their ids: who looks for one sees few of these */
	struct exec exec[EXECS_MAX];	/* a ring */
	bool     busted;	/* the broker has taken back some shares */
	uint32_t execs_n;	/* those beyond EXECS_MAX say where it goes on */
	uint32_t lives_n;
	uint32_t at[ENGINE_SYMBOLS];	/* the chart's slots of the list */
	uint32_t since[ENGINE_SYMBOLS];	/* bars before a hole: they warm nothing */
	uint32_t slots_n;
	uint8_t  slot_of[SYMBOLS_MAX];	/* by symbol */
	uint8_t  by_chart[SYMBOLS_MAX];	/* by the chart's slot */
	struct slot slot[SLOTS_MAX];
};

/* The engine's own reasons, behind the strategy's conditions. */
enum funnel {
	F_WARMUP, F_WINDOW, F_GAP, F_SIZE, F_GATE, F_GUARD, F_SCAN, F_REGIME, F_STRENGTH, F_FILTER,
	F_LATE, F_COUNT
};

/* sieve.c: those that decide() has to be asked about; all others are counted. False: there are
 * none. */
bool sieve_ask(struct engine *e, ns end, uint64_t left[static ENGINE_SYMBOLS / 64]);
/* Nobody may enter now: who might have, and why not. */
void sieve_closed(struct engine *e, ns end, enum funnel why);

/* say.c: actions */
bool say_room(struct engine *e, uint32_t n);
struct action *say(struct engine *e, enum action_kind kind);
struct note *say_note(struct engine *e, enum note_kind kind, uint32_t code,
		      const struct slot *s, const char *order, const char *text);
void say_puts(struct engine *e, struct slot *s);	/* what is dirty of a trade */
void say_state(struct engine *e, bool often);
void funnel_count(struct engine *e, uint32_t i);

/* slots.c */
struct slot *slot_find(struct engine *e, sym s);
struct slot *slot_add(struct engine *e, sym s);
px   slot_last(const struct engine *e, const struct slot *s);	/* newest close; 0 none */
px   slot_price(const struct engine *e, const struct slot *s);	/* or newer fill of its trade */
void slot_activate(struct engine *e, struct slot *s);
void slot_rest(struct engine *e, struct slot *s);
struct life *life_begin(struct engine *e, struct slot *s);	/* NULL: all are at work */
bool session_now(const struct engine *e);	/* the market is open */

/* scan.c, filters.c, plan.c */
/* Of so many billionths of a share, and of each share: 0 where it is more than can be counted. */
usd  worth(px at, int64_t n);
px   each(usd value, int64_t n);
void scan_exits(struct engine *e, ns end);
void scan_entries(struct engine *e, ns end);
void scan_intent(struct engine *e, const struct intent *in);
bool window_find(struct engine *e, ns at);	/* window_open, and what that is today */
void filters_slice(struct engine *e, ns end);
/* The first that turns the entry away; F_COUNT: none. */
enum funnel filters_ask(struct engine *e, uint32_t i, enum side side);
enum deny plan_gate(struct engine *e, const struct slot *s, const struct order *o, ns at,
		    struct ticket *ticket, struct gate_trace *trace);
bool plan_enter(struct engine *e, struct slot *s, const struct decision *d, ns end);

/* orders.c */
uint32_t orders_room(const struct life *l);	/* places that are free, or can be made so */
bool orders_add(struct engine *e, struct slot *s, const struct order *o, struct held **out);
void orders_send(struct engine *e, struct slot *s, struct held *h);
bool orders_pass(struct engine *e, struct slot *s, struct held *h);	/* the gate */
void orders_ask(struct engine *e, struct slot *s, struct held *h);
void orders_cancel(struct engine *e, struct slot *s, struct held *h);
void orders_done(struct engine *e, struct slot *s, struct held *h, enum order_status status);
void orders_settle(struct engine *e, struct slot *s);
void orders_reply(struct engine *e, const struct reply *r);
void orders_wait(struct engine *e, ns until);	/* come back then */
/* By either name. near: the symbol in which it should be, which is looked at first; any other is
 * right, too, and slower. parent: of a leg, its entry's name. */
struct whose { sym near; const char *cid, *bid, *parent; };
struct held *orders_find(struct engine *e, const struct whose *w, struct slot **s);
struct held *life_leg(struct slot *s, enum order_role role);
bool cid_replace(char out[static CID_TEXT], const char *entry, char purpose, int seq);
/* What a name of ours says: the bar that was decided on; entry, stop, exit or one that takes the
 * place of another; which of them. The first `base` characters are those of all of a trade. */
struct cid_name { ns signal; size_t base; char purpose; uint8_t number; };
bool cid_read(struct cid_name *out, const char *cid);	/* no: we give no such name */

/* moves.c */
void orders_move(struct engine *e, struct slot *s, const struct held *old, px to, qty want);
qty  chain_done(const struct life *l, const struct order *o, usd *value);
int64_t chain_to(const struct life *l, const struct held *h);
struct held *chain_pending(struct life *l, const struct held *h);	/* NULL: none */
struct held *chain_stands(struct life *l, const struct held *h);
void moves_follow(struct engine *e, struct slot *s);
void moves_failed(struct engine *e, struct slot *s, const struct held *h);
void moves_replaced(struct engine *e, struct slot *s, const struct order *old, const char *bid);
void moves_filled(struct engine *e, struct slot *s, struct held *h);
void moves_adopt(struct engine *e, struct slot *s, struct held *h);
void moves_levels(struct engine *e, struct slot *s);

/* execs.c */
struct exec *execs_find(struct engine *e, const char *execution);	/* NULL: not told yet */
void execs_booked(struct engine *e, const struct slot *s, const struct order *o,
		  const struct report *r, qty n, usd value, bool exact);
ns   told_at(const struct engine *e, const struct report *r);
void execs_restore(struct engine *e, const struct life *l, const struct held *h);
void execs_name(struct engine *e, struct slot *s, struct held *h, const struct report *r);
void execs_reprice(struct engine *e, struct slot *s, struct held *h, struct exec *x,
		   const struct report *r);
void execs_bust(struct engine *e, struct slot *s, struct held *h, const struct report *r);

/* fills.c */
void fills_report(struct engine *e, const struct report *r);
void fills_apply(struct engine *e, struct slot *s, struct held *h, const struct report *r);

/* protect.c */
void protect_manage(struct engine *e);
void protect_cover(struct engine *e, struct slot *s);
bool protect_legs_known(struct engine *e, struct slot *s);
bool protect_may(const struct engine *e, const struct slot *s);
bool order_open(const struct held *h);

/* exits.c */
void exits_begin(struct engine *e, struct slot *s, enum exit_reason why);
void exits_advance(struct engine *e, struct slot *s);
void exits_due(struct engine *e, struct slot *s);
void exits_wind_up(struct engine *e, struct slot *s);
void life_reopen(struct engine *e, struct slot *s);

/* breakers.c */
void breakers_roll(struct engine *e);
void breakers_count(struct engine *e, const struct trade *t, int sign);
void breakers_check(struct engine *e);
void breakers_release(struct engine *e);
void breakers_mark(struct engine *e);		/* open_pnl at the last prices */
int32_t breakers_minute(const struct engine *e);
void breakers_sent(struct engine *e);

/* saved.c */
void saved_hole(struct engine *e);
void saved_anew(struct engine *e);

/* sync.c */
void sync_phase(struct engine *e, uint32_t phase);
void sync_position(struct engine *e, sym s, qty n, enum position_of of);
void sync_split(struct engine *e, const struct split *x);

/* lost.c */
void lost_used(struct engine *e, struct slot *s, const struct cid_name *n, const char *cid);
bool lost_report(struct engine *e, const struct report *r);
bool lost_found(struct engine *e, struct slot *s);

/* It is each trade's first. */
static inline struct held *life_entry(struct slot *s)
{
	struct held *entry = &s->life->near[0];

	assert(s->life->n > 0 && entry->o.role == ROLE_ENTRY);
	return entry;
}

static inline bool slot_active(const struct slot *s)
{
	return s->active;
}

/* Entries may be made: not in the first and last minutes, nor outside of the trading window. */
static inline bool window_open(struct engine *e, ns at)
{
	const struct window *w = &e->window;

	return w->date == e->session.date ? at >= w->from && at < w->to : window_find(e, at);
}

/* Symbol i of the list has had the bars that the strategy wants. */
static inline bool warm_now(const struct engine *e, uint32_t i)
{
	return chart_count(e->chart, e->at[i]) - e->since[i] >= e->warmup;
}

static inline ns timeframe(const struct engine *e)
{
	return e->c.timeframe_s * NS_SECOND;
}

/* Whether a comparison has begun and ended since. */
static inline bool compared_since(const struct engine *e, ns t)
{
	return !e->syncing && e->sync_begun > t;
}

#endif
