/* One instance's thread: events in, engine, actions out to the writer. */
#include "run/live.h"

#include "base/log.h"
#include "run/sandbox.h"

static bool to_writer(struct instance *in, struct writer_msg *m)
{
	m->instance = in->index;
	return ring_put(&in->live->writer_in, m);
}

static bool send_actions(struct instance *in)
{
	struct writer_msg m;

	for (uint32_t i = 0; i < in->out.n; i++) {
		memset(&m, 0, sizeof m);
		m.kind = WRITE_ACTION;
		m.last = i + 1 == in->out.n;
		m.u.action = in->out.a[i];
		if (!to_writer(in, &m))
			return false;
	}
	return true;
}

static bool answer_barrier(struct instance *in, uint64_t id)
{
	struct writer_msg m;

	memset(&m, 0, sizeof m);
	m.kind = WRITE_BARRIER;
	m.last = true;
	m.barrier = id;
	m.wake = engine_wake(in->engine);
	return to_writer(in, &m);
}

/* What main looks at while it stops: whether anything is still on its way in or out. Who is
 * on the way out has given up the stop already. */
static void show(struct instance *in)
{
	const struct trade *t;
	int entering = 0;

	uint32_t n = engine_trades(in->engine, &t);
	for (uint32_t i = 0; i < n; i++)
		entering += t[i].state != TRADE_OPEN || t[i].naked_since != 0;
	atomic_store(&in->entering, entering);
	atomic_store(&in->run_state, engine_state(in->engine)->run);
}

/* Hardly one changes from step to step. */
static void show_holdings(struct instance *in)
{
	for (uint32_t k = 0; k < in->config.symbols_n; k++) {
		bool bare;
		qty n;
		bool known = engine_holding(in->engine, k, &n, &bare);
		int how = !known ? HOLDING_BUSY : bare ? HOLDING_BARE : HOLDING_SAFE;
		if (atomic_load(&in->holding[k].how) == how &&
		    atomic_load(&in->holding[k].n) == n.n)
			continue;
		atomic_store(&in->holding[k].how, HOLDING_BUSY);
		atomic_store(&in->holding[k].n, n.n);
		atomic_store(&in->holding[k].how, how);
	}
}

/* When to wake up though no event comes. In lockstep time stands still in between. */
static ns next_turn(struct instance *in)
{
	ns latest = mono_ns() + NS_SECOND;

	if (in->live->lockstep)
		return latest;
	ns wake = engine_wake(in->engine);
	if (wake == INT64_MAX)
		return latest;
	ns at = live_mono_at(in->live, wake);
	return at < latest ? at : latest;
}

/* One event, and what it made the engine want. */
static bool step(struct instance *in, struct event *ev)
{
	if (ev->ts < in->last_ts)
		ev->ts = in->last_ts;	/* time never goes back for an engine */
	in->last_ts = ev->ts;
	bool woken = engine_wake(in->engine) <= ev->ts;
	if (in->journal != NULL)
		journal_before(in->journal, in->engine, ev);
	engine_step(in->engine, ev, &in->out);
	if (in->out.n > 0 || ev->kind == EV_SYNC || ev->kind == EV_ORDER)
		show_holdings(in);
	atomic_store(&in->seeks, engine_seeks(in->engine));
	if (!send_actions(in))
		return false;
	if (in->journal != NULL)
		journal_behind(in->journal, ev, woken, &in->out);
	return true;
}

/* What a program says of the slice that the step has decided: orders of the step are on their way
 * by then. */
static bool ask(struct instance *in)
{
	struct event ev;

	if (in->exec == NULL || atomic_load(&in->live->stop))
		return true;		/* nobody is left to trade on it */
	exec_ask(in->exec, in->engine);
	while (exec_next(in->exec, &ev)) {
		ev.ts = in->live->lockstep ? in->last_ts : clock_now(&in->live->clock);
		if (!step(in, &ev))
			return false;
	}
	return true;
}

void *instance_main(void *arg)
{
	struct instance *in = arg;
	struct event ev;

	if (in->exec == NULL)
		sandbox_enter();
	show_holdings(in);
	for (;;) {
		atomic_store(&in->alive, mono_ns());
		enum err e = ring_get(&in->in, &ev, next_turn(in));
		if (e == ERR_END)
			break;
		if (e == ERR_TIMEOUT) {
			if (in->live->lockstep)
				continue;
			memset(&ev, 0, sizeof ev);
			ev.kind = EV_CLOCK;
			ev.ts = clock_now(&in->live->clock);
		}
		if (ev.kind == EV_BARRIER) {
			if (!answer_barrier(in, ev.u.barrier.id))
				break;
			continue;
		}
		if (!step(in, &ev) || !ask(in))
			break;
		checkpoint_step(in);
		show(in);
	}
	exec_close(in->exec);
	checkpoint_close(in);
	if (in->journal != NULL)
		journal_close(in->journal);
	return NULL;
}
