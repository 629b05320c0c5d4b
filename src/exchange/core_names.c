/* core_names.c: ids, and orders by their ids. */
#include "exchange/core_inner.h"

#include "base/crc.h"

/* In a backtest nobody looks at them: it is enough that there are no two of a kind. What differs
 * comes first, for whoever compares. */
static void plain_id(const struct xc *x, char out[static UUID_TEXT], struct str kind, int64_t n)
{
	uint64_t v[] = { (uint64_t)n, x->c.seed };
	char *at = out;

	for (size_t i = 0; i < COUNT(v); i++) {
		do
			*at++ = "0123456789abcdef"[v[i] & 15];
		while ((v[i] >>= 4) != 0);
		*at++ = kind.s[0];
	}
	*at = '\0';
	assert(at < out + UUID_TEXT);
}

/* Version 4 in shape, but the seed's. */
void xi_uuid(const struct xc *x, char out[static UUID_TEXT], struct str kind, int64_t n)
{
	static const uint8_t groups[] = { 8, 4, 4, 4, 12 };
	struct rng r;
	uint64_t v[5];
	char *at = out;

	if (x->bars) {
		plain_id(x, out, kind, n);
		return;
	}
	rng_seed_for(&r, x->c.seed, kind, n);
	for (size_t i = 0; i < COUNT(v); i++)
		v[i] = rng_u64(&r) >> 16;
	v[2] = (v[2] & 0x0fff) | 0x4000;
	v[3] = (v[3] & 0x3fff) | 0x8000;
	for (size_t i = 0; i < COUNT(v); i++) {
		for (int k = groups[i]; k-- > 0;)
			*at++ = "0123456789abcdef"[v[i] >> (4 * k) & 15];
		*at++ = '-';
	}
	assert(at == out + UUID_TEXT);
	at[-1] = '\0';
}

static uint32_t id_hash(struct str id)
{
	uint64_t h = hash64(id.s, id.n);

	assert(id.s != NULL || id.n == 0);
	return (uint32_t)(h ^ h >> 32);
}

/* An account's client ids are its own. */
static uint32_t cid_hash(uint16_t account, struct str cid)
{
	return id_hash(cid) * 31 + account;
}

/* Two tables in one, in turn: orders by their ids, and by their client ids. */
enum names { IDS, CIDS };

static uint32_t *name_at(const struct xc *x, enum names which, uint32_t at)
{
	return (uint32_t *)xi_at(x, x->at.names) + 2 * (size_t)(at & x->hash_mask) + which;
}

static uint32_t hash_put(struct xc *x, enum names which, uint32_t at, xc_oid i)
{
	assert(i < x->orders);
	while (*name_at(x, which, at) != 0)
		at++;
	*name_at(x, which, at) = i + 1;
	return at;
}

static void put_names(struct xc *x, xc_oid i)
{
	const struct xc_order *o = xi_order(x, i);
	struct xi_node *n = xi_node(x, i);

	n->id_at = hash_put(x, IDS, id_hash(str_of(o->id)), i);
	n->cid_at = hash_put(x, CIDS, cid_hash(o->account, str_of(o->cid)), i);
}

void xi_hash_drop(struct xc *x, xc_oid i)
{
	const struct xi_node *n = xi_node(x, i);
	uint32_t *id = name_at(x, IDS, n->id_at), *cid = name_at(x, CIDS, n->cid_at);

	assert(*id == i + 1 && *cid == i + 1);
	*id = *cid = 0;
}

/* The orders before it are there already. */
void xi_hash_add(struct xc *x, xc_oid i)
{
	if (2 * i > x->hash_mask) {
		for (xc_oid k = 0; k < i; k++)
			xi_hash_drop(x, k);
		x->hash_mask = 2 * x->hash_mask + 1;
		for (xc_oid k = 0; k < i; k++)
			put_names(x, k);
	}
	put_names(x, i);
}

/* What was before a reset is found no more. */
static xc_oid known(const struct xc *x, xc_oid i)
{
	return i >= xi_account(x, xi_order(x, i)->account)->since.order ? i : XC_NONE;
}

xc_oid xc_find(const struct xc *x, uint16_t account, struct str id)
{
	uint32_t at = id_hash(id), i;

	assert(account < x->c.accounts);
	for (; (i = *name_at(x, IDS, at)) != 0; at++) {
		const struct xc_order *o = xi_order(x, i - 1);
		if (o->account == account && str_eq(str_of(o->id), id))
			return known(x, i - 1);
	}
	return XC_NONE;
}

xc_oid xc_find_cid(const struct xc *x, uint16_t account, struct str cid)
{
	uint32_t at = cid_hash(account, cid), i;

	assert(account < x->c.accounts);
	for (; (i = *name_at(x, CIDS, at)) != 0; at++) {
		const struct xc_order *o = xi_order(x, i - 1);
		if (o->account == account && str_eq(str_of(o->cid), cid) &&
		    known(x, i - 1) != XC_NONE)
			return i - 1;
	}
	return XC_NONE;
}
