/* What becomes of the lines that a strategy in another program writes: a shell answers the
 * questions of a session of bars that stand at 100 dollars. */
#include <stdio.h>
#include <unistd.h>

#include "run/backtest.h"
#include "test/unit/run_config.h"

#define UNTIL (10 * 60 + 30)	/* an hour of bars of five minutes */

static const char template[] = "/tmp/gambler-exec-XXXXXX";
static char folder[sizeof template], bars[64], program[64];
static struct lab_trade first;
static char why[512];

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!CHECK(f != NULL, "%s can be written", path))
		return;
	fputs(text, f);
	fclose(f);
}

static void put_bars(void)
{
	char memory[1024];
	struct text t;
	day date = 0;

	text_init(&t, memory, sizeof memory);
	text_cstr(&t, "timestamp,open,high,low,close,volume\n");
	CHECK(date_parse(&date, STR("2024-03-05")), "a day");
	for (int m = 9 * 60 + 30; m < UNTIL; m += 5) {
		text_i64(&t, ny_time(date, m / 60, m % 60) / NS_SECOND);
		text_cstr(&t, ",100,100.2,99.8,100,100000\n");
	}
	put(bars, text_done(&t));
}

/* The shell says `line` for each question, ID in it being the question's number; how many trades
 * there are then, the first one in `first`; -1: the backtest ends with an error, in `why`. */
static int trades_after(const char *line)
{
	char text[4096], ini[512];
	struct backtest_config c = { .bars = folder };
	struct backtest *test = NULL;

	memcpy(folder, template, sizeof template);
	CHECK(mkdtemp(folder) != NULL, "a folder");
	(void)snprintf(bars, sizeof bars, "%s/AAA.5m.csv", folder);
	(void)snprintf(program, sizeof program, "%s/program", folder);
	(void)snprintf(text, sizeof text, "while read -r q; do id=${q#*:}; id=${id%%%%,*}\n"
		       "echo '%s' | sed \"s/ID/$id/g\"\ndone\n", line);
	put(program, text);
	(void)snprintf(ini, sizeof ini, "[strategy s]\nexec = sh %s\nstop = 1%%\nwarmup = 1\n"
		       "[instance a]\nstrategy = s\nsymbols = AAA\ntimeframe = 5m\n"
		       "position = 10000\nbenchmark = none\n", program);
	clean_environment();
	load_good(ini, NULL);
	put_bars();
	c.config = &loaded.c;
	why[0] = '\0';
	int n = -1;
	if (CHECK_INT(backtest_open(&test, &c, why, sizeof why), OK, "it opens: %s", why)) {
		if (backtest_run(test, why, sizeof why) == OK) {
			const struct lab_run *r = backtest_result(test, 0);
			n = (int)(r->trades_n + r->open_n);
			if (r->trades_n > 0)
				first = r->trade[0];
		}
		backtest_close(test);
	}
	(void)unlink(bars);
	(void)unlink(program);
	(void)rmdir(folder);
	return n;
}

void test_exec_trades_as_the_answer_says(void)
{
	CHECK_INT(trades_after("{\"id\":ID,\"do\":\"none\",\"colour\":[1,{}]}"), 0,
		  "trades where nothing is wanted; a key more is passed over");
	if (CHECK(trades_after("{\"id\":ID,\"do\":\"long\",\"stop\":98.5,\"target\":null,"
			       "\"hold\":\"10m\",\"size\":500,\"why\":\"up\"}") > 0, "a trade")) {
		CHECK_INT(first.stop.n, 985 * (NUM_ONE / 10), "the answer's stop");
		CHECK_INT(first.n.n, 5 * NUM_ONE, "shares for 500 dollars");
		CHECK_INT(first.closed - first.opened, 10 * NS_MINUTE, "held as long as it says");
		CHECK_INT(first.reason, EXIT_TIME, "and no longer");
	}
	if (CHECK(trades_after("{\"do\":\"long\",\"symbol\":\"AAA\",\"hold\":\"5m\","
			       "\"id\":ID}") > 0, "a trade without levels"))
		CHECK_INT(first.stop.n, 99 * NUM_ONE, "the stop of the ini");
	CHECK_INT(trades_after("{\"id\":ID,\"do\":\"exit\"}"), 0, "trades where none is open");
}

/* Each is followed by an answer, so that nobody waits for the deadline. */
void test_exec_takes_no_line_for_an_answer_that_is_none(void)
{
	static const char *const lines[] = {
		"buy!", "{\"id\":ID}", "{\"do\":\"long\"}", "{\"id\":ID,\"do\":\"jump\"}",
		"{\"id\":ID,\"do\":\"long\",\"stop\":-1}",
		"{\"id\":ID,\"do\":\"long\",\"stop\":NaN}",
		"{\"id\":ID.5,\"do\":\"long\"}", "{\"id\":-1,\"do\":\"long\"}",
		"{\"id\":ID99,\"do\":\"long\"}", "{\"id\":ID,\"do\":\"long\"", "[]", "{}",
		"{\"id\":ID,\"do\":\"long\"} x", "{\"id\":ID,\"do\":\"long\",\"symbol\":\"ZZZ\"}",
		"{\"id\":ID,\"do\":\"long\",\"hold\":\"30\"}",
		"{\"id\":ID,\"do\":\"long\",\"hold\":\"9d\"}",
		"{\"id\":ID,\"do\":\"long\",\"size\":1e99}",
	};
	char both[256];

	for (size_t i = 0; i < COUNT(lines); i++) {
		(void)snprintf(both, sizeof both, "%s\n{\"id\":ID,\"do\":\"none\"}", lines[i]);
		CHECK_INT(trades_after(both), -1, "the backtest ends at %s", lines[i]);
		CHECK(strstr(why, "it wrote what is no answer") != NULL, "%s: why: %s", lines[i],
		      why);
	}
}

void test_exec_ends_a_program_that_cannot_be_talked_with(void)
{
	static char line[2400];

	CHECK_INT(trades_after("'; exit 3; echo '"), -1, "a program that ends");
	CHECK(strstr(why, "it closed its output") != NULL || strstr(why, "it ended") != NULL,
	      "why: %s", why);
	memset(line, 'x', sizeof line - 1);
	CHECK_INT(trades_after(line), -1, "a line without an end in sight");
	CHECK(strstr(why, "a line of more than 2000 bytes") != NULL, "why: %s", why);
}
