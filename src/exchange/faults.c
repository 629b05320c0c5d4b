/* faults.c: the rules that are in force: where they come from, which of them fire, and those
 * that the market's clock fires. */
#include <fcntl.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/log.h"
#include "base/near.h"
#include "exchange/faults_inner.h"

#define WHY_MAX 2048	/* errors of one script that are told */

size_t faults_size(void)
{
	return sizeof(struct faults) + XS_OUT + 64;
}

void faults_init(struct exchange *x)
{
	x->faults = ARENA_NEW(&x->arena, struct faults, 1);
	text_init(&x->faults->edit, arena_alloc(&x->arena, XS_OUT), XS_OUT);
}

bool faults_on(const struct exchange *x)
{
	return x->faults->on;
}

/* ---- which fire */

static void add(struct fault_plan *p, const struct fault_rule *r)
{
	bool act = true;

	for (uint32_t i = 0; i < r->n; i++) {
		const struct fault_do *d = &r->does[i];
		if (p->n < FAULT_PLAN_MAX)
			p->d[p->n++] = d;
		if (d->what == DO_STATUS || (d->what == DO_CUT && !d->given) ||
		    d->what == DO_CLOSE || d->what == DO_STALL || d->what == DO_HALF_OPEN ||
		    d->what == DO_REDIRECT)
			act = false;
	}
	for (uint32_t i = 0; i < r->n; i++)
		act = act || r->does[i].what == DO_ACT;
	p->act = p->act && act;
}

void faults_match(struct exchange *x, const struct fault_case *c, struct fault_plan *p)
{
	struct fault_script *s = &x->faults->script;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->rule[i].on == c->on && faults_fires(&s->rule[i], c))
			add(p, &s->rule[i]);
}

const struct fault_do *faults_find(const struct fault_plan *p, enum fault_what what)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->d[i]->what == what)
			return p->d[i];
	return NULL;
}

/* ---- the clock */

ns faults_due(const struct exchange *x)
{
	const struct faults *f = x->faults;
	ns due = INT64_MAX;

	if (!f->on || x->replaying)
		return due;
	if (f->timed)
		for (uint32_t i = 0; i < f->script.n; i++)
			if (f->script.rule[i].next < due)
				due = f->script.rule[i].next;
	if (f->blocked.until != 0 && f->blocked.until < due)
		due = f->blocked.until;
	ns late = faults_late_due(x);
	return late < due ? late : due;
}

static void fire(struct exchange *x, struct fault_rule *r)
{
	struct fault_case c = {
		.on = r->on, .now = x->now, .method = r->method, .path = r->path,
		.name = r->name, .symbol = r->symbol, .client = r->client, .side = r->side,
		.type = r->type, .cls = r->cls, .tif = r->tif, .role = r->role,
		.stream = r->stream, .account_key = r->account
	};

	if (!faults_fires(r, &c))
		return;
	for (uint32_t i = 0; i < r->n; i++) {
		const struct fault_do *d = &r->does[i];
		bool link = d->what == DO_CUT || d->what == DO_CLOSE || d->what == DO_HALF_OPEN ||
			    d->what == DO_SLOW || d->what == DO_SILENCE || d->what == DO_ERROR ||
			    d->what == DO_FLOOD;
		if (link)
			faults_streams(x, r->stream, d);
		else
			faults_world(x, r, d);
	}
}

void faults_time(struct exchange *x, ns ts)
{
	struct faults *f = x->faults;

	if (!f->on || x->replaying || faults_due(x) > ts)
		return;
	serve_call_time(x, ts);
	for (uint32_t i = 0; i < f->script.n && f->timed; i++) {
		struct fault_rule *r = &f->script.rule[i];
		if (r->next > x->now)
			continue;
		fire(x, r);
		r->next = faults_next(r, x->now);
	}
	if (f->blocked.until != 0 && f->blocked.until <= x->now) {
		const struct fault_do off = { .what = DO_BLOCK, .span = -1 };
		faults_world(x, NULL, &off);
	}
	faults_late(x);
	serve_events(x);
}

/* ---- rules come and go */

void faults_settle(struct exchange *x)
{
	struct faults *f = x->faults;

	f->timed = false;
	for (uint32_t i = 0; i < f->script.n; i++)
		f->timed = f->timed || f->script.rule[i].next != INT64_MAX;
	f->on = f->script.n > 0 || f->lates > 0 || f->blocked.until != 0;
}

/* A rule for a symbol that is not traded waits in vain, often for a slip of the finger. */
static void doubt(const struct exchange *x, const struct fault_rule *r)
{
	struct str rest = r->symbol;

	while (rest.n > 0) {
		struct str s = str_cut(&rest, ',');
		if (s.n > 0 && memchr(s.s, '*', s.n) == NULL && !str_eq(s, STR("FAKEPACA")) &&
		    symbols_find(x->symbols, s) == SYM_NONE)
			log_warn("exchange.faults", "%.*s:%u: this market has no symbol %.*s",
				 (int)r->file.n, r->file.s, r->line, (int)s.n, s.s);
	}
}

static bool load(struct exchange *x, struct str name, struct str text, struct text *why)
{
	struct fault_script *s = &x->faults->script;
	uint32_t first = s->n;

	if (!faults_parse(s, name, text, why))
		return false;
	for (uint32_t i = first; i < s->n; i++)
		doubt(x, &s->rule[i]);
	faults_start(s, first, serve_now(x), x->c.core.seed);
	faults_settle(x);
	return true;
}

/* They are sections of one file: [name], then the script. */
bool exchange_scenario(uint32_t i, struct str *name, struct str *text)
{
	struct str rest = asset_text("scenarios");

	for (bool mine = false; rest.n > 0;) {
		struct str before = rest, line = str_cut(&rest, '\n');
		bool head = line.n > 2 && line.s[0] == '[';
		if (mine && head) {
			text->n = (size_t)(before.s - text->s);
			return true;
		}
		if (head && i-- == 0) {
			mine = true;
			*name = (struct str){ line.s + 1, line.n - 2 };
			*text = rest;
		}
		if (mine && rest.n == 0)
			return true;
	}
	return false;
}

#define SCENARIO_TEXT 24
#define SCENARIOS_MAX 64	/* that are looked at for a name that was meant */

struct names { char name[SCENARIOS_MAX][SCENARIO_TEXT]; };

static const char *scenario_name(void *ctx, uint32_t i)
{
	const struct names *all = ctx;

	return i < SCENARIOS_MAX && all->name[i][0] != '\0' ? all->name[i] : NULL;
}

static bool load_scenario(struct exchange *x, struct str name, struct text *why)
{
	struct names all = { 0 };
	struct str have, text;

	for (uint32_t i = 0; exchange_scenario(i, &have, &text); i++) {
		if (str_eq(have, name))
			return load(x, name, text, why);
		if (i < SCENARIOS_MAX && !str_copy(all.name[i], SCENARIO_TEXT, have))
			break;
	}
	text_cstr(why, "there is no scenario '");
	text_add(why, name.n > 40 ? (struct str){ name.s, 40 } : name);
	const char *near = word_nearest(name, scenario_name, &all);
	text_cstr(why, near != NULL ? "', did you mean '" : "'; see gambler exchange --scenario ");
	text_cstr(why, near != NULL ? near : "list");
	text_cstr(why, near != NULL ? "'?" : "");
	return false;
}

static bool load_file(struct exchange *x, const char *file, struct text *why)
{
	char *memory = x->faults->edit.s;	/* 2 MB, not in use yet */
	size_t n = 0, most = x->faults->edit.cap;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : 1;

	while (got > 0 && n < most) {
		got = read(fd, memory + n, most - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		(void)close(fd);
	if (got != 0) {
		text_cstr(why, file);
		text_cstr(why, fd >= 0 && n == most ? ": is larger than a script can be" :
			  ": cannot be read");
		return false;
	}
	return load(x, str_of(file), (struct str){ memory, n }, why);
}

enum err faults_load(struct exchange *x, char *why, size_t why_size)
{
	struct text t;
	bool fine = true;

	text_init(&t, why, why_size - 1);
	for (uint32_t i = 0; i < x->c.faults && fine; i++)
		fine = x->c.fault[i].scenario
			? load_scenario(x, str_of(x->c.fault[i].name), &t)
			: load_file(x, x->c.fault[i].name, &t);
	t.full = false;
	(void)text_done(&t);
	return fine ? OK : ERR_CONFIG;
}

/* ---- /sim/faults */

static void show(struct text *t, uint32_t number, const struct fault_rule *r)
{
	json_object(t);
	key_i64(t, "n", number + 1);
	json_key(t, "file");
	json_str(t, r->file);
	key_i64(t, "line", r->line);
	json_key(t, "rule");
	json_str(t, r->text);
	key_i64(t, "seen", (int64_t)r->seen);
	key_i64(t, "fired", (int64_t)r->fired);
	key_time(t, "last", r->last);
	if (r->next != INT64_MAX)
		key_time(t, "next", r->next);
	if (r->p < NUM_ONE)
		key_i64(t, "seed", (int64_t)r->seed);
	json_end_object(t);
}

int faults_get(struct exchange *x, const struct call *c)
{
	struct text *t = &x->out;
	const struct faults *f = x->faults;

	(void)c;
	json_object(t);
	json_key(t, "rules");
	json_array(t);
	for (uint32_t i = 0; i < f->script.n; i++)
		show(t, i, &f->script.rule[i]);
	json_end_array(t);
	json_end_object(t);
	return 200;
}

/* {"rules":"…"} and {"scenario":"…"}; false: it is neither. */
static bool from_json(struct exchange *x, struct str body, bool *fine, struct text *why)
{
	struct json j;
	struct str key, raw;
	bool escaped, any = false;
	size_t n;

	json_open(&j, body);
	if (json_peek(&j) != JSON_OBJECT)
		return false;
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		bool rules = str_eq(key, STR("rules"));
		if ((!rules && !str_eq(key, STR("scenario"))) || json_peek(&j) != JSON_STRING) {
			(void)json_skip(&j);
			continue;
		}
		char *plain = x->faults->edit.s;
		if (!json_read_raw(&j, &raw, &escaped) ||
		    !json_unescape(plain, x->faults->edit.cap, raw, &n))
			break;
		any = true;
		*fine = *fine && (rules ? load(x, STR("rules"), (struct str){ plain, n }, why) :
				  load_scenario(x, (struct str){ plain, n }, why));
	}
	return any && json_done(&j) == OK;
}

int faults_post(struct exchange *x, const struct call *c)
{
	char memory[WHY_MAX];
	struct text why;
	bool fine = true;

	text_init(&why, memory, sizeof(memory) - 1);
	struct str body = str_trim(c->body);
	if (body.n > 0 && body.s[0] == '{') {
		if (!from_json(x, body, &fine, &why))
			return rest_fail(x, 422, 0, "a script as text is needed, or {\"rules\":"
					 "\"…\"}, or {\"scenario\":\"…\"}", STR(""));
	} else {
		fine = load(x, STR("rules"), c->body, &why);
	}
	if (!fine) {
		json_object(&x->out);
		json_key(&x->out, "message");
		json_str(&x->out, text_str(&why));
		json_end_object(&x->out);
		return 422;
	}
	return faults_get(x, c);
}

int faults_delete(struct exchange *x, const struct call *c)
{
	struct faults *f = x->faults;
	const struct fault_do off = { .what = DO_BLOCK, .span = -1 };

	if (f->blocked.until != 0)
		faults_world(x, NULL, &off);
	f->script.n = 0;
	f->script.pool_n = 0;
	f->lags = f->stales = 0;
	f->down = f->orders_down = f->revoked = 0;
	faults_forget(x);
	faults_settle(x);
	return faults_get(x, c);
}
