#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "feed/csv.h"

#define HEADER "symbol,timestamp,open,high,low,close,volume\n"

static struct csv csv;
static struct csv_row row;

static enum err first_of(const char *text)
{
	enum err e = csv_begin(&csv, str_of(text));

	return e == OK ? csv_next(&csv, &row) : e;
}

void test_csv_a_plain_file(void)
{
	CHECK_INT(first_of(HEADER "AAPL,2024-10-01T13:30:00Z,229.52,229.65,228.1,228.5,123456\n"
			   "MSFT,2024-10-01T13:30:00Z,1,2,0.5,1.5,7\n"), OK, "a bar");
	CHECK_STR(row.symbol, "AAPL", "its symbol");
	CHECK_INT(row.ts, (ns)1727789400 * NS_SECOND, "its start");
	CHECK_INT(row.open.n, 229520000000, "its open");
	CHECK_INT(row.high.n, 229650000000, "its high");
	CHECK_INT(row.low.n, 228100000000, "its low");
	CHECK_INT(row.close.n, 228500000000, "its close");
	CHECK(row.volume == 123456.0, "its volume");
	CHECK_INT(csv.line, 2, "its line");
	CHECK_INT(csv_next(&csv, &row), OK, "the next one");
	CHECK_STR(row.symbol, "MSFT", "of another symbol");
	CHECK_INT(csv_next(&csv, &row), ERR_END, "the end");
	CHECK_INT(csv_next(&csv, &row), ERR_END, "stays the end");
}

void test_csv_dates(void)
{
	static const char text[] = "date,open,high,low,close,volume\n2024-10-01,1,1,1,1,1\n";

	CHECK_INT(first_of(text), ERR_PARSE, "a date is no time");
	CHECK_STR(row.time, "2024-10-01", "it is shown as it stands there");
	CHECK_INT(csv_begin(&csv, str_of(text)), OK, "a header");
	csv.dates = true;
	CHECK_INT(csv_next(&csv, &row), OK, "a date where one is wanted");
	CHECK_INT(row.ts, (ns)1727740800 * NS_SECOND, "is its midnight, UTC");
	CHECK_STR(row.time, "2024-10-01", "as it stands there");
}

void test_csv_forms_that_are_tolerated(void)
{
	CHECK_INT(first_of("\xef\xbb\xbfsymbol,timestamp,open,high,low,close,volume\r\n"
			   "AAPL,2024-10-01T13:30:00Z,1,1,1,1,1\r\n\r\n"), OK, "BOM and CRLF");
	CHECK_INT(csv_next(&csv, &row), ERR_END, "an empty line is none");
	CHECK_INT(first_of("Datetime,Open,High,Low,Close,Volume,Dividends\n"
			   "2024-10-01 09:30:00-04:00,1,1,1,1,121986.0,0.5770000000000001"), OK,
		  "Yahoo's form, without an end of line");
	CHECK_INT(row.ts, (ns)1727789400 * NS_SECOND, "a blank for the T");
	CHECK_INT(row.symbol.n, 0, "no symbol column");
	CHECK_INT(first_of("t,close,low,high,open,VOLUME,symbol\n1727789400,2,1,4,3,1,\"X\"\n"),
		  OK, "columns in another order, seconds, quotes");
	CHECK(row.open.n == 3 * NUM_ONE && row.high.n == 4 * NUM_ONE, "found by name");
	CHECK_STR(row.symbol, "X", "without the quotes");
	CHECK_INT(first_of("t,open,high,low,close,volume\n1727789400000,1,1,1,1,1\n"), OK, "ms");
	CHECK_INT(row.ts, (ns)1727789400 * NS_SECOND, "milliseconds");
	CHECK_INT(first_of(HEADER "A,2024-10-01T13:30:00Z,1.00000000049,1.00000000051,1,1,1"), OK,
		  "more digits than a price has");
	CHECK_INT(row.open.n, NUM_ONE, "are rounded");
	CHECK_INT(row.high.n, NUM_ONE + 1, "to the nearest");
}

void test_csv_bad_rows(void)
{
	static const struct { const char *row, *why; } rows[] = {
		{ "AAPL,2024-10-01T13:30:00Z,1,1,1,1", "number of fields" },
		{ "AAPL,2024-10-01T13:30:00Z,1,1,1,1,1,1", "number of fields" },
		{ "AAPL,2024-10-01T13:30:00,1,1,1,1,1", "timestamp" },
		{ "AAPL,2024-13-01T13:30:00Z,1,1,1,1,1", "timestamp" },
		{ "AAPL,,1,1,1,1,1", "timestamp" },
		{ "AAPL,-5,1,1,1,1,1", "timestamp" },
		{ "AAPL,2024-10-01T13:30:00Z,,,,,", "missing" },
		{ "AAPL,2024-10-01T13:30:00Z,NaN,1,1,1,1", "missing" },
		{ "AAPL,2024-10-01T13:30:00Z,1,inf,1,1,1", "not a number" },
		{ "AAPL,2024-10-01T13:30:00Z,1,0x10,1,1,1", "not a number" },
		{ "AAPL,2024-10-01T13:30:00Z,1,1 2,1,1,1", "not a number" },
		{ "AAPL,2024-10-01T13:30:00Z,1,1,0,1,1", "not above 0" },
		{ "AAPL,2024-10-01T13:30:00Z,1,1,-1,1,1", "not above 0" },
		{ "AAPL,2024-10-01T13:30:00Z,1,1,2,1,1", "high is below the low" },
		{ "AAPL,2024-10-01T13:30:00Z,3,2,1,1,1", "high is below the open" },
		{ "AAPL,2024-10-01T13:30:00Z,1,3,2,3,1", "low is above the open" },
		{ "AAPL,2024-10-01T13:30:00Z,1,1,1,1,-1", "volume is below 0" },
		{ "AAPL,2024-10-01T13:30:00Z,1,1,1,1,nan", "volume is missing" },
		{ "AAPL,2024-10-01T13:30:00Z,1,1,1,1,1e30", "volume" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[400];
		(void)snprintf(text, sizeof(text), HEADER "%s\nA,1727789400,1,1,1,1,1\n",
			       rows[i].row);
		CHECK_INT(first_of(text), ERR_PARSE, "%s", rows[i].row);
		CHECK(csv.why != NULL && strstr(csv.why, rows[i].why) != NULL, "%s: '%s' says '%s'",
		      rows[i].row, csv.why, rows[i].why);
		CHECK_INT(csv.line, 2, "the bad line is named");
		CHECK_INT(csv_next(&csv, &row), OK, "and the reader goes on: %s", rows[i].row);
	}
}

void test_csv_bad_headers(void)
{
	CHECK_INT(csv_begin(&csv, STR("")), ERR_PARSE, "nothing");
	CHECK_INT(csv_begin(&csv, STR("\n")), ERR_PARSE, "an empty line");
	CHECK_INT(csv_begin(&csv, STR("AAPL,2024-10-01,1,1,1,1,1\n")), ERR_PARSE, "no header");
	CHECK_INT(csv_begin(&csv, STR("timestamp,open,high,low,close\n")), ERR_PARSE, "no volume");
	CHECK_INT(csv_begin(&csv, STR("t,date,open,high,low,close,volume\n")), ERR_PARSE,
		  "two columns for one thing");
	CHECK_INT(csv_begin(&csv, STR(",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,")), ERR_PARSE, "36");
}

void test_csv_files(void)
{
	char path[] = "/tmp/gambler-csv-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	if (!CHECK(f != NULL, "a file can be made"))
		return;
	CHECK_INT(csv_open(&csv, path), ERR_PARSE, "an empty file is no table");
	csv_close(&csv);
	(void)fputs(HEADER "AAPL,2024-10-01T13:30:00Z,1,1,1,1,1\n", f);
	(void)fclose(f);
	CHECK_INT(csv_open(&csv, path), OK, "a file");
	CHECK_INT(csv_next(&csv, &row), OK, "with a bar");
	CHECK_INT(csv_next(&csv, &row), ERR_END, "and no more");
	csv_close(&csv);
	csv_close(&csv);
	CHECK_INT(unlink(path), 0, "removed");
	CHECK_INT(csv_open(&csv, path), ERR_IO, "no such file");
	CHECK_INT(csv_open(&csv, "/tmp"), ERR_IO, "a directory is no file");
	csv_close(&csv);
}
