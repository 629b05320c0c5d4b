/* exec.c: questions and answers of one slice. */
#include "run/exec.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "run/exec_child.h"
#include "strategy/rules.h"

#define QUESTION  4096		/* 64 values and what is around them */
#define SAID      200		/* of a line to standard error */
#define SAID_MOST 20		/* such lines a slice; the rest is counted */
#define STRAY     16		/* lines beside the answers, then it babbles */
#define LOOK      (50 * NS_MS)	/* whether it is alive, though its pipes are open */
#define PAUSE_MIN NS_SECOND
#define PAUSE_MAX NS_MINUTE

/* A symbol that is asked about: the newest bar's question has number first + its place. */
struct asked { uint8_t symbol, ask; bool answered; struct intent intent; };

struct exec {
	struct arena memory;
	const struct engine_config *c;
	const struct rules *r;
	bool   patient, given_up, pausing, told, fresh;
	ns     wait, not_before, pause;
	struct child child;
	ns     slice;			/* the last one that was asked about */
	int64_t first;			/* number of its first question */
	uint32_t n, sent, answered, given;
	uint32_t failures, stray, said, silenced;
	const char *why;
	struct asked q[ENGINE_SYMBOLS];
	size_t out_n, out_at, line_n, err_n;
	char   out[QUESTION], line[EXEC_LINE], err[SAID];
};

struct exec *exec_open(const struct engine_config *c, bool patient, ns wait)
{
	struct arena memory;

	if (arena_open(&memory, sizeof(struct exec) + 16) != OK)
		return NULL;
	struct exec *x = ARENA_NEW(&memory, struct exec, 1);
	x->memory = memory;
	x->c = c;
	x->r = c->rules;
	x->patient = patient;
	x->wait = wait != 0 ? wait : c->rules->deadline;
	x->pause = PAUSE_MIN;
	x->first = 1;
	return x;
}

void exec_close(struct exec *x)
{
	if (x == NULL)
		return;
	child_kill(&x->child);
	struct arena memory = x->memory;	/* it lies in there itself */
	arena_close(&memory);
}

const char *exec_failed(const struct exec *x)
{
	return x->given_up ? x->why : NULL;
}

/* ---- questions */

static void price(struct text *t, const char *key, px p)
{
	json_key(t, key);
	if (p.n != 0)
		json_num(t, p.n);
	else
		json_null(t);
}

static void bar(struct text *t, const struct bar *b)
{
	json_key(t, "bar");
	json_object(t);
	price(t, "open", b->open);
	price(t, "high", b->high);
	price(t, "low", b->low);
	price(t, "close", b->close);
	json_key(t, "volume");
	json_f64(t, b->volume, 3);
	json_end_object(t);
}

static void position(struct text *t, const struct trade *tr)
{
	json_key(t, "position");
	if (tr == NULL) {
		json_null(t);
		return;
	}
	json_object(t);
	json_key(t, "side");
	json_cstr(t, tr->side == SIDE_BUY ? "long" : "short");
	json_key(t, "shares");
	json_num(t, trade_open_qty(tr).n);
	price(t, "entry", tr->in.n > 0 ? px_avg(tr->in_value, tr->in, ROUND_NEAR) : (px){ 0 });
	price(t, "stop", tr->stop);
	price(t, "target", tr->target);
	json_end_object(t);
}

static void put_question(struct exec *x, struct engine *e)
{
	static const char *const asks[] = { "none", "entry", "exit" };
	const struct asked *a = &x->q[x->sent];
	struct question q;
	struct text t;

	bool there = engine_question(e, a->symbol, &q);
	assert(there);
	text_init(&t, x->out, sizeof x->out);
	json_object(&t);
	json_key(&t, "id");
	json_i64(&t, x->first + x->sent++);
	json_key(&t, "time");
	json_time(&t, x->slice);
	json_key(&t, "symbol");
	json_cstr(&t, x->c->symbol_name[a->symbol]);
	json_key(&t, "decide");
	json_cstr(&t, asks[a->ask]);
	bar(&t, &q.bar);
	json_key(&t, "values");
	json_array(&t);
	for (uint32_t i = 0; i < x->r->tells; i++)
		json_f64(&t, engine_input(e, a->symbol, x->r->tell[i]), 9);
	json_end_array(&t);
	position(&t, q.trade);
	json_end_object(&t);
	text_char(&t, '\n');
	assert(!t.full);
	x->out_n = t.n;
	x->out_at = 0;
}

/* ---- answers */

static bool positive(struct json *j, int64_t *out)
{
	*out = 0;
	if (json_peek(j) == JSON_NULL)
		return json_skip(j);
	return json_read_num(j, out) && *out >= 0;
}

/* Its words are for people: what would not be one line is left out. */
static bool words(struct json *j, char *out, size_t size)
{
	struct str raw;
	bool escaped;

	if (!json_read_raw(j, &raw, &escaped))
		return false;
	size_t n = 0;
	for (size_t i = 0; i < raw.n && n + 1 < size; i++)
		if (raw.s[i] >= ' ' && raw.s[i] < 0x7f && raw.s[i] != '\\')
			out[n++] = raw.s[i];
	out[n] = '\0';
	return true;
}

static bool member(struct json *j, struct str key, struct intent *in, int64_t *id,
		   struct str *symbol)
{
	static const char *const does[] = { "none", "long", "short", "exit" };
	struct str s;

	if (str_eq(key, STR("id")))
		return json_read_num(j, id);
	if (str_eq(key, STR("stop")))
		return positive(j, &in->stop.n);
	if (str_eq(key, STR("target")))
		return positive(j, &in->target.n);
	if (str_eq(key, STR("size")))
		return positive(j, &in->size.n);
	if (str_eq(key, STR("why")))
		return words(j, in->why, sizeof in->why);
	if (str_eq(key, STR("symbol")))
		return json_read_str(j, symbol);
	if (str_eq(key, STR("hold")))
		return json_read_str(j, &s) && duration_parse(&in->hold, s) == OK &&
		       in->hold > 0 && in->hold <= RULES_HOLD_MAX * NS_MINUTE;
	if (!str_eq(key, STR("do")))
		return json_skip(j);
	in->what = INTENT_UNANSWERED;
	if (json_read_str(j, &s))
		for (size_t i = 0; i < COUNT(does); i++)
			if (str_eq(s, str_of(does[i])))
				in->what = (uint8_t)i;
	return in->what != INTENT_UNANSWERED;
}

static void tell(struct exec *x, const char *what, const char *line)
{
	x->stray++;
	if (x->stray == 1)	/* one is enough to know */
		log_warn("exec.answer", "inst=%s what=\"%s\" line=\"%.80s\"", x->c->name, what,
			 line);
}

/* NULL: it is one. */
static const char *answer(struct exec *x, struct str line)
{
	struct json j;
	struct str key, symbol = { "", 0 };
	struct intent in = { .what = INTENT_UNANSWERED };
	int64_t id = -1;

	json_open(&j, line);
	for (json_enter_object(&j); json_next_key(&j, &key);)
		if (!member(&j, key, &in, &id, &symbol))
			return "no answer";
	if (json_done(&j) != OK || in.what == INTENT_UNANSWERED || id < 0 || id % NUM_ONE != 0)
		return "no answer";
	id = id / NUM_ONE - x->first;
	if (id < 0)
		return "too late";
	if (id >= x->sent)
		return "to no question";
	struct asked *a = &x->q[id];
	if (a->answered)
		return "a second answer";
	if (symbol.n > 0 && !str_eq(symbol, str_of(x->c->symbol_name[a->symbol])))
		return "of another symbol";
	in.bar = a->intent.bar;
	in.sym = a->intent.sym;
	a->intent = in;
	a->answered = true;
	x->answered++;
	return NULL;
}

static void plain(char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] == 0x7f || s[i] == '"')
			s[i] = '?';
}

static bool take_line(struct exec *x, char *s, size_t n)
{
	const char *what = n > 0 ? answer(x, (struct str){ s, n }) : NULL;

	if (what == NULL)
		return true;
	plain(s, n);
	s[n] = '\0';
	tell(x, what, s);
	if (str_eq(str_of(what), STR("too late")))
		return x->stray < STRAY + ENGINE_SYMBOLS * EXEC_FAILURES;
	x->why = "it wrote what is no answer";
	x->told = true;
	return x->stray < STRAY;
}

/* A line of its own words, cut. */
static void say(struct exec *x)
{
	plain(x->err, x->err_n);
	if (x->err_n > 0 && x->said++ < SAID_MOST)
		log_info("exec.says", "inst=%s text=\"%.*s\"", x->c->name, (int)x->err_n, x->err);
	else
		x->silenced += x->err_n > 0;
	x->err_n = 0;
}

static void read_words(struct exec *x)
{
	char some[512];
	ssize_t n = read(x->child.err, some, sizeof some);
	for (ssize_t i = 0; i < n; i++) {
		if (some[i] == '\n')
			say(x);
		else if (x->err_n < sizeof x->err)
			x->err[x->err_n++] = some[i];
	}
	if (n == 0) {
		(void)close(x->child.err);
		x->child.err = -1;	/* it may go on without */
	}
}

/* NULL: well so far; else why not. */
static const char *read_answers(struct exec *x)
{
	ssize_t n = read(x->child.out, x->line + x->line_n, sizeof x->line - 1 - x->line_n);

	if (n == 0)
		return "it closed its output";
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? NULL : "it cannot be read";
	x->line_n += (size_t)n;
	size_t at = 0;
	for (char *end; (end = memchr(x->line + at, '\n', x->line_n - at)) != NULL;) {
		size_t len = (size_t)(end - x->line) - at;
		if (!take_line(x, x->line + at, len))
			return "it writes too much";
		at += len + 1;
	}
	memmove(x->line, x->line + at, x->line_n - at);
	x->line_n -= at;
	return x->line_n < sizeof x->line - 1 ? NULL : "it wrote a line of more than 2000 bytes";
}

static const char *write_questions(struct exec *x)
{
	ssize_t n = write(x->child.in, x->out + x->out_at, x->out_n - x->out_at);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? NULL : "it closed its input";
	x->out_at += (size_t)n;
	return NULL;
}

/* One turn of waiting. */
static const char *turn(struct exec *x, ns left)
{
	bool more = x->out_at < x->out_n;
	struct pollfd p[3] = { { .fd = x->child.out, .events = POLLIN },
			       { .fd = x->child.err, .events = POLLIN },
			       { .fd = more ? x->child.in : -1, .events = POLLOUT } };
	const char *why = NULL;
	int code;

	if (poll(p, COUNT(p), (int)((left < LOOK ? left : LOOK) / NS_MS) + 1) < 0)
		return NULL;
	if (p[1].revents != 0)
		read_words(x);
	if (p[0].revents != 0)
		why = read_answers(x);
	if (why == NULL && p[2].revents != 0)
		why = write_questions(x);
	if (why == NULL && p[0].revents == 0 && child_ended(&x->child, &code))
		why = "it ended";
	return why;
}

/* All questions and all answers of a slice. *alive: it may go on. */
static const char *talk(struct exec *x, struct engine *e, bool *alive)
{
	/* Who has just begun may need a while: an interpreter, its libraries. */
	ns until = mono_ns() + (x->fresh ? RULES_DEADLINE_MAX : x->wait);

	*alive = true;
	while (x->answered < x->n) {
		if (x->out_at == x->out_n && x->sent < x->n)
			put_question(x, e);
		ns left = until - mono_ns();
		if (left <= 0) {
			*alive = x->sent == x->n && x->out_at == x->out_n;
			return "no answer within the deadline";
		}
		const char *why = turn(x, left);
		if (why != NULL) {
			*alive = false;
			return why;
		}
	}
	return x->told ? x->why : NULL;
}

/* ---- failures */

static bool start(struct exec *x)
{
	if (x->child.pid != 0)
		return true;
	if (x->patient && mono_ns() < x->not_before)
		return false;
	x->line_n = x->err_n = x->out_n = x->out_at = 0;
	if (!child_start(&x->child, x->r->word)) {
		x->child.pid = 0;
		return false;
	}
	x->fresh = true;
	log_info("exec.start", "inst=%s program=\"%s\" pid=%d", x->c->name, x->r->word[0],
		 (int)x->child.pid);
	return true;
}

static void end(struct exec *x)
{
	int code = 0;

	if (x->child.pid == 0)
		return;
	if (x->child.err >= 0)
		read_words(x);
	say(x);
	if (child_ended(&x->child, &code))
		log_warn("exec.end", "inst=%s code=%d%s", x->c->name, code,
			 code == 127 ? " why=\"there is no such program\"" : "");
	child_kill(&x->child);
	x->not_before = mono_ns() + x->pause;
	x->pause = x->pause < PAUSE_MAX / 2 ? x->pause * 2 : PAUSE_MAX;
}

static void fail(struct exec *x, const char *why, bool alive)
{
	x->why = why;
	x->failures++;
	log_warn("exec.failed", "inst=%s why=\"%s\" answers=%u of=%u failures=%u", x->c->name, why,
		 x->answered, x->n, x->failures);
	if (x->failures >= EXEC_FAILURES)
		x->given_up = x->pausing = true;
	if (!alive || x->given_up)
		end(x);
}

/* ---- a slice */

static void collect(struct exec *x, struct engine *e)
{
	struct question q;

	x->first += x->n;
	x->n = x->sent = x->answered = x->given = x->stray = x->said = 0;
	x->told = false;
	/* Exits before entries, as the engine has it. */
	for (uint32_t turn = 0; turn < 2; turn++)
		for (uint32_t i = 0; i < x->c->symbols_n; i++)
			if (engine_question(e, i, &q) && (q.ask == ASK_EXIT) == (turn == 0))
				x->q[x->n++] = (struct asked){ .symbol = (uint8_t)i,
					.ask = (uint8_t)q.ask, .intent = {
						.bar = x->slice, .sym = x->c->symbol[i],
						.what = INTENT_UNANSWERED } };
}

void exec_ask(struct exec *x, struct engine *e)
{
	const struct instance_state *s = engine_state(e);
	bool alive;

	if (s->last_decision == x->slice)
		return;
	x->slice = s->last_decision;
	collect(x, e);
	if (x->given_up && s->run == RUN_RUNNING) {
		x->given_up = false;
		x->failures = 0;
	}
	if (x->n == 0 || x->given_up)
		return;
	if (!start(x)) {
		fail(x, "it is not running", false);
		return;
	}
	const char *why = talk(x, e, &alive);
	if (why != NULL) {
		fail(x, why, alive);
		return;
	}
	x->failures = 0;
	x->fresh = false;
	x->pause = PAUSE_MIN;
	if (x->silenced > 0)
		log_info("exec.says", "inst=%s lines=%u left=out", x->c->name, x->silenced);
	x->silenced = 0;
}

/* Silence about a position moves nothing, so it is not told. */
static bool matters(const struct asked *a)
{
	return a->ask == ASK_ENTRY || (a->ask == ASK_EXIT && a->intent.what == INTENT_EXIT);
}

bool exec_next(struct exec *x, struct event *ev)
{
	memset(ev, 0, sizeof *ev);
	for (; x->given < x->n; x->given++) {
		if (!matters(&x->q[x->given]))
			continue;
		ev->kind = EV_INTENT;
		ev->u.intent = x->q[x->given++].intent;
		return true;
	}
	if (!x->pausing)
		return false;
	x->pausing = false;
	ev->kind = EV_COMMAND;
	ev->u.command.what = CMD_PAUSE;
	struct text t;
	text_init(&t, ev->u.command.who, sizeof ev->u.command.who - 1);
	text_cstr(&t, "exec: ");
	text_cstr(&t, x->why);
	ev->u.command.who[t.n] = '\0';
	return true;
}
