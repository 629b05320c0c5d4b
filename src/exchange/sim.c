/* sim.c: /sim/...: the lockstep, and the truth by which a test measures a bot. */
#include "exchange/serve_inner.h"

#define LEDGER_PAGE 1500	/* orders, and executions, in one answer */

static void clock_fields(struct exchange *x)
{
	key_i64(&x->out, "n", (int64_t)x->n);
	key_time(&x->out, "now", serve_now(x));
}

static int bad(struct exchange *x, const char *words)
{
	return rest_fail(x, 422, 0, words, STR(""));
}

/* ---- lockstep */

struct ask {
	char     name[XS_NAME];
	uint64_t n;
	bool     wait;
	ns       wake;
};

static bool read_ask(const struct call *c, struct ask *a)
{
	struct json j;
	struct str key, s;
	int64_t n;

	*a = (struct ask){ .n = UINT64_MAX };
	json_open(&j, c->body);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		if (str_eq(key, STR("client")) && json_peek(&j) == JSON_STRING) {
			if (json_read_str(&j, &s) && !str_copy(a->name, sizeof(a->name), s))
				return false;
		} else if (str_eq(key, STR("n")) && json_peek(&j) == JSON_NUMBER) {
			if (json_read_number(&j, &s) && (num_parse(&n, s) != OK || n < 0))
				return false;
			a->n = (uint64_t)(n / NUM_ONE);
		} else if (str_eq(key, STR("wait")) && json_peek(&j) == JSON_BOOL) {
			(void)json_read_bool(&j, &a->wait);
		} else if (str_eq(key, STR("wake")) && json_peek(&j) == JSON_STRING) {
			if (json_read_str(&j, &s) && rfc3339_parse(&a->wake, s) != OK)
				return false;
		} else {
			(void)json_skip(&j);
		}
	}
	return json_done(&j) == OK && a->name[0] != '\0';
}

static struct client *client_of(struct exchange *x, const char *name)
{
	for (size_t i = 0; i < XS_CLIENTS; i++)
		if (x->client[i].joined && strcmp(x->client[i].name, name) == 0)
			return &x->client[i];
	return NULL;
}

static void release(struct exchange *x, struct client *cl)
{
	conn_id conn = cl->held;

	if (conn == 0)
		return;
	cl->held = 0;
	x->out.n = 0;
	json_object(&x->out);
	clock_fields(x);
	key_bool(&x->out, "open", serve_is_open(x));
	key_bool(&x->out, "end", x->ended);
	json_end_object(&x->out);
	rest_answer(x, conn, 200);
}

static int answer_clock(struct exchange *x)
{
	json_object(&x->out);
	clock_fields(x);
	key_bool(&x->out, "open", serve_is_open(x));
	key_bool(&x->out, "end", x->ended);
	json_end_object(&x->out);
	return 200;
}

int sim_join(struct exchange *x, const struct call *c)
{
	struct ask a;
	struct client *cl;

	if (!read_ask(c, &a))
		return bad(x, "a body like {\"client\":\"name\"} is needed");
	cl = client_of(x, a.name);
	for (size_t i = 0; cl == NULL && i < XS_CLIENTS; i++)
		if (!x->client[i].joined)
			cl = &x->client[i];
	if (cl == NULL)
		return bad(x, "as many clients as can be have joined");
	release(x, cl);		/* somebody who waits under the same name */
	x->out.n = 0;
	*cl = (struct client){ .joined = true, .acked = x->n > 0 ? x->n - 1 : 0 };
	memcpy(cl->name, a.name, sizeof(cl->name));
	return answer_clock(x);
}

int sim_ack(struct exchange *x, const struct call *c)
{
	struct ask a;
	struct client *cl;

	if (!read_ask(c, &a) || a.n == UINT64_MAX)
		return bad(x, "a body like {\"client\":\"name\",\"n\":12} is needed");
	cl = client_of(x, a.name);
	if (cl == NULL)
		return rest_fail(x, 409, 0, "join first: ", str_of(a.name));
	if (a.n > x->n)
		return rest_fail(x, 409, 0, "that instant has not come", STR(""));
	if (a.n > cl->acked)
		cl->acked = a.n;
	cl->wake = a.wake;
	bool more = x->have_next || !x->ended;
	if (!a.wait || a.n < x->n || !more)
		return answer_clock(x);
	release(x, cl);
	x->out.n = 0;
	cl->held = c->conn;
	server_hold(x->server, c->conn);
	return 0;
}

int sim_leave(struct exchange *x, const struct call *c)
{
	struct ask a;
	struct client *cl;

	if (!read_ask(c, &a))
		return bad(x, "a body like {\"client\":\"name\"} is needed");
	cl = client_of(x, a.name);
	if (cl != NULL) {
		release(x, cl);
		x->out.n = 0;
		cl->joined = false;
	}
	return answer_clock(x);
}

ns sim_wake(const struct exchange *x)
{
	ns wake = INT64_MAX;

	for (size_t i = 0; i < XS_CLIENTS; i++)
		if (x->client[i].joined && x->client[i].wake > x->now && x->client[i].wake < wake)
			wake = x->client[i].wake;
	return wake;
}

bool sim_all_acked(const struct exchange *x, bool *anybody)
{
	*anybody = false;
	for (size_t i = 0; i < XS_CLIENTS; i++) {
		if (!x->client[i].joined)
			continue;
		*anybody = true;
		if (x->client[i].acked < x->n)
			return false;
	}
	return true;
}

void sim_instant(struct exchange *x)
{
	for (size_t i = 0; i < XS_CLIENTS; i++)
		if (x->client[i].joined)
			release(x, &x->client[i]);
}

void sim_closed(struct exchange *x, conn_id conn)
{
	for (size_t i = 0; i < XS_CLIENTS; i++)
		if (x->client[i].held == conn)
			x->client[i].held = 0;
}

/* ---- the truth */

static void ledger_order(struct text *t, const struct xc *x, xc_oid o)
{
	const struct xc_order *p = xc_order(x, o);

	json_object(t);
	key_text(t, "id", p->id);
	key_text(t, "client_order_id", p->cid);
	key_text(t, "symbol", xc_asset(x, p->asset)->symbol);
	key_text(t, "side", side_text(p->side));
	key_text(t, "type", type_text(p->type));
	key_text(t, "time_in_force", tif_text(p->tif));
	key_text(t, "order_class", class_text(p->cls));
	key_text(t, "status", status_text(p->status));
	key_money(t, "qty", p->want.n);
	key_money(t, "filled_qty", p->done.n);
	if (p->limit.n != 0)
		key_money(t, "limit_price", p->limit.n);
	if (p->stop.n != 0)
		key_money(t, "stop_price", p->stop.n);
	if (p->parent != XC_NONE)
		key_text(t, "parent", xc_order(x, p->parent)->id);
	key_time(t, "submitted_at", p->submitted);
	json_end_object(t);
}

/* cash: moves with the execution. Sales bring, purchases cost. */
static void ledger_execution(struct text *t, const struct xc *x, uint32_t i, usd *cash, bool show)
{
	const struct xc_execution *e = xc_execution(x, i);
	const struct xc_order *p = xc_order(x, e->order);
	usd value = usd_of(e->at, e->n, ROUND_NEAR);

	cash->n += (p->side == SIDE_SELL ? value.n : -value.n) - e->fee.n;
	if (!show)
		return;
	json_object(t);
	key_text(t, "id", e->id);
	key_time(t, "t", e->ts);
	key_text(t, "order_id", p->id);
	key_text(t, "client_order_id", p->cid);
	key_text(t, "symbol", xc_asset(x, p->asset)->symbol);
	key_text(t, "side", side_text(p->side));
	key_money(t, "qty", e->n.n);
	key_money(t, "price", e->at.n);
	key_money(t, "fee", e->fee.n);
	key_money(t, "position_qty", e->position.n);
	key_money(t, "cash", cash->n);
	key_bool(t, "last", e->last);
	json_end_object(t);
}

/* ?from=N: orders and executions from the Nth on, LEDGER_PAGE of each at most. */
int sim_ledger(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	uint32_t orders = xc_orders(x->core), executions = xc_executions(x->core);
	int64_t from = 0;
	usd cash = x->c.core.cash;

	if (!rest_number(c, "from", 0, UINT32_MAX, &from))
		return bad(x, "from is the number of an order");
	json_object(t);
	clock_fields(x);
	key_i64(t, "bars_sent", (int64_t)x->bars_sent);
	key_money(t, "start_cash", x->c.core.cash.n);
	json_key(t, "orders");
	json_array(t);
	for (int64_t o = from; o < orders && o < from + LEDGER_PAGE; o++)
		ledger_order(t, x->core, (xc_oid)o);
	json_end_array(t);
	json_key(t, "executions");
	json_array(t);
	for (uint32_t i = 0; i < executions && i < from + LEDGER_PAGE; i++)
		if (xc_execution(x->core, i)->account == 0)
			ledger_execution(t, x->core, i, &cash, i >= from);
	json_end_array(t);
	json_key(t, "positions");
	(void)positions_list(x, c);
	key_money(t, "cash", xc_account(x->core, 0).cash.n);
	json_key(t, "next");
	if (from + LEDGER_PAGE < orders || from + LEDGER_PAGE < executions)
		json_i64(t, from + LEDGER_PAGE);
	else
		json_null(t);
	json_end_object(t);
	return 200;
}

int sim_verdict(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	struct xc_verdict v = xc_judge(x->core, 0);

	(void)c;
	json_object(t);
	clock_fields(x);
	key_i64(t, "duplicate_cids", (int64_t)v.duplicate_cids);
	key_i64(t, "oversells", (int64_t)v.oversells);
	key_i64(t, "wash_trades", (int64_t)v.wash_trades);
	json_key(t, "naked_share_seconds");
	json_f64(t, (double)v.naked_share_ns / 1e6, 6);
	json_key(t, "longest_naked_seconds");
	json_f64(t, (double)v.longest_naked / 1e9, 9);
	key_i64(t, "orders", (int64_t)v.orders);
	key_i64(t, "executions", (int64_t)v.executions);
	json_end_object(t);
	return 200;
}
