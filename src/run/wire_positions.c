/* The listing of positions: whether it can be true, what is not ours, and who is told what. */
#include "run/wire_inner.h"

#include "base/log.h"

#define DOUBT_PART  500		/* what shares are worth may differ by so much, and in all by */
#define DOUBT_LEAST (5 * NUM_ONE)

static uint32_t holders(const struct wire *w, sym s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		const struct engine_config *c = &w->l->instance[i].config;
		for (uint32_t k = 0; k < c->symbols_n; k++)
			n += c->symbol[k] == s;
	}
	return n;
}

/* What instance i holds of s. */
static enum holding holding(const struct wire *w, uint32_t i, sym s, int64_t *n)
{
	const struct instance *in = &w->l->instance[i];

	for (uint32_t k = 0; k < in->config.symbols_n; k++) {
		if (in->config.symbol[k] != s)
			continue;
		enum holding how = (enum holding)atomic_load(&in->holding[k].how);
		*n = atomic_load(&in->holding[k].n);
		if (how == (enum holding)atomic_load(&in->holding[k].how))
			return how;
		return how == HOLDING_UNSAID ? HOLDING_UNSAID : HOLDING_BUSY;
	}
	*n = 0;
	return HOLDING_SAFE;
}

/* Those that a stop guards cannot have been sold by anybody else; of the others nobody can say
 * whose are missing, and the last instance of the configuration bears it. */
static void bear(const struct wire *w, int side, int64_t missing, const enum holding *how,
		 int64_t *part)
{
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = w->l->instances_n; i-- > 0 && missing > 0;) {
			if (round == 0 && how[i] != HOLDING_BARE)
				continue;
			int64_t own = part[i] * side, gone = own < missing ? own : missing;
			part[i] -= gone * side;
			missing -= gone;
		}
	}
	assert(missing == 0);
}

/* Whose what is there is of a symbol that several trade. OWN: some are missing, and each one's part
 * of what is left is in part[]. */
static enum position_of share_out(const struct wire *w, sym s, int64_t part[static INSTANCES_MAX])
{
	enum holding how[INSTANCES_MAX], least = HOLDING_BARE;
	int64_t all = 0, there = w->broker_position[s].n;
	bool against = false;
	int side = 0;

	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		how[i] = holding(w, i, s, &part[i]);
		least = how[i] < least ? how[i] : least;
		int own = (part[i] > 0) - (part[i] < 0);
		against |= own * side < 0;	/* the guard lets nobody do this */
		side = own != 0 ? own : side;
		all += part[i];
	}
	if (all == there && least > HOLDING_UNSAID)
		return POSITION_ACCOUNTED;
	there = there * side > 0 ? there : 0;
	int64_t missing = (all - there) * side;
	if (missing <= 0 || against || least < HOLDING_SAFE)
		return POSITION_SHARED;
	log_warn("position.missing", "sym=%s held=%.4g there=%.4g",
		 w->l->symbols->name[s], (double)all / 1e9, (double)there / 1e9);
	bear(w, side, missing, how, part);
	return POSITION_OWN;
}

/* Others have some where there is more than all of ours; amid a trade nobody can say. */
static bool of_others(struct wire *w, sym s)
{
	int64_t part, all = 0, there = w->broker_position[s].n;
	bool known = true;

	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		known &= holding(w, i, s, &part) >= HOLDING_SAFE;
		all += part;
	}
	bool more = all == 0 ? there != 0 : all > 0 ? there > all : there < all;
	if (known || !more)
		atomic_store(&w->l->others[s], more);
	return atomic_load(&w->l->others[s]);
}

/* Of a symbol that has left all lists nobody knows how many still hold some. */
static void give_position(struct wire *w, sym s)
{
	struct event ev;
	int64_t part[INSTANCES_MAX];
	uint32_t n = holders(w, s);
	enum position_of of = n == 1 ? POSITION_OWN : share_out(w, s, part);

	memset(&ev, 0, sizeof ev);
	ev.kind = EV_POSITION;
	ev.ts = wire_now(w);
	ev.u.position.sym = s;
	ev.u.position.n = w->broker_position[s];
	ev.u.position.of = (uint8_t)of;
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		const struct engine_config *c = &w->l->instance[i].config;
		if (n > 1 && of == POSITION_OWN)
			ev.u.position.n.n = part[i];
		for (uint32_t k = 0; k < c->symbols_n; k++)
			if (c->symbol[k] == s)
				wire_give(w, (uint8_t)i, &ev);
	}
	if (n == 0 && w->broker_position[s].n != 0)
		wire_give(w, 0xff, &ev);
}

/* The account, asked a moment before, says otherwise than the listing: one of the past, or with a
 * row less. Prices move in between, and an account may lag, or not say. */
static bool unlike(int64_t listed, usd account)
{
	int64_t has = account.n < 0 ? -account.n : account.n;
	int64_t apart = has > listed ? has - listed : listed - has;

	return has > 0 && apart > has / DOUBT_PART + DOUBT_LEAST;
}

/* A position that is left out is taken for one that is gone: so all of it is believed,
 * or nothing. */
bool wire_positions(struct wire *w, struct str body)
{
	struct json j;
	struct alpaca_position p;
	uint32_t strangers = 0, others = 0;
	int64_t worth[2] = { 0 };	/* long, short */
	bool priced = true;

	memset(w->broker_position, 0, sizeof w->broker_position);
	json_open(&j, body);
	if (json_peek(&j) != JSON_ARRAY)
		return false;
	for (json_enter_array(&j); json_next_item(&j);) {
		if (alpaca_read_position(&j, w->l->symbols, &p) != OK)
			return false;
		strangers += p.sym == SYM_NONE;
		priced &= p.last.n > 0;
		int64_t value, *sum = &worth[p.n.n < 0];
		if (!num_muldiv_ok(&value, p.last.n, p.n.n, NUM_ONE, ROUND_NEAR) ||
		    __builtin_add_overflow(*sum, value < 0 ? -value : value, sum))
			return false;
		if (p.sym != SYM_NONE)
			w->broker_position[p.sym] = p.n;
	}
	if (json_done(&j) != OK)
		return false;
	w->sync_bad = w->sync_bads < SYNC_DOUBTS && priced && w->have_account &&
		      (unlike(worth[0], w->account_long) || unlike(worth[1], w->account_short));
	if (w->sync_bad)
		return true;
	for (uint32_t s = 0; s < w->l->symbols->n; s++) {
		others += of_others(w, (sym)s);
		give_position(w, (sym)s);
	}
	atomic_store(&w->l->strangers, strangers);
	w->link.foreign_positions = strangers + others;
	return true;
}
