/* The two WebSockets: connect, say who we are, subscribe, listen; again after a break. */
#include "run/wire_inner.h"

#include "base/log.h"

#define BACKOFF_BASE    (500 * NS_MS)
#define BACKOFF_CAP     (60 * NS_SECOND)
#define SIM_BACKOFF_CAP NS_SECOND	/* nobody is spared by waiting longer */
#define UP_WITHIN       (30 * NS_SECOND)	/* from connect to subscribed */
#define MESSAGES_TURN   512	/* of one stream, then the others have their turn */
#define FREE_SYMBOLS    30		/* on one stream of the free plan */
#define CONNECTIONS_FULL (30 * NS_SECOND)	/* 406: somebody else holds the one connection */
#define GONE_AFTER      (30 * NS_SECOND)	/* mono: nobody has looked at the streams */
#define REFUSED_FOR_GOOD (300 * NS_SECOND)	/* 402, 409, 411: wants the operator */

static bool is_data(const struct wire *w, const struct stream *s)
{
	return s == &w->data;
}

static const char *name_of(const struct wire *w, const struct stream *s)
{
	return is_data(w, s) ? "data" : "orders";
}

static void stream_buffers(struct wire *w, struct stream *s, const char *host, uint16_t port,
			   bool tls)
{
	struct arena *a = &w->l->arena;
	struct tls *t = NULL;

	if (tls && tls_new(&t, w->roots) != OK)
		log_error("tls.failed", "stream=%s", name_of(w, s));
	ws_client_init(&s->ws, host, port, t, arena_alloc(a, STREAM_IN), STREAM_IN,
		       arena_alloc(a, STREAM_OUT), STREAM_OUT,
		       arena_alloc(a, STREAM_MESSAGE), STREAM_MESSAGE);
	backoff_init(&s->backoff, BACKOFF_BASE, w->sim ? SIM_BACKOFF_CAP : BACKOFF_CAP);
}

void wire_streams_init(struct wire *w)
{
	stream_buffers(w, &w->data, w->host_stream, w->port_stream, w->tls_stream);
	stream_buffers(w, &w->orders, w->host_trading, w->port_trading, w->tls_trading);
}

/* Of the last minute some symbols' bars may have come, and others' not. */
static void gap_begins(struct wire *w)
{
	ns from = (w->link.newest_bar > w->read_to ? w->link.newest_bar : w->read_to) - NS_MINUTE;

	if (w->gap_from == 0 || from < w->gap_from)
		w->gap_from = from;
}

static void stream_down(struct wire *w, struct stream *s, ns wait)
{
	if (s->up)
		log_warn("stream.down", "stream=%s why=\"%s\"", name_of(w, s), s->ws.conn.why);
	else
		log_info("stream.failed", "stream=%s why=\"%s\" http=%d", name_of(w, s),
			 s->ws.conn.why, s->ws.http_status);
	if (is_data(w, s) && s->up)
		gap_begins(w);
	s->up = s->authed = s->more = false;
	if (!is_data(w, s))
		w->link.synced = w->sync_counts = false;
	s->retry_at = mono_ns() + wait;
	w->link.reconnects++;
	ws_client_close(&s->ws, 1000);
	wire_link(w);
}

/* A gambler of the same configuration, on another machine? Two that looked after the same orders
 * would be in each other's way. */
static void others_connection(struct wire *w)
{
	if (w->had_data || w->second)
		return;
	w->second = true;
	log_error("account.shared", "why=\"another program uses this key's one connection\" "
		  "effect=\"no entries until it is gone; orders that are not in these books are "
		  "left alone\" remedy=\"end one of the two; if it was this one's last life, "
		  "start again\"");
}

static void stream_lost(struct wire *w, struct stream *s)
{
	ns wait = backoff_failed(&s->backoff, &w->rng);

	if (s->ws.http_status == 429) {	/* the trading stream's way of saying 406 */
		wait = CONNECTIONS_FULL;
		others_connection(w);
	}
	stream_down(w, s, wait);
}

static void open_stream(struct wire *w, struct stream *s)
{
	char path[64];
	struct text t;

	text_init(&t, path, sizeof path);
	if (is_data(w, s)) {
		text_cstr(&t, "/v2/");
		text_cstr(&t, wire_feed(w));
	} else {
		text_cstr(&t, "/stream");
	}
	s->authed = false;
	s->since = mono_ns();
	if (ws_client_open(&s->ws, text_done(&t), NULL) != OK)
		stream_lost(w, s);
}

void wire_stream_again(struct wire *w, struct stream *s, const char *why)
{
	if (s->ws.phase == WSC_CLOSED)
		return;
	log_warn("stream.again", "stream=%s why=\"%s\"", name_of(w, s), why);
	stream_lost(w, s);
}

void wire_streams_open(struct wire *w)
{
	w->data.wanted = w->orders.wanted = true;
}

static void say(struct wire *w, struct stream *s, void (*write)(struct wire *w, struct text *t))
{
	char memory[8192];
	struct text t;

	text_init(&t, memory, sizeof memory);
	write(w, &t);
	assert(!t.full);
	enum err e = ws_client_send(&s->ws, WS_TEXT, text_str(&t));
	explicit_bzero(memory, t.n);	/* may be the keys */
	if (e != OK)
		stream_lost(w, s);
}

static void write_auth(struct wire *w, struct text *t)
{
	const struct config *c = w->l->config;

	alpaca_auth_json(t, str_of(c->keys.id.text), str_of(c->keys.secret.text));
}

static void write_subscribe(struct wire *w, struct text *t)
{
	/* Of the simulated market all that happens is ordered by its instants; statuses are not.
	 * Symbols of the store that nobody trades stand behind the configuration's. */
	alpaca_subscribe_json(t, w->l->symbols,
			      w->few_symbols ? FREE_SYMBOLS : w->l->config->symbols.n,
			      !w->sim && !w->no_statuses, w->sim);
}

void wire_subscribe(struct wire *w)
{
	if (w->data.up)
		say(w, &w->data, write_subscribe);
}

static void write_listen(struct wire *w, struct text *t)
{
	alpaca_listen_json(t, w->sim);
}

static void stream_up(struct wire *w, struct stream *s)
{
	s->up = true;
	w->had_data |= is_data(w, s);
	log_info("stream.up", "stream=%s", name_of(w, s));
	if (is_data(w, s)) {
		w->mute_next = wire_now(w) + MUTE_AFTER;	/* it has not had its time yet */
		if (w->gap_from != 0)
			wire_gap_fill(w);
	}
	if (!is_data(w, s))
		w->sync_wanted = true;	/* no stream replays anything: ask for the truth */
	if (w->l->lockstep && w->boot == BOOT_DONE && w->data.up && w->orders.up)
		(void)wire_task(w, TASK_JOIN, BUCKET_CANCEL);
	if (w->boot == BOOT_STREAMS && w->orders.up && (w->data.up || !w->sim))
		wire_boot_next(w, BOOT_STREAMS);
	wire_link(w);
}

#define UNAUTHORIZED (-1)	/* the order stream's word, which has no number */

/* The whole list was refused: of the symbols that the free plan streams, the first. */
static void fewer_symbols(struct wire *w, struct stream *s)
{
	const struct symbols *t = &w->l->config->symbols;

	log_warn("stream.symbols", "symbols=%u streamed=%d first_without=%s "
		 "remedy=\"fewer symbols, enabled = no in an instance, or another plan\"", t->n,
		 FREE_SYMBOLS, t->name[FREE_SYMBOLS]);
	w->few_symbols = true;
	say(w, s, write_subscribe);
}

static void stream_error(struct wire *w, struct stream *s, int code, const char *words)
{
	char why[sizeof ((struct alpaca_event *)0)->text + 100];
	struct text t;

	if (code == 405 && is_data(w, s) && !w->few_symbols &&
			w->l->config->symbols.n > FREE_SYMBOLS) {
		fewer_symbols(w, s);
		return;
	}
	if ((code == 400 || code == 405 || code == 409 || code == 410) && is_data(w, s) &&
	    s->authed && !s->up && !w->sim && !w->no_statuses) {
		log_warn("stream.statuses", "code=%d effect=\"halts show by refusals only\"", code);
		w->no_statuses = true;
		say(w, s, write_subscribe);
		return;
	}
	text_init(&t, why, sizeof why);
	text_cstr(&t, name_of(w, s));
	text_cstr(&t, " stream: ");
	if (code > 0) {
		text_i64(&t, code);
		text_char(&t, ' ');
	}
	text_cstr(&t, words);
	if (code == 406)
		text_cstr(&t, " (another program uses this key's one connection)");
	wire_trouble(w, "stream.error", text_done(&t));
	if (code == 406) {
		others_connection(w);
		stream_down(w, s, CONNECTIONS_FULL);
	} else if (code == 402 || code == 409 || code == 411 || code == UNAUTHORIZED) {
		stream_down(w, s, REFUSED_FOR_GOOD);
	} else if (code != 405 && code != 400) {
		stream_lost(w, s);
	}
}

/* ---- what is said */

static void marker(struct wire *w, const struct stream *s, const struct alpaca_instant *i)
{
	struct event ev;

	w->link.market_open = i->open;
	if (w->l->lockstep) {
		*(is_data(w, s) ? &w->marker_data : &w->marker_orders) = i->n;
		w->instant_next = i->now;
		w->end_next = i->end;
		return;
	}
	if (!is_data(w, s))
		return;
	/* Speed 0: the market's time stands still until the next instant; as slow as can be. */
	clock_set_scaled(&w->l->clock, i->now, i->speed_milli > 0 ? i->speed_milli : 1);
	if (i->end)
		atomic_store(&w->l->ended, true);
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_CLOCK;
	ev.ts = i->now;
	ev.u.clock.complete = true;
	wire_give(w, 0xff, &ev);
}

/* Stopped by a signal, or by a host that had no time: what the sockets hold is old, and what was
 * reconciled is not known any more. */
void wire_suspended(struct wire *w)
{
	ns now = mono_ns(), gone = now - w->turned;

	w->turned = now;
	if (w->sim || w->boot != BOOT_DONE || gone < GONE_AFTER)
		return;
	log_warn("wire.suspended", "s=%lld next=\"new streams, reconcile\"",
		 (long long)(gone / NS_SECOND));
	w->link.synced = w->sync_counts = false;
	wire_unlink(w);
	wire_stream_again(w, &w->data, "nobody has read it");
	wire_stream_again(w, &w->orders, "nobody has read it");
	for (int i = 0; i < CLIENTS; i++)	/* their other ends may be gone */
		if (w->current[i] == NULL)
			http_client_close(&w->client[i]);
	w->sync_wanted = true;
	w->clock_next = 0;
}

static void on_bar(struct wire *w, const struct bar *b)
{
	wire_traded(w, b);
	if (w->rereading)
		return;		/* of what comes meanwhile the gap is read afterwards */
	if (w->filling && !w->l->lockstep && wire_now(w) < w->read_to + GRACE_GAP) {
		/* Before those of the gap it would make them look old. */
		w->gap_from = w->gap_from != 0 ? w->gap_from : b->open_ts;
		return;
	}
	w->overtaken |= w->filling;
	if (w->l->lockstep && w->held_bars < HELD_MAX)
		w->held_bar[w->held_bars++] = *b;
	else
		(void)wire_bar(w, b, NULL);
}

static void on_update(struct wire *w, const struct alpaca_event *e)
{
	w->link.trade_updates++;
	if (w->l->lockstep && w->held_orders < HELD_MAX)
		w->held_order[w->held_orders++] = e->order;
	else
		wire_report(w, &e->order);
}

struct heard { struct wire *w; struct stream *s; };

static void hear(void *ctx, const struct alpaca_event *e)
{
	struct heard *h = ctx;
	struct wire *w = h->w;
	struct stream *s = h->s;

	switch (e->what) {
	case AM_CONNECTED:
		say(w, s, write_auth);
		break;
	case AM_AUTHENTICATED:
		s->authed = true;
		say(w, s, write_subscribe);
		break;
	case AM_SUBSCRIBED:
		if (!s->up)
			stream_up(w, s);
		break;
	case AM_AUTHORIZED:
		s->authed = true;
		say(w, s, write_listen);
		break;
	case AM_LISTENING:
		if (!s->up)
			stream_up(w, s);
		break;
	case AM_UNAUTHORIZED:
		stream_error(w, s, UNAUTHORIZED, "the broker refuses the key");
		break;
	case AM_ERROR:
		stream_error(w, s, e->code, e->text);
		break;
	case AM_BAR:
	case AM_UPDATED_BAR:
		on_bar(w, &e->bar);
		break;
	case AM_TRADE_UPDATE:
		on_update(w, e);
		break;
	case AM_CLOCK:
		marker(w, s, &e->instant);
		break;
	case AM_STATUS:
		wire_status(w, e->bar.sym, e->text);
		break;
	case AM_BAND:
		wire_band(w, &e->bar);
		break;
	case AM_NONE:
		break;
	}
}

bool wire_stream_poll(const struct stream *s, int *fd, short *events, ns *deadline)
{
	if (!s->wanted)
		return false;
	if (s->ws.phase != WSC_CLOSED)
		return ws_client_poll(&s->ws, fd, events, deadline);
	if (s->retry_at < *deadline)
		*deadline = s->retry_at;
	return false;
}

void wire_stream_step(struct wire *w, struct stream *s)
{
	struct heard h = { w, s };
	struct str message;
	enum ws_op op;
	bool opened = false, now;
	enum err e = OK;
	uint32_t n = 0;

	if (!s->wanted)
		return;
	if (s->ws.phase == WSC_CLOSED) {
		if (mono_ns() >= s->retry_at)
			open_stream(w, s);
		return;
	}
	for (; s->ws.phase != WSC_CLOSED && n < MESSAGES_TURN; n++) {
		e = ws_client_step(&s->ws, &now, &op, &message);
		opened |= now;
		if (e != OK)
			break;
		if (is_data(w, s))
			e = alpaca_read_data(message, w->l->symbols, hear, &h);
		else
			e = alpaca_read_trading(message, w->l->symbols, hear, &h);
		if (e != OK)
			log_warn("stream.garbled", "stream=%s bytes=%zu", name_of(w, s), message.n);
		else
			backoff_data(&s->backoff, mono_ns());
	}
	s->more = n == MESSAGES_TURN;
	if (s->ws.phase != WSC_CLOSED && opened && !is_data(w, s))
		say(w, s, write_auth);	/* the data stream says "connected" first */
	if (e != OK && e != ERR_AGAIN && e != ERR_PARSE && s->retry_at <= mono_ns())
		stream_lost(w, s);
	else if (s->ws.phase != WSC_CLOSED && !s->up && mono_ns() - s->since > UP_WITHIN)
		wire_stream_again(w, s, "connected, but not subscribed");
}
