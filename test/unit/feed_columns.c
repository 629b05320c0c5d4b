#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "feed/columns.h"

#define ROWS 100
#define T0 ((ns)1727789400 * NS_SECOND)

static _Alignas(64) char block[COLUMNS_HEAD + ROWS * 40];
static struct columns c;

static struct csv_row row_at(uint32_t i, int64_t price)
{
	return (struct csv_row){ .ts = T0 + i * NS_MINUTE, .open = { price }, .high = { price },
				 .low = { price }, .close = { price }, .volume = 10.5 + i };
}

static void begin(void)
{
	memset(block, 0, sizeof(block));
	columns_begin(&c, block, ROWS, "ABC", 60);
}

static const char *put(uint32_t i, int64_t price)
{
	struct csv_row row = row_at(i, price);

	return columns_put(&c, &row);
}

void test_columns_give_back_what_was_put(void)
{
	begin();
	CHECK(columns_size(ROWS) <= sizeof(block), "the block is large enough");
	for (uint32_t i = 0; i < ROWS; i++)
		CHECK(put(i, (100 + i) * NUM_ONE + 10000000) == NULL, "row %u is taken", i);
	struct bar b = columns_bar(&c, 7, 3);
	CHECK_INT(b.open.n, 107010000000, "its open");
	CHECK_INT(b.open_ts, T0 + 7 * NS_MINUTE, "its start");
	CHECK_INT(b.ts, T0 + 8 * NS_MINUTE, "its end");
	CHECK_INT(b.sym, 3, "its symbol");
	CHECK(b.volume == 17.5, "volume may have fractions");
	CHECK_INT(columns_seek(&c, T0 + 5 * NS_MINUTE), 5, "a time that is there is found");
	CHECK_INT(columns_seek(&c, T0 + 5 * NS_MINUTE + 1), 6, "else the one behind it");
	CHECK_INT(columns_seek(&c, T0 + NS_DAY), ROWS, "or the end");
}

/* Whoever walks over bars ends one before the next begins. */
void test_columns_refuse_bars_that_overlap(void)
{
	columns_begin(&c, block, ROWS, "ABC", 300);
	CHECK(put(0, NUM_ONE) == NULL, "a bar of five minutes");
	CHECK_TEXT(put(4, NUM_ONE), "begins before the bar before it has ended", "one within it");
	CHECK(put(5, NUM_ONE) == NULL, "one behind it");
	CHECK_INT(c.head->rows, 2, "those two are there");
	columns_begin(&c, block, ROWS, "ABC", 86400);
	CHECK(put(0, NUM_ONE) == NULL && put(23 * 60, NUM_ONE) == NULL,
	      "a day may have 23 hours");
	begin();
}

void test_columns_take_finer_and_dearer_prices(void)
{
	begin();
	CHECK(put(0, 123456700000) == NULL && c.head->unit == 100000, "0.0001 is the usual unit");
	CHECK(put(1, 123456789000) == NULL, "six decimals");
	CHECK_INT(columns_bar(&c, 0, 0).close.n, 123456700000, "the first stays what it was");
	CHECK_INT(columns_bar(&c, 1, 0).close.n, 123456789000, "and the second is exact");
	CHECK(put(2, 700000 * NUM_ONE) == NULL, "a share may cost as much as a house");
	CHECK_INT(columns_bar(&c, 2, 0).close.n, 700000 * NUM_ONE, "exactly");
	int64_t off = columns_bar(&c, 1, 0).close.n - 123456789000;
	CHECK(off >= -1000000 && off <= 1000000, "what is fine is rounded then: off by %lld",
	      (long long)off);
}

void test_columns_refuse_what_is_no_row(void)
{
	begin();
	CHECK(put(5, NUM_ONE) == NULL, "the first");
	CHECK(put(5, NUM_ONE) != NULL, "not the same time twice");
	CHECK(put(4, NUM_ONE) != NULL, "not an earlier one");
	CHECK(put(6, 0) != NULL, "not a price of nothing");
	struct csv_row row = row_at(7, NUM_ONE);
	row.ts += NS_SECOND;
	CHECK(columns_put(&c, &row) != NULL, "not between two minutes");
	CHECK_INT(c.head->rows, 1, "one row was taken");
}

static void spoil(const char *path, long at)
{
	FILE *f = fopen(path, "r+");

	CHECK(f != NULL && fseek(f, at, SEEK_SET) == 0 && fputc(0x5a, f) != EOF,
	      "a byte is spoilt");
	if (f != NULL)
		fclose(f);
}

void test_columns_files_are_checked(void)
{
	char path[] = "/tmp/gambler-columns-XXXXXX", why[256];
	struct columns back;
	int fd = mkstemp(path);

	begin();
	for (uint32_t i = 0; i < 20; i++)
		CHECK(put(i, NUM_ONE * (1 + i)) == NULL, "row %u is taken", i);
	columns_end(&c);
	size_t n = columns_size(ROWS);
	CHECK(write(fd, block, n) == (ssize_t)n, "the file is written");
	close(fd);
	CHECK_INT(columns_open(&back, path, why, sizeof(why)), OK, "it is mapped: %s", why);
	CHECK_INT(back.head->rows, 20, "with its rows");
	CHECK(columns_check(&back, why, sizeof(why)), "all is right: %s", why);
	CHECK_INT(columns_bar(&back, 19, 0).close.n, 20 * NUM_ONE, "and its prices");
	columns_close(&back);
	spoil(path, COLUMNS_HEAD + 3);
	CHECK_INT(columns_open(&back, path, why, sizeof(why)), OK, "the head is whole: %s", why);
	CHECK(!columns_check(&back, why, sizeof(why)), "but a spoilt row is found");
	columns_close(&back);
	spoil(path, 16);
	CHECK_INT(columns_open(&back, path, why, sizeof(why)), ERR_PARSE, "a spoilt head is no");
	CHECK(strstr(why, path) != NULL, "by the file's name: %s", why);
	unlink(path);
	CHECK_INT(columns_open(&back, path, why, sizeof(why)), ERR_IO, "no file, no bars");
}
