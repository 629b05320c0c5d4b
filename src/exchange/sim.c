/* sim.c: /sim/...: the lockstep. */
#include "exchange/serve_inner.h"

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

static int answer_clock(struct exchange *x)
{
	json_object(&x->out);
	key_i64(&x->out, "n", (int64_t)x->n);
	key_time(&x->out, "now", serve_now(x));
	key_bool(&x->out, "open", serve_is_open(x));
	key_bool(&x->out, "end", x->ended);
	json_end_object(&x->out);
	return 200;
}

/* Answers the one who waits; x->out is empty afterwards. */
static void release(struct exchange *x, struct client *cl)
{
	conn_id conn = cl->held;

	if (conn == 0)
		return;
	cl->held = 0;
	x->out.n = 0;
	rest_answer(x, conn, answer_clock(x));
	x->out.n = 0;
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
