/* faults_json.c: JSON that goes out, changed as a rule wants: a key dropped, renamed, of another
 * type; times shifted. What is not meant stays byte for byte. */
#include "base/json.h"
#include "exchange/faults_inner.h"

struct edit {
	struct text *out;
	const struct fault_do *d;
	struct json  j;
	enum fault_rows rows;
	int64_t      left;		/* of `lose`: rows that stay */
};

static void copy(struct edit *e, struct str key, struct str parent, int depth, bool row);

static void raw(struct text *t, const char *from, const char *to)
{
	text_add(t, (struct str){ from, (size_t)(to - from) });
}

/* ---- times */

/* Seconds' decimals are cut to `digits` or padded; < 0: as they are needed. */
static void put_time(struct text *t, ns at, int64_t offset, int64_t digits)
{
	char memory[RFC3339_TEXT + 16];
	ns second = at % NS_SECOND;
	size_t n;

	second += second < 0 ? NS_SECOND : 0;
	n = rfc3339_text_at(memory, at - second, (int)offset);
	bool z = n >= 6 && str_eq((struct str){ memory + n - 6, 6 }, STR("+00:00"));
	if (n < 25)
		z = true;
	text_char(t, '"');
	text_add(t, (struct str){ memory, 19 });
	if (digits < 0)
		for (digits = 9; digits > 0 && second % 10 == 0; digits--)
			second /= 10;
	else
		for (int64_t i = 9; i > digits; i--)
			second /= 10;
	if (digits > 0) {
		char figure[10];
		for (int64_t i = digits; i > 0; i--, second /= 10)
			figure[i - 1] = (char)('0' + second % 10);
		text_char(t, '.');
		text_add(t, (struct str){ figure, (size_t)digits });
	}
	if (z)
		text_char(t, 'Z');
	else
		text_add(t, (struct str){ memory + n - 6, 6 });
	text_char(t, '"');
}

/* How far east of UTC the text of a time says it is. */
static int64_t east_of(struct str s)
{
	const char *o = s.s + s.n - 6;

	if (s.n < 25 || (o[0] != '+' && o[0] != '-') || o[3] != ':')
		return 0;
	int64_t hours = (o[1] - '0') * 10 + (o[2] - '0'), minutes = (o[4] - '0') * 10 + o[5] - '0';
	int64_t v = hours * 3600 + minutes * 60;
	return o[0] == '-' ? -v : v;
}

static bool timed(const struct fault_do *d)
{
	return d->what == DO_SHIFT || d->what == DO_OFFSET || d->what == DO_DIGITS;
}

/* A string that is a time, as the rule wants it; false: it is none. */
static bool put_changed_time(struct edit *e, struct str s)
{
	const struct fault_do *d = e->d;
	ns at;

	if (s.n < 20 || s.n > 40 || rfc3339_parse(&at, s) != OK ||
	    at < -(INT64_MAX / 4) || at > INT64_MAX / 2)
		return false;
	put_time(e->out, at + (d->what == DO_SHIFT ? d->span : 0),
		 d->what == DO_OFFSET ? d->n : east_of(s), d->what == DO_DIGITS ? d->n : -1);
	return true;
}

/* ---- values */

bool faults_is_json(struct str s)
{
	struct json j;

	json_open(&j, s);
	return json_skip(&j) && json_done(&j) == OK;
}

/* JSON as it is; anything else as a string. */
static void put_value(struct text *t, struct str v)
{
	bool quoted = v.n >= 2 && v.s[0] == '\'' && v.s[v.n - 1] == '\'';
	struct str inside = quoted ? (struct str){ v.s + 1, v.n - 2 } : v;

	if (faults_is_json(inside)) {
		text_add(t, inside);
		return;
	}
	/* The writer's own comma would come between the key and it. */
	char memory[512];
	struct text s;
	text_init(&s, memory, sizeof(memory));
	json_str(&s, inside);
	text_add(t, s.full ? STR("\"\"") : text_str(&s));
}

static void put_key(struct text *t, struct str key)
{
	char last = t->n > 0 ? t->s[t->n - 1] : '{';

	if (last != '{' && last != '[')
		text_char(t, ',');
	text_char(t, '"');
	text_add(t, key);
	text_cstr(t, "\":");
}

/* The value that comes next, as another type. */
static void retype(struct edit *e)
{
	struct str s = { "", 0 };
	bool escaped = false;
	int64_t n;

	if (json_peek(&e->j) == JSON_STRING) {
		if (!json_read_raw(&e->j, &s, &escaped))
			return;
		if (num_parse_round(&n, s) == OK)
			text_add(e->out, s);
		else
			text_cstr(e->out, "true");
		return;
	}
	(void)json_peek(&e->j);
	const char *from = e->j.at;
	enum json_type type = json_peek(&e->j);
	(void)json_skip(&e->j);
	text_char(e->out, '"');
	if (type != JSON_OBJECT && type != JSON_ARRAY)
		raw(e->out, from, e->j.at);
	text_char(e->out, '"');
}

/* ---- keys */

/* `status`, or `order.status`: of what stands under order only. */
static bool named(const struct fault_do *d, struct str key, struct str parent)
{
	struct str last = d->a, before;

	if (memchr(d->a.s, '.', d->a.n) == NULL)
		return str_eq(key, d->a);
	before = str_cut(&last, '.');
	return str_eq(key, last) && str_eq(parent, before);
}

static void changed(struct edit *e, struct str key, struct str parent, int depth)
{
	switch (e->d->what) {
	case DO_DROP:
		(void)json_skip(&e->j);
		break;
	case DO_NULL:
		put_key(e->out, key);
		text_cstr(e->out, "null");
		(void)json_skip(&e->j);
		break;
	case DO_SET:
		put_key(e->out, key);
		put_value(e->out, e->d->b);
		(void)json_skip(&e->j);
		break;
	case DO_RETYPE:
		put_key(e->out, key);
		retype(e);
		break;
	case DO_TWICE:
		put_key(e->out, key);
		text_cstr(e->out, "null");
		put_key(e->out, key);
		copy(e, key, parent, depth, false);
		break;
	default:
		put_key(e->out, e->d->what == DO_RENAME ? e->d->b : key);
		copy(e, key, parent, depth, false);
		break;
	}
}

static void copy_object(struct edit *e, struct str name, int depth, bool row)
{
	struct str key;
	bool keyed = e->d->what == DO_DROP || e->d->what == DO_NULL || e->d->what == DO_SET ||
		     e->d->what == DO_RENAME || e->d->what == DO_RETYPE || e->d->what == DO_TWICE;

	text_char(e->out, '{');
	for (json_enter_object(&e->j); json_next_key(&e->j, &key);) {
		if (keyed && named(e->d, key, name)) {
			changed(e, key, name, depth + 1);
			continue;
		}
		put_key(e->out, key);
		copy(e, key, name, depth + 1, e->rows == ROWS_ORDER && str_eq(key, STR("order")));
	}
	if (e->d->what == DO_ADD && row) {
		put_key(e->out, e->d->a);
		put_value(e->out, e->d->b);
	}
	text_char(e->out, '}');
}

/* Rows are lost of a list that is the answer, or that stands in its outermost object. */
static int64_t rows_of(const struct edit *e)
{
	struct json j = e->j;
	int64_t n = 0;

	for (json_enter_array(&j); json_next_item(&j); n++)
		(void)json_skip(&j);
	return n;
}

static void copy_array(struct edit *e, struct str name, int depth)
{
	int64_t stay = INT64_MAX;
	bool first = true;

	if (e->d->what == DO_LOSE && depth <= 2 && !str_eq(name, STR("legs")))
		stay = rows_of(e) - e->d->n;
	text_char(e->out, '[');
	for (json_enter_array(&e->j); json_next_item(&e->j);) {
		if (stay-- <= 0) {
			(void)json_skip(&e->j);
			continue;
		}
		if (!first)
			text_char(e->out, ',');
		first = false;
		copy(e, name, name, depth + 1, depth == 0 && e->rows != ROWS_ORDER);
	}
	text_char(e->out, ']');
}

static void copy(struct edit *e, struct str key, struct str parent, int depth, bool row)
{
	struct str s;
	bool escaped;

	(void)parent;
	switch (json_peek(&e->j)) {
	case JSON_OBJECT:
		copy_object(e, key, depth, row);
		return;
	case JSON_ARRAY:
		copy_array(e, key, depth);
		return;
	case JSON_STRING:
		if (!json_read_raw(&e->j, &s, &escaped))
			return;
		if (timed(e->d) && put_changed_time(e, s))
			return;
		text_char(e->out, '"');
		text_add(e->out, s);
		text_char(e->out, '"');
		return;
	default: {
		const char *from = e->j.at;
		(void)json_skip(&e->j);
		raw(e->out, from, e->j.at);
		return;
	}
	}
}

bool faults_edit(struct text *out, struct str in, const struct fault_do *d, enum fault_rows rows)
{
	struct edit e = { .out = out, .d = d, .rows = rows };

	out->n = 0;
	out->full = false;
	json_open(&e.j, in);
	copy(&e, (struct str){ "", 0 }, (struct str){ "", 0 }, 0, rows == ROWS_ANSWER);
	return json_done(&e.j) == OK && !out->full;
}

/* ---- rows that are not to be seen */

static bool id_of(struct str object, struct str *id)
{
	struct json j;
	struct str key;

	*id = (struct str){ "", 0 };
	json_open(&j, object);
	if (json_peek(&j) != JSON_OBJECT)
		return false;
	for (json_enter_object(&j); json_next_key(&j, &key);)
		if (str_eq(key, STR("id")) && json_peek(&j) == JSON_STRING)
			return json_read_str(&j, id);
		else
			(void)json_skip(&j);
	return false;
}

bool faults_hide(struct text *out, struct str in, bool (*hidden)(void *ctx, struct str id),
		 void *ctx)
{
	struct json j;
	struct str id;
	bool first = true;

	out->n = 0;
	out->full = false;
	json_open(&j, in);
	if (json_peek(&j) != JSON_ARRAY)
		return false;
	text_char(out, '[');
	for (json_enter_array(&j); json_next_item(&j);) {
		(void)json_peek(&j);
		const char *from = j.at;
		(void)json_skip(&j);
		struct str row = { from, (size_t)(j.at - from) };
		if (id_of(row, &id) && hidden(ctx, id))
			continue;
		if (!first)
			text_char(out, ',');
		first = false;
		text_add(out, row);
	}
	text_char(out, ']');
	return json_done(&j) == OK && !out->full;
}
