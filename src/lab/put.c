/* put.c: numbers for people, and the way out. */
#include "lab/inside.h"

#include <math.h>

#include "model/calendar.h"

void put_fixed(struct text *t, double v, int decimals, bool sign)
{
	static const uint32_t scale[] = { 1, 10, 100, 1000, 10000 };
	double size = fabs(v) * scale[decimals];

	if (!(size < 1e15)) {		/* NaN, too */
		text_char(t, '-');
		return;
	}
	uint64_t n = (uint64_t)rint(size);
	if (n != 0 && (v < 0 || sign))
		text_char(t, v < 0 ? '-' : '+');
	text_grouped(t, n / scale[decimals]);
	if (decimals == 0)
		return;
	text_char(t, '.');
	for (uint32_t unit = scale[decimals] / 10; unit > 0; unit /= 10)
		text_char(t, (char)('0' + n / unit % 10));
}

void put_usd(struct text *t, int64_t n, bool sign)
{
	bool small = n > -NUM_ONE && n < NUM_ONE;

	if (small)
		put_fixed(t, (double)n / 1e9, 2, sign);
	else
		text_money(t, n, sign);
}

void put_percent(struct text *t, double v, bool sign)
{
	put_fixed(t, v * 100, 2, sign);
	if (!isnan(v))
		text_cstr(t, " %");
}

void put_span(struct text *t, double s)
{
	if (s < 90) {
		put_fixed(t, s, 0, false);
		text_cstr(t, " s");
	} else if (s < 5400) {
		put_fixed(t, s / 60, 0, false);
		text_cstr(t, " min");
	} else if (s < 172800) {
		put_fixed(t, s / 3600, 1, false);
		text_cstr(t, " h");
	} else {
		put_fixed(t, s / 86400, 1, false);
		if (!isnan(s))
			text_cstr(t, " d");
	}
}

void put_date(struct text *t, day d)
{
	char memory[16];

	text_add(t, (struct str){ memory, date_text(memory, d) });
}

void put_minute(struct text *t, ns at)
{
	char memory[RFC3339_TEXT];
	size_t n = rfc3339_text_at(memory, at, ny_offset_s(at));

	assert(n > 16);
	memory[10] = ' ';
	text_add(t, (struct str){ memory, 16 });
}

/* Columns of UTF-8: bytes that do not continue a character. */
static size_t columns(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

void put_wide(struct text *t, size_t from, size_t width, bool right)
{
	size_t length = t->n - from, is = columns(t->s + from, length);

	if (is >= width)
		return;
	for (size_t i = is; i < width; i++)
		text_char(t, ' ');
	if (!right || t->full)
		return;
	memmove(t->s + from + (width - is), t->s + from, length);
	memset(t->s + from, ' ', width - is);
}

void out_open(struct out *o, const struct lab_sink *s)
{
	text_init(&o->t, o->memory, sizeof(o->memory));
	o->sink = s;
}

/* The last byte stays: JSON's commas depend on it. */
void out_more(struct out *o)
{
	assert(!o->t.full);
	if (o->t.n <= OUT_ROOM / 2)
		return;
	o->sink->put(o->sink->ctx, (struct str){ o->t.s, o->t.n - 1 });
	o->t.s[0] = o->t.s[o->t.n - 1];
	o->t.n = 1;
}

void out_close(struct out *o)
{
	assert(!o->t.full);
	if (o->t.n > 0)
		o->sink->put(o->sink->ctx, text_str(&o->t));
	o->t.n = 0;
}
