/* web_inner.h: the http thread's parts, private to it.
 *	web.c      the socket, the board, the thread
 *	routes.c   which request goes where
 *	who.c      who may
 *	status.c   /status, /health, instances
 *	lists.c    positions, orders, trades, sessions, equity, log
 *	why.c      the chain behind an order
 *	metrics.c  /metrics
 *	events.c   /events */
#ifndef WEB_WEB_INNER_H
#define WEB_WEB_INNER_H

#include "base/text.h"
#include "net/hash.h"
#include "net/server.h"
#include "web/web.h"

#define REPLY_MAX    (1024 * 1024)	/* largest answer: 500 trades are about 250 kB */
#define STREAMS_MAX  16			/* open pages; the next one gets 503 */
#define LIST_DEFAULT 100
#define LIST_MAX     500
#define OPEN_TRADES  (INSTANCES_MAX * ENGINE_TRADES)
#define OPEN_ORDERS  (OPEN_TRADES * 2)
#define TRIES_MAX    16			/* addresses whose wrong tokens are counted */
#define PEER_CONNECTIONS 8		/* at once, of an address that is not this machine's */
#define PUSH_EVERY   (200 * NS_MS)	/* to pages, when something changed */
#define PUSH_LATEST  (2 * NS_SECOND)	/* and at least so often: a page tells silence by it */

struct instance_view {
	const struct engine_config *config;
	struct instance_state state;
	bool known;
};

struct tries { char peer[48]; ns since; int n; };	/* since: mono; of the first */

struct web {
	struct control *control;
	struct server  *server;			/* NULL: offline, answers go to `document` */
	struct str      document;
	int             document_status;
	char           *reply;			/* REPLY_MAX, for building one answer */
	struct instance_view instance[INSTANCES_MAX];
	uint32_t        instances_n;
	struct trade   *trade;			/* not closed */
	uint32_t        trades_n;
	struct order   *order;			/* not done */
	uint32_t        orders_n;
	struct account  account;
	bool            have_account, have_link;
	struct link_state link;
	px              last[SYMBOLS_MAX];
	ns              last_ts[SYMBOLS_MAX];
	enum kill_state kill;
	char            kill_who[40];
	uint64_t        seq;			/* of changes: SSE ids */
	uint64_t        orders_seq, trades_seq, notes_seq;
	bool            changed;
	ns              pushed;			/* mono */
	conn_id         stream[STREAMS_MAX];
	uint32_t        streams_n;
	uint8_t         token[SHA256_SIZE], read_token[SHA256_SIZE];	/* their digests */
	struct tries    tries[TRIES_MAX];
	uint64_t        requests, dropped;	/* dropped: tells that were made up for */
	bool            loopback_only;
	_Atomic int64_t alive;
};

/* status.c */
void status_json(struct web *w, struct text *t);
void instances_json(struct web *w, struct text *t);
void account_json(const struct web *w, struct text *t);
void stats_json(struct web *w, struct text *t);
int  health_json(struct web *w, struct text *t);	/* the status: 200 or 503 */
const char *state_of(const struct web *w);
struct str web_symbol(const char *cid);	/* the symbol in an id of ours */
const char *symbol_of(const struct web *w, sym s, const char *cid);
const char *instance_of(const struct web *w, const char *cid);	/* NULL: not configured */

/* lists.c: each writes one JSON document */
/* At the last prices; `otherwise` when one of them is not known. */
usd  lists_open_pnl(const struct web *w, uint32_t instance, usd otherwise);
void positions_json(struct web *w, struct text *t);
void orders_json(struct web *w, struct text *t, bool open_only, uint32_t limit);
void trades_json(struct web *w, struct text *t, uint32_t limit);
void sessions_json(struct web *w, struct text *t, uint32_t limit);
void equity_json(struct web *w, struct text *t, ns from);
void log_json(struct web *w, struct text *t);
/* The same for commands that read the store while none runs. */
void order_json(struct text *t, const struct order *o, const char *symbol, const char *instance);
void trade_json(struct text *t, const struct trade *tr, const char *symbol, const char *instance);
struct listing { struct web *w; struct text *t; };	/* context of these two */
bool lists_order(void *ctx, const void *record);
bool lists_trade(void *ctx, const void *record);

/* why.c: false when neither an order nor a trade has this id. */
bool why_json(struct web *w, struct text *t, struct str id);

/* metrics.c */
void metrics_text(struct web *w, struct text *t);

/* events.c */
void events_open(struct web *w, const struct request *rq);
void events_push(struct web *w);
void events_closed(struct web *w, conn_id conn);

/* routes.c */
extern const char web_safety[];		/* lines of headers for what no cache may keep */
void routes_request(void *ctx, struct server *s, const struct request *rq);
void web_fail(struct web *w, const struct request *rq, int status, const char *code,
	      const char *message);

/* who.c */
enum right { RIGHT_PUBLIC, RIGHT_READ, RIGHT_TRADE };
void who_init(struct web *w);
bool web_allowed(struct web *w, const struct request *rq, enum right right);	/* no: answered */

#endif
