#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "feed/import.h"

static char base[32], folder[64], why[STORED_WHY];

static void fresh(void)
{
	(void)snprintf(base, sizeof base, "/tmp/gambler-test-XXXXXX");
	CHECK(mkdtemp(base) != NULL, "a folder for the test");
	(void)snprintf(folder, sizeof folder, "%s/deep/bars", base);
}

static void gone(void)
{
	char command[300];

	(void)snprintf(command, sizeof command, "rm -rf '%s'", base);
	CHECK_INT(system(command), 0, "the folder goes");
}

static struct stored_bar bar_at(ns minute, int64_t cents, uint64_t order)
{
	int64_t p = cents * (NUM_ONE / 100);

	return (struct stored_bar){ minute * NS_MINUTE, { p }, { p + 2 * NUM_ONE }, { p - NUM_ONE },
				    { p + NUM_ONE }, (double)cents, order };
}

static struct stored_did put(struct stored_bar *bar, size_t n)
{
	struct stored_did did;

	CHECK_INT(stored_merge(folder, "AAPL", 300, bar, n, &did, why), OK, "merged: %s", why);
	return did;
}

static int64_t open_cents(uint32_t i)
{
	struct columns c;
	int64_t cents = -1;

	if (CHECK_INT(stored_open(&c, folder, "AAPL", 300, why), OK, "it is read: %s", why) &&
	    CHECK(i < c.head->rows, "there is a row %u", i))
		cents = columns_bar(&c, i, 0).open.n / (NUM_ONE / 100);
	columns_close(&c);
	return cents;
}

void test_stored_bars_are_merged(void)
{
	struct stored_bar first[] = { bar_at(1020, 5000, 0), bar_at(1010, 5100, 1),
				      bar_at(1000, 5200, 2), bar_at(1010, 5300, 3) };
	struct stored_bar later[] = { bar_at(1000, 5200, 0), bar_at(1005, 5400, 1),
				      bar_at(1020, 5500, 2), bar_at(1025, 5600, 3) };

	fresh();
	struct stored_did did = put(first, 4);
	CHECK(did.added == 3 && did.changed == 0 && did.total == 3, "three times, three bars");
	CHECK(did.first == 1000 * NS_MINUTE && did.last == 1020 * NS_MINUTE, "in order of time");
	CHECK_INT(open_cents(1), 5300, "of two of one time the later one is kept");

	did = put(later, 4);
	CHECK(did.added == 2 && did.changed == 1 && did.same == 1 && did.total == 5,
	      "two are new, one differs, one is known");
	CHECK_INT(open_cents(3), 5500, "what comes later wins");
	did = put(later, 4);
	CHECK(did.added == 0 && did.same == 4 && did.total == 5, "once more changes nothing");
	gone();
}

void test_stored_file_is_replaced_as_a_whole(void)
{
	struct stored_bar a[] = { bar_at(1000, 5000, 0) }, b[] = { bar_at(1005, 6000, 0) };
	struct stored_did did;
	struct columns old;
	char path[320];

	fresh();
	put(a, 1);
	CHECK_INT(stored_open(&old, folder, "AAPL", 300, why), OK, "mapped");
	put(b, 1);
	CHECK_INT(old.head->rows, 1, "who has the old one mapped keeps it");
	columns_close(&old);

	/* What a writer that was killed has left behind is in nobody's way. */
	(void)snprintf(path, sizeof path, "%s/AAPL.300.bars.new", folder);
	FILE *f = fopen(path, "w");
	if (CHECK(f != NULL, "a piece of a file")) {
		(void)fputs("half", f);
		(void)fclose(f);
	}
	struct stored_name names[4];
	CHECK_INT(stored_list(folder, names, 4), 1, "it is no file of bars");
	b[0] = bar_at(1010, 7000, 0);
	CHECK_INT(stored_merge(folder, "AAPL", 300, b, 1, &did, why), OK, "written over");
	CHECK_INT(did.total, 3, "with all that was there");
	gone();
}

/* Killed at any moment: the old bars or the new ones, whole. */
void test_stored_bars_outlive_a_kill(void)
{
	static struct stored_bar many[20000];

	fresh();
	for (uint32_t i = 0; i < 20000; i++)
		many[i] = bar_at(1000 + i * 5, 5000, i);
	put(many, 100);
	for (int delay = 0; delay < 12; delay++) {
		pid_t child = fork();
		if (child == 0) {
			struct stored_did did;
			for (uint32_t i = 0; i < 20000; i++)
				many[i] = bar_at(1000 + i * 5, 6000 + delay, i);
			for (;;)
				if (stored_merge(folder, "AAPL", 300, many, 20000, &did, why) != OK)
					_exit(1);
		}
		(void)usleep((useconds_t)(1000 + delay * 1700));
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
		struct columns c;
		CHECK_INT(stored_open(&c, folder, "AAPL", 300, why), OK, "after a kill: %s", why);
		CHECK(c.head != NULL && (c.head->rows == 100 || c.head->rows == 20000),
		      "all of the old or all of the new");
		columns_close(&c);
	}
	gone();
}

void test_stored_damage_is_told(void)
{
	static const off_t places[] = { 3, 20, 70, 130, 196 };
	struct stored_bar a[] = { bar_at(1000, 5000, 0), bar_at(1005, 5001, 1) };
	struct stored_did did;
	struct columns c;
	char path[320];

	fresh();
	put(a, 2);
	CHECK_INT(stored_open(&c, folder, "MSFT", 300, why), ERR_NOTFOUND, "of another: none");
	(void)snprintf(path, sizeof path, "%s/AAPL.300.bars", folder);
	for (size_t i = 0; i < COUNT(places); i++) {
		int fd = open(path, O_RDWR);
		char byte = 0;
		CHECK(pread(fd, &byte, 1, places[i]) == 1, "a byte at %d", (int)places[i]);
		byte ^= 0x40;
		CHECK(pwrite(fd, &byte, 1, places[i]) == 1, "is turned over");
		CHECK_INT(stored_open(&c, folder, "AAPL", 300, why), ERR_PARSE,
			  "damage at %d is seen", (int)places[i]);
		CHECK(strstr(why, path) != NULL, "the file is named: %s", why);
		CHECK(c.head == NULL, "nothing is handed out");
		CHECK_INT(stored_merge(folder, "AAPL", 300, a, 2, &did, why), ERR_PARSE,
			  "and nothing is added to it");
		byte ^= 0x40;
		CHECK(pwrite(fd, &byte, 1, places[i]) == 1, "and back");
		(void)close(fd);
	}
	CHECK_INT(stored_open(&c, folder, "AAPL", 300, why), OK, "mended: %s", why);
	columns_close(&c);
	gone();
}

void test_stored_names(void)
{
	static const char *const files[] = { "AAPL.60.bars", "BRK.B.86400.bars", "AAPL.300.bars",
		"AAPL.7.bars", "aapl.60.bars", ".60.bars", "AAPL.60.bars.new", "AAPL.bars",
		"60.bars" };
	struct stored_name n[16];
	char path[320];
	struct stored_bar a[] = { bar_at(1000, 5000, 0) };

	fresh();
	CHECK_INT(stored_list(folder, n, 16), 0, "no folder, no bars");
	put(a, 1);
	for (size_t i = 0; i < COUNT(files); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
		FILE *f = fopen(path, "a");
		CHECK(f != NULL && fclose(f) == 0, "a file");
	}
	if (CHECK_INT(stored_list(folder, n, 16), 3, "those that are of bars")) {
		CHECK(strcmp(n[0].symbol, "AAPL") == 0 && n[0].span_s == 60, "by name");
		CHECK(strcmp(n[1].symbol, "AAPL") == 0 && n[1].span_s == 300, "then length");
		CHECK(strcmp(n[2].symbol, "BRK.B") == 0 && n[2].span_s == 86400, "points too");
	}
	CHECK_INT(stored_span(STR("1h")), 3600, "an hour");
	CHECK_INT(stored_span(STR("7m")), 0, "seven minutes are none");
	CHECK_TEXT(stored_span_text(3600), "60m", "an hour is shown as the configuration has it");
	gone();
}

/* ---- importing */

static char told[4096], complained[4096];

static void tell(void *ctx, const char *symbol, uint32_t span_s, const struct stored_did *did)
{
	(void)ctx;
	(void)snprintf(told + strlen(told), sizeof told - strlen(told), "%s %s %u/%u\n", symbol,
		       stored_span_text(span_s), did->added, did->total);
}

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	(void)snprintf(complained + strlen(complained), sizeof complained - strlen(complained),
		       "%s\n", line);
}

static enum err import(const char *name, const char *symbol, const char *text,
		       struct import_counts *n)
{
	struct import_config c = { folder, symbol, 0, complain, tell, NULL };
	char path[320];

	told[0] = complained[0] = '\0';
	*n = (struct import_counts){ 0 };
	(void)snprintf(path, sizeof path, "%s/../%s", folder, name);
	FILE *f = fopen(path, "w");
	if (!CHECK(f != NULL, "a file to import"))
		return ERR_IO;
	(void)fputs(text, f);
	(void)fclose(f);
	return import_file(&c, path, n, why);
}

#define HEAD "symbol,timestamp,open,high,low,close,volume\n"

void test_import_of_several_symbols(void)
{
	struct stored_bar a[] = { bar_at(1000, 5000, 0) };
	struct import_counts n;

	fresh();
	put(a, 1);		/* makes the folders */
	CHECK_INT(import("mixed.csv", NULL, HEAD
		  "MSFT,2024-03-01T14:35:00Z,10,12,9,11,100\n"
		  "BRK.B,2024-03-01T14:30:00Z,10,12,9,11,100\n"
		  "MSFT,2024-03-01T14:30:00Z,10,12,9,11,100\n"
		  "BRK.B,2024-03-01T14:31:00Z,10,12,9,11,100\n"
		  "MSFT,2024-03-01T14:35:00Z,10,13,9,11,100\n", &n), OK, "read: %s", why);
	CHECK_TEXT(told, "MSFT 5m 2/2\nBRK.B 1m 2/2\n", "lengths are found for each");
	CHECK(n.rows == 5 && n.bad == 0 && n.symbols == 2, "five rows of two symbols");
	gone();
}

void test_import_tells_bad_rows(void)
{
	struct stored_bar a[] = { bar_at(1000, 5000, 0) };
	struct import_counts n;
	static char text[8192];

	fresh();
	put(a, 1);
	CHECK_INT(import("bad.csv", NULL, HEAD
		  "MSFT,2024-03-01T14:30:00Z,10,12,9,11,100\n"
		  "MSFT,2024-03-01T14:35:00Z,10,9,9,11,100\n"
		  "MSFT,yesterday,10,12,9,11,100\n"
		  "msft,2024-03-01T14:40:00Z,10,12,9,11,100\n"
		  "MSFT,2024-03-01T14:45:30Z,10,12,9,11,100\n"
		  "MSFT,2024-03-01T14:50:00Z,10,12,9,11,100\n", &n), OK, "read: %s", why);
	CHECK(n.rows == 6 && n.bad == 4, "four of six are bad");
	CHECK(strstr(complained, "bad.csv:3: the high is below") != NULL, "line 3");
	CHECK(strstr(complained, "bad.csv:4: the timestamp") != NULL, "line 4");
	CHECK(strstr(complained, "bad.csv:5: the symbol is none") != NULL, "line 5");
	CHECK(strstr(complained, "bad.csv:6: not on a full minute") != NULL, "line 6");
	CHECK_TEXT(told, "MSFT 5m 2/2\n", "the others are kept");

	size_t used = (size_t)snprintf(text, sizeof text, HEAD
				       "MSFT,2024-03-01T14:30:00Z,10,12,9,11,100\n");
	for (int i = 0; i < 50; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "rubbish\n");
	complained[0] = '\0';
	CHECK_INT(import("MSFT.many.csv", NULL, text, &n), ERR_PARSE, "one bar has no length");
	CHECK_INT(n.bad, 50, "all are counted");
	CHECK(strstr(complained, ":22: ") != NULL && strstr(complained, ":23: ") == NULL &&
	      strstr(complained, "further ones of this file are only counted") != NULL,
	      "twenty are told");
	CHECK(strstr(why, "--timeframe") != NULL, "the remedy is named: %s", why);
	gone();
}

void test_import_names_the_symbol_by_the_file(void)
{
	static const char text[] = "time,open,high,low,close,volume\n"
				   "1709303400,10,12,9,11,100\n1709389800,10,12,9,11,1.5\n";
	struct stored_bar a[] = { bar_at(1000, 5000, 0) };
	struct import_counts n;

	fresh();
	put(a, 1);
	CHECK_INT(import("BRK.B.daily.csv", NULL, text, &n), OK, "read: %s", why);
	CHECK_TEXT(told, "BRK.B 1d 2/2\n", "by the name");
	CHECK_INT(import("BRK.B.daily.csv", "EWZ", text, &n), OK, "read: %s", why);
	CHECK_TEXT(told, "EWZ 1d 2/2\n", "as it was said");
	CHECK_INT(import("_.csv", NULL, text, &n), ERR_PARSE, "of nobody");
	CHECK(strstr(why, "--symbol") != NULL, "the remedy is named: %s", why);
	CHECK_INT(import("E.csv", NULL, "", &n), ERR_PARSE, "an empty file");
	CHECK_INT(import("E.csv", NULL, "a,b\n1,2\n", &n), ERR_PARSE, "another kind of file");
	CHECK_INT(import("E.csv", NULL, "time,open,high,low,close,volume\n", &n), ERR_PARSE,
		  "only a header");
	gone();
}
