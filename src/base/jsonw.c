/* jsonw.c: writing JSON into a text. The text itself is the state: what its last
 * byte is says whether a comma is due. A text that takes MessagePack is msgpack.c's. */
#include "base/msgpack.h"

/* Due behind a value; a value ends with one of these: } ] " a digit, tru(e),
 * fals(e), nul(l). Nothing else in JSON does. */
static void comma(struct text *t)
{
	if (t->n == 0)
		return;

	char last = t->s[t->n - 1];
	if (last == '}' || last == ']' || last == '"' || last == 'e' || last == 'l' ||
	    (last >= '0' && last <= '9'))
		text_char(t, ',');
}

void json_object(struct text *t)
{
	if (t->pack != NULL) {
		msgpack_open(t, true);
		return;
	}
	comma(t);
	text_char(t, '{');
}

void json_array(struct text *t)
{
	if (t->pack != NULL) {
		msgpack_open(t, false);
		return;
	}
	comma(t);
	text_char(t, '[');
}

void json_end_object(struct text *t)
{
	if (t->pack != NULL) {
		msgpack_close(t);
		return;
	}
	text_char(t, '}');
}

void json_end_array(struct text *t)
{
	if (t->pack != NULL) {
		msgpack_close(t);
		return;
	}
	text_char(t, ']');
}

static bool plain(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 0x20 && u < 0x7f && c != '"' && c != '\\';
}

static void add_escaped(struct text *t, unsigned char c)
{
	switch (c) {
	case '"':  text_cstr(t, "\\\""); return;
	case '\\': text_cstr(t, "\\\\"); return;
	case '\b': text_cstr(t, "\\b"); return;
	case '\f': text_cstr(t, "\\f"); return;
	case '\n': text_cstr(t, "\\n"); return;
	case '\r': text_cstr(t, "\\r"); return;
	case '\t': text_cstr(t, "\\t"); return;
	default:
		text_cstr(t, "\\u");
		text_hex(t, c, 4);
	}
}

void json_str(struct text *t, struct str s)
{
	if (t->pack != NULL) {
		msgpack_str(t, s);
		return;
	}
	comma(t);
	text_char(t, '"');
	while (s.n > 0 && !t->full) {
		size_t run = 0;
		while (run < s.n && plain(s.s[run]))
			run++;
		if (run == 0 && (unsigned char)s.s[0] < 0x80) {
			add_escaped(t, (unsigned char)s.s[0]);
			run = 1;
		} else if (run == 0 && utf8_at(s) == 0) {
			text_cstr(t, "\\ufffd");
			run = 1;
		} else {
			run = run > 0 ? run : utf8_at(s);
			text_add(t, (struct str){ s.s, run });
		}
		s.s += run;
		s.n -= run;
	}
	text_char(t, '"');
}

void json_key(struct text *t, const char *key)
{
	if (t->pack != NULL) {
		msgpack_key(t, str_of(key));
		return;
	}
	json_str(t, str_of(key));
	text_char(t, ':');
}

void json_cstr(struct text *t, const char *s)
{
	if (s == NULL)
		json_null(t);
	else
		json_str(t, str_of(s));
}

void json_i64(struct text *t, int64_t v)
{
	if (t->pack != NULL) {
		msgpack_i64(t, v);
		return;
	}
	comma(t);
	text_i64(t, v);
}

void json_num(struct text *t, int64_t billionths)
{
	if (t->pack != NULL) {
		msgpack_f64(t, (double)billionths / 1e9);
		return;
	}
	comma(t);
	text_num(t, billionths);
}

void json_money(struct text *t, int64_t billionths)
{
	char out[NUM_TEXT];
	size_t n = num_text(out, billionths);

	json_str(t, (struct str){ out, n });
}

void json_f64(struct text *t, double v, int decimals)
{
	if (t->pack != NULL) {
		msgpack_f64(t, v);
		return;
	}
	comma(t);
	text_f64(t, v, decimals);
}

void json_bool(struct text *t, bool v)
{
	if (t->pack != NULL) {
		msgpack_bool(t, v);
		return;
	}
	comma(t);
	text_cstr(t, v ? "true" : "false");
}

void json_null(struct text *t)
{
	if (t->pack != NULL) {
		msgpack_nil(t);
		return;
	}
	comma(t);
	text_cstr(t, "null");
}

void json_time(struct text *t, ns at)
{
	if (at == 0) {
		json_null(t);
		return;
	}
	if (t->pack != NULL) {
		msgpack_time(t, at);
		return;
	}
	comma(t);
	text_char(t, '"');
	text_time(t, at);
	text_char(t, '"');
}
