/* read.c: single records, each in its own short transaction. */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "store/store_inner.h"

enum err store_damaged(const struct store *s, const struct key *k, const char *what)
{
	log_error("store.damaged", "folder=%s space=%u %s is wrong", s->path, k->b[0], what);
	return ERR_STORE;
}

enum err store_read_begin(struct store *s, MDB_txn **txn)
{
	*txn = NULL;
	atomic_fetch_add(&s->reading, 1);	/* first: who closes looks at it last */
	int rc = atomic_load(&s->closed) ? EBUSY : mdb_txn_begin(s->env, NULL, MDB_RDONLY, txn);
	if (rc == 0)
		return OK;
	atomic_fetch_sub(&s->reading, 1);
	*txn = NULL;
	if (rc != EBUSY)
		log_error("store.read", "error=\"%s\"", mdb_strerror(rc));
	return ERR_STORE;
}

enum err store_get(struct store *s, MDB_txn *txn, const struct key *k, enum record_type type,
		   void *out)
{
	struct key copy = *k;
	MDB_val key = { copy.n, copy.b }, val;
	int rc = mdb_get(txn, s->dbi, &key, &val);

	if (rc == MDB_NOTFOUND)
		return ERR_NOTFOUND;
	if (rc != 0)
		return store_damaged(s, k, mdb_strerror(rc));
	const char *wrong = record_unpack(out, type, k->b, k->n, val.mv_data, val.mv_size,
					  &s->names);
	return wrong == NULL ? OK : store_damaged(s, k, wrong);
}

void store_read_end(struct store *s, MDB_txn *txn)
{
	mdb_txn_abort(txn);
	atomic_fetch_sub(&s->reading, 1);
}

static enum err get_alone(struct store *s, const struct key *k, enum record_type type, void *out)
{
	MDB_txn *txn;
	enum err e = store_read_begin(s, &txn);

	if (e != OK)
		return e;
	e = store_get(s, txn, k, type, out);
	store_read_end(s, txn);
	return e;
}

/* ---- orders */

enum err store_find_order(struct store *s, MDB_txn *txn, struct str id, struct key *out)
{
	struct order o;
	struct key k;
	enum err e = ERR_NOTFOUND;

	if (id.n == 0 || id.n >= CID_TEXT)
		return ERR_NOTFOUND;
	for (const char *kind = "cb"; e == ERR_NOTFOUND && *kind != '\0'; kind++) {
		key_begin(out, SPACE_ORDER);
		key_bytes(out, kind, 1);
		key_str(out, id);
		e = store_get(s, txn, out, REC_ORDER, &o);
	}
	if (e != ERR_NOTFOUND)
		return e;
	key_order_alias(&k, id);
	e = store_get(s, txn, &k, REC_LINK, out);
	if (e == OK && (out->n < 2 || out->b[0] != SPACE_ORDER))
		e = store_damaged(s, &k, "link");
	return e;
}

enum err store_order(struct store *s, struct str cid_or_bid, struct order *out)
{
	struct key k;
	MDB_txn *txn;
	enum err e = store_read_begin(s, &txn);

	if (e != OK)
		return e;
	e = store_find_order(s, txn, cid_or_bid, &k);
	if (e == OK) {
		e = store_get(s, txn, &k, REC_ORDER, out);
		if (e == ERR_NOTFOUND)
			e = store_damaged(s, &k, "link to an order");
	}
	store_read_end(s, txn);
	return e;
}

/* ---- the others */

enum err store_trade(struct store *s, struct str id, struct trade *out)
{
	struct key k;

	key_trade(&k, id);
	return get_alone(s, &k, REC_TRADE, out);
}

enum err store_state(struct store *s, struct str instance, struct instance_state *out)
{
	struct key k;

	key_state(&k, instance);
	return get_alone(s, &k, REC_STATE, out);
}

enum err store_kill(struct store *s, enum kill_state *state, char who[static 64], ns *ts)
{
	struct kill_record r;
	struct key k;

	key_begin(&k, SPACE_KILL);
	enum err e = get_alone(s, &k, REC_KILL, &r);
	if (e != OK)
		return e;
	*state = (enum kill_state)r.kill;
	*ts = r.ts;
	memcpy(who, r.who, sizeof(r.who));
	return OK;
}

enum err store_account(struct store *s, char id[static UUID_TEXT])
{
	struct account_record r;
	struct key k;

	key_begin(&k, SPACE_ACCOUNT);
	enum err e = get_alone(s, &k, REC_ACCOUNT, &r);
	if (e == OK)
		memcpy(id, r.id, sizeof(r.id));
	return e;
}

static bool take_session(void *ctx, const void *record)
{
	memcpy(ctx, record, sizeof(struct session_record));
	return false;
}

enum err store_last_session(struct store *s, struct session_record *out)
{
	struct session_record r = { .status = UINT8_MAX };
	enum err e = store_sessions(s, 1, take_session, &r);

	if (e != OK)
		return e;
	if (r.status == UINT8_MAX)
		return ERR_NOTFOUND;
	*out = r;
	return OK;
}
