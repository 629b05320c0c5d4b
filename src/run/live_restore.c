/* What a run begins with: the engines as the store knows them; and the record of the run
 * itself. */
#include "run/live.h"

#include <errno.h>

#include "base/log.h"
#include "run/latch.h"
#include "run/parity.h"

/* ---- restoring the engines */

/* A trade has an entry, two legs, and some own stops and exits. */
#define ORDERS_PER_TRADE 16
#define TRADES_MAX ENGINE_TRADES

struct restore {
	struct trade trade[TRADES_MAX];
	struct order order[TRADES_MAX * ORDERS_PER_TRADE];
	uint32_t trades, orders, lost;
};

#define CRASHES        5	/* more in that time: what a start does not mend */
#define CRASHES_WITHIN (10 * NS_MINUTE)

/* An instance is known by its name's hash in the ids: its index may have moved. */
static bool of_instance(const char *cid, const struct instance *in)
{
	return engine_cid_instance(str_of(cid)) == engine_name_hash(in->config.name);
}

struct restoring { struct restore *r; struct instance *in; };

static bool restore_trade(void *ctx, const void *record)
{
	struct restoring *x = ctx;
	const struct trade *t = record;

	if (!of_instance(t->id, x->in))
		return true;
	if (x->r->trades < COUNT(x->r->trade))
		x->r->trade[x->r->trades++] = *t;
	else
		x->r->lost++;
	return true;
}

/* Tries that came to nothing, of which a long fight for an exit may leave hundreds. */
static bool forgettable(const struct order *o)
{
	return o->stage == ORDER_DONE && o->done.n == 0 &&
	       (!o->leg || o->moved == MOVE_ASKED) && o->role != ROLE_ENTRY;
}

static bool restore_order(void *ctx, const void *record)
{
	struct restoring *x = ctx;
	const struct order *o = record;

	if (x->r->orders < COUNT(x->r->order) / 2 ||
	    (x->r->orders < COUNT(x->r->order) && !forgettable(o)))
		x->r->order[x->r->orders++] = *o;
	else if (!forgettable(o))
		x->r->lost++;
	return true;
}

/* Open trades with all their orders, those that are over too: their fills are booked. */
static enum err read_trades(struct live *l, struct restoring *x)
{
	enum err e = store_open_trades(l->store, restore_trade, x);

	for (uint32_t i = 0; i < x->r->trades && e == OK; i++) {
		struct str id = str_of(x->r->trade[i].id);
		e = store_orders_of(l->store, id, restore_order, x);
	}
	return e;
}

/* The store has translated the symbols; one that found no place is in the id still. */
static sym sym_of_cid(const struct live *l, const char *cid)
{
	struct str s = str_of(cid);

	(void)str_cut(&s, '-');		/* gb */
	(void)str_cut(&s, '-');		/* instance */
	size_t dash = 0, last = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i] == '-') {
			last = dash;
			dash = i;
		}
	}
	return symbols_find(&l->config->symbols, (struct str){ s.s, last });
}

static void rename_records(struct live *l, const struct instance *in, struct restore *r)
{
	for (uint32_t i = 0; i < r->trades; i++) {
		if (r->trade[i].sym >= l->symbols->n)
			r->trade[i].sym = sym_of_cid(l, r->trade[i].id);
		r->trade[i].instance = in->index;
	}
	for (uint32_t i = 0; i < r->orders; i++) {
		if (r->order[i].sym >= l->symbols->n)
			r->order[i].sym = sym_of_cid(l, r->order[i].trade);
		r->order[i].instance = in->index;
	}
}

/* The latches outlive everything; only `resume` lifts them, from both places. */
static enum err restore_state(struct live *l, struct instance *in, struct instance_state *st,
			      enum kill_state least)
{
	enum kill_state kill;
	char who[64];
	ns ts;

	enum err e = store_state(l->store, str_of(in->config.name), st);
	if (e == ERR_NOTFOUND) {
		memset(st, 0, sizeof *st);
		bool fits = str_copy(st->name, sizeof st->name, str_of(in->config.name));
		assert(fits);
		st->run = RUN_RUNNING;
	} else if (e != OK) {
		return e;
	}
	st->instance = in->index;
	if (st->run == RUN_STOPPED || st->run == RUN_ERROR)
		st->run = RUN_RUNNING;
	if (least > (enum kill_state)st->kill)
		st->kill = (uint8_t)least;
	e = store_kill(l->store, &kill, who, &ts);
	if (e == OK && kill > (enum kill_state)st->kill)
		st->kill = (uint8_t)kill;
	return e == ERR_NOTFOUND ? OK : e;
}

static bool restore_engine(struct live *l, struct instance *in, struct restore *r,
			   enum kill_state least)
{
	struct restoring x = { r, in };
	struct instance_state st;

	memset(r, 0, sizeof *r);
	if (read_trades(l, &x) != OK || restore_state(l, in, &st, least) != OK) {
		log_error("restore.failed", "inst=%s why=\"the store could not be read\"",
			  in->config.name);
		return false;
	}
	rename_records(l, in, r);
	if (r->lost > 0)
		log_error("restore.full", "inst=%s records=%u effect=\"not managed: see to them at "
			  "the broker\"", in->config.name, r->lost);
	if (r->trades > 0)	/* orders are theirs */
		log_info("restore", "inst=%s trades=%u orders=%u", in->config.name, r->trades,
			 r->orders);
	atomic_store(&in->kill, st.kill);
	checkpoint_load(in, &st);
	engine_restore(in->engine, &st, r->trade, r->trades, r->order, r->orders);
	return true;
}

/* ---- what nobody looks after, and starts that do not last */

static bool restore_stray(void *ctx, const void *record)
{
	const struct live *l = ctx;
	const struct trade *t = record;

	for (uint32_t i = 0; i < l->instances_n; i++)
		if (of_instance(t->id, &l->instance[i]))
			return true;
	log_error("restore.stray", "trade=%s why=\"its instance is not configured\" "
		  "effect=\"not managed; its stops stay at the broker\" remedy=\"configure it "
		  "until it is closed, or close it at the broker\"", t->id);
	return true;
}

struct crashes { ns since, now; uint32_t n; };

static bool count_crash(void *ctx, const void *record)
{
	struct crashes *c = ctx;
	const struct session_record *s = record;

	c->n += s->status != SESSION_COMPLETED && s->started >= c->since && s->started <= c->now;
	return true;
}

/* A clock that begins at the same time after each power cut says nothing. */
static bool count_none(void *ctx, const void *record)
{
	struct crashes *c = ctx;
	const struct instance_state *st = record;

	if (st->last_decision > c->now)
		c->n = 0;
	return true;
}

/* One that is still ACTIVE has crashed just now. A made-up market may be killed at will. */
static enum kill_state crash_loop(struct live *l)
{
	struct crashes c = { .now = wall_ns() };

	c.since = c.now - CRASHES_WITHIN;
	if (l->config->mode == MODE_SIM ||
	    store_sessions(l->store, CRASHES + 1, count_crash, &c) != OK ||
	    store_states(l->store, count_none, &c) != OK || c.n <= CRASHES)
		return KILL_RUN;
	log_error("crash.loop", "crashes=%u effect=\"positions are looked after, nothing is "
		  "opened\" remedy=\"gambler resume, when the reason is gone\"", c.n);
	return KILL_REDUCE_ONLY;
}

/* What FOLDER/kill says while nobody reads it. When it is what the store says it is no news. */
static enum kill_state latched(struct live *l)
{
	enum kill_state k, stored;
	enum command c;
	char who[64];
	ns ts;

	if (!latch_read(l->config->folder, &c) || c == CMD_RESUME)
		return KILL_RUN;
	k = c == CMD_HALT ? KILL_HALT : c == CMD_FLATTEN ? KILL_FLATTEN : KILL_REDUCE_ONLY;
	if (store_kill(l->store, &stored, who, &ts) == OK && stored == k)
		atomic_store(&l->latched, (int)c);
	return k;
}

/* What each is to compute, and with it the memory that all of them need. */
static bool plan_instances(struct live *l)
{
	size_t size = 0;

	for (uint32_t i = 0; i < l->config->instances_n; i++) {
		struct engine_config *c = &l->instance[l->instances_n].config;
		if (!l->config->instance_enabled[i])
			continue;
		*c = l->config->instance[i];
		c->index = (uint8_t)l->instances_n++;
		c->calendar = &l->calendar;
		engine_plan_own(c, &l->arena);
		size += engine_size(c);
	}
	return arena_open(&l->engines, size + 1) == OK;
}

bool live_instances(struct live *l)
{
	struct restore *r = ARENA_NEW(&l->arena, struct restore, 1);
	enum kill_state least = crash_loop(l), file = latched(l);

	least = file > least ? file : least;

	if (!plan_instances(l)) {
		log_error("memory", "why=\"not enough for the instances\"");
		return false;
	}
	for (uint32_t i = 0; i < l->instances_n; i++) {
		struct instance *in = &l->instance[i];
		in->live = l;
		in->index = (uint8_t)i;
		in->engine = engine_new(&l->engines, &in->config);
		if (!live_ring(l, &in->in, sizeof(struct event), RING_INSTANCE))
			return false;
		if (in->config.strategy->outside) {
			in->exec = exec_open(&in->config, !l->lockstep, 0);
			if (in->exec == NULL) {
				log_error("memory", "why=\"%s\"", strerror(errno));
				return false;
			}
		}
		if (!restore_engine(l, in, r, least))
			return false;
		if (l->config->journal) {
			in->journal = arena_alloc(&l->arena, journal_size());
			journal_open(in->journal, l->config->folder, &in->config, l->symbols,
				     parity_config_hash(l->config), in->resumed);
		}
	}
	return store_open_trades(l->store, restore_stray, l) == OK;
}

/* ---- the record of this run */

/* What is begun is ended: the writer's transactions come next. */
static bool put_session(struct live *l, char why[static STORE_WHY])
{
	if (store_put_session(l->store, &l->session) == OK)
		return store_commit(l->store, why) == OK;
	store_abort(l->store);
	return false;
}

void live_session_begin(struct live *l)
{
	struct session_record last;
	char why[STORE_WHY];
	struct text t;

	memset(&l->session, 0, sizeof l->session);
	l->session.id = 1;
	if (store_begin(l->store) != OK) {
		log_error("session.begin", "why=\"the store cannot be written\"");
		return;
	}
	if (store_last_session(l->store, &last) == OK) {
		l->session.id = last.id + 1;
		if (last.status == SESSION_ACTIVE) {	/* nobody ended it: it crashed */
			last.status = SESSION_CRASHED;
			last.ended = wall_ns();
			(void)(store_put_session(l->store, &last) == OK);
		}
	}
	l->session.started = wall_ns();
	l->session.status = SESSION_ACTIVE;
	l->session.mode = (uint8_t)l->config->mode;
	l->session.instances = l->instances_n;
	text_init(&t, l->session.symbols, sizeof l->session.symbols - 1);
	for (uint32_t i = 0; i < l->config->symbols.n; i++) {
		if (i > 0)
			text_char(&t, ' ');
		text_cstr(&t, l->config->symbols.name[i]);
	}
	if (!put_session(l, why))
		log_error("session.begin", "why=\"the store cannot be written\"");
	l->control.session = l->session.id;
}

void live_session_end(struct live *l)
{
	char why[STORE_WHY] = "";

	l->session.ended = wall_ns();
	l->session.status = SESSION_COMPLETED;
	l->session.final_equity.n = atomic_load(&l->last_equity);
	l->session.trades = atomic_load(&l->trades);
	if (store_begin(l->store) != OK || !put_session(l, why))
		log_error("session.end", "why=\"%s\"", why);
}
