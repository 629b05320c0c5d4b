#include "cmd/show.h"

#include <stdio.h>

#include "cmd/client.h"
#include "model/calendar.h"

#define COLUMNS_MAX 11
#define ROWS_MAX    500
#define WIDTH       100
#define NARROWEST   7

/* ---- values */

static void two_digits(struct text *t, int64_t n)
{
	text_char(t, (char)('0' + n / 10 % 10));
	text_char(t, (char)('0' + n % 10));
}

static ns seconds_of_day(ns at)
{
	ns local = at / NS_SECOND + ny_offset_s(at);

	return ((local % 86400) + 86400) % 86400;
}

void show_clock(struct text *t, ns at)
{
	ns s = seconds_of_day(at);

	two_digits(t, s / 3600);
	text_char(t, ':');
	two_digits(t, s / 60 % 60);
	text_char(t, ':');
	two_digits(t, s % 60);
}

void show_date(struct text *t, ns at)
{
	static const char *const days[] = {
		"Sun ", "Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat "
	};
	char memory[16];

	text_cstr(t, days[weekday_of(ny_date(at))]);
	(void)date_text(memory, ny_date(at));
	text_cstr(t, memory);
}

const char *show_zone(ns at)
{
	return ny_offset_s(at) == -18000 ? "EST" : "EDT";
}

static void show_instant(struct text *t, const char *text, bool seconds)
{
	char memory[16];
	ns at;

	if (rfc3339_parse(&at, str_of(text)) != OK) {
		text_cstr(t, text);
		return;
	}
	(void)date_text(memory, ny_date(at));
	text_cstr(t, memory + 5);	/* without the year */
	text_char(t, ' ');
	show_clock(t, at);
	if (!seconds)
		t->n -= 3;
	text_char(t, ' ');
	text_cstr(t, show_zone(at));
}

void show_span(struct text *t, ns span)
{
	double s = (double)span / 1e9;

	if (s < 90) {
		text_f64(t, s, 0);
		text_cstr(t, " s");
	} else if (s < 5400) {
		text_f64(t, s / 60, 0);
		text_cstr(t, " min");
	} else if (s < 172800) {
		text_f64(t, s / 3600, 1);
		text_cstr(t, " h");
	} else {
		text_f64(t, s / 86400, 1);
		text_cstr(t, " d");
	}
}

void show_short_id(struct text *t, struct str id)
{
	struct str rest = id;

	if (!str_starts(id, STR("gb-"))) {
		text_add(t, id);
		return;
	}
	(void)str_cut(&rest, '-');
	(void)str_cut(&rest, '-');
	for (size_t i = rest.n; i > 0; i--) {
		if (rest.s[i - 1] == '-') {
			rest.n = i - 1;
			break;
		}
	}
	text_add(t, rest);
}

void show_cell(struct text *t, enum cell cell, const char *text)
{
	int64_t n = 0;
	bool number = num_parse_round(&n, str_of(text)) == OK;

	if (text[0] == 0)
		text_char(t, '-');
	else if (cell == CELL_ID)
		show_short_id(t, str_of(text));
	else if (cell == CELL_MINUTE || cell == CELL_SECOND)
		show_instant(t, text, cell == CELL_SECOND);
	else if (cell == CELL_TEXT || !number)
		text_cstr(t, text);
	else if (cell == CELL_QTY)
		text_num(t, n);
	else if (cell == CELL_SPAN)
		show_span(t, n);	/* billionths of a second */
	else
		text_money(t, n, cell == CELL_GAIN);
}

/* ---- tables */

struct row { char cell[COLUMNS_MAX][CELL_MAX]; };

static struct row rows[ROWS_MAX];

static void read_row(struct json *j, const struct column *c, struct row *r)
{
	char raw[COLUMNS_MAX][4][CELL_MAX] = { 0 };
	struct str key;

	for (json_enter_object(j); json_next_key(j, &key);) {
		char value[CELL_MAX];
		api_keep(j, value, sizeof value);
		for (size_t i = 0; c[i].title != NULL; i++) {
			const char *names[] = { c[i].key, c[i].instead[0], c[i].instead[1],
						c[i].over };
			for (size_t k = 0; k < COUNT(names); k++)
				if (names[k] != NULL && str_eq(key, str_of(names[k])))
					memcpy(raw[i][k], value, sizeof value);
		}
	}
	for (size_t i = 0; c[i].title != NULL; i++) {
		struct text t;
		size_t k = 0;
		while (k < 2 && raw[i][k][0] == 0)
			k++;
		text_init(&t, r->cell[i], CELL_MAX - 1);
		show_cell(&t, c[i].cell, raw[i][k]);
		if (c[i].over != NULL) {
			text_char(&t, '/');
			show_cell(&t, c[i].cell, raw[i][3]);
		}
		r->cell[i][t.n] = 0;
	}
}

static size_t total(const size_t *width, size_t n)
{
	size_t sum = 2 * (n - 1);

	for (size_t i = 0; i < n; i++)
		sum += width[i];
	return sum;
}

/* What is text gives way until the table fits. */
static void squeeze(const struct column *c, size_t *width, size_t n)
{
	while (total(width, n) > WIDTH) {
		size_t widest = n;
		for (size_t i = 0; i < n; i++)
			if (c[i].cell == CELL_TEXT && width[i] > NARROWEST &&
			    (widest == n || width[i] > width[widest]))
				widest = i;
		if (widest == n)
			return;
		width[widest]--;
	}
}

static void print_cell(const struct column *c, const char *text, size_t width, bool last)
{
	bool right = c->cell == CELL_PRICE || c->cell == CELL_QTY || c->cell == CELL_GAIN ||
		     c->cell == CELL_SPAN;
	size_t n = strlen(text);

	if (n > width)
		printf("%.*s~", (int)width - 1, text);
	else
		printf("%*s%s%*s", right ? (int)(width - n) : 0, "", text,
		       right || last ? 0 : (int)(width - n), "");
	fputs(last ? "\n" : "  ", stdout);
}

bool show_table(struct str array, const struct column *c, const char *empty)
{
	size_t width[COLUMNS_MAX], columns = 0, n = 0;
	struct json j;

	for (; c[columns].title != NULL; columns++)
		width[columns] = strlen(c[columns].title);
	assert(columns > 0 && columns <= COLUMNS_MAX);
	json_open(&j, array);
	if (json_peek(&j) != JSON_ARRAY)
		return false;
	for (json_enter_array(&j); n < ROWS_MAX && json_next_item(&j); n++) {
		if (json_peek(&j) != JSON_OBJECT)
			return false;
		read_row(&j, c, &rows[n]);
		for (size_t i = 0; i < columns; i++)
			if (strlen(rows[n].cell[i]) > width[i])
				width[i] = strlen(rows[n].cell[i]);
	}
	if (n == 0) {
		puts(empty);
		return true;
	}
	squeeze(c, width, columns);
	for (size_t i = 0; i < columns; i++)
		print_cell(&c[i], c[i].title, width[i], i + 1 == columns);
	for (size_t r = 0; r < n; r++)
		for (size_t i = 0; i < columns; i++)
			print_cell(&c[i], rows[r].cell[i], width[i], i + 1 == columns);
	return true;
}
