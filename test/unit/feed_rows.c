/* Bars out of arrays beside each other: what is no bar is left out, and nothing else. */
#include "check.h"

#include "feed/rows.h"
#include "model/calendar.h"

#define MINUTE 1727789400	/* 2024-10-01 09:30 in New York */

static struct bar got[16];
static uint32_t got_n;

static void take(void *ctx, const struct bar *b)
{
	(void)ctx;
	if (got_n < COUNT(got))
		got[got_n++] = *b;
}

/* Columns in the order t o h l c v; NULL: it is not there. */
static enum err read(struct rows *r, int timeframe_s, const char *const column[ROWS_COLUMNS])
{
	memset(r, 0, sizeof *r);
	got_n = 0;
	for (int c = 0; c < ROWS_COLUMNS; c++) {
		struct json j;
		if (column[c] == NULL)
			continue;
		json_open(&j, str_of(column[c]));
		rows_column(r, (enum rows_column)c, &j);
	}
	return rows_bars(r, 3, timeframe_s, take, NULL);
}

void test_rows_a_plain_page(void)
{
	struct rows r;
	const char *const page[] = { "[1727789400,1727789460]", "[75.0875015258789,76]",
				     "[76.2,76.5]", "[75,75.9]", "[76,76.1]", "[0,123456789012]" };

	CHECK_INT(read(&r, 60, page), OK, "a page");
	CHECK_INT(got_n, 2, "two bars");
	CHECK_INT(got[0].open_ts, MINUTE * NS_SECOND, "the start");
	CHECK_INT(got[0].ts, (MINUTE + 60) * NS_SECOND, "the end");
	CHECK_INT(got[0].open.n, 75090000000, "noise is rounded to the tick");
	CHECK_INT(got[0].sym, 3, "the symbol");
	CHECK(got[0].volume == 0 && got[1].volume == 123456789012.0, "volumes, none and large");
	CHECK_INT(rows_bars(&r, 3, 60, take, NULL), OK, "and once more");
	CHECK_INT(got_n, 4, "the same two");
}

void test_rows_that_are_none(void)
{
	struct rows r;
	const char *const page[] = {
		"[1727789400,1727789460,1727789520,1727789520,1727789580,1727789640,1727789651]",
		"[10,null,10,10,10,\"10\",10]", "[11,null,11,11,9,11,11]",
		"[9,null,9,9,9,9,9]", "[10,null,10,10,10,10,10]", "[1,null,1,1,1,1,1]" };

	CHECK_INT(read(&r, 60, page), OK, "a page");
	CHECK_INT(got_n, 2, "the first and the third are bars");
	CHECK_INT(r.empty, 1, "one has nulls");
	CHECK_INT(r.odd, 4, "the same minute again, a high below, a text, off the grid");
}

void test_rows_of_another_length(void)
{
	struct rows r;
	const char *const fine[] = { "[1727789400,1727789460,1727789520]", "[1,1,1]", "[1,1,1]",
				     "[1,1,1]", "[1,1,1]", "[1,1,1]" };
	const char *const hours[] = {
		"[1727789400,1727793000,1727796600,1727800200,1727803800,1727807400,1727811000]",
		"[1,1,1,1,1,1,1]", "[1,1,1,1,1,1,1]", "[1,1,1,1,1,1,1]",
		"[1,1,1,1,1,1,1]", "[1,1,1,1,1,1,1]" };

	CHECK_INT(read(&r, 300, fine), ERR_RANGE, "minutes are no bars of five");
	CHECK_INT(read(&r, 1800, hours), ERR_RANGE, "hours are no half hours");
}

void test_rows_of_days(void)
{
	struct rows r;
	/* An opening, a live row of the same day, and the next day as its midnight. */
	const char *const page[] = { "[1727789400,1727812740,1727827200]", "[1,1,1]", "[1,1,1]",
				     "[1,1,1]", "[1,1,1]", "[1,1,1]" };

	CHECK_INT(read(&r, 86400, page), OK, "a page");
	CHECK_INT(got_n, 2, "the live row is that day once more");
	CHECK_INT(got[0].open_ts, ny_time(day_of(2024, 10, 1), 0, 0), "a day begins at midnight");
	CHECK_INT(got[1].open_ts, ny_time(day_of(2024, 10, 2), 0, 0), "and so does the next");
}

void test_rows_of_broken_pages(void)
{
	struct rows r;
	const char *page[] = { "[1727789400]", "[1]", "[1]", "[1]", "[1]", "[1]" };

	CHECK_INT(read(&r, 60, page), OK, "one row");
	for (int c = ROWS_OPEN; c < ROWS_COLUMNS; c++) {
		static const char *const bad[] = { NULL, "[]", "[1,1]", "null", "{}" };
		for (size_t i = 0; i < COUNT(bad); i++) {
			page[c] = bad[i];
			CHECK_INT(read(&r, 60, page), ERR_PARSE, "column %d as %s", c,
				  bad[i] == NULL ? "nothing" : bad[i]);
		}
		page[c] = "[1]";
	}
	page[ROWS_TIME] = NULL;
	CHECK_INT(read(&r, 60, page), OK, "without starts there is nothing");
	CHECK_INT(got_n, 0, "no bar");
}
