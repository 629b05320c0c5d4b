#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exchange/market.h"
#include "exchange_bars.h"
#include "feed/csv.h"

/* Real bars, when GAMBLER_BARS is a directory of data sets (folders of *.csv.gz): they are
 * played whole, and what the market then has of them is what the files say. */
static struct bar bars[30000];
static uint32_t told;

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	if (told++ < 10)
		printf("%s\n", line);
}

static int64_t resident_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size = 0, resident = 0;

	if (f == NULL || fscanf(f, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	if (f != NULL)
		(void)fclose(f);
	return resident * 4;
}

static int64_t to_units(px p)
{
	return px_tick(p, (px){ NUM_ONE / 10000 }, ROUND_NEAR).n;
}

/* Every row of a file that lies in a session is a bar of the history. */
static void same_as_file(struct market *m, const char *path, int frame_s)
{
	struct csv csv;
	struct csv_row row;
	size_t n = 0, k = 0;
	bool more;

	if (!CHECK_INT(csv_open(&csv, path), OK, "%s", path))
		return;
	while (csv_next(&csv, &row) == OK) {
		struct session s;
		if (!calendar_session(NULL, ny_date(row.ts), &s) || row.ts < s.open ||
		    row.ts >= s.close)
			continue;
		if (n == 0)
			n = bars_of(m, symbols_find(market_symbols(m), row.symbol), frame_s,
					INT64_MIN, INT64_MAX, INT64_MIN, bars, COUNT(bars), &more);
		if (!CHECK(k < n && bars[k].open_ts == row.ts, "%s:%zu: is there", path,
			   (size_t)csv.line))
			break;
		const struct bar *b = &bars[k++];
		CHECK(b->open.n == to_units(row.open) && b->high.n == to_units(row.high) &&
		      b->low.n == to_units(row.low) && b->close.n == to_units(row.close),
		      "%s:%zu: its prices", path, (size_t)csv.line);
		CHECK(b->volume == row.volume, "%s:%zu: its volume", path, (size_t)csv.line);
	}
	CHECK_INT(k, n, "%s: and no more", path);
	csv_close(&csv);
}

static void play(const char *set, const char *span, int frame_s, int64_t most_kb)
{
	char dir[] = "/tmp/gambler-real-XXXXXX", command[1024], path[300], why[300];
	struct market_config c = { .bars_dir = dir, .complain = complain, .spread_bp_centi = 100 };
	struct market *m;
	struct instant i;

	if (!CHECK(mkdtemp(dir) != NULL, "a directory"))
		return;
	(void)snprintf(command, sizeof(command), "for f in '%s'/%s/*.gz; do "
		       "gzip -dc \"$f\" > %s/\"$(basename \"$f\" .gz)\" || exit 1; done",
		       getenv("GAMBLER_BARS"), set, dir);
	if (CHECK_INT(system(command), 0, "%s can be unpacked", set)) {
		int64_t before = resident_kb();
		enum err e = market_open(&m, &c, why, sizeof(why));
		if (CHECK_INT(e, OK, "%s: %s", set, e == OK ? "" : why)) {
			CHECK_INT(market_bad_rows(m), 0, "%s is clean", set);
			while (market_step(m, &i))
				;
			int64_t more = resident_kb() - before;
#ifdef __SANITIZE_THREAD__
			more = 0;	/* the sanitizer's own memory is in it */
#endif
			CHECK(more < most_kb, "%s takes %d kB", set, (int)more);
			for (uint32_t k = 0; k < market_symbols(m)->n; k++) {
				(void)snprintf(path, sizeof(path), "%s/%s.%s.csv", dir,
					       market_symbols(m)->name[k], span);
				same_as_file(m, path, frame_s);
			}
			market_close(m);
		}
	}
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	CHECK_INT(system(command), 0, "removed");
}

void test_market_real_bars(void)
{
	const char *dir = getenv("GAMBLER_BARS");

	if (dir == NULL || access(dir, R_OK) != 0)
		return;
	play("5m-2024-08_2024-10", "5m", 300, 6000);
	play("1m-2019-02", "1m", 60, 4000);
	play("5m-2025-07_2025-08-polygon", "5m", 300, 4000);
}
