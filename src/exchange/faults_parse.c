/* faults_parse.c: what a rule waits for, from text. Every error names its place, and what may
 * have been meant. */
#include "base/near.h"
#include "exchange/faults_read.h"
#include "model/calendar.h"

/* ---- errors */

/* file:line:column: a 'what' b, did you mean near? */
bool fr_bad(struct fault_reader *r, struct str at, const char *words, const char *near)
{
	struct text *t = r->why;
	size_t before = t->n;
	struct str shown = at;

	r->errors++;
	if (before > 0)
		text_char(t, '\n');
	text_add(t, r->file);
	text_char(t, ':');
	text_i64(t, r->line);
	text_char(t, ':');
	text_i64(t, at.s - r->begin + 1);
	text_cstr(t, ": ");
	if (shown.n > 0) {
		text_char(t, '\'');
		text_add(t, shown.n > 40 ? (struct str){ shown.s, 40 } : shown);
		text_cstr(t, "': ");
	}
	text_cstr(t, words);
	if (near != NULL) {
		text_cstr(t, ", did you mean '");
		text_cstr(t, near);
		text_cstr(t, "'?");
	}
	if (t->full) {
		t->n = before;		/* no half lines */
		t->full = before + 1 >= t->cap;
	}
	return false;
}

static const char *of_list(void *ctx, uint32_t i)
{
	return ((const char *const *)ctx)[i];
}

const char *fr_near(struct str word, const char *const *list)
{
	return word_nearest(word, of_list, (void *)(uintptr_t)list);
}

/* Words are those of the language in capitals, too. */
bool fr_same(struct str word, const char *name)
{
	for (size_t i = 0; i < word.n; i++) {
		char a = word.s[i], b = name[i];
		if (b == '\0' || (a >= 'A' && a <= 'Z' ? a + 32 : a) !=
				 (b >= 'A' && b <= 'Z' ? b + 32 : b))
			return false;
	}
	return name[word.n] == '\0';
}

/* The place in a NULL-ended list; < 0: not there. */
int fr_place(struct str word, const char *const *list)
{
	for (int i = 0; list[i] != NULL; i++)
		if (fr_same(word, list[i]))
			return i;
	return -1;
}

/* ---- words */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word, up to `end` outside of quotes and brackets; n 0: none left. */
struct str fr_word(struct str *rest, char end)
{
	struct str w;
	char quote = 0;
	int depth = 0;
	size_t n = 0;

	while (rest->n > 0 && blank(rest->s[0]))
		*rest = (struct str){ rest->s + 1, rest->n - 1 };
	for (; n < rest->n; n++) {
		char c = rest->s[n];
		if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		else if (depth <= 0 && (end == ' ' ? blank(c) : c == end))
			break;
	}
	w = (struct str){ rest->s, n };
	*rest = (struct str){ rest->s + n, rest->n - n };
	if (rest->n > 0)
		*rest = (struct str){ rest->s + 1, rest->n - 1 };
	while (w.n > 0 && blank(w.s[w.n - 1]))
		w.n--;
	return w;
}

struct str fr_unquoted(struct str s)
{
	if (s.n >= 2 && (s.s[0] == '"' || s.s[0] == '\'') && s.s[s.n - 1] == s.s[0])
		return (struct str){ s.s + 1, s.n - 2 };
	return s;
}

bool fr_digits(struct str s, int64_t *v)
{
	*v = 0;
	if (s.n == 0 || s.n > 12)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
		*v = *v * 10 + (s.s[i] - '0');
	}
	return true;
}

bool fr_span(struct str s, ns *out)
{
	return duration_parse(out, s) == OK && *out > 0 && *out <= 3650 * NS_DAY;
}

/* ---- times */

static bool clock_of(struct str s, ns *t)
{
	struct str rest = s, part;
	int64_t v, sum = 0;

	for (int i = 0; i < 3; i++) {
		bool was = rest.n > 0;
		part = str_cut(&rest, ':');
		if (!was && i == 2)
			break;
		if (part.n != 2 && (part.n != 1 || i > 0))	/* 9:31 */
			return false;
		if (!fr_digits(part, &v) || v > (i == 0 ? 23 : 59))
			return false;
		sum += v * (i == 0 ? NS_HOUR : i == 1 ? NS_MINUTE : NS_SECOND);
	}
	*t = sum;
	return rest.n == 0;
}

static bool from_anchor(struct str s, const char *anchor, enum fault_clock kind,
			struct fault_time *t)
{
	struct str a = str_of(anchor);

	if (!str_starts(s, a))
		return false;
	s = (struct str){ s.s + a.n, s.n - a.n };
	t->kind = kind;
	t->t = 0;
	if (s.n == 0)
		return a.n > 0;
	if (s.s[0] != '+' && (s.s[0] != '-' || kind == CLOCK_SINCE))
		return false;
	bool back = s.s[0] == '-';
	if (!fr_span((struct str){ s.s + 1, s.n - 1 }, &t->t) || t->t > 7 * NS_DAY)
		return false;
	t->t = back ? -t->t : t->t;
	return true;
}

static bool time_of(struct str s, struct fault_time *t)
{
	day d;
	ns at;

	if (from_anchor(s, "open", CLOCK_OPEN, t) || from_anchor(s, "close", CLOCK_CLOSE, t) ||
	    from_anchor(s, "", CLOCK_SINCE, t))
		return true;
	if (clock_of(s, &at)) {
		*t = (struct fault_time){ CLOCK_DAILY, at };
		return true;
	}
	t->kind = CLOCK_DATE;
	if (s.n > 11 && (s.s[10] == 'T' || s.s[10] == ' ') &&
	    date_parse(&d, (struct str){ s.s, 10 }) && d > 0 && d < day_of(2100, 1, 1) &&
	    clock_of((struct str){ s.s + 11, s.n - 11 }, &at)) {
		t->t = ny_time(d, 0, 0) + at;
		return true;
	}
	return rfc3339_parse(&t->t, s) == OK && t->t > 0;
}

/* ---- WHEN */

static const char *const filters[] = {
	"symbol", "side", "type", "class", "tif", "role", "account", "client", "p", "seed",
	"times", "after", "until", "for", "at", "every", "stream", NULL
};
enum filter {
	F_SYMBOL, F_SIDE, F_TYPE, F_CLASS, F_TIF, F_ROLE, F_ACCOUNT, F_CLIENT, F_P, F_SEED,
	F_TIMES, F_AFTER, F_UNTIL, F_FOR, F_AT, F_EVERY, F_STREAM
};

static bool word_filter(struct fault_reader *r, struct fault_rule *f, enum filter what,
			struct str v)
{
	static const char *const roles[] = { "any", "entry", "stop", "target", "exit", NULL };
	static const char *const streams[] = { "any", "data", "trading", NULL };
	enum side side;
	enum order_type type;
	enum order_class cls;
	enum tif tif;
	int at;

	switch (what) {
	case F_SIDE:
		f->side = side_parse(&side, v) ? (int8_t)side : -1;
		return f->side >= 0 || fr_bad(r, v, "side is buy or sell", NULL);
	case F_TYPE:
		f->type = type_parse(&type, v) ? (int8_t)type : -1;
		return f->type >= 0 || fr_bad(r, v, "type is market, limit, stop, stop_limit or "
					   "trailing_stop", NULL);
	case F_CLASS:
		f->cls = class_parse(&cls, v) ? (int8_t)cls : -1;
		return f->cls >= 0 || fr_bad(r, v, "class is simple, bracket, oco or oto", NULL);
	case F_TIF:
		f->tif = tif_parse(&tif, v) ? (int8_t)tif : -1;
		return f->tif >= 0 || fr_bad(r, v, "tif is day, gtc, opg, cls, ioc or fok", NULL);
	case F_ROLE:
		at = fr_place(v, roles);
		f->role = at > 0 ? (enum fault_role)at : FR_ANY;
		return at >= 0 || fr_bad(r, v, "role is entry, stop, target or exit",
				      fr_near(v, roles));
	default:
		at = fr_place(v, streams);
		f->stream = at > 0 ? (enum fault_stream)at : FS_ANY;
		return at >= 0 || fr_bad(r, v, "a stream is data or trading", fr_near(v, streams));
	}
}

static bool every_filter(struct fault_reader *r, struct fault_rule *f, struct str v)
{
	int64_t n;

	if (fr_digits(v, &n)) {
		if (n < 1 || n > 1000000)
			return fr_bad(r, v, "every N takes 1 to 1000000", NULL);
		f->nth = (uint32_t)n;
		return true;
	}
	if (!fr_span(v, &f->each) || f->each < NS_SECOND)
		return fr_bad(r, v, "every takes a number, or a span of a second or more like 10m",
			   NULL);
	if (f->on != ON_EVERY && f->on != ON_STREAM)
		return fr_bad(r, v, "this counts, like every 3; a span is for `every 10m:`",
			      NULL);
	return true;
}

static bool number_filter(struct fault_reader *r, struct fault_rule *f, enum filter what,
			  struct str v)
{
	int64_t n = 0;

	if (what == F_P) {
		bool percent = v.s[v.n - 1] == '%';
		bool number = num_parse(&f->p, (struct str){ v.s, v.n - percent }) == OK;
		f->p = percent ? f->p / 100 : f->p;
		return (number && f->p > 0 && f->p <= NUM_ONE) ||
		       fr_bad(r, v, "p is a probability above 0, up to 1, like p=0.05 or p=5%",
			      NULL);
	}
	if (!fr_digits(v, &n) || (what == F_TIMES && (n < 1 || n > 1000000)))
		return fr_bad(r, v, what == F_TIMES ? "times takes 1 to 1000000" :
			   "seed is a whole number", NULL);
	if (what == F_TIMES)
		f->times = (uint32_t)n;
	else
		f->seed = (uint64_t)n;
	f->seeded = f->seeded || what == F_SEED;
	return true;
}

static bool filter(struct fault_reader *r, struct fault_rule *f, enum filter what, struct str v)
{
	static const char times[] = "times look like 10:30, 2024-07-01T10:30, open+5m or +10m";
	struct fault_time *t = what == F_AFTER ? &f->after : what == F_UNTIL ? &f->until : &f->at;

	v = fr_unquoted(v);
	if (v.n == 0)
		return fr_bad(r, v, "a value is missing", NULL);
	switch (what) {
	case F_SYMBOL:
		for (size_t i = 0; i < v.n; i++)
			if ((v.s[i] < 'A' || v.s[i] > 'Z') && (v.s[i] < '0' || v.s[i] > '9') &&
			    (v.s[i] == '\0' || strchr(".*,/-", v.s[i]) == NULL))
				return fr_bad(r, v, "symbols look like AAPL, BRK.B, AAPL,SPY or *",
					      NULL);
		f->symbol = v;
		return true;
	case F_ACCOUNT:
		f->account = v;
		return true;
	case F_CLIENT:
		f->client = v;
		return true;
	case F_P:
	case F_SEED:
	case F_TIMES:
		return number_filter(r, f, what, v);
	case F_FOR:
		return fr_span(v, &f->lasts) ||
		       fr_bad(r, v, "a span looks like 90s, 5m or 2h", NULL);
	case F_EVERY:
		return every_filter(r, f, v);
	case F_AFTER:
	case F_UNTIL:
		return time_of(v, t) || fr_bad(r, v, times, NULL);
	case F_AT:
		if (f->on != ON_AT && f->on != ON_STREAM)
			return fr_bad(r, v, "`at` stands first, or with `stream`; to begin at "
				      "a time write after=", NULL);
		return time_of(v, t) || fr_bad(r, v, times, NULL);
	default:
		return word_filter(r, f, what, v);
	}
}

/* #3  #3-5  #3+ */
static bool counted(struct fault_reader *r, struct fault_rule *f, struct str w)
{
	struct str rest = { w.s + 1, w.n - 1 };
	int64_t from, to;

	if (rest.n > 0 && rest.s[rest.n - 1] == '+') {
		rest.n--;
		to = UINT32_MAX;
		if (!fr_digits(rest, &from))
			from = 0;
	} else {
		struct str first = str_cut(&rest, '-');
		if (!fr_digits(first, &from))
			from = 0;
		if (rest.n == 0)
			to = from;
		else if (!fr_digits(rest, &to))
			from = 0;
	}
	if (from < 1 || to < from || to > UINT32_MAX)
		return fr_bad(r, w, "a place looks like #3, #3-5 or #3+, counted from 1", NULL);
	f->from = (uint32_t)from;
	f->to = (uint32_t)to;
	return true;
}

/* A message's type by its letter, or by the name that subscriptions have for it: bars, and bar. */
static int message_type(struct str w)
{
	static const char *const channels[] = {		/* as fault_messages */
		"trades", "quotes", "bars", "dailyBars", "updatedBars", "corrections",
		"cancelErrors", "statuses", "lulds", "imbalances", NULL
	};
	int at = fr_place(w, fault_messages);

	for (int i = 0; at < 0 && channels[i] != NULL; i++) {
		struct str all = str_of(channels[i]);
		char one[16];
		all.n -= str_eq(all, STR("statuses")) ? 2 : 1;
		memcpy(one, all.s, all.n);
		one[all.n] = '\0';
		if (fr_same(w, channels[i]) || fr_same(w, one))
			at = i;
	}
	return at;
}

/* Words that belong to what is waited for: a method, a path, an event's name. */
static bool subject_word(struct fault_reader *r, struct fault_rule *f, struct str w, bool *taken)
{
	static const char *const methods[] = { "GET", "POST", "PATCH", "DELETE", "PUT", "HEAD",
					       NULL };
	bool named = f->name.n > 0;
	int at;

	*taken = true;
	if (f->on == ON_REQUEST && f->path.n == 0 && (w.s[0] == '/' || w.s[0] == '*')) {
		f->path = w;
	} else if (f->on == ON_REQUEST && f->method.n == 0 && (at = fr_place(w, methods)) >= 0) {
		f->method = str_of(methods[at]);
	} else if (f->on == ON_EVENT && !named && (at = fr_place(w, fault_events)) >= 0) {
		f->name = str_of(fault_events[at]);
	} else if (f->on == ON_MESSAGE && !named && (at = message_type(w)) >= 0) {
		f->name = str_of(fault_messages[at]);
	} else if ((f->on == ON_CONNECT || f->on == ON_STREAM) && f->stream == FS_ANY &&
		   (str_eq(w, STR("data")) || str_eq(w, STR("trading")))) {
		return word_filter(r, f, F_STREAM, w);
	} else if ((f->on == ON_AT && f->at.kind == CLOCK_NONE) ||
		   (f->on == ON_EVERY && f->each == 0)) {
		return filter(r, f, f->on == ON_AT ? F_AT : F_EVERY, w);
	} else {
		*taken = false;
	}
	return true;
}

static bool unknown_word(struct fault_reader *r, const struct fault_rule *f, struct str w)
{
	const char *near = fr_near(w, filters);

	if (f->on == ON_EVENT && f->name.n == 0)
		near = fr_near(w, fault_events) != NULL ? fr_near(w, fault_events) : near;
	bool link = f->on == ON_CONNECT || f->on == ON_STREAM;
	if (link && f->stream == FS_ANY)
		return fr_bad(r, w, "neither data nor trading, nor a filter", near);
	int64_t count;
	if (fr_digits(w, &count))
		return fr_bad(r, w, "no filter of that name; the third one is #3, each third one "
			      "every 3", NULL);
	return fr_bad(r, w, f->on == ON_EVENT && f->name.n == 0 ? "neither an event nor a filter" :
		   f->on == ON_MESSAGE && f->name.n == 0 ?
		   "neither a type of message (t q b d u c x s l i) nor a filter" :
		   near != NULL ? "no filter of that name" :
		   "no filter of that name; there are symbol, side, type, class, tif, role, "
		   "account, client, p, seed, times, every, after, until, for", near);
}

static bool when_word(struct fault_reader *r, struct fault_rule *f, struct str w, struct str *rest)
{
	struct str key = w, value;
	bool taken;

	if (w.s[0] == '"' || w.s[0] == '\'')
		key = w = fr_unquoted(w);	/* a path in quotes */
	if (w.n == 0)
		return fr_bad(r, w, "nothing stands in these quotes", NULL);
	if (w.s[0] == '#')
		return counted(r, f, w);
	if (!subject_word(r, f, w, &taken))
		return false;
	if (taken)
		return true;
	value = key;
	key = str_cut(&value, '=');
	int at = fr_place(key, filters);
	if (at < 0)
		return unknown_word(r, f, key);
	if (key.n == w.n)	/* `every 3`, `for 2m` */
		value = fr_word(rest, ' ');
	if (value.n == 0)
		value = (struct str){ w.s + w.n, 0 };
	return filter(r, f, (enum filter)at, value);
}

/* What only makes sense together. */
static bool when_whole(struct fault_reader *r, const struct fault_rule *f, struct str when)
{
	struct str end = { when.s + when.n, 0 };

	if (f->on == ON_AT && f->at.kind == CLOCK_NONE)
		return fr_bad(r, end, "at what time? like `at 10:30`", NULL);
	if (f->on == ON_EVERY && f->each == 0)
		return fr_bad(r, end, "every how long? like `every 10m`", NULL);
	if (f->on == ON_STREAM && f->at.kind == CLOCK_NONE && f->each == 0)
		return fr_bad(r, end, "when? add at=10:00 or every=10m; for streams that open "
			      "write `connect`", NULL);
	if (f->lasts != 0 && f->until.kind != CLOCK_NONE)
		return fr_bad(r, when, "for= and until= both say when it ends", NULL);
	if (f->after.kind == f->until.kind && f->after.kind != CLOCK_NONE &&
	    f->until.t <= f->after.t)
		return fr_bad(r, when, "until= is not behind after=", NULL);
	return true;
}

bool fr_when(struct fault_reader *r, struct fault_rule *f, struct str when)
{
	static const char *names[ON_COUNT + 1];
	struct str rest = when, w = fr_word(&rest, ' ');

	for (int i = 0; i < ON_COUNT; i++)
		names[i] = fault_on_name[i];
	int on = fr_place(w, names);
	if (on < 0)
		return fr_bad(r, w, "a rule begins with request, order, replace, cancel, event, "
			   "message, connect, stream, at or every", fr_near(w, names));
	f->on = (enum fault_on)on;
	for (w = fr_word(&rest, ' '); w.n > 0; w = fr_word(&rest, ' '))
		if (!when_word(r, f, w, &rest))
			return false;
	return when_whole(r, f, when);
}
