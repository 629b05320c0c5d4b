/* A folder of CSV files: what is read of it, what is told of it, and that it is the same with any
 * number of threads. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/text.h"
#include "check.h"
#include "feed/folder.h"

#define ROWS_MAX 4000
#define FOLDERS  25

static char dir[64];

struct read {
	char     told[131072];
	struct text text;
	struct { char symbol[SYMBOL_TEXT]; ns ts; int64_t close; } row[ROWS_MAX];
	uint32_t rows;
	uint64_t bad;
	struct folder *folder;
	uint32_t next[SYMBOLS_MAX];	/* of the rows of each symbol */
	ns       last[SYMBOLS_MAX];
};

static void tell(void *ctx, const char *line)
{
	struct read *r = ctx;

	text_cstr(&r->text, line);
	text_char(&r->text, '\n');
}

/* Each symbol has places of its own, so that several threads may come. */
static const char *take(void *ctx, sym s, const struct csv_row *row)
{
	struct read *r = ctx;
	const struct symbols *all = folder_symbols(r->folder);
	uint32_t at = r->next[s];

	if (row->ts <= r->last[s])
		return "not behind the row before it";
	r->last[s] = row->ts;
	CHECK(at < ROWS_MAX && str_copy(r->row[at].symbol, SYMBOL_TEXT, str_of(all->name[s])),
	      "there is room for the rows that were counted");
	r->row[at].ts = row->ts;
	r->row[at].close = row->close.n;
	r->next[s]++;
	return NULL;
}

static void read_folder(struct read *r, uint32_t threads)
{
	struct folder_config c = { .dir = dir, .to = INT64_MAX, .complain = tell,
				   .complain_ctx = r, .threads = threads };
	char why[256];

	*r = (struct read){ 0 };
	text_init(&r->text, r->told, sizeof r->told - 1);
	if (!CHECK_INT(folder_open(&r->folder, &c, why, sizeof why), OK, "the folder is opened"))
		return;
	for (uint32_t s = 0; s < folder_symbols(r->folder)->n; s++) {
		r->next[s] = r->rows;
		r->rows += folder_rows(r->folder, (sym)s);
	}
	CHECK(r->rows <= ROWS_MAX, "%u rows are not too many for this test", r->rows);
	folder_read(r->folder, take, r);
	r->bad = folder_bad(r->folder);
	folder_close(r->folder);
	(void)text_done(&r->text);
}

static FILE *file_in(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	CHECK(f != NULL, "%s is written", path);
	return f;
}

static void begin(void)
{
	snprintf(dir, sizeof dir, "/tmp/gambler-folder-XXXXXX");
	CHECK(mkdtemp(dir) != NULL, "a folder");
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", dir);
	CHECK_INT(system(command), 0, "the folder is removed");
}

static const char header[] = "timestamp,open,high,low,close,volume\n";

/* n bars from `from`, `minutes` apart; of one in `bad` something is wrong. */
static void put_rows(FILE *f, struct rng *rng, const char *symbol, int64_t from, uint32_t n,
		     uint32_t minutes, uint32_t bad)
{
	static const char *const wrong[] = { ",1,2", ",1,1,2,1,5", ",0,1,0,1,5", ",1,1,1,1,-3",
					     ",1,1,1,1,nan", "soon,1,1,1,1,1" };

	for (uint32_t i = 0; i < n; i++) {
		long long t = from + (int64_t)i * minutes * 60;
		uint64_t cents = 1900 + rng_below(rng, 300);
		bool spoil = bad > 0 && rng_below(rng, bad) == 0;
		fprintf(f, "%s%lld", symbol, spoil && rng_below(rng, 5) == 0 ? 60 : t);
		if (spoil)
			fputs(wrong[rng_below(rng, COUNT(wrong))], f);
		else
			fprintf(f, ",20,22,19,%u.%02u,100", (unsigned)cents / 100,
				(unsigned)cents % 100);
		fputc('\n', f);
	}
}

void test_folder_tells_of_files_in_order(void)
{
	static struct read r;
	for (uint32_t threads = 1; threads <= 4; threads++) {
		begin();
		FILE *f = file_in("BBB.5m.csv");
		fprintf(f, "%s1700000100,1,1,1,1,1\n1700000400,1,1\n1700000700,1,1,1,1,1\n"
			"1700000700,1,1,1,1,2\n1700001000,1,1,1,1,1\n", header);
		fclose(f);
		f = file_in("AAA.1m.csv");
		fprintf(f, "%s1700000160,1,1,1,1,1\n1700000220,1,1,1,2,1\n", header);
		fclose(f);
		f = file_in("AAA.5m.csv");
		fprintf(f, "%s1700000400,1,1,1,1,1\n1700000700,1,1,1,1,1\n", header);
		fclose(f);
		f = file_in("CCC.csv");
		fclose(f);
		read_folder(&r, threads);
		CHECK_TEXT(r.told, "CCC.csv:1: the file is empty\n"
			   "BBB.5m.csv:3: the row has another number of fields than the first "
			   "line\n"
			   "BBB.5m.csv:5: not behind the row before it\n"
			   "AAA.1m.csv:3: the high is below the open or the close\n"
			   "AAA.5m.csv:1: AAA: there are bars of 1 minute too; these of 5 minutes "
			   "are passed over\n", "what is wrong, with %u threads", threads);
		CHECK_INT(r.bad, 4, "is counted");
		CHECK_INT(r.next[0], 1, "AAA has its minute");
		CHECK_TEXT(r.row[0].symbol, "AAA", "by its name");
		end();
	}
}

static void make_folder(struct rng *rng)
{
	uint32_t files = 1 + (uint32_t)rng_below(rng, 12);
	bool mixed = rng_below(rng, 4) == 0;

	for (uint32_t i = 0; i < files; i++) {
		char name[64];
		uint32_t minutes = rng_below(rng, 4) == 0 ? 1 : 5;
		uint32_t bad = (uint32_t)rng_below(rng, 3) * 9;
		int64_t from = 1700000100 + (int64_t)rng_below(rng, 5) * 60000;
		snprintf(name, sizeof name, "%c.%um.%u.csv", "ABCDE"[rng_below(rng, 5)], minutes,
			 i);
		FILE *f = file_in(name);
		if (mixed && i % 3 == 0) {
			fprintf(f, "symbol,%s", header);
			put_rows(f, rng, "B,", from, (uint32_t)rng_below(rng, 50), minutes, bad);
			put_rows(f, rng, "Z,", from, (uint32_t)rng_below(rng, 50), minutes, bad);
		} else if (rng_below(rng, 9) > 0) {
			fputs(header, f);
			put_rows(f, rng, "", from, (uint32_t)rng_below(rng, 200), minutes, bad);
		}
		fclose(f);
	}
}

void test_folder_is_the_same_with_any_number_of_threads(void)
{
	static struct read one, many;
	struct rng rng;

	rng_seed(&rng, check_seed());
	for (int i = 0; i < FOLDERS; i++) {
		begin();
		make_folder(&rng);
		read_folder(&one, 1);
		for (uint32_t threads = 2; threads <= 5; threads += 3) {
			read_folder(&many, threads);
			CHECK_TEXT(many.told, one.told, "folder %d: what is told", i);
			CHECK_INT(many.bad, one.bad, "folder %d: the count of it", i);
			CHECK(many.rows == one.rows &&
			      memcmp(many.next, one.next, sizeof one.next) == 0 &&
			      memcmp(many.row, one.row, sizeof one.row) == 0,
			      "folder %d: with %u threads the rows are the same", i, threads);
		}
		end();
	}
}
