/* wire_inner.h: the wire thread's parts, private to it.
 *	wire.c          the loop, rings in and out
 *	wire_tasks.c    requests: the queue, the bucket, how each is written
 *	wire_results.c  what became of orders, cancels and questions
 *	wire_reads.c    what was read: clock, account, calendar, listings, bars
 *	wire_streams.c  the two WebSockets
 *	wire_history.c  the past that charts begin with
 *	wire_fills.c    the list of executions
 *	wire_fall.c     who stands in for the broker's bars
 *	wire_keys.c     a key that is refused, and new ones
 *	wire_halts.c    symbols that are not to be entered; splits, other names
 *	wire_sync.c     boot, reconciliation, timers
 *	wire_positions.c  the listing of positions, and whose they are
 *	wire_route.c    whose order is it */
#ifndef RUN_WIRE_INNER_H
#define RUN_WIRE_INNER_H

#include "alpaca/alpaca.h"
#include "net/backoff.h"
#include "net/bucket.h"
#include "net/client.h"
#include "net/tls.h"
#include "run/live.h"

/* Buffers. A page of history is asked for in HISTORY_LIMIT bars of about 120 bytes; a
 * listing of 500 nested orders is the largest other answer. */
#define REST_IN     (768 * 1024)
#define REST_OUT    (16 * 1024)
#define STREAM_IN   (256 * 1024)
#define STREAM_OUT  (16 * 1024)
#define STREAM_MESSAGE (256 * 1024)
#define HISTORY_LIMIT 2000
#define WINDOW_BARS   128	/* fewer than CHART_WAIT_MIN, which may wait of each symbol */

#define REQUEST_TIMEOUT (10 * NS_SECOND)	/* as the official Go client */
#define ASK_GAP         (2 * NS_SECOND)		/* market time, between two questions for one id */
#define ASK_GAP_REAL    (250 * NS_MS)		/* and so long in real time, in a fast market too */
#define ASK_TRIES       2			/* 404 so often is certain */
#define ASK_TRIES_PROVEN 20		/* after "must be unique": the listings may lag behind */
#define ENTRY_LATE      (10 * NS_SECOND)	/* market time from decision to sending, at most */
#define RETRY_MOST      (8 * NS_SECOND)	/* market time between two tries of one request */
#define SYNC_LATE       (100 * NS_SECOND)	/* without a reconciliation: no entries */
#define SYNC_EVERY      (30 * NS_SECOND)	/* market time: the sweep */
#define SYNC_DOUBTS     5	/* so often the broker is not believed, then it is */
#define SYNC_SOUGHT     (12 * NS_SECOND)	/* shares are there that the books do not have: as
						 * soon as the engine counts it for another */
#define CLOCK_EVERY     (300 * NS_SECOND)
#define CLOCK_AGAIN     (30 * NS_SECOND)	/* while it is not right */
#define MUTE_AFTER      (150 * NS_SECOND)	/* market time without a bar in session: ask REST */
#define SKEW_MAX        (2 * NS_SECOND)
#define CLOCK_JUMP      (60 * NS_SECOND)	/* no clock is put right by more at once */
#define ORDERS_BACK     (3 * NS_DAY)		/* sweeps list so far back; older: asked for */
#define ORDERS_SOUGHT   (14 * NS_DAY)		/* for shares that the books do not have */
#define ORDERS_RECENT   (10 * NS_MINUTE)	/* every sweep lists at least these */
#define SPLITS_FROM     (4 * NS_HOUR)	/* New York: by then the morning's splits are booked */
#define SPLITS_AGAIN    (15 * NS_SECOND)	/* market time, when there was no answer: sooner
						 * than what is missing is believed gone */
#define ORDERS_PAGE     150		/* with two legs each, about 500 kB */

enum task_kind {
	TASK_SUBMIT, TASK_REPLACE, TASK_CANCEL, TASK_ASK, TASK_CLOCK, TASK_CALENDAR, TASK_ACCOUNT,
	TASK_POSITIONS,
	TASK_ORDERS, TASK_FILLS, TASK_ASSETS, TASK_SPLITS, TASK_BARS, TASK_JOIN, TASK_ACK
};

/* Exits and cancels have a connection of their own: an entry without an answer must not
 * hold them up. */
enum wire_client {
	CLIENT_ORDERS, CLIENT_EXITS, CLIENT_READS, CLIENT_DATA, CLIENT_FALL, CLIENTS
};

#define TASKS_MAX 256

/* What the broker says of a symbol: the worse is the larger. */
enum no_entry { NO_NONE, NO_SHORTS, NO_TRADES };

struct task {
	bool     used;
	uint8_t  kind, class, client, instance, tries;
	uint8_t  fails;			/* in a row, without an answer */
	bool     late;			/* TASK_ASK after a doubtful submit: absence is told */
	bool     proven;		/* and the broker has said that it knows the id */
	bool     cancel;		/* TASK_ASK: the id is wanted for a cancel */
	bool     mute;			/* TASK_BARS: is it the market that is silent? */
	bool     probe;			/* TASK_BARS: is the broker back? Its bars are not told */
	bool     fall;			/* TASK_BARS: of the other provider, symbol by symbol */
	sym      symbol_at;		/* the next one; also TASK_ASSETS */
	bool     fall_hole;		/* one of them was not had */
	uint32_t fall_n;		/* bars that were new */
	uint32_t round;			/* the reconciliation to which it belongs */
	uint64_t seq;			/* order of arrival */
	ns       not_before;		/* market time */
	struct order order;
	int      timeframe_s;		/* TASK_BARS: their length */
	int      chart_s;		/* and the timeframe of the charts that they are for */
	ns       from, to;
	ns       end;			/* TASK_BARS: further windows follow, up to here; 0: none */
	bool     resumes;		/* for charts that go on from a checkpoint */
	char     token[192];		/* a page's; TASK_REPLACE: the old order's id */
};

/* wire_fall.c: whose bars are asked for. */
struct fall {
	bool     away;			/* the broker's do not come: the other provider's */
	uint32_t bad, good;		/* answers in a row */
	ns       since;			/* mono: away from then on */
	ns       probe_next, off_until;	/* mono: off: that one does not answer either */
	ns       poll_next;		/* market time */
	ns       fresh;			/* mono: all symbols were had while the stream was down */
	day      used;			/* newest day that has seen its bars; 0: none */
	px       last[SYMBOLS_MAX];	/* newest price of each, whoever told it */
};

/* A broker's id and whose order it is: learnt from replies and listings. */
#define ROUTES_MAX 4096
struct route { char bid[UUID_TEXT]; uint8_t instance; };

#define ORPHANS_MAX 32
struct orphan { struct report r; ns since; bool used; };

enum boot {
	BOOT_CLOCK, BOOT_ACCOUNT, BOOT_CALENDAR, BOOT_JOIN, BOOT_WAIT, BOOT_HISTORY,
	BOOT_STREAMS, BOOT_SYNC, BOOT_DONE
};

struct stream {
	struct ws_client ws;
	struct backoff   backoff;
	ns       retry_at;		/* mono; 0: now */
	ns       since;			/* mono: this attempt's beginning */
	bool     up, authed, wanted;
	bool     more;			/* messages wait in the buffer */
};

#define HELD_MAX 512	/* lockstep: events of one instant, until both markers are in */

struct wire {
	struct live   *l;
	struct bucket  bucket;
	struct rng     rng;
	struct tls_roots *roots;
	struct http_client client[CLIENTS];
	struct task   *current[CLIENTS];
	struct backoff rest_backoff[CLIENTS];
	ns             rest_wait[CLIENTS];	/* mono: nothing is read before */
	char           host_trading[CONN_HOST], host_data[CONN_HOST], host_stream[CONN_HOST];
	char           host_fall[CONN_HOST];
	uint16_t       port_trading, port_data, port_stream, port_fall;
	bool           tls_trading, tls_data, tls_stream, tls_fall;
	bool           had_data;		/* the data stream was up once */
	bool           second;			/* another program had this key's connection when
						 * we began: orders that our books do not have,
						 * though they bear our names, are its own */
	bool           few_symbols;		/* all at once were refused: a small plan */
	bool           no_statuses;		/* those were refused, too */
	struct task    task[TASKS_MAX];
	uint32_t       task_top;		/* all that are used are below */
	uint64_t       task_seq;
	bool           full_told;
	bool           key_refused;
	struct stream  data, orders;
	struct route  *route;
	uint32_t       route_n;
	struct orphan  orphan[ORPHANS_MAX];
	uint32_t       hash[INSTANCES_MAX];	/* of instance names, as in order ids */
	bool           gap[INSTANCES_MAX];	/* its ring was full: it must be reconciled */
	ns             patience;		/* mono: until then a full ring is waited for */
	struct event   owed[INSTANCES_MAX];	/* the newest command that found its ring full */
	bool           owes[INSTANCES_MAX];
	enum boot      boot;
	ns             boot_since;		/* mono */
	bool           sim;
	bool           syncing, sync_wanted;
	bool           seeking;			/* and for shares that the books do not have */
	bool           sync_counts;		/* the order stream was up all the time */
	bool           sync_bad;		/* one of its answers cannot be true */
	uint32_t       sync_bads;		/* so many in a row */
	uint32_t       sync_round;
	uint32_t       sync_left;		/* answers missing */
	uint32_t       foreign_seen;		/* orders of others in this one */
	bool           have_account;
	usd            account_long, account_short;
	uint32_t       history_left;		/* timeframes whose history is not in yet */
	ns             mute_next;		/* market time of the next look for a mute stream */
	ns             wall_offset;		/* wall minus mono at the last look */
	ns             clock_said;		/* the broker's minus mono, in its last answer */
	ns             sync_next, clock_next;	/* market time */
	day            splits_known;		/* those that took effect up to this day */
	ns             splits_next;		/* market time: not asked before */
	ns             told_link;		/* mono */
	struct link_state link;
	bool           told_data, told_orders;	/* what the instances know */
	qty            broker_position[SYMBOLS_MAX];
	ns             newest[SYMBOLS_MAX];	/* end of each symbol's newest 1-minute bar */
	ns             gap_from;		/* stream was down from here on; 0 */
	struct fall    fall;
	struct { ns at, until; } halt[SYMBOLS_MAX]; /* market time: no entries; INT64_MAX */
	uint8_t        no_entry[SYMBOLS_MAX];	/* enum no_entry */
	day            assets_day;		/* when that was asked for */
	ns             turned;			/* mono: when the loop went round last */
	struct calendar calendar_now;		/* the broker's, as it was told last */
	day            calendar_day;		/* when that was */
	bool           calendar_other;		/* it is not the one that is traded by */
	bool           filling;			/* 1-minute bars of a gap are being read */
	bool           overtaken;		/* for so long that newer ones were given first */
	ns             read_to;			/* bars were asked for up to here */
	day            shares_of;		/* charts are in the shares of this day */
	bool           anew[INSTANCES_MAX];	/* and these not any more */
	bool           reread, rereading;	/* their past is to be read again; is being read */
	ns             told[INSTANCES_MAX];	/* bars up to here came as history */

	/* lockstep */
	uint64_t       instant, marker_data, marker_orders, acked;
	ns             instant_ts, instant_next;
	bool           in_round, ack_due, end_next, end_seen;
	uint64_t       barrier;
	uint32_t       answers;			/* events given out in this round */
	ns             wake;
	bool           timed;			/* this instant's timers have been looked at */
	bool           clocked;			/* and the instances were told that it is here */
	struct alpaca_order *held_order;	/* what the streams said since the last instant */
	struct bar    *held_bar;
	uint32_t       held_orders, held_bars;
};

/* wire.c */
void wire_give(struct wire *w, uint8_t instance, struct event *ev);	/* 0xff: all */
void wire_trouble(struct wire *w, const char *event, const char *why);
void wire_link(struct wire *w);		/* recomputes and tells when it changed */
void wire_unlink(struct wire *w);	/* tells that it is down, whatever was told before */
ns   wire_now(struct wire *w);
bool wire_clock_right(const struct wire *w);	/* within SKEW_MAX of the broker's */

/* wire_tasks.c */
/* NULL: the queue is full (told in the log). */
struct task *wire_task(struct wire *w, enum task_kind k, enum bucket_class c);
void wire_dispatch(struct wire *w);
/* A question for that order: nothing is closed or guarded again before it is known what became of
 * the order that was to do so, so that it waits no longer than that. */
enum bucket_class wire_ask_class(const struct order *o);
bool wire_same_order(const struct order *a, const struct order *b);
bool wire_idle(struct wire *w);		/* nothing under way and nothing due now */
ns   wire_task_wake(struct wire *w);	/* market time of the next postponed one */
void wire_msg(struct wire *w, const struct wire_msg *m);

/* wire_results.c */
void wire_result(struct wire *w, struct task *t, const struct http_result *r);
/* It never left; no: the reason, or NULL when it has become too late. */
void wire_unsent(struct wire *w, struct task *t, const struct alpaca_error *no);
void wire_later(struct wire *w, struct task *t, ns market);
void wire_rate_limited(struct wire *w, const struct http_result *r);
const char *wire_reason(int status);	/* in words */

/* wire_halts.c */
void wire_status(struct wire *w, sym s, const char *code);	/* a trading status */
void wire_band(struct wire *w, const struct bar *band);	/* between whose low and high it trades */
void wire_traded(struct wire *w, const struct bar *b);	/* a bar of the stream */
void wire_asset(struct wire *w, struct task *t, const struct http_result *r);
/* Why this request, an entry, may not leave; NULL: it may. Good until the next call. */
const struct alpaca_error *wire_no_entry(struct wire *w, const struct task *t);
void wire_assets(struct wire *w, ns now);	/* asks for them, once a day */
bool wire_splits_due(struct wire *w, ns now);
ns   wire_splits_from(struct wire *w);
/* An empty body is no answer. */
void wire_splits(struct wire *w, const struct task *t, struct str body);

/* wire_keys.c */
/* Whether that is what the answer says. */
bool wire_key_refused(struct wire *w, const struct task *t, const struct http_result *r);
bool wire_key_waits(const struct wire *w, const struct task *t);	/* for one that is taken */
void wire_key_taken(struct wire *w);
void wire_keys_fresh(struct wire *w);	/* takes those that main has read */

/* wire_reads.c */
void wire_read(struct wire *w, struct task *t, const struct http_result *r);

void wire_bars_over(struct wire *w, struct task *t, uint32_t n);	/* n of them were new */

/* wire_fall.c */
bool wire_fall_url(struct wire *w);	/* false: [data] url is none */
void wire_fall_route(struct wire *w);	/* who is asked for what waits */
void wire_fall_head(struct wire *w, struct text *head, const struct task *t);
void wire_fall_read(struct wire *w, struct task *t, const struct http_result *r);
void wire_fall_health(struct wire *w, bool good);	/* an answer of the broker's */
void wire_fall_timers(struct wire *w, ns now);
bool wire_fall_data(struct wire *w);	/* whether entries may be made on what there is */

/* wire_route.c */
void wire_report(struct wire *w, const struct alpaca_order *o);	/* from a stream or listing */
void wire_learn(struct wire *w, const struct alpaca_order *o, uint8_t instance);
int  wire_owner(const struct wire *w, const struct report *r);		/* -1: nobody's */
void wire_orphans(struct wire *w);
void wire_routes_restore(struct wire *w);	/* legs that the store knows */

/* wire_fills.c */
ns   wire_fills_from(struct wire *w, ns now);
void wire_fills_path(struct text *t, const struct task *k);
bool wire_fills(struct wire *w, struct task *t, struct str body);	/* there is more of it */

/* wire_streams.c */
void wire_streams_init(struct wire *w);
void wire_streams_open(struct wire *w);
void wire_subscribe(struct wire *w);	/* once more: symbols have other names */
void wire_suspended(struct wire *w);	/* nobody was here for a while? */
void wire_stream_step(struct wire *w, struct stream *s);
void wire_stream_again(struct wire *w, struct stream *s, const char *why);	/* reconnect */
bool wire_stream_poll(const struct stream *s, int *fd, short *events, ns *deadline);

/* wire_history.c */
/* NULL: the queue is full. */
struct task *wire_ask_bars(struct wire *w, int timeframe_s, ns from, ns to);
void wire_history(struct wire *w);
void wire_gap_fill(struct wire *w);	/* 1-minute bars since gap_from */
void wire_gap_over(struct wire *w, const struct task *t);
bool wire_window(struct wire *w, struct task *t);	/* one is in: on to the next; false: none */
void wire_anew(struct wire *w);		/* the past of those whose shares are others: once more */
bool wire_charts(const struct engine_config *c, sym s);

/* wire_sync.c */
void wire_timers(struct wire *w);
void wire_boot_next(struct wire *w, enum boot done);	/* that step is over: begin the next */
void wire_joined(struct wire *w, struct str body);
void wire_sync(struct wire *w);
void wire_give_sync(struct wire *w, enum sync_phase phase);
void wire_sync_answer(struct wire *w, const struct task *t);

/* wire_positions.c */
bool wire_positions(struct wire *w, struct str body);	/* false: not to be believed */

/* The simulated market is seen whole, whatever a subscription pays for. */
static inline const char *wire_feed(const struct wire *w)
{
	return w->sim ? "sip" : w->l->config->feed;
}

/* t: the request that brought it; NULL: a stream. */
bool wire_bar(struct wire *w, const struct bar *b, const struct task *t);

#endif
