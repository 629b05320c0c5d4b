/* words.c: the broker's spelling of the enumerations, one table each, read and
 * written through it, so that the two directions cannot differ. */
#include "model/model.h"

static const char *const sides[] = {
	[SIDE_BUY] = "buy", [SIDE_SELL] = "sell",
};

static const char *const types[] = {
	[TYPE_MARKET] = "market", [TYPE_LIMIT] = "limit", [TYPE_STOP] = "stop",
	[TYPE_STOP_LIMIT] = "stop_limit", [TYPE_TRAILING_STOP] = "trailing_stop",
};

static const char *const tifs[] = {
	[TIF_DAY] = "day", [TIF_GTC] = "gtc", [TIF_OPG] = "opg",
	[TIF_CLS] = "cls", [TIF_IOC] = "ioc", [TIF_FOK] = "fok",
};

static const char *const classes[] = {
	[CLASS_SIMPLE] = "simple", [CLASS_BRACKET] = "bracket",
	[CLASS_OCO] = "oco", [CLASS_OTO] = "oto",
};

static const char *const statuses[] = {
	[ST_NEW] = "new",
	[ST_PARTIALLY_FILLED] = "partially_filled",
	[ST_FILLED] = "filled",
	[ST_DONE_FOR_DAY] = "done_for_day",
	[ST_CANCELED] = "canceled",
	[ST_EXPIRED] = "expired",
	[ST_REPLACED] = "replaced",
	[ST_PENDING_CANCEL] = "pending_cancel",
	[ST_PENDING_REPLACE] = "pending_replace",
	[ST_ACCEPTED] = "accepted",
	[ST_PENDING_NEW] = "pending_new",
	[ST_ACCEPTED_FOR_BIDDING] = "accepted_for_bidding",
	[ST_STOPPED] = "stopped",
	[ST_REJECTED] = "rejected",
	[ST_SUSPENDED] = "suspended",
	[ST_CALCULATED] = "calculated",
	[ST_HELD] = "held",
	[ST_UNKNOWN] = "unknown",
};

/* -1 when no word of the table is s. */
static int find(const char *const *words, size_t n, struct str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(s, str_of(words[i])))
			return (int)i;
	return -1;
}

static const char *text(const char *const *words, size_t n, unsigned v)
{
	assert(v < n);
	return words[v];
}

const char *side_text(enum side v) { return text(sides, COUNT(sides), v); }
const char *type_text(enum order_type v) { return text(types, COUNT(types), v); }
const char *tif_text(enum tif v) { return text(tifs, COUNT(tifs), v); }
const char *class_text(enum order_class v) { return text(classes, COUNT(classes), v); }
const char *status_text(enum order_status v) { return text(statuses, COUNT(statuses), v); }

bool side_parse(enum side *v, struct str s)
{
	int i = find(sides, COUNT(sides), s);

	if (i >= 0)
		*v = (enum side)i;
	return i >= 0;
}

bool type_parse(enum order_type *v, struct str s)
{
	int i = find(types, COUNT(types), s);

	if (i >= 0)
		*v = (enum order_type)i;
	return i >= 0;
}

bool tif_parse(enum tif *v, struct str s)
{
	int i = find(tifs, COUNT(tifs), s);

	if (i >= 0)
		*v = (enum tif)i;
	return i >= 0;
}

bool class_parse(enum order_class *v, struct str s)
{
	/* The broker answers a simple order's class as an empty text. */
	int i = s.n == 0 ? (int)CLASS_SIMPLE : find(classes, COUNT(classes), s);

	if (i >= 0)
		*v = (enum order_class)i;
	return i >= 0;
}

enum order_status status_parse(struct str s)
{
	int i = find(statuses, COUNT(statuses), s);

	return i >= 0 ? (enum order_status)i : ST_UNKNOWN;
}

bool status_final(enum order_status v)
{
	switch (v) {
	case ST_FILLED:
	case ST_CANCELED:
	case ST_EXPIRED:
	case ST_REPLACED:
	case ST_REJECTED:
		return true;
	case ST_NEW:
	case ST_PARTIALLY_FILLED:
	case ST_DONE_FOR_DAY:
	case ST_PENDING_CANCEL:
	case ST_PENDING_REPLACE:
	case ST_ACCEPTED:
	case ST_PENDING_NEW:
	case ST_ACCEPTED_FOR_BIDDING:
	case ST_STOPPED:
	case ST_SUSPENDED:
	case ST_CALCULATED:
	case ST_HELD:
	case ST_UNKNOWN:
		return false;
	}
	return false;
}
