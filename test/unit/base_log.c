#include "test/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

/* A pipe in the place of stderr. */
static int saved = -1, ends[2];

static bool capture(void)
{
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	return CHECK(saved >= 0 && pipe(ends) == 0 && dup2(ends[1], STDERR_FILENO) >= 0,
		     "stderr becomes a pipe");
}

static void restore(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

static char seen[65536];

static const char *captured(void)
{
	ssize_t n;

	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	n = read(ends[0], seen, sizeof(seen) - 1);
	seen[n > 0 ? n : 0] = '\0';
	return seen;
}

static struct clock market;

static void begin(bool json)
{
	clock_init(&market);
	clock_set_manual(&market, 1795185060120999999);
	log_init(LOG_INFO, &market, json);
}

static void end(void)
{
	restore();
	log_instance(0);
	log_init(LOG_INFO, NULL, false);
}

void test_log_writes_a_line(void)
{
	if (!capture())
		return;
	begin(false);
	log_info("order.submit", "sym=%s qty=%d", "AAPL", 10);
	CHECK_TEXT(captured(), "2026-11-20T14:31:00.120Z info order.submit sym=AAPL qty=10\n",
		   "one line");
	log_instance(1);
	log_error("feed.lost", "%s", "");
	CHECK_TEXT(captured(), "2026-11-20T14:31:00.120Z error inst=1 feed.lost\n",
		   "an instance, and nothing behind the event");
	log_debug("loop.turn", "n=%d", 1);
	CHECK_TEXT(captured(), "", "below the level, nothing");
	clock_set_manual(&market, 1795185061000000000);
	log_warn("a.b", "x=%d", 1);
	CHECK_TEXT(captured(), "2026-11-20T14:31:01.000Z warn inst=1 a.b x=1\n",
		   "always three decimals");
	end();
}

void test_log_escapes_what_a_terminal_would_obey(void)
{
	if (!capture())
		return;
	begin(false);
	log_info("a.b", "%s", "1\n2\r\x1b[2J\x7f\xc2\x9b\xff\xc3\xa4\xe2\x82\xac");
	CHECK_TEXT(captured(), "2026-11-20T14:31:00.120Z info a.b 1\\n2\\x0d\\x1b[2J\\x7f\\xc2\\x9b"
		   "\\xff\xc3\xa4\xe2\x82\xac\n", "control characters are shown, letters are kept");
	end();
}

void test_log_json_is_json(void)
{
	struct json j;
	struct str key;

	if (!capture())
		return;
	begin(true);
	log_instance(2);
	log_warn("a.b", "said \"%s\"\n\xff", "no");
	CHECK_TEXT(captured(),
		  "{\"time\":\"2026-11-20T14:31:00.120Z\",\"level\":\"warn\",\"inst\":2,"
		   "\"event\":\"a.b\",\"text\":\"said \\\"no\\\"\\n\\ufffd\"}\n", "one object");
	char filler[1000];
	memset(filler, '"', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	log_warn("a.b", "%s", filler);
	captured();
	CHECK(strlen(seen) <= LOG_LINE_MAX, "a long one is cut");
	json_open(&j, str_of(seen));
	for (json_enter_object(&j); json_next_key(&j, &key);)
		json_skip(&j);
	CHECK_INT(json_done(&j), OK, "and is still an object");
	CHECK(strstr(seen, " ...\"}\n") != NULL, "that shows that it was cut");
	end();
}

void test_log_cuts_long_lines_between_characters(void)
{
	char filler[1000] = "";

	if (!capture())
		return;
	begin(false);
	for (size_t lead = 0; lead < 4; lead++) {
		memset(filler, 'x', lead);
		for (size_t i = lead; i + 3 < sizeof(filler); i += 3)
			memcpy(filler + i, "\xe2\x82\xac", 4);
		log_info("a.b", "%s", filler);
		captured();
		size_t n = strlen(seen);
		CHECK(n <= LOG_LINE_MAX && n > LOG_LINE_MAX - 5, "the line has %zu bytes", n);
		CHECK_TEXT(seen + n - 5, " ...\n", "and ends visibly");
		struct str s = { seen, n };
		while (utf8_at(s) > 0) {
			size_t one = utf8_at(s);
			s.s += one;
			s.n -= one;
		}
		CHECK_INT(s.n, 0, "all of it is UTF-8");
	}
	/* The longest that fits is not cut. */
	memset(filler, 'x', sizeof(filler));
	filler[LOG_LINE_MAX - 1 - 34 - 4] = '\0';
	log_info("a.b", "%s", filler);
	captured();
	CHECK(strchr(seen, '.') != NULL && strstr(seen, "...") == NULL,
	      "a line that fits is whole");
	end();
}

void test_log_drops_and_counts_when_nobody_reads(void)
{
	if (!capture())
		return;
	begin(false);
	uint64_t before = log_dropped(), warnings = log_count(LOG_WARN);
	char filler[400];
	memset(filler, 'x', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	ns start = mono_ns();
	for (int i = 0; i < 1000; i++)
		log_warn("a.b", "%s", filler);
	CHECK(mono_ns() - start < 10 * NS_SECOND, "a full pipe does not block");
	CHECK(log_dropped() - before > 500, "%d lines are dropped", (int)(log_dropped() - before));
	CHECK_INT(log_count(LOG_WARN) - warnings, 1000, "all are counted");
	captured();
	CHECK(strstr(seen, "warn a.b xxx") != NULL, "what is in the pipe is whole");

	before = log_dropped();
	close(ends[0]);
	ends[0] = open("/dev/null", O_RDONLY);
	errno = 77;
	log_warn("a.b", "nobody reads");
	CHECK_INT(log_dropped() - before, 1, "a closed pipe drops the line, and kills nobody");
	CHECK_INT(errno, 77, "errno is left alone");
	close(STDERR_FILENO);
	log_warn("a.b", "no stderr");
	CHECK_INT(log_dropped() - before, 2, "without stderr it is dropped as well");
	end();
}

struct tail {
	uint64_t first, count, next;
	bool     chatty;
	char     last[LOG_LINE_MAX];
};

static void each(void *ctx, uint64_t seq, struct str line)
{
	struct tail *t = ctx;

	if (t->count++ == 0)
		t->first = seq;
	CHECK(t->count == 1 || seq >= t->next, "sequence numbers go up");
	CHECK_INT(line.s[line.n], '\0', "a kept line ends with a NUL");
	t->next = seq + 1;
	CHECK(str_copy(t->last, sizeof(t->last), line), "it is no longer than a line");
	if (t->chatty)
		log_info("tail.seen", "seq=%d", (int)seq);
}

void test_log_keeps_the_last_lines(void)
{
	struct tail t = { 0 };

	if (!capture())
		return;
	begin(false);
	uint64_t from = log_tail(0, each, &t);
	for (int i = 0; i < 10; i++)
		log_info("a.b", "i=%d", i);
	t = (struct tail){ 0 };
	uint64_t behind = log_tail(from, each, &t);
	CHECK_INT(behind - from, 10, "ten more lines");
	CHECK_INT(t.count, 10, "are handed out");
	CHECK_INT(t.first, (int64_t)from, "from there on");
	CHECK_TEXT(t.last, "2026-11-20T14:31:00.120Z info a.b i=9", "without the line's end");
	t = (struct tail){ 0 };
	CHECK_INT(log_tail(behind, each, &t), (int64_t)behind, "then nothing is new");
	CHECK_INT(log_tail(behind + 1000, each, &t), (int64_t)behind, "nor in the future");
	CHECK_INT(t.count, 0, "nothing was handed out");
	for (int i = 0; i < LOG_KEEP + 50; i++)
		log_info("a.b", "i=%d", i);
	t = (struct tail){ .chatty = true };
	behind = log_tail(from, each, &t);
	CHECK_INT(behind - from, LOG_KEEP + 60, "more lines than are kept");
	/* Each line that is handed out is answered by one that pushes out another. */
	CHECK(t.count >= LOG_KEEP / 2 && t.count <= LOG_KEEP, "%d are left", (int)t.count);
	end();
}

void test_log_speaks_to_the_journal(void)
{
	struct stat st;
	char stream[64];

	if (!capture())
		return;
	CHECK_INT(fstat(STDERR_FILENO, &st), 0, "stderr is there");
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	begin(false);
	log_error("a.b", "x=1");
	CHECK_TEXT(captured(), "<3>error a.b x=1\n", "a priority and no time");
	begin(true);
	log_info("a.b", "x=1");
	CHECK_TEXT(captured(), "<6>{\"level\":\"info\",\"event\":\"a.b\",\"text\":\"x=1\"}\n",
		   "the same as JSON");
	struct tail t = { 0 };
	log_tail(0, each, &t);
	CHECK(strstr(t.last, "{\"time\":\"2026-11-20T14:31:00.120Z\",") == t.last,
	      "what is kept has its time");
	setenv("JOURNAL_STREAM", "1:1", 1);
	begin(false);
	log_error("a.b", "x=1");
	CHECK(captured()[0] == '2', "another stream's journal is not ours");
	unsetenv("JOURNAL_STREAM");
	end();
}

static void *chatter(void *arg)
{
	log_instance(*(int *)arg);
	for (int i = 0; i < 200; i++) {
		struct tail t = { 0 };
		log_info("thread.says", "i=%d", i);
		if (i % 50 == 0)
			log_tail(log_count(LOG_INFO) > 5 ? log_count(LOG_INFO) - 5 : 0, each, &t);
	}
	return NULL;
}

void test_log_lines_of_threads_do_not_mix(void)
{
	pthread_t threads[4];
	int numbers[4], lines = 0;

	if (!capture())
		return;
	begin(false);
	uint64_t before = log_dropped();
	for (int i = 0; i < 4; i++) {
		numbers[i] = i + 1;
		CHECK_INT(pthread_create(&threads[i], NULL, chatter, &numbers[i]), 0, "a thread");
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	uint64_t dropped = log_dropped() - before;
	captured();
	for (char *p = seen, *stop; (stop = strchr(p, '\n')) != NULL; p = stop + 1, lines++) {
		*stop = '\0';
		CHECK(strstr(p, "2026-11-20T14:31:00.120Z info inst=") == p, "'%s' is a line", p);
		CHECK(strstr(p, " thread.says i=") == p + 36, "'%s' is one line", p);
	}
	CHECK_INT(lines, 800 - (int)dropped, "no line is lost");
	end();
}
