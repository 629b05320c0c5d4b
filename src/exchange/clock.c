/* clock.c: the market's clock in the hands of a person or a test: pause, step, jump, speed.
 *
 * A jump plays every instant up to where it goes: streams get them all, orders fill on the
 * way. It is played in bursts by the loop, and its answer comes when it is there. */
#include "exchange/serve_inner.h"

#define STEPS_MAX 1000000	/* a year of instants, twice over */

/* What one POST /sim/clock asks for. */
struct wish {
	bool pause, resume, real, max, moves;
	int64_t speed_milli;		/* 0: not said */
	int64_t steps;
	ns   to;
	char client[XS_NAME];
};

static const char *const keys = "pause, resume, step, to, advance, speed and client are known";

void clock_rebase(struct exchange *x, ns market)
{
	x->base = market;
	x->base_mono = mono_ns();
}

static const char *mode(const struct exchange *x)
{
	return x->c.lockstep ? "lockstep" : x->c.real ? "real" : "scaled";
}

void clock_view(struct exchange *x)
{
	struct text *t = &x->out;
	ns now = serve_now(x);
	int64_t clients = 0;

	for (size_t i = 0; i < XS_CLIENTS; i++)
		clients += x->client[i].joined;
	json_object(t);
	key_i64(t, "n", (int64_t)x->n);
	key_time(t, "now", now);
	key_text(t, "mode", mode(x));
	json_key(t, "speed");
	json_num(t, x->c.lockstep ? 0 : x->c.speed_milli * (NUM_ONE / 1000));
	key_bool(t, "paused", x->paused);
	key_bool(t, "moving", x->jump.on);
	key_bool(t, "open", serve_is_open(x));
	key_bool(t, "end", x->ended);
	key_time(t, "next_open", clock_next_open(now));
	key_time(t, "next_close", calendar_next(NULL, now).close);
	key_i64(t, "clients", clients);
	json_key(t, "waiting_for");
	json_array(t);
	for (size_t i = 0; i < XS_CLIENTS && x->c.lockstep; i++)
		if (x->client[i].joined && x->client[i].acked < x->n)
			json_cstr(t, x->client[i].name);
	json_end_array(t);
	json_end_object(t);
}

int sim_clock(struct exchange *x, const struct call *c)
{
	(void)c;
	clock_view(x);
	return 200;
}

/* ---- reading what is asked for */

ns clock_next_open(ns now)
{
	struct session s = calendar_next(NULL, now);

	return s.open > now ? s.open : calendar_next(NULL, s.close).open;
}

/* Where a jump goes; NULL, or what is wrong. */
static const char *read_to(struct str s, ns now, struct wish *w)
{
	struct session next = calendar_next(NULL, now);

	w->moves = true;
	if (str_eq(s, STR("open")))
		w->to = next.open > now ? next.open : now;
	else if (str_eq(s, STR("next_open")))
		w->to = clock_next_open(now);
	else if (str_eq(s, STR("close")))
		w->to = next.close;
	else if (str_eq(s, STR("end")))
		w->to = INT64_MAX;
	else if (rfc3339_parse(&w->to, s) != OK)
		return "to is a time like 2024-10-01T10:30:00-04:00, or open, close, next_open, "
		       "end";
	return w->to < now ? "to is in the past: the market's time does not go back" : NULL;
}

static const char *read_speed(struct json *j, struct wish *w)
{
	static const char wrong[] = "speed is a number from 0.001 to 100000, or max, or real";
	struct str s;
	int64_t n;

	if (json_peek(j) == JSON_STRING) {
		if (!json_read_str(j, &s))
			return wrong;
		w->max = str_eq(s, STR("max"));
		w->real = str_eq(s, STR("real"));
		return w->max || w->real ? NULL : wrong;
	}
	if (json_peek(j) != JSON_NUMBER || !json_read_num(j, &n) || n < NUM_ONE / 1000 ||
	    n > 100000 * NUM_ONE)
		return wrong;
	w->speed_milli = n / (NUM_ONE / 1000);
	return NULL;
}

static const char *read_key(struct json *j, struct str key, ns now, struct wish *w)
{
	struct str s = { "", 0 };
	ns span = 0;
	int64_t n = 0;

	if (str_eq(key, STR("pause")) || str_eq(key, STR("resume"))) {
		bool *flag = str_eq(key, STR("pause")) ? &w->pause : &w->resume;
		return json_peek(j) == JSON_BOOL && json_read_bool(j, flag) ? NULL :
			"pause and resume are true or false";
	}
	if (str_eq(key, STR("step"))) {
		if (json_peek(j) != JSON_NUMBER || !json_read_num(j, &n) || n < NUM_ONE ||
		    n % NUM_ONE != 0 || n > STEPS_MAX * NUM_ONE)
			return "step is a number of instants, 1 to 1000000";
		w->steps = n / NUM_ONE;
		w->moves = true;
		w->to = INT64_MAX;
		return NULL;
	}
	if (str_eq(key, STR("speed")))
		return read_speed(j, w);
	if (json_peek(j) == JSON_STRING && !json_read_str(j, &s))
		return keys;
	if (str_eq(key, STR("to")))
		return read_to(s, now, w);
	if (str_eq(key, STR("client")))
		return str_copy(w->client, sizeof(w->client), s) ? NULL : "client is too long";
	if (!str_eq(key, STR("advance")))
		return keys;
	if (duration_parse(&span, s) != OK || span <= 0 || span > 3660 * NS_DAY)
		return "advance is a span of time like 90s, 15m, 2h or 1d";
	w->moves = true;
	w->to = now + span;
	return NULL;
}

static const char *read_wish(struct str body, ns now, struct wish *w)
{
	struct json j;
	struct str key;
	const char *why = NULL;
	uint32_t moves = 0, all = 0;

	*w = (struct wish){ 0 };
	json_open(&j, body);
	for (json_enter_object(&j); why == NULL && json_next_key(&j, &key); all++) {
		moves += w->moves;
		w->moves = false;
		why = read_key(&j, key, now, w);
	}
	moves += w->moves;
	w->moves = moves > 0;
	if (why != NULL)
		return why;
	if (json_done(&j) != OK || all == 0)
		return "a body like {\"pause\":true}, {\"step\":1}, {\"to\":\"close\"}, "
		       "{\"advance\":\"15m\"} or {\"speed\":60} is needed";
	if (moves > 1)
		return "one of step, to and advance at a time";
	return w->pause && w->resume ? "pause or resume, not both" : NULL;
}

/* ---- doing it */

static const char *set_speed(struct exchange *x, const struct wish *w)
{
	if (w->real && x->now > wall_ns())
		return "the market is ahead of real time already";
	if (w->max || w->real || w->speed_milli != 0) {
		x->c.lockstep = w->max;
		x->c.real = w->real;
		x->c.speed_milli = w->real ? 1000 : w->speed_milli != 0 ? w->speed_milli :
			x->c.speed_milli;
	}
	return NULL;
}

static void start_jump(struct exchange *x, const struct wish *w, conn_id conn)
{
	x->jump = (struct jump){ .on = true, .to = w->to, .conn = conn };
	x->jump.until_n = w->steps > 0 ? x->n + (uint64_t)w->steps : UINT64_MAX;
	memcpy(x->jump.client, w->client, sizeof(w->client));
	/* The market leaves the wall's time behind. */
	x->c.real = false;
	server_hold(x->server, conn);
}

int sim_clock_set(struct exchange *x, const struct call *c)
{
	struct wish w;
	ns now = serve_now(x);

	if (x->jump.on)
		return rest_fail(x, 409, 0, "the clock is on its way already", STR(""));
	const char *why = read_wish(c->body, now, &w);
	if (why == NULL)
		why = set_speed(x, &w);
	if (why != NULL)
		return rest_fail(x, 422, 0, why, STR(""));
	if (w.pause || w.resume)
		x->paused = w.pause;
	if (x->paused)
		x->c.real = false;
	/* Time has flowed up to here; streams are told how it goes on. */
	if (!x->c.lockstep || now > x->now)
		serve_core_time(x, now > x->now ? now : x->now);
	clock_rebase(x, x->now);
	x->out.n = 0;
	if (w.moves) {
		start_jump(x, &w, c->conn);
		return 0;
	}
	clock_view(x);
	return 200;
}

bool clock_jump_waits(struct exchange *x)
{
	bool anybody;

	for (size_t i = 0; i < XS_CLIENTS; i++)
		if (x->client[i].joined && strcmp(x->client[i].name, x->jump.client) == 0)
			x->client[i].acked = x->n;
	return x->c.lockstep && !sim_all_acked(x, &anybody);
}

void clock_jump_ends(struct exchange *x)
{
	conn_id conn = x->jump.conn;

	x->jump = (struct jump){ 0 };
	clock_rebase(x, x->now);
	x->out.n = 0;
	clock_view(x);
	rest_answer(x, conn, 200);
}
