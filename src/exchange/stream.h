/* stream.h: both WebSocket streams.
 *	stream.c          opening, ends, what clients say in either codec
 *	stream_data.c     the dialogue of the data stream: who, and what is wanted
 *	stream_trading.c  that of the trading stream
 *	stream_feed.c     what an instant brings to the data streams
 *	stream_send.c     the way out: one place that all of it passes
 *	stream_events.c   updates as server-sent events
 *	stream_test.c     FAKEPACA, the symbol of the test stream
 *
 * Data: an instant is encoded once in each codec that somebody wants it in; each stream gets
 * the objects that it asked for, put together to messages below XS_FRAME. */
#ifndef EXCHANGE_STREAM_H
#define EXCHANGE_STREAM_H

#include "base/msgpack.h"
#include "exchange/core.h"
#include "exchange/market.h"
#include "net/server.h"

#define XS_MESSAGE   (256 * 1024)	/* largest message: a subscription to everything */
#define XS_FRAME     (32 * 1024)	/* data messages end here: many a WebSocket library reads no
					 * more unless told to */
#define XS_WIRE      (256 * 1024)	/* objects of an instant that wait in one codec */
#define XS_OBJECT    2048		/* the longest of them */
#define XS_ITEMS     4096		/* so many of them */
#define XS_SAID      (192 * 1024)	/* MessagePack from a client, as JSON */
#define XS_OTHERS    64			/* names of one stream that the market does not know */
#define XS_BASIC     30			/* symbols of a data stream of the free plan */
#define XS_EVENTS    16384		/* updates that can be asked for again */
#define EVENT_ID     27			/* a ULID, with its NUL */
#define XS_SIP_DELAY (15 * NS_MINUTE)	/* of delayed_sip, and of the free plan's SIP */
#define XS_AUTH_TIME (10 * NS_SECOND)
#define XS_QUEUE     (512 * 1024)	/* so much unread: a stream is behind */
#define XS_QUEUE_MAX (SERVER_OUT_MAX - 128 * 1024)	/* and so much: slow client, at once */
#define XS_SLOW_TIME (3 * NS_SECOND)	/* behind for so long: slow client */

enum channel {
	CH_TRADES, CH_QUOTES, CH_BARS, CH_UPDATED, CH_DAILY, CH_STATUSES, CH_LULDS,
	CH_CORRECTIONS, CH_CANCELS, CH_IMBALANCES, CH_CLOCK, CH_COUNT
};

enum stream_kind { STREAM_NONE, STREAM_DATA, STREAM_TRADING, STREAM_EVENTS };

enum codec { CODEC_JSON, CODEC_PACK, CODECS };

/* Where a data stream's prices come from: its path. */
enum source { SOURCE_SIP, SOURCE_IEX, SOURCE_DELAYED, SOURCE_TEST, SOURCES };

struct subscription {
	bool     star[CH_COUNT];
	uint64_t on[CH_COUNT][SYMBOLS_MAX / 64];
	uint32_t others;
	struct { char name[SYMBOL_TEXT]; uint16_t on; } other[XS_OTHERS];	/* bit a channel */
};

struct stream {
	conn_id  conn;
	enum stream_kind kind;
	enum source source;
	enum codec codec;
	bool     refused;		/* not in anybody's plan: 409 behind the authentication */
	bool     slow;			/* data: is being told that it is, which is more to read */
	bool     authed, over;		/* over: closed by us, the peer has not seen it yet */
	bool     updates, clock;	/* trading: what it listens to */
	uint16_t account;
	uint64_t key;			/* hash of the key id */
	ns       auth_by;		/* mono */
	ns       behind_since;		/* mono; 0: it is not behind */
	struct subscription sub;
	uint64_t cursor;		/* events: the number of the next one */
	ns       until;			/* events: nothing later; 0: no end */
	char     until_id[EVENT_ID];
};

struct kept_event { struct xc_event event; char id[EVENT_ID]; };

/* One thing that one stream is told, on its way out. */
struct outgoing {
	/* Data: its T ("t", "b", "clock", "error"). Trading: the event ("fill", "canceled"), or
	 * "authorization", "listening", "error", "sim_clock". */
	const char *type;
	sym      sym;			/* SYM_NONE: of none */
	xc_oid   order;			/* XC_NONE: of none */
	/* Data: one object in the stream's codec, without the array around it. Trading: a whole
	 * message. */
	struct str bytes;
};

/* An object of the instant, encoded in the codecs it is wanted in (n 0: not in this one). */
struct item {
	const char *type;
	sym      sym;
	uint8_t  channel, source;
	uint32_t at[CODECS], n[CODECS];
};

struct batch {
	struct text wire[CODECS];
	struct pack pack;
	uint32_t items;
	struct item item[XS_ITEMS];
	struct wanted {			/* by any stream of a source and a codec */
		bool     any, star[CH_COUNT];
		uint64_t on[CH_COUNT][SYMBOLS_MAX / 64];
	} wanted[SOURCES][CODECS];
};

struct exchange;
struct call;

/* ---- stream.c */
size_t stream_memory(void);
void stream_init(struct exchange *x);		/* takes that much of x->arena */
struct stream *stream_of(struct exchange *x, conn_id conn);	/* NULL: none */
struct stream *stream_free(struct exchange *x);	/* NULL: none */
bool stream_asked(const struct request *rq);	/* an upgrade to WebSocket */
void stream_open(struct exchange *x, const struct request *rq, struct str path);
void stream_message(void *ctx, struct server *s, conn_id conn, enum ws_op op, struct str m);
void stream_closed(void *ctx, struct server *s, conn_id conn);
void stream_timeouts(struct exchange *x);
/* Somebody does not keep up, but may yet: a market faster than life waits for him. */
bool stream_behind(const struct exchange *x);
void stream_end(struct exchange *x, struct stream *st, const char *why);

struct said {
	struct str action, key, secret;
	bool updates, clock, streams;	/* of the list of streams */
};
/* The words that a message of either stream may hold; false: it is not one. */
bool stream_said(struct str m, struct said *s);

/* ---- stream_data.c, stream_trading.c */
void data_open(struct exchange *x, struct stream *st, const struct http_head *h);
void data_message(struct exchange *x, struct stream *st, struct str m);
/* An error of the broker's table (400 to 413, 500), in its words. */
void data_error(struct exchange *x, struct stream *st, int code);
void data_slow(struct exchange *x, struct stream *st);	/* 407, and the end */
bool stream_wants(const struct stream *st, enum channel ch, sym s);	/* s SYM_NONE: stars only */
/* A name that the market does not know. */
bool stream_wants_other(const struct stream *st, enum channel ch, struct str name);

/* false: refused in the handshake, and answered. */
bool trading_admits(struct exchange *x, const struct request *rq);
void trading_message(struct exchange *x, struct stream *st, struct str m);
void trading_error(struct exchange *x, struct stream *st, const char *words);

/* ---- stream_feed.c */
void feed_instant(struct exchange *x, bool market);	/* market: x->next is reached */

/* ---- stream_send.c */
void stream_event(struct exchange *x, const struct xc_event *e);
void stream_instant(struct exchange *x, bool market);
void stream_tick(const struct exchange *x, struct text *t);	/* the keys of the clock */
bool stream_ready(const struct stream *st, enum stream_kind kind);
/* An empty x->msg in the stream's codec. */
struct text *stream_begin(struct exchange *x, const struct stream *st);
/* A message about nothing traded, which x->msg holds: an object of the data stream, a whole
 * message of the trading stream. */
void stream_say(struct exchange *x, struct stream *st, const char *type);
/* The same, of an order. */
void stream_tell(struct exchange *x, struct stream *st, const char *type, xc_oid order);
/* Everything that goes to a stream is shown here before: false keeps it back. */
bool stream_filter(struct exchange *x, struct stream *st, const struct outgoing *o);
/* Sends it now, as a message of its own, without asking the filter. */
void stream_deliver(struct exchange *x, struct stream *st, const struct outgoing *o);
/* n objects of the data stream that lie one behind the other, with commas in JSON. */
void stream_objects(struct exchange *x, struct stream *st, struct str objects, uint32_t n);

/* ---- stream_events.c */
int events_get(struct exchange *x, const struct call *c);
const struct kept_event *events_keep(struct exchange *x, const struct xc_event *e);
void events_pump(struct exchange *x, struct stream *st);	/* tells what is due */

/* ---- stream_test.c */
void fakepaca_instant(struct exchange *x, ns ts);	/* lockstep: with the market's */
void fakepaca_timer(struct exchange *x);		/* else each second of real time */

#endif
