/* model.h: the words of the trade, as data without actions. Enumerations come
 * with the broker's spelling (Alpaca's), so that both the client and the
 * embedded exchange read and write them through the same tables. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/num.h"

/* ---- symbols: one table per process, filled while the configuration is read
 * and never changed afterwards; `sym` is an index into it. */
typedef uint16_t sym;
#define SYM_NONE     ((sym)0xffff)
#define SYMBOLS_MAX   1024	/* of an exchange: the large and the liquid US stocks */
#define SYMBOL_TEXT   12	/* "BRK.B", OTC names have five letters; with the NUL */
#define SYMBOLS_SLOTS 2048	/* half full at most */
#define SYMBOLS_RENAMED 8	/* some thirty names a week change, of some ten thousand */

/* n = 0 empties it, whatever the slots say. */
struct symbols {
	uint32_t n;
	char     name[SYMBOLS_MAX][SYMBOL_TEXT];
	uint16_t slot[SYMBOLS_SLOTS];	/* found by hash: index + 1; 0: never used */
	uint32_t renamed_n;		/* what the market calls some of them now: the wire's */
	struct { sym s; char name[SYMBOL_TEXT]; } renamed[SYMBOLS_RENAMED];
};

sym  symbols_find(const struct symbols *t, struct str name);	/* SYM_NONE when absent */
bool symbol_ok(struct str name);	/* 1..11 of A-Z 0-9 . - */
/* A name that is there already keeps its place. ERR_FULL, or ERR_PARSE when the name
 * is not 1..11 of A-Z 0-9 . - */
MUST_CHECK enum err symbols_add(struct symbols *t, struct str name, sym *out);
/* From now on that name finds it, too. False: it did before, or there is no room. */
bool symbols_rename(struct symbols *t, sym s, struct str name);
const char *symbols_name(const struct symbols *t, sym s);	/* the newest */

/* ---- bars */
enum bar_flag {
	BAR_WARMUP  = 1,	/* history: for indicators only, never traded on */
	BAR_REVISED = 2,	/* a correction of a bar that was seen before */
	BAR_LATE    = 4,	/* came after its slice was decided */
	BAR_FALLBACK = 8	/* not the broker's: of the provider that stands in for it */
};

/* Alpaca labels a bar with its start; ts is the first instant at which the bar
 * can be known. Immutable. Prices > 0, low <= open, close <= high. */
struct bar {
	ns       open_ts;	/* first instant covered, inclusive */
	ns       ts;		/* first instant not covered */
	px       open, high, low, close;
	px       vwap;		/* 0 when not given */
	double   volume;	/* shares; a statistic, exact below 2^53 */
	uint32_t trades;
	sym      sym;
	uint16_t flags;		/* enum bar_flag */
};

/* A double counts shares exactly up to here; a NaN fails both comparisons. */
#define VOLUME_MAX 0x1p53

static inline bool bar_valid(const struct bar *b)
{
	return b->ts > b->open_ts && b->low.n > 0 && b->vwap.n >= 0 &&
		b->low.n <= b->open.n && b->open.n <= b->high.n &&
		b->low.n <= b->close.n && b->close.n <= b->high.n &&
		b->volume >= 0.0 && b->volume <= VOLUME_MAX;
}

/* ---- orders */
enum side { SIDE_BUY, SIDE_SELL };

enum order_type { TYPE_MARKET, TYPE_LIMIT, TYPE_STOP, TYPE_STOP_LIMIT, TYPE_TRAILING_STOP };

enum tif { TIF_DAY, TIF_GTC, TIF_OPG, TIF_CLS, TIF_IOC, TIF_FOK };

enum order_class { CLASS_SIMPLE, CLASS_BRACKET, CLASS_OCO, CLASS_OTO };

/* Alpaca's seventeen, and one for whatever it sends tomorrow (treated as open). */
enum order_status {
	ST_NEW, ST_PARTIALLY_FILLED, ST_FILLED, ST_DONE_FOR_DAY, ST_CANCELED, ST_EXPIRED,
	ST_REPLACED, ST_PENDING_CANCEL, ST_PENDING_REPLACE, ST_ACCEPTED, ST_PENDING_NEW,
	ST_ACCEPTED_FOR_BIDDING, ST_STOPPED, ST_REJECTED, ST_SUSPENDED, ST_CALCULATED,
	ST_HELD, ST_UNKNOWN
};

/* The words are the broker's ("partially_filled", "stop_limit", "gtc", "bracket").
 * *_parse: false when unknown; status_parse answers ST_UNKNOWN instead. */
const char *side_text(enum side v);
const char *type_text(enum order_type v);
const char *tif_text(enum tif v);
const char *class_text(enum order_class v);
const char *status_text(enum order_status v);
MUST_CHECK bool side_parse(enum side *v, struct str s);
MUST_CHECK bool type_parse(enum order_type *v, struct str s);
MUST_CHECK bool tif_parse(enum tif *v, struct str s);
MUST_CHECK bool class_parse(enum order_class *v, struct str s);	/* "" is simple */
enum order_status status_parse(struct str s);

/* filled, canceled, expired, replaced, rejected: nothing follows any more. */
bool status_final(enum order_status v);

static inline enum side side_other(enum side s)
{
	return s == SIDE_BUY ? SIDE_SELL : SIDE_BUY;
}

/* A broker's id: a lowercase UUID as text, "" while not known. */
#define UUID_TEXT 37
/* client_order_id: ours are at most 47 characters; the broker takes 128. */
#define CID_TEXT  48

/* ---- the price grid (SEC rule 612): 0.01 from $1.00 on, 0.0001 below. */
px   tick_of(px p);
bool on_tick(px p);

#endif
