/* faults_match.c: whether something is what a rule waits for. */
#include "base/crc.h"
#include "exchange/faults.h"
#include "model/calendar.h"

bool faults_glob(struct str pattern, struct str s)
{
	size_t p = 0, i = 0, star = SIZE_MAX, from = 0;

	while (i < s.n) {
		if (p < pattern.n && pattern.s[p] == '*') {
			star = p++;
			from = i;
		} else if (p < pattern.n && pattern.s[p] == s.s[i]) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			i = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.s[p] == '*')
		p++;
	return p == pattern.n;
}

bool faults_symbol(struct str wanted, struct str s)
{
	while (wanted.n > 0)
		if (faults_glob(str_cut(&wanted, ','), s))
			return true;
	return false;
}

/* ---- times */

/* The instant that is meant on a day; false: there is none on it. */
static bool on_day(const struct fault_time *t, day d, ns *at)
{
	struct session s;

	if (t->kind == CLOCK_DAILY) {
		/* What the clock on the wall shows, on days on which it is set, too. */
		*at = ny_time(d, (int)(t->t / NS_HOUR), (int)(t->t % NS_HOUR / NS_MINUTE)) +
		      t->t % NS_MINUTE;
		return true;
	}
	if (!calendar_session(NULL, d, &s))
		return false;
	*at = (t->kind == CLOCK_OPEN ? s.open : s.close) + t->t;
	return true;
}

static bool once(const struct fault_rule *r, const struct fault_time *t, ns *at)
{
	if (t->kind == CLOCK_DATE)
		*at = t->t;
	else if (t->kind == CLOCK_SINCE)
		*at = r->since + t->t;
	else
		return false;
	return true;
}

/* The last instant of that kind at or before now; INT64_MIN: none. */
static ns last_of(const struct fault_rule *r, const struct fault_time *t, ns now)
{
	ns at;

	if (t->kind == CLOCK_NONE)
		return r->since;
	if (once(r, t, &at))
		return at <= now ? at : INT64_MIN;
	for (day d = ny_date(now) + 1, end = d - 12; d > end; d--)
		if (on_day(t, d, &at) && at <= now)
			return at;
	return INT64_MIN;
}

static ns next_of(const struct fault_rule *r, const struct fault_time *t, ns now)
{
	struct session s;
	ns at;

	if (once(r, t, &at))
		return at > now ? at : INT64_MAX;
	for (day d = ny_date(now) - 8, end = d + 24; d < end; d++) {
		/* Clock times are those of trading days: at night nobody would notice. */
		if (calendar_session(NULL, d, &s) && on_day(t, d, &at) && at > now)
			return at;
	}
	return INT64_MAX;
}

/* The window of after, until and for. */
static bool in_window(const struct fault_rule *r, ns now)
{
	ns begin = last_of(r, &r->after, now);

	if (begin == INT64_MIN)
		return false;
	if (r->lasts != 0)
		return now - begin < r->lasts;
	if (r->until.kind == CLOCK_NONE)
		return true;
	if (r->after.kind == CLOCK_NONE) {
		/* Up to a time of each day, or once. */
		ns end;
		if (once(r, &r->until, &end))
			return now < end;
		return !on_day(&r->until, ny_date(now), &end) || now < end;
	}
	ns end = last_of(r, &r->until, now);
	return end == INT64_MIN || end < begin;
}

ns faults_next(const struct fault_rule *r, ns now)
{
	ns at;

	if (r->each == 0)
		return next_of(r, &r->at, now);
	for (int i = 0; i < 2; i++) {
		struct session s = calendar_next(NULL, now);
		at = s.open;
		if (now >= s.open)
			at += ((now - s.open) / r->each + 1) * r->each;
		if (now < s.open || at < s.close)
			return at;
		now = s.close;
	}
	return INT64_MAX;
}

/* ---- the rest */

static bool word_fits(struct str wanted, struct str have)
{
	return wanted.n == 0 || faults_glob(wanted, have);
}

static bool account_fits(struct str wanted, const struct fault_case *c)
{
	int64_t v;

	if (wanted.n == 0 || (c->account_key.n > 0 && faults_glob(wanted, c->account_key)))
		return true;
	return num_parse(&v, wanted) == OK && v == (int64_t)c->account * NUM_ONE;
}

static bool fits(const struct fault_rule *r, const struct fault_case *c)
{
	return r->on == c->on && word_fits(r->method, c->method) && word_fits(r->path, c->path) &&
	       word_fits(r->name, c->name) && word_fits(r->client, c->client) &&
	       (r->symbol.n == 0 || faults_symbol(r->symbol, c->symbol)) &&
	       account_fits(r->account, c) &&
	       (r->side < 0 || r->side == c->side) && (r->type < 0 || r->type == c->type) &&
	       (r->cls < 0 || r->cls == c->cls) && (r->tif < 0 || r->tif == c->tif) &&
	       (r->role == FR_ANY || r->role == c->role) &&
	       (r->stream == FS_ANY || c->stream == FS_ANY || r->stream == c->stream);
}

bool faults_fires(struct fault_rule *r, const struct fault_case *c)
{
	if (!fits(r, c) || c->now < r->since || !in_window(r, c->now))
		return false;
	r->seen++;
	if (r->seen < r->from || r->seen > r->to || (r->seen - r->from + 1) % r->nth != 0)
		return false;
	if (r->times != 0 && r->fired >= r->times)
		return false;
	if (r->p < NUM_ONE && rng_below(&r->rng, (uint64_t)NUM_ONE) >= (uint64_t)r->p)
		return false;
	r->fired++;
	r->last = c->now;
	return true;
}

void faults_start(struct fault_script *s, uint32_t first, ns now, uint64_t seed)
{
	for (uint32_t i = first; i < s->n; i++) {
		struct fault_rule *r = &s->rule[i];
		uint64_t mixed[3] = { seed, hash64(r->text.s, r->text.n), r->line };
		if (!r->seeded)
			r->seed = hash64(mixed, sizeof(mixed)) % 1000000000;
		rng_seed(&r->rng, r->seed);
		r->since = now;
		r->next = r->on == ON_AT || r->on == ON_EVERY || r->on == ON_STREAM
			? faults_next(r, now) : INT64_MAX;
	}
}
