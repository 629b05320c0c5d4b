/* walk.c: ranges of records, in the order of their keys. An index entry is followed to
 * its record. What fails ends the walk with an error: half an answer is none. */
#include "store/store_inner.h"

struct walk {
	struct key       from;		/* all keys that begin with it ... */
	struct key       until;		/* ... up to this one, when it is set */
	enum record_type type;		/* of what `each` is given */
	bool             links;
	bool             newest;
	uint32_t         limit;		/* 0: none */
	store_each       each;
	void            *ctx;
};

/* The largest key of a prefix, or the cursor's first key. */
static int go_to_start(MDB_cursor *c, const struct walk *w, MDB_val *key, MDB_val *val)
{
	struct key start = w->from;

	*key = (MDB_val){ start.n, start.b };
	if (!w->newest)
		return mdb_cursor_get(c, key, val, MDB_SET_RANGE);
	assert(start.n == 1 && start.b[0] < UINT8_MAX);
	start.b[0]++;
	int rc = mdb_cursor_get(c, key, val, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)
		return mdb_cursor_get(c, key, val, MDB_LAST);
	return rc == 0 ? mdb_cursor_get(c, key, val, MDB_PREV) : rc;
}

static bool inside(const struct walk *w, const MDB_val *key)
{
	size_t n = key->mv_size < w->until.n ? key->mv_size : w->until.n;

	if (w->until.n > 0)
		return memcmp(key->mv_data, w->until.b, n) <= 0;
	return key->mv_size >= w->from.n && memcmp(key->mv_data, w->from.b, w->from.n) == 0;
}

static enum err read_one(struct store *s, MDB_txn *txn, const struct walk *w, const MDB_val *key,
			 const MDB_val *val, union any_record *out)
{
	struct key target, at = { 0 };

	key_bytes(&at, key->mv_data, key->mv_size < KEY_MAX ? key->mv_size : KEY_MAX);
	const char *wrong = record_unpack(w->links ? (void *)&target : out,
					  w->links ? REC_LINK : w->type, key->mv_data, key->mv_size,
					  val->mv_data, val->mv_size, &s->names);
	if (wrong != NULL)
		return store_damaged(s, &at, wrong);
	if (!w->links)
		return OK;
	enum err e = store_get(s, txn, &target, w->type, out);
	return e == ERR_NOTFOUND ? store_damaged(s, &at, "link") : e;
}

static enum err walk(struct store *s, const struct walk *w)
{
	union any_record record;
	MDB_cursor *c = NULL;
	MDB_val key, val;
	uint32_t n = 0;
	MDB_txn *txn;

	enum err e = store_read_begin(s, &txn);
	if (e != OK)
		return e;
	int rc = mdb_cursor_open(txn, s->dbi, &c);
	if (rc == 0)
		rc = go_to_start(c, w, &key, &val);
	while (rc == 0 && inside(w, &key) && (w->limit == 0 || n++ < w->limit)) {
		e = read_one(s, txn, w, &key, &val, &record);
		if (e != OK || !w->each(w->ctx, &record))
			break;
		rc = mdb_cursor_get(c, &key, &val, w->newest ? MDB_PREV : MDB_NEXT);
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		e = store_damaged(s, &w->from, mdb_strerror(rc));
	if (c != NULL)
		mdb_cursor_close(c);
	store_read_end(s, txn);
	return e;
}

static enum err walk_space(struct store *s, enum space space, enum record_type type,
			   uint32_t limit, bool newest, store_each each, void *ctx)
{
	struct walk w = {
		.type = type, .newest = newest, .limit = limit, .each = each, .ctx = ctx
	};

	w.links = record_of_space((uint8_t)space) == REC_LINK;
	key_begin(&w.from, space);
	return walk(s, &w);
}

static enum err walk_trade(struct store *s, enum space space, enum record_type type,
			   struct str trade, store_each each, void *ctx)
{
	struct walk w = { .type = type, .links = true, .each = each, .ctx = ctx };

	key_begin(&w.from, space);
	key_str(&w.from, trade);
	return walk(s, &w);
}

enum err store_open_orders(struct store *s, store_each each, void *ctx)
{
	return walk_space(s, SPACE_ORDER_OPEN, REC_ORDER, 0, false, each, ctx);
}

enum err store_orders(struct store *s, uint32_t limit, store_each each, void *ctx)
{
	return walk_space(s, SPACE_ORDER_TIME, REC_ORDER, limit, true, each, ctx);
}

enum err store_orders_of(struct store *s, struct str trade, store_each each, void *ctx)
{
	return walk_trade(s, SPACE_ORDER_TRADE, REC_ORDER, trade, each, ctx);
}

enum err store_open_trades(struct store *s, store_each each, void *ctx)
{
	return walk_space(s, SPACE_TRADE_OPEN, REC_TRADE, 0, false, each, ctx);
}

enum err store_trades(struct store *s, uint32_t limit, store_each each, void *ctx)
{
	return walk_space(s, SPACE_TRADE_TIME, REC_TRADE, limit, true, each, ctx);
}

enum err store_fills_of(struct store *s, struct str trade, store_each each, void *ctx)
{
	return walk_trade(s, SPACE_FILL_TRADE, REC_FILL, trade, each, ctx);
}

enum err store_fills(struct store *s, store_each each, void *ctx)
{
	return walk_space(s, SPACE_FILL_TIME, REC_FILL, 0, false, each, ctx);
}

enum err store_notes_of(struct store *s, struct str trade, store_each each, void *ctx)
{
	return walk_trade(s, SPACE_NOTE_TRADE, REC_NOTE, trade, each, ctx);
}

enum err store_notes(struct store *s, uint32_t limit, store_each each, void *ctx)
{
	return walk_space(s, SPACE_NOTE, REC_NOTE, limit, true, each, ctx);
}

enum err store_sessions(struct store *s, uint32_t limit, store_each each, void *ctx)
{
	return walk_space(s, SPACE_SESSION, REC_SESSION, limit, true, each, ctx);
}

enum err store_states(struct store *s, store_each each, void *ctx)
{
	return walk_space(s, SPACE_STATE, REC_STATE, 0, false, each, ctx);
}

/* Keys are minutes, points are exact. */
struct span {
	ns         from, to;
	store_each each;
	void      *ctx;
};

static bool in_span(void *ctx, const void *record)
{
	const struct equity_point *p = record;
	struct span *span = ctx;

	if (p->ts < span->from || p->ts > span->to)
		return true;
	return span->each(span->ctx, record);
}

enum err store_equity(struct store *s, ns from, ns to, store_each each, void *ctx)
{
	struct span span = { from, to, each, ctx };
	struct walk w = { .type = REC_EQUITY, .each = in_span, .ctx = &span };

	if (from > to)
		return OK;
	key_equity(&w.from, from);
	key_equity(&w.until, to);
	return walk(s, &w);
}
