/* control.h: what the http thread may ask of the trading threads, and what it shows. A
 * handler never touches an engine: it posts a command, and reads copies. */
#ifndef RUN_CONTROL_H
#define RUN_CONTROL_H

#include "base/ring.h"
#include "run/config.h"
#include "store/store.h"

/* What the writer tells the http thread: a copy of everything that it committed, and
 * what the wire thread knows. May be lost when the ring is full: then `gap` is counted
 * and the page reads the snapshot again. */
enum tell_kind {
	TELL_ORDER, TELL_TRADE, TELL_STATE, TELL_FILL, TELL_NOTE, TELL_ACCOUNT, TELL_LINK,
	TELL_PRICE, TELL_KILL
};

struct link_state {			/* of the wire: connection health */
	bool data_up, orders_up, rest_up, synced;
	bool market_open;
	ns   now;			/* market time */
	ns   next_open, next_close;
	ns   newest_bar;		/* end of the newest bar of any symbol */
	ns   last_sync;
	uint64_t requests, refused_429, reconnects, bars, trade_updates, foreign_orders;
	uint32_t foreign_positions;
	int64_t  clock_skew_ms;
	char why[96];			/* newest trouble, "" none */
	const char *stand_in;		/* whose bars today has seen, beside the broker's; NULL */
};

struct tell {
	uint32_t kind;
	uint32_t pad;
	union {
		struct order order;
		struct trade trade;
		struct instance_state state;
		struct fill fill;
		struct note note;
		struct account account;
		struct link_state link;
		struct { sym sym; px last; ns ts; } price;
		struct { uint32_t kill; char who[40]; } kill;
	} u;
};

struct control {
	const struct config *config;
	struct clock *clock;		/* market time */
	ns       started;		/* mono */
	ns       started_wall;
	uint64_t session;		/* id of the session record */
	struct ring tells;		/* struct tell: read by the http thread */
	/* Posts a command to an instance (index), or to all (-1). ERR_FULL: 503. ERR_NOTFOUND. */
	enum err (*post)(void *ctx, int instance, enum command what, const char *who);
	void    *ctx;
	struct store *store;
};

#endif
