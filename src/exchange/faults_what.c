/* faults_what.c: what a rule does, from text. */
#include "base/near.h"
#include "exchange/faults_read.h"
#include "model/calendar.h"

/* ---- values */

static bool number(struct fault_reader *r, const struct fault_word *w, struct fault_do *d,
		   struct str v)
{
	if (v.n == 0)
		return fr_bad(r, v, "a number must follow", NULL);
	if (!fr_digits(v, &d->n) || d->n < w->low || d->n > w->high) {
		char words[64];
		struct text t;
		text_init(&t, words, sizeof(words) - 1);
		text_cstr(&t, "a number from ");
		text_i64(&t, w->low);
		text_cstr(&t, " to ");
		text_i64(&t, w->high);
		text_cstr(&t, " goes here");
		return fr_bad(r, v, text_done(&t), NULL);
	}
	d->given = true;
	return true;
}

static bool span(struct fault_reader *r, const struct fault_word *w, struct fault_do *d,
		 struct str v)
{
	bool back = v.n > 0 && v.s[0] == '-';
	struct str plain = v;

	if (v.n == 0)
		return fr_bad(r, v, "a span like 90s or 5m must follow", NULL);
	if (w->low < 0 && (v.s[0] == '+' || back))
		plain = (struct str){ v.s + 1, v.n - 1 };
	if (!fr_span(plain, &d->span) || d->span > w->high)
		return fr_bad(r, v, "no span; spans look like 250ms, 90s, 5m or 2h", NULL);
	d->span = back ? -d->span : d->span;
	d->given = true;
	return true;
}

/* "100MB", "64kB", "1000" */
static bool size(struct fault_reader *r, const struct fault_word *w, struct fault_do *d,
		 struct str v)
{
	static const struct { const char *unit; int64_t by; } units[] = {
		{ "kB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 }, { "", 1 }
	};
	struct str n = v;
	size_t i = 0;

	while (n.n > 0 && (n.s[n.n - 1] < '0' || n.s[n.n - 1] > '9'))
		n.n--;
	struct str unit = { n.s + n.n, v.n - n.n };
	while (i < COUNT(units) && !str_eq(unit, str_of(units[i].unit)))
		i++;
	if (i == COUNT(units) || !fr_digits(n, &d->n) || d->n < 1 || d->n > w->high / units[i].by)
		return fr_bad(r, v, "no size; sizes look like 1000, 64kB or 100MB, up to 4GB",
			      NULL);
	d->n *= units[i].by;
	return true;
}

/* A key, and behind '=' what stands for its value. */
static bool key(struct fault_reader *r, const struct fault_word *w, struct fault_do *d,
		struct str v)
{
	bool value = w->shape == SHAPE_KEY_VALUE;

	if (v.n == 0)
		return fr_bad(r, v, value ? "KEY=VALUE must follow" : "a key must follow", NULL);
	d->b = v;
	d->a = str_cut(&d->b, '=');
	d->given = true;
	if (value && (d->a.n == 0 || d->a.n == v.n))
		return fr_bad(r, v, "this takes KEY=VALUE", NULL);
	if (!value && d->a.n != v.n)
		return fr_bad(r, v, "this takes a key alone", NULL);
	if (d->a.n > 64 || memchr(d->a.s, '"', d->a.n) != NULL)
		return fr_bad(r, v, "no key", NULL);
	return true;
}

/* "-04:00" as seconds east; Z is 0. */
static bool offset(struct fault_reader *r, struct fault_do *d, struct str v)
{
	int64_t h, m;

	if (str_eq(v, STR("Z")))
		return true;
	if (v.n != 6 || (v.s[0] != '+' && v.s[0] != '-') || v.s[3] != ':' ||
	    !fr_digits((struct str){ v.s + 1, 2 }, &h) || h > 14 ||
	    !fr_digits((struct str){ v.s + 4, 2 }, &m) || m > 59)
		return fr_bad(r, v, "an offset looks like -04:00 or +02:00", NULL);
	d->n = (h * 3600 + m * 60) * (v.s[0] == '-' ? -1 : 1);
	return true;
}

/* One of a list, as its place there. */
static bool choice(struct fault_reader *r, struct fault_do *d, struct str v,
		   const char *const *list, const char *words)
{
	int at = fr_place(v, list);

	if (at < 0)
		return fr_bad(r, v, words, fr_near(v, list));
	d->form = (uint8_t)at;
	d->given = true;
	return true;
}

/* ---- more than one word */

static bool status(struct fault_reader *r, const struct fault_word *w, struct fault_do *d,
		   struct str *rest)
{
	static const char *const words[] = {
		"html", "empty", "nocode", "bare", "headers", "with", "without", NULL
	};
	struct str v = fr_word(rest, ' ');
	bool without = false;

	if (!number(r, w, d, v))
		return false;
	for (;;) {
		struct str before = *rest;
		v = fr_word(rest, ' ');
		if (v.n == 0 || str_eq(v, STR("then"))) {
			*rest = before;
			return true;
		}
		int at = fr_place(v, words);
		if (at < 0)
			return fr_bad(r, v, "behind a status: html, empty, nocode, bare or "
				      "headers", fr_near(v, words));
		if (at < 3)
			d->form = (uint8_t)(PAGE_HTML + at);
		else if (at < 5)
			d->heads = at == 3 || without ? HEADS_NONE : HEADS_LIMIT;
		without = at == 6;
	}
}

static bool phrase(struct str *rest, const char *word)
{
	struct str before = *rest, w = fr_word(rest, ' ');

	if (fr_same(w, word))
		return true;
	*rest = before;
	return false;
}

static bool several(struct fault_reader *r, const struct fault_word *w, struct fault_do *d,
		    struct str *rest)
{
	static const char *const which[] = { "this", "stops", "targets", "entries", "orders",
					     NULL };
	struct str v;

	switch ((enum fault_shape)w->shape) {
	case SHAPE_STATUS:
		return status(r, w, d, rest);
	case SHAPE_CUT:
		return !phrase(rest, "after") || number(r, w, d, fr_word(rest, ' '));
	case SHAPE_ERROR:
		if (!number(r, w, d, fr_word(rest, ' ')))
			return false;
		if (!phrase(&(struct str){ rest->s, rest->n }, "then"))
			d->a = fr_unquoted(fr_word(rest, ' '));
		return true;
	case SHAPE_DUPLICATE:
		d->given = phrase(rest, "after") && phrase(rest, "reconnect");
		return true;
	case SHAPE_CANCEL:
		v = fr_word(rest, ' ');
		return choice(r, d, v, which, "what to cancel: stops, targets, entries, orders or "
			      "this");
	case SHAPE_HALT:
		if (!span(r, w, d, fr_word(rest, ' ')))
			return false;
		if (!phrase(&(struct str){ rest->s, rest->n }, "then"))
			d->a = fr_word(rest, ' ');
		if (d->a.n > 8)
			return fr_bad(r, d->a, "a reason has few letters, like T1", NULL);
		return true;
	case SHAPE_BUST:
		d->given = phrase(rest, "last");
		return true;
	default:
		if (!span(r, w, d, fr_word(rest, ' ')))
			return false;
		d->given = phrase(rest, "orders");
		return true;
	}
}

static bool value(struct fault_reader *r, const struct fault_word *w, struct fault_do *d,
		  struct str *rest)
{
	struct str before = *rest, v;

	if (w->shape == SHAPE_NONE)
		return true;
	if (w->shape == SHAPE_STATUS || w->shape == SHAPE_CUT || w->shape == SHAPE_ERROR ||
	    w->shape >= SHAPE_DUPLICATE)
		return several(r, w, d, rest);
	v = fr_word(rest, ' ');
	bool optional = w->shape == SHAPE_NUMBER_OR_NOT || w->shape == SHAPE_SPAN_OR_NOT ||
			w->shape == SHAPE_KEY_OR_NOT;
	if (optional && (v.n == 0 || str_eq(v, STR("then")))) {
		*rest = before;
		return true;
	}
	if (v.n == 0)
		v.s = before.s;
	switch ((enum fault_shape)w->shape) {
	case SHAPE_NUMBER:
	case SHAPE_NUMBER_OR_NOT:
	case SHAPE_FLOOD:
		return number(r, w, d, v);
	case SHAPE_SIGNED:
		if (v.n < 2 || (v.s[0] != '+' && v.s[0] != '-') ||
		    !fr_digits((struct str){ v.s + 1, v.n - 1 }, &d->n) || d->n > w->high)
			return fr_bad(r, v, "this takes +N or -N", NULL);
		d->n = v.s[0] == '-' ? -d->n : d->n;
		return true;
	case SHAPE_SIZE:
		return size(r, w, d, v);
	case SHAPE_SPAN:
	case SHAPE_SPAN_OR_NOT:
	case SHAPE_SPAN_SIGNED:
		return span(r, w, d, v);
	case SHAPE_WORDS:
		d->a = fr_unquoted(v);
		return v.n > 0 || fr_bad(r, v, "words must follow, in quotes if they are many",
					 NULL);
	case SHAPE_OFFSET:
		return offset(r, d, v);
	case SHAPE_FRAME:
		return choice(r, d, v, fault_frames, "kinds of frames: text, binary, fragments, "
			      "joined, garbage, bad-utf8, huge, masked, reserved");
	default:
		return key(r, w, d, v);
	}
}

/* ---- WHAT */

static const char *word_name(void *ctx, uint32_t i)
{
	uint32_t on = *(const uint32_t *)ctx;

	for (size_t k = 0, seen = 0; k < fault_words_n; k++)
		if ((fault_words[k].on & on) != 0 && seen++ == i)
			return fault_words[k].name;
	return NULL;
}

/* Words of two parts go before those of one. */
static const struct fault_word *find(struct str *item, struct str *shown)
{
	struct str rest = *item, one = fr_word(&rest, ' ');
	struct str later = rest, two = fr_word(&later, ' ');
	struct str both = { one.s, two.n > 0 ? (size_t)(two.s + two.n - one.s) : 0 };

	*shown = one;
	for (size_t i = 0; i < fault_words_n && both.n > 0; i++)
		if (fr_same(both, fault_words[i].name)) {
			*shown = both;
			*item = later;
			return &fault_words[i];
		}
	for (size_t i = 0; i < fault_words_n; i++)
		if (fr_same(one, fault_words[i].name)) {
			*item = rest;
			return &fault_words[i];
		}
	/* For the suggestion: never fil */
	*shown = both.n > 0 ? both : one;
	return NULL;
}

static bool wrong_place(struct fault_reader *r, const struct fault_word *w, struct str shown,
			const char *near)
{
	char words[160];
	struct text t;

	text_init(&t, words, sizeof(words) - 1);
	text_cstr(&t, "this goes with");
	for (int on = 0, n = 0; on < ON_COUNT; on++)
		if (w->on >> on & 1) {
			text_cstr(&t, n++ > 0 ? ", " : " ");
			text_cstr(&t, fault_on_name[on]);
		}
	return fr_bad(r, shown, text_done(&t), near);
}

static const char *nearest(struct str shown, uint32_t on)
{
	struct str one = str_cut(&(struct str){ shown.s, shown.n }, ' ');
	uint32_t all = UINT32_MAX;
	int64_t code;

	if (fr_digits(one, &code))
		return "status";
	const char *near = word_nearest(shown, word_name, &on);
	near = near != NULL ? near : word_nearest(one, word_name, &on);
	return near != NULL ? near : word_nearest(one, word_name, &all);
}

/* One thing to do; what is behind it stays in *item. */
static bool read_item(struct fault_reader *r, struct fault_rule *f, struct str *item)
{
	struct str shown, before = *item;
	uint32_t on = 1u << f->on;

	(void)phrase(item, "then");
	if (fr_word(&(struct str){ item->s, item->n }, ' ').n == 0)
		return fr_bad(r, before, "something to do is missing here", NULL);
	const struct fault_word *w = find(item, &shown);
	if (w == NULL)
		return fr_bad(r, shown, "nothing that it can do", nearest(shown, on));
	if ((w->on & on) == 0) {
		/* "lose target" is rather "lose stop" than "lose 3". */
		struct str one = fr_word(&before, ' '), two = fr_word(&before, ' ');
		struct str both = { one.s, (size_t)(two.s + two.n - one.s) };
		return wrong_place(r, w, shown, word_nearest(both, word_name, &on));
	}
	if (f->n == FAULT_DOES_MAX)
		return fr_bad(r, shown, "a rule does 8 things at most; write another rule", NULL);
	struct fault_do *d = &f->does[f->n];
	*d = (struct fault_do){ .what = (enum fault_what)w->what };
	if (!value(r, w, d, item))
		return false;
	f->n++;
	struct str rest = *item, more = fr_word(&rest, ' ');
	if (more.n > 0 && !str_eq(more, STR("then")))
		return fr_bad(r, more, "this is too much; a comma separates what is done", NULL);
	return true;
}

/* Things that are to be done, with commas or `then` between. */
bool fr_what(struct fault_reader *r, struct fault_rule *f, struct str what)
{
	const char *end = what.s + what.n;
	bool comma;

	do {
		struct str item = fr_word(&what, ',');
		comma = what.n > 0 || (item.s + item.n < end && end[-1] == ',');
		do
			if (!read_item(r, f, &item))
				return false;
		while (item.n > 0);
	} while (comma);
	return true;
}

/* What would never do anything. */
bool fr_whole(struct fault_reader *r, const struct fault_rule *f, struct str when)
{
	for (uint32_t i = 0; i < f->n; i++) {
		const struct fault_do *d = &f->does[i];
		bool answer = f->on <= ON_CANCEL;
		if (d->what == DO_DROP && answer && !d->given)
			return fr_bad(r, when, "drop takes a key here; to withhold an answer "
				      "write cut or stall", NULL);
		bool one = d->what == DO_HALT ||
			   (d->what >= DO_SKIP_BARS && d->what <= DO_FREEZE);
		if (one && f->symbol.n == 0 && d->what == DO_HALT)
			return fr_bad(r, when, "which symbol? add symbol=AAPL, or symbol=*", NULL);
		if (d->what == DO_CANCEL && d->form == WHICH_THIS && f->on != ON_EVENT)
			return fr_bad(r, when, "`cancel this` goes with event", NULL);
	}
	return true;
}
