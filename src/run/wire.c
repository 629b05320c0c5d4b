/* The wire thread: every upstream socket, and the order in which news reaches the
 * instances. */
#include "run/wire_inner.h"

#include <poll.h>

#include "base/log.h"
#include "net/url.h"
#include "run/sandbox.h"

#define SIM_RATE 1000000	/* the embedded exchange asks for no limit */
#define REST_BACKOFF_BASE (500 * NS_MS)
#define REST_BACKOFF_CAP  (30 * NS_SECOND)
#define SIM_BACKOFF_CAP   NS_SECOND	/* nobody is spared by waiting longer */
#define LINK_EVERY        (200 * NS_MS)
#define RING_PATIENCE     (50 * NS_MS)	/* in one turn, for rings that are full */
#define RING_PAUSE        (NS_MS / 5)

ns wire_now(struct wire *w)
{
	return w->l->lockstep ? w->instant_ts : clock_now(&w->l->clock);
}

/* A listing comes faster than it is worked off: it is worth a moment. But an instance
 * that hangs must not hold up the others. */
static bool fits(struct wire *w, struct ring *r, const struct event *ev)
{
	while (!ring_try(r, ev)) {
		ns now = mono_ns();
		if (now >= w->patience || atomic_load(&w->l->stop))
			return false;
		sleep_until(now + RING_PAUSE);
	}
	return true;
}

static void give_one(struct wire *w, uint8_t i, const struct event *ev)
{
	struct ring *r = &w->l->instance[i].in;
	bool up = atomic_load(&w->l->instances_up);

	/* What people say before that waits in the ring until its thread is there. */
	if (!up && ev->kind != EV_COMMAND)
		return;
	if (up && (w->l->lockstep || w->boot == BOOT_HISTORY)) {
		bool sent = ring_put(r, ev);
		(void)sent;		/* false only while everything stops */
	} else if (w->gap[i] || !fits(w, r, ev)) {
		w->gap[i] = true;	/* mended in mend_gaps: never silent */
		if (ev->kind != EV_COMMAND)
			return;
		w->owed[i] = *ev;	/* a halt is not forgotten */
		w->owes[i] = true;
	}
}

void wire_give(struct wire *w, uint8_t instance, struct event *ev)
{
	w->answers++;
	if (instance != 0xff) {
		give_one(w, instance, ev);
		return;
	}
	for (uint32_t i = 0; i < w->l->instances_n; i++)
		give_one(w, (uint8_t)i, ev);
}

/* An instance whose ring was full has missed something: it is told that its links are
 * down, then everything is reconciled. */
static void mend_gaps(struct wire *w)
{
	for (uint32_t i = 0; i < w->l->instances_n; i++) {
		if (!w->gap[i] || ring_count(&w->l->instance[i].in) > RING_INSTANCE / 4)
			continue;
		log_warn("instance.gap", "inst=%u next=reconcile", i);
		w->gap[i] = false;
		if (w->owes[i])
			wire_give(w, (uint8_t)i, &w->owed[i]);
		w->owes[i] = false;
		w->link.synced = w->sync_counts = false;
		wire_unlink(w);
		w->sync_wanted = true;
	}
}

void wire_trouble(struct wire *w, const char *event, const char *why)
{
	struct str s = str_of(why);

	if (s.n >= sizeof w->link.why)
		s.n = sizeof w->link.why - 1;
	if (!str_eq(str_of(w->link.why), s))
		log_warn(event, "why=\"%s\"", why);
	bool fits = str_copy(w->link.why, sizeof w->link.why, s);
	assert(fits);
}

bool wire_clock_right(const struct wire *w)
{
	int64_t skew = w->link.clock_skew_ms;

	return w->sim || (skew <= SKEW_MAX / NS_MS && skew >= -SKEW_MAX / NS_MS);
}

static void give_link(struct wire *w, bool data, bool orders)
{
	struct event ev;

	w->told_data = data;
	w->told_orders = orders;
	w->told_link = 0;
	if (data && orders)
		w->link.why[0] = 0;
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_LINK;
	ev.ts = wire_now(w);
	ev.u.link.data = data;
	ev.u.link.orders = orders;
	wire_give(w, 0xff, &ev);
}

void wire_link(struct wire *w)
{
	bool data = wire_fall_data(w) && wire_clock_right(w) && !w->calendar_other;
	bool orders = w->orders.up && w->link.synced;

	w->link.data_up = w->data.up;
	w->link.orders_up = w->orders.up;
	if (data != w->told_data || orders != w->told_orders)
		give_link(w, data, orders);
}

void wire_unlink(struct wire *w)
{
	give_link(w, w->told_data, false);
	wire_link(w);
}

static void tell_link(struct wire *w)
{
	struct tell t = { .kind = TELL_LINK };

	if (mono_ns() < w->told_link)
		return;
	w->told_link = mono_ns() + LINK_EVERY;
	w->link.now = wire_now(w);
	t.u.link = w->link;
	live_tell(w->l, &t);
}

/* ---- lockstep: instants and rounds, see live.h */

static void begin_round(struct wire *w)
{
	struct event ev;

	w->answers = 0;
	w->in_round = true;
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_BARRIER;
	ev.ts = wire_now(w);
	ev.u.barrier.id = ++w->barrier;
	for (uint32_t i = 0; i < w->l->instances_n; i++)
		give_one(w, (uint8_t)i, &ev);
}

static bool next_instant(struct wire *w)
{
	uint64_t next = w->instant + 1;

	return w->marker_data >= next && w->marker_orders >= next;
}

/* All bars of this instant are told. */
static void give_instant(struct wire *w)
{
	struct event ev;

	memset(&ev, 0, sizeof ev);
	ev.kind = EV_CLOCK;
	ev.ts = w->instant_ts;
	ev.u.clock.complete = true;
	wire_give(w, 0xff, &ev);
	w->clocked = true;
}

static void deliver_instant(struct wire *w)
{
	w->instant = w->marker_data;
	w->instant_ts = w->instant_next;
	w->end_seen = w->end_next;
	w->timed = false;
	w->ack_due = true;
	clock_set_manual(&w->l->clock, w->instant_ts);
	for (uint32_t i = 0; i < w->held_orders; i++)
		wire_report(w, &w->held_order[i]);
	for (uint32_t i = 0; i < w->held_bars; i++)
		(void)wire_bar(w, &w->held_bar[i], NULL);
	w->held_orders = w->held_bars = 0;
	give_instant(w);
}

/* One step onward; false: something must come from outside first. */
static bool lockstep_turn(struct wire *w)
{
	if (w->boot != BOOT_DONE || w->in_round)
		return false;
	if (w->answers > 0) {
		begin_round(w);
		return false;
	}
	if (!wire_idle(w))
		return false;
	if (!w->timed) {
		w->timed = true;
		wire_timers(w);
		return true;
	}
	if (!w->clocked) {		/* the one at which we have joined, once all is known */
		give_instant(w);
		return true;
	}
	if (w->ack_due) {
		w->ack_due = false;
		(void)wire_task(w, TASK_ACK, BUCKET_HISTORY);
	} else if (w->acked == w->instant && w->end_seen) {
		atomic_store(&w->l->ended, true);
	} else if (next_instant(w)) {
		deliver_instant(w);
		return true;
	}
	return false;
}

/* ---- the loop */

struct polled { struct pollfd fd[CLIENTS + 3]; size_t n; ns deadline; };

static void add_fd(struct polled *p, int fd, short events)
{
	p->fd[p->n++] = (struct pollfd){ fd, events, 0 };
}

static void wait_for_news(struct wire *w)
{
	ns longest = w->boot != BOOT_DONE ? 10 * NS_MS : w->l->lockstep ? NS_SECOND : 100 * NS_MS;
	struct polled p = { .n = 0, .deadline = mono_ns() + longest };
	struct stream *streams[] = { &w->data, &w->orders };
	int fd;
	short events;
	ns due;

	add_fd(&p, w->l->wire_in.fd, POLLIN);
	for (int i = 0; i < CLIENTS; i++) {
		due = INT64_MAX;
		if (http_client_poll(&w->client[i], &fd, &events, &due))
			add_fd(&p, fd, events);
		p.deadline = due < p.deadline ? due : p.deadline;
	}
	for (size_t i = 0; i < COUNT(streams); i++) {
		due = INT64_MAX;
		if (wire_stream_poll(streams[i], &fd, &events, &due))
			add_fd(&p, fd, events);
		p.deadline = due < p.deadline ? due : p.deadline;
	}
	/* An order that was refused here is an answer that no socket tells. */
	bool said = w->l->lockstep && w->boot == BOOT_DONE && !w->in_round && w->answers > 0;
	if (w->data.more || w->orders.more || said)
		p.deadline = mono_ns();
	ns left = p.deadline - mono_ns();
	if (!w->l->lockstep && !wire_idle(w) && left > 20 * NS_MS)
		left = 20 * NS_MS;	/* a request waits for the bucket */
	struct timespec t = clock_span(left);
	(void)ppoll(p.fd, p.n, &t, NULL);	/* EINTR: as good as a time-out */
}

static void step_clients(struct wire *w)
{
	struct http_result r;

	for (int i = 0; i < CLIENTS; i++) {
		struct task *t = w->current[i];
		if (t == NULL || !http_client_step(&w->client[i], &r))
			continue;
		w->current[i] = NULL;
		wire_result(w, t, &r);
	}
}

static void turn(struct wire *w)
{
	struct wire_msg m;

	w->patience = mono_ns() + RING_PATIENCE;
	while (ring_poll(&w->l->wire_in, &m))
		wire_msg(w, &m);
	wire_keys_fresh(w);
	wire_stream_step(w, &w->data);
	wire_stream_step(w, &w->orders);
	step_clients(w);
	wire_orphans(w);
	if (!w->l->lockstep || w->boot != BOOT_DONE)
		wire_timers(w);
	if (w->l->lockstep)
		while (lockstep_turn(w)) {
		}
	else
		mend_gaps(w);
	if (!w->l->lockstep || !w->in_round)
		wire_dispatch(w);
	tell_link(w);
}

/* ---- making one */

static bool three_urls(struct wire *w, const char *trading, const char *data, const char *stream)
{
	return url_parts(trading, w->host_trading, &w->port_trading, &w->tls_trading) &&
	       url_parts(data, w->host_data, &w->port_data, &w->tls_data) &&
	       url_parts(stream, w->host_stream, &w->port_stream, &w->tls_stream);
}

static bool hosts(struct wire *w)
{
	const struct config *c = w->l->config;
	char url[64];
	struct text t;

	if (!w->sim)
		return three_urls(w, c->trading_url, c->data_url, c->stream_url) &&
		       wire_fall_url(w);
	text_init(&t, url, sizeof url);
	text_cstr(&t, "http://");
	if (c->exchange_connect[0] != 0) {
		text_cstr(&t, c->exchange_connect);
	} else {
		text_cstr(&t, "127.0.0.1:");
		text_i64(&t, w->l->exchange_port);
	}
	if (t.full)
		return false;
	text_done(&t);
	return three_urls(w, url, url, url);
}

static void client_init(struct wire *w, enum wire_client i, const char *host, uint16_t port,
			bool tls)
{
	struct arena *a = &w->l->arena;
	struct tls *t = NULL;

	if (tls && tls_new(&t, w->roots) != OK)
		log_error("tls.failed", "client=%d", (int)i);
	http_client_init(&w->client[i], host, port, t, arena_alloc(a, REST_IN), REST_IN,
			 arena_alloc(a, REST_OUT), REST_OUT);
}

static struct wire *wire_new(struct live *l)
{
	struct wire *w = ARENA_NEW(&l->arena, struct wire, 1);
	char why[200];

	w->l = l;
	w->sim = l->config->mode == MODE_SIM;
	w->route = ARENA_NEW(&l->arena, struct route, ROUTES_MAX);
	w->held_order = ARENA_NEW(&l->arena, struct alpaca_order, HELD_MAX);
	w->held_bar = ARENA_NEW(&l->arena, struct bar, HELD_MAX);
	w->wake = INT64_MAX;
	for (uint32_t i = 0; i < l->instances_n; i++)
		w->hash[i] = engine_name_hash(l->instance[i].config.name);
	rng_seed(&w->rng, (uint64_t)mono_ns() ^ (uint64_t)wall_ns());	/* jitter only */
	bucket_init(&w->bucket, l->config->requests_per_minute, mono_ns());
	for (int i = 0; i < CLIENTS; i++)
		backoff_init(&w->rest_backoff[i], REST_BACKOFF_BASE,
			     w->sim ? SIM_BACKOFF_CAP : REST_BACKOFF_CAP);
	wire_routes_restore(w);
	if (!hosts(w)) {
		log_error("config.url", "remedy=\"trading_url, data_url, stream_url and "
			  "[data] url are like https://HOST\"");
		return NULL;
	}
	if (w->tls_trading || w->tls_data || w->tls_stream || w->tls_fall) {
		const char *file = l->config->ca_file[0] != 0 ? l->config->ca_file : NULL;
		if (tls_roots_open(&w->roots, file, why, sizeof why) != OK) {
			log_error("tls.roots", "why=\"%s\"", why);
			return NULL;
		}
	}
	client_init(w, CLIENT_ORDERS, w->host_trading, w->port_trading, w->tls_trading);
	client_init(w, CLIENT_EXITS, w->host_trading, w->port_trading, w->tls_trading);
	client_init(w, CLIENT_READS, w->host_trading, w->port_trading, w->tls_trading);
	client_init(w, CLIENT_DATA, w->host_data, w->port_data, w->tls_data);
	/* Without one nobody asks it; a name it has all the same. */
	client_init(w, CLIENT_FALL, w->host_fall[0] != '\0' ? w->host_fall : "none.invalid",
		    w->port_fall, w->tls_fall);
	wire_streams_init(w);
	return w;
}

void *wire_main(void *arg)
{
	struct live *l = arg;

	sandbox_enter();
	struct wire *w = wire_new(l);

	if (w == NULL) {
		atomic_store(&l->fatal, 78);
		return NULL;
	}
	arena_seal(&l->arena);		/* from here on nothing that trades allocates */
	w->boot_since = mono_ns();
	w->wall_offset = wall_ns() - mono_ns();
	(void)wire_task(w, TASK_CLOCK, BUCKET_RECONCILE);
	w->turned = mono_ns();
	while (!atomic_load(&l->stop)) {
		atomic_store(&l->wire_alive, mono_ns());
		wait_for_news(w);
		wire_suspended(w);
		turn(w);
	}
	log_info("wire.down", "bars=%llu trade_updates=%llu requests=%llu reconnects=%llu",
		 (unsigned long long)w->link.bars, (unsigned long long)w->link.trade_updates,
		 (unsigned long long)w->link.requests, (unsigned long long)w->link.reconnects);
	for (int i = 0; i < CLIENTS; i++) {
		http_client_close(&w->client[i]);
		explicit_bzero(w->client[i].conn.out, REST_OUT);	/* the keys are in it */
	}
	ws_client_close(&w->data.ws, 1000);
	ws_client_close(&w->orders.ws, 1000);
	explicit_bzero(w->data.ws.conn.out, STREAM_OUT);
	explicit_bzero(w->orders.ws.conn.out, STREAM_OUT);
	return NULL;
}
