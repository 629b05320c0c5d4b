/* Start, watch and stop everything that runs together. Start is recovery: what the store
 * has is handed to the engines, and nothing is opened before the broker was asked. */
#include "run/live.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "exchange/serve.h"
#include "net/dns.h"
#include "run/notify.h"
#include "run/sandbox.h"

#define ARENA_SIZE   ((size_t)64 << 20)	/* address space; pages are touched as they are used */
#define STOP_WITHIN  (8 * NS_SECOND)
#define HUNG_AFTER   (60 * NS_SECOND)
#define STACK_SIZE   (512 * 1024)

ns live_mono_at(struct live *l, ns market)
{
	ns left = market - clock_now(&l->clock);
	int64_t speed = atomic_load(&l->clock.speed_milli);

	if (left <= 0)
		return mono_ns();
	if (atomic_load(&l->clock.kind) == CLOCK_SCALED && speed > 0)
		left = num_muldiv(left, 1000, speed, ROUND_UP);
	return mono_ns() + left;
}

void live_tell(struct live *l, const struct tell *t)
{
	if (!ring_try(&l->control.tells, t))
		return;		/* counted in the ring: the page reads the snapshot */
}

/* ---- the embedded exchange */

struct exchange_thread { struct live *l; struct exchange *x; };

static void *exchange_main(void *arg)
{
	struct exchange_thread *t = arg;

	sandbox_enter();
	exchange_run(t->x, &t->l->stop, false);
	if (!atomic_load(&t->l->stop))	/* it cannot go on, nor then can what trades on it */
		atomic_store(&t->l->fatal, 1);
	return NULL;
}

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	log_warn("bars.bad", "%s", line);
}

static enum err start_exchange(struct live *l, struct exchange_thread *t)
{
	const struct config *c = l->config;
	char why[2048], state[CONFIG_TEXT + 32];
	struct text path;

	text_init(&path, state, sizeof state);
	text_cstr(&path, c->folder);
	text_cstr(&path, "/exchange.log");
	struct exchange_config x = {
		.market = { .bars_dir = c->bars[0] != 0 ? c->bars : NULL, .seed = c->seed,
			    .symbols = &c->symbols, .start = c->start, .until = c->until,
			    .spread_bp_centi = c->spread_bp_centi, .history_sessions = 12,
			    .complain = complain },
		/* As `gambler exchange --no-collars` has it: it can read this one's state. */
		.core = { .orders_max = 1 << 17, .accounts = 1, .seed = c->seed, .cash = c->cash,
			  .partial_pct = c->partial_pct, .latency = 20 * NS_MS,
			  .slippage_bp_centi = c->slippage_bp_centi, .shorting = true,
			  .multiplier = 4 },
		.listen = "127.0.0.1:0",
		.lockstep = c->speed_milli == 0,
		.speed_milli = c->speed_milli,
		.skip_closed = c->skip_closed,
		.state_file = text_done(&path),
	};
	if (c->scenario[0] != 0)
		x.fault[x.faults++] = (struct exchange_script){ c->scenario, true };
	if (c->faults[0] != 0)
		x.fault[x.faults++] = (struct exchange_script){ c->faults, false };
	enum err e = exchange_open(&t->x, &x, why, sizeof why);
	if (e != OK) {
		log_error("exchange.failed", "why=\"%s\"", why);
		return e;
	}
	t->l = l;
	l->exchange_port = exchange_port(t->x);
	return OK;
}

/* ---- threads */

static bool start_thread(pthread_t *t, void *(*body)(void *), void *arg)
{
	pthread_attr_t attr;

	if (pthread_attr_init(&attr) != 0)
		return false;
	bool ok = pthread_attr_setstacksize(&attr, STACK_SIZE) == 0 &&
		  pthread_create(t, &attr, body, arg) == 0;
	(void)pthread_attr_destroy(&attr);
	if (!ok)
		log_error("thread.failed", "why=\"a thread could not be made\" "
			  "remedy=\"more tasks or memory (ulimit -u, TasksMax)\"");
	return ok;
}

static bool start_instances(struct live *l)
{
	for (uint32_t i = 0; i < l->instances_n; i++) {
		struct instance *in = &l->instance[i];
		in->started = start_thread(&in->thread, instance_main, in);
		if (!in->started)
			return false;
	}
	atomic_store(&l->instances_up, true);
	return true;
}

struct web_thread { const struct live_web *ops; void *w; const atomic_bool *stop; bool up; };

static void *web_main(void *arg)
{
	struct web_thread *t = arg;

	sandbox_enter();
	t->ops->run(t->w, t->stop);
	return NULL;
}

/* ---- watching */

static bool everybody_alive(struct live *l, const struct web_thread *web)
{
	ns oldest = mono_ns() - HUNG_AFTER;

	if (web->up && web->ops->alive(web->w) < oldest)
		return false;
	if (atomic_load(&l->wire_alive) < oldest || atomic_load(&l->writer_alive) < oldest)
		return false;
	for (uint32_t i = 0; i < l->instances_n; i++)
		if (l->instance[i].started && atomic_load(&l->instance[i].alive) < oldest)
			return false;
	return true;
}

static bool anything_entering(struct live *l)
{
	for (uint32_t i = 0; i < l->instances_n; i++)
		if (atomic_load(&l->instance[i].entering) > 0)
			return true;
	return false;
}

/* Waits for a signal, but not long; the signal or 0. */
static int wait_signal(const sigset_t *set, ns longest)
{
	struct timespec t = clock_span(longest);
	int s = sigtimedwait(set, NULL, &t);

	return s > 0 ? s : 0;
}

/* To the supervisor the program is up when it runs: a broker that is away is no reason to
 * start it again. What it is doing is told in words. */
static void tell_state(struct live *l, int *told)
{
	int state = atomic_load(&l->ready) ? 2 : 1;

	if (*told == state)
		return;
	*told = state;
	notify(state == 2 ? "READY=1\nSTATUS=trading"
			  : "READY=1\nSTATUS=waiting for the broker");
}

static void pet(struct live *l, const struct web_thread *web)
{
	if (everybody_alive(l, web))
		notify("WATCHDOG=1");
	else
		log_error("thread.hung", "effect=\"the watchdog is not petted\"");
}

/* All else is read at the start; stops stay at the broker while there is none. */
static void read_keys(struct live *l)
{
	char why[CONFIG_TEXT + 80];

	if (atomic_load(&l->keys_fresh) != 0)
		return;
	if (config_keys_again(l->own, why, sizeof why))
		atomic_store(&l->keys_fresh, 1);
	else
		log_warn("signal.hup", "why=\"%s\" effect=none remedy=\"write into key_file "
			 "rather than replace it, or restart\"", why);
}

static int watch(struct live *l, const struct web_thread *web, const sigset_t *set)
{
	ns every = notify_watchdog(), pet_at = 0;
	int told = 0;

	for (;;) {
		/* A start is not to wait for us. */
		int s = wait_signal(set, (atomic_load(&l->instances_up) ? 200 : 5) * NS_MS);
		if (s == SIGTERM || s == SIGINT)
			return 0;
		if (s == SIGHUP)
			read_keys(l);
		if (atomic_load(&l->fatal) != 0)
			return atomic_load(&l->fatal);
		if (atomic_load(&l->ended)) {
			log_info("market.ended", "next=stop");
			return 0;
		}
		if (atomic_load(&l->booted) && !atomic_load(&l->instances_up) &&
		    !start_instances(l))
			return 1;
		live_watch_latch(l);
		tell_state(l, &told);
		if (l->session.initial_equity.n == 0)
			l->session.initial_equity.n = atomic_load(&l->last_equity);
		if (every > 0 && mono_ns() >= pet_at) {
			pet_at = mono_ns() + every;
			pet(l, web);
		}
	}
}

/* Entries are withdrawn, protective stops stay at the broker. */
static void wind_down(struct live *l, const sigset_t *set)
{
	ns deadline = mono_ns() + STOP_WITHIN;
	ns settled = mono_ns() + NS_SECOND / 2;	/* the command has to reach the engines first */

	notify("STOPPING=1\nSTATUS=withdrawing entries");
	if (!atomic_load(&l->instances_up) || live_command(l, -1, CMD_STOP, "stop") != OK)
		return;
	while (mono_ns() < deadline && (mono_ns() < settled || anything_entering(l)))
		if (wait_signal(set, 20 * NS_MS) == SIGINT)
			return;		/* asked twice: at once */
}

struct running { bool exchange, writer, wire, keeper; };

static void stop_threads(struct live *l, const struct running *r, bool web)
{
	atomic_store(&l->stop, true);
	ring_close(&l->wire_in);
	for (uint32_t i = 0; i < l->instances_n; i++)
		ring_close(&l->instance[i].in);
	if (r->wire)
		pthread_join(l->wire_thread, NULL);
	for (uint32_t i = 0; i < l->instances_n; i++)
		if (l->instance[i].started)
			pthread_join(l->instance[i].thread, NULL);
	ring_close(&l->writer_in);
	if (r->writer)
		pthread_join(l->writer_thread, NULL);
	if (r->keeper)
		pthread_join(l->keeper_thread, NULL);
	if (web)
		pthread_join(l->web_thread, NULL);
	if (r->exchange)
		pthread_join(l->exchange_thread, NULL);
}

bool live_ring(struct live *l, struct ring *r, size_t size, uint32_t n)
{
	if (ring_init(r, arena_alloc(&l->arena, size * n), size, n) == OK)
		return true;
	log_error("ring.failed", "why=\"%s\" remedy=\"more descriptors (ulimit -n, LimitNOFILE)\"",
		  strerror(errno));
	return false;
}

static bool open_rings(struct live *l)
{
	return live_ring(l, &l->writer_in, sizeof(struct writer_msg), RING_WRITER) &&
	       live_ring(l, &l->wire_in, sizeof(struct wire_msg), RING_WIRE) &&
	       live_ring(l, &l->control.tells, sizeof(struct tell), RING_TELL);
}

static void open_control(struct live *l, const struct config *c)
{
	l->control.config = c;
	l->control.clock = &l->clock;
	l->control.started = mono_ns();
	l->control.started_wall = wall_ns();
	l->control.post = live_command;
	l->control.ctx = l;
	l->control.store = l->store;
}

/* The dashboard is not worth a trade: without it trading starts all the same. */
static bool start_web(struct live *l, struct web_thread *t)
{
	char why[256];

	if (l->config->listen[0] == 0)
		return false;
	if (t->ops->open(&t->w, &l->control, why, sizeof why) != OK) {
		log_error("web.failed", "why=\"%s\" effect=\"trading without dashboard\"", why);
		return false;
	}
	t->ops->restore(t->w);
	t->stop = &l->stop;
	log_info("web.up", "url=http://%s port=%u", l->config->listen,
		 t->ops->port(t->w));
	t->up = start_thread(&l->web_thread, web_main, t);
	if (!t->up)
		t->ops->close(t->w);
	return t->up;
}

/* From here on this program can do little but trade. The resolver, which is to see more files than
 * the others, begins before. 0, or the exit code. */
static int give_away(const struct live *l)
{
	const struct config *c = l->config;

	if (!sandbox_open(c, l->exchange_port))
		return 78;
	if (c->mode != MODE_SIM && c->sandbox != SANDBOX_OFF && !dns_begin(sandbox_enter_names)) {
		log_error("thread.failed", "why=\"no resolver\"");
		return 1;
	}
	if (sandbox_whole())
		sandbox_enter();
	return 0;
}

static int run_threads(struct live *l, const struct live_web *web_ops, const sigset_t *set)
{
	struct exchange_thread xt = { 0 };
	struct web_thread wt = { .ops = web_ops };
	struct running r = { 0 };
	int code = 1;
	bool embedded = l->config->mode == MODE_SIM && l->config->exchange_connect[0] == 0;

	if (embedded && start_exchange(l, &xt) != OK)
		return 1;
	int refused = give_away(l);
	if (refused != 0) {
		if (embedded)
			exchange_close(xt.x);
		return refused;
	}
	atomic_store(&l->wire_alive, mono_ns());
	atomic_store(&l->writer_alive, mono_ns());
	r.exchange = embedded && start_thread(&l->exchange_thread, exchange_main, &xt);
	r.writer = r.exchange == embedded &&
		   start_thread(&l->writer_thread, writer_main, writer_open(l));
	r.wire = r.writer && start_thread(&l->wire_thread, wire_main, l);
	if (r.wire) {
		r.keeper = start_thread(&l->keeper_thread, keeper_main, l);
		(void)start_web(l, &wt);
		code = watch(l, &wt, set);
		wind_down(l, set);
	}
	stop_threads(l, &r, wt.up);
	live_session_end(l);
	if (wt.up)
		web_ops->close(wt.w);
	if (embedded)
		exchange_close(xt.x);
	return code;
}

int live_run(struct config *c, const struct live_web *web)
{
	static struct symbols symbols;	/* the configuration's, then names of old trades */
	struct live *l;
	struct arena arena;
	sigset_t set;
	char why[STORE_WHY];
	struct store *store;

	/* Before threads: the store's check runs in a child. */
	enum err e = store_open(&store, c->folder, STORE_WRITE, why);
	if (e != OK) {
		log_error("store.open", "folder=%s why=\"%s\"", c->folder, why);
		return e == ERR_REFUSED ? 79 : 1;
	}
	/* A `sym` of the store means the same name as before, whatever the ini says now. */
	symbols = c->symbols;
	if (store_symbols(store, &symbols) != OK) {
		log_error("store.symbols", "folder=%s", c->folder);
		store_close(store);
		return 1;
	}
	if (arena_open(&arena, ARENA_SIZE) != OK) {
		log_error("memory", "why=\"%s\"", strerror(errno));
		store_close(store);
		return 1;
	}
	l = ARENA_NEW(&arena, struct live, 1);
	l->arena = arena;
	l->config = l->own = c;
	l->symbols = &symbols;
	l->store = store;
	l->lockstep = c->mode == MODE_SIM && c->speed_milli == 0;
	clock_init(&l->clock);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);	/* all threads; main takes them in watch() */
	signal(SIGPIPE, SIG_IGN);
	open_control(l, c);
	int code = 1;
	if (open_rings(l) && live_instances(l)) {
		live_session_begin(l);
		log_init((enum log_level)c->log_level, &l->clock, c->log_json);
		code = run_threads(l, web, &set);
		keeper_copy(l);
	}
	store_close(store);
	log_info("stopped", "code=%d", code);
	return code;
}
