#include "web/web_inner.h"

#include <poll.h>

#include "base/arena.h"
#include "base/clock.h"

#define ARENA ((size_t)8 << 20)

/* ---- the board: the newest copy of everything that was told */

static void board_trade(struct web *w, const struct trade *t)
{
	uint32_t i;

	for (i = 0; i < w->trades_n; i++)
		if (memcmp(w->trade[i].id, t->id, CID_TEXT) == 0)
			break;
	if (t->state == TRADE_CLOSED) {
		if (i < w->trades_n)
			w->trade[i] = w->trade[--w->trades_n];
	} else if (i < w->trades_n) {
		w->trade[i] = *t;
	} else if (w->trades_n < OPEN_TRADES) {
		w->trade[w->trades_n++] = *t;
	}
	w->trades_seq++;
}

static bool same_order(const struct order *a, const struct order *b)
{
	if (a->bid[0] != 0 && memcmp(a->bid, b->bid, UUID_TEXT) == 0)
		return true;
	return a->cid[0] != 0 && memcmp(a->cid, b->cid, CID_TEXT) == 0;
}

static void board_order(struct web *w, const struct order *o)
{
	uint32_t i;

	for (i = 0; i < w->orders_n; i++)
		if (same_order(&w->order[i], o))
			break;
	if (o->stage == ORDER_DONE) {
		if (i < w->orders_n)
			w->order[i] = w->order[--w->orders_n];
	} else if (i < w->orders_n) {
		w->order[i] = *o;
	} else if (w->orders_n < OPEN_ORDERS) {
		w->order[w->orders_n++] = *o;
	}
	w->orders_seq++;
}

static void board_state(struct web *w, const struct instance_state *s)
{
	if (s->instance >= w->instances_n)
		return;
	w->instance[s->instance].state = *s;
	w->instance[s->instance].known = true;
}

static void board(struct web *w, const struct tell *t)
{
	switch ((enum tell_kind)t->kind) {
	case TELL_ORDER:
		board_order(w, &t->u.order);
		break;
	case TELL_TRADE:
		board_trade(w, &t->u.trade);
		break;
	case TELL_STATE:
		board_state(w, &t->u.state);
		break;
	case TELL_NOTE:
		w->notes_seq++;
		break;
	case TELL_ACCOUNT:
		w->account = t->u.account;
		w->have_account = true;
		break;
	case TELL_LINK:
		w->link = t->u.link;
		w->have_link = true;
		break;
	case TELL_PRICE:
		if (t->u.price.sym < SYMBOLS_MAX) {
			w->last[t->u.price.sym] = t->u.price.last;
			w->last_ts[t->u.price.sym] = t->u.price.ts;
		}
		break;
	case TELL_KILL:
		w->kill = (enum kill_state)t->u.kill.kill;
		memcpy(w->kill_who, t->u.kill.who, sizeof w->kill_who);
		break;
	case TELL_FILL:
		break;
	}
	w->seq++;
	w->changed = true;
}

/* ---- what the store knows, before anything is told */

/* Numbers of instances and symbols may have moved since: a trade's id has their names. */
static bool restore_trade(void *ctx, const void *record)
{
	struct web *w = ctx;
	struct trade t = *(const struct trade *)record;
	uint32_t hash = engine_cid_instance(str_of(t.id));

	t.instance = 0xff;
	for (uint32_t i = 0; i < w->instances_n; i++)
		if (engine_name_hash(w->instance[i].config->name) == hash)
			t.instance = (uint8_t)i;
	t.sym = symbols_find(&w->control->config->symbols, web_symbol(t.id));
	board_trade(w, &t);
	return true;
}

static bool restore_order(void *ctx, const void *record)
{
	board_order(ctx, record);
	return true;
}

/* Ours are known by name: an index may have moved since. */
static bool restore_state(void *ctx, const void *record)
{
	struct web *w = ctx;
	const struct instance_state *s = record;

	for (uint32_t i = 0; i < w->instances_n; i++) {
		if (!str_eq(str_of(w->instance[i].config->name), str_of(s->name)))
			continue;
		w->instance[i].state = *s;
		w->instance[i].state.instance = (uint8_t)i;
	}
	return true;
}

void web_restore(struct web *w)
{
	struct store *s = w->control->store;
	char who[64];
	ns ts;

	(void)store_open_trades(s, restore_trade, w);
	(void)store_open_orders(s, restore_order, w);
	(void)store_states(s, restore_state, w);
	if (store_kill(s, &w->kill, who, &ts) == OK && w->kill != KILL_RUN)
		(void)!str_copy(w->kill_who, sizeof w->kill_who, str_of(who));
}

/* ---- the thread */

static void closed(void *ctx, struct server *s, conn_id conn)
{
	(void)s;
	events_closed(ctx, conn);
}

static enum err make(struct web **out, struct control *c)
{
	static struct arena arena;
	const struct config *config = c->config;

	if (arena_open(&arena, ARENA) != OK)
		return ERR_IO;
	struct web *w = ARENA_NEW(&arena, struct web, 1);
	w->control = c;
	w->reply = arena_alloc(&arena, REPLY_MAX);
	w->trade = ARENA_NEW(&arena, struct trade, OPEN_TRADES);
	w->order = ARENA_NEW(&arena, struct order, OPEN_ORDERS);
	for (uint32_t i = 0; i < config->instances_n; i++)
		if (config->instance_enabled[i])
			w->instance[w->instances_n++].config = &config->instance[i];
	who_init(w);
	atomic_store(&w->alive, mono_ns());
	*out = w;
	return OK;
}

enum err web_open(struct web **out, struct control *c, char *why, size_t why_size)
{
	enum err e = make(out, c);

	if (e != OK)
		return e;
	struct server_hooks hooks = { .request = routes_request, .closed = closed, .ctx = *out };
	e = server_open(&(*out)->server, c->config->listen, &hooks, why, why_size);
	if (e == OK)
		server_set_per_peer((*out)->server, PEER_CONNECTIONS);
	return e;
}

enum err web_offline(struct web **out, struct control *c)
{
	enum err e = make(out, c);

	if (e == OK)
		web_restore(*out);
	return e;
}

uint16_t web_port(const struct web *w)
{
	return server_port(w->server);
}

ns web_alive(const struct web *w)
{
	return atomic_load(&w->alive);
}

void web_close(struct web *w)
{
	server_close(w->server);
}

/* Tells that found the ring full are lost: then the store knows better than the board. What
 * is told from now on is newer than what is read here, or the same. */
static void catch_up(struct web *w)
{
	struct ring *r = &w->control->tells;

	(void)pthread_mutex_lock(&r->lock);
	uint64_t dropped = r->dropped;
	(void)pthread_mutex_unlock(&r->lock);
	if (dropped == w->dropped)
		return;
	w->dropped = dropped;
	w->trades_n = w->orders_n = 0;
	web_restore(w);
	w->seq++;
	w->orders_seq++;
	w->trades_seq++;
	w->changed = true;
}

static void turn(struct web *w)
{
	struct pollfd p[SERVER_CONNECTIONS + 2];
	struct tell t;
	ns push = mono_ns() + PUSH_EVERY, deadline = push;

	size_t n = server_poll(w->server, p, &deadline);
	if (deadline > push)
		deadline = push;
	p[n] = (struct pollfd){ w->control->tells.fd, POLLIN, 0 };
	/* While something waits to be pushed, the tells may wait too: they come in bunches. */
	size_t watched = w->changed ? n : n + 1;
	ns left = deadline - mono_ns();
	struct timespec ts = clock_span(left);
	(void)ppoll(p, watched, &ts, NULL);
	while (ring_poll(&w->control->tells, &t))
		board(w, &t);
	catch_up(w);
	server_step(w->server, p, n);
	events_push(w);
}

void web_run(struct web *w, const atomic_bool *stop)
{
	while (!atomic_load(stop)) {
		atomic_store(&w->alive, mono_ns());
		turn(w);
	}
}
