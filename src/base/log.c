/* log.c: a line is made on the stack and given to the kernel whole. The lock is
 * held over poll and write: when the pipe has room for a line, nobody else in this
 * process can take it in between, so the write cannot block. */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static_assert((LOG_KEEP & (LOG_KEEP - 1)) == 0, "kept lines are found by a mask");

static const char *const level_names[] = { "error", "warn", "info", "debug" };

/* syslog(3)'s, which journald reads in "<N>": err, warning, info, debug. */
static const char level_journal[] = { '3', '4', '6', '7' };

static struct {
	pthread_mutex_t lock;
	enum log_level  level;
	struct clock   *clock;
	bool            json, journal;
	uint64_t        dropped, counts[COUNT(level_names)];
	uint64_t        next;			/* sequence of the next line */
	uint16_t        length[LOG_KEEP];
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO };

/* Apart from what is initialised, so that it takes no room in the file. */
static char kept[LOG_KEEP][LOG_LINE_MAX];

static _Thread_local int instance;

static void lock(void)
{
	int failed = pthread_mutex_lock(&state.lock);
	assert(!failed);
}

static void unlock(void)
{
	int failed = pthread_mutex_unlock(&state.lock);
	assert(!failed);
}

/* systemd sets JOURNAL_STREAM to "device:inode" of the stream; a child whose
 * stderr was sent elsewhere inherits the variable, but not the file. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char memory[64];
	struct text t;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	text_init(&t, memory, sizeof(memory));
	text_u64(&t, (uint64_t)st.st_dev);
	text_char(&t, ':');
	text_u64(&t, (uint64_t)st.st_ino);
	return str_eq(text_str(&t), str_of(stream));
}

void log_init(enum log_level level, struct clock *clock, bool json)
{
	lock();
	state.level = level;
	state.clock = clock;
	state.json = json;
	state.journal = stderr_is_journal();
	unlock();
}

void log_instance(int number)
{
	instance = number;
}

/* Always milliseconds, so that lines stand in columns. */
static void add_time(struct text *t)
{
	ns now = state.clock != NULL ? clock_now(state.clock) : wall_ns();
	char out[RFC3339_TEXT];

	if (now < 0)
		now = 0;	/* a market that is not born yet */

	size_t n = rfc3339_text(out, now - now % NS_SECOND);
	int64_t ms = now % NS_SECOND / NS_MS;
	text_add(t, (struct str){ out, n - 1 });
	text_char(t, '.');
	text_char(t, (char)('0' + ms / 100));
	text_char(t, (char)('0' + ms / 10 % 10));
	text_char(t, (char)('0' + ms % 10));
	text_char(t, 'Z');
}

/* One character, harmless on a terminal: control characters, also those of
 * U+0080..9F, and bytes that are not UTF-8 become \xNN. */
static size_t add_safe(struct text *t, struct str s)
{
	size_t n = utf8_at(s);
	unsigned char c = (unsigned char)s.s[0];
	bool control = c < ' ' || c == 0x7f || (c == 0xc2 && (unsigned char)s.s[1] < 0xa0);

	if (n == 1 && c == '\n') {
		text_cstr(t, "\\n");
	} else if (n == 0 || control) {
		text_cstr(t, "\\x");
		text_hex(t, c, 2);
		return 1;
	} else {
		text_add(t, (struct str){ s.s, n });
	}
	return n;
}

/* As much of s as fits into t, leaving `reserve` bytes; true when all did. */
static bool add_message(struct text *t, struct str s, size_t reserve, bool json)
{
	while (s.n > 0) {
		char memory[16];
		struct text one;
		size_t taken;

		text_init(&one, memory, sizeof(memory));
		if (json) {
			taken = utf8_at(s) > 0 ? utf8_at(s) : 1;
			json_str(&one, (struct str){ s.s, taken });
			one.s++;		/* without the quotes */
			one.n -= 2;
		} else {
			taken = add_safe(&one, s);
		}
		if (one.n + reserve > t->cap - t->n)
			return false;
		text_add(t, text_str(&one));
		s.s += taken;
		s.n -= taken;
	}
	return true;
}

/* Everything behind the time, as a line of words. */
static void add_words(struct text *t, enum log_level level, const char *event,
		      struct str message)
{
	text_cstr(t, level_names[level]);
	if (instance != 0) {
		text_cstr(t, " inst=");
		text_i64(t, instance);
	}
	text_char(t, ' ');
	text_cstr(t, event);
	if (message.n > 0)
		text_char(t, ' ');
	if (!add_message(t, message, 4, false))
		text_cstr(t, " ...");
}

/* Everything behind the time, as the rest of a JSON object. */
static void add_json(struct text *t, enum log_level level, const char *event,
		      struct str message)
{
	json_key(t, "level");
	json_cstr(t, level_names[level]);
	if (instance != 0) {
		json_key(t, "inst");
		json_i64(t, instance);
	}
	json_key(t, "event");
	json_cstr(t, event);
	json_key(t, "text");
	text_char(t, '"');
	if (!add_message(t, message, 6, true))
		text_cstr(t, " ...");
	text_cstr(t, "\"}");
}

/* True when the whole line went out, now. A pipe that poll calls writable takes
 * a line whole: it is shorter than PIPE_BUF. */
static bool emit(const char *line, size_t n)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
		return false;
	return write(STDERR_FILENO, line, n) == (ssize_t)n;
}

static void keep(const char *line, size_t n)
{
	size_t slot = state.next++ & (LOG_KEEP - 1);

	memcpy(kept[slot], line, n);
	state.length[slot] = (uint16_t)n;
}

static void write_line(enum log_level level, const char *event, struct str message)
{
	char line[LOG_LINE_MAX];
	struct text t;

	text_init(&t, line, sizeof(line) - 1);	/* and the newline */
	text_cstr(&t, state.json ? "{\"time\":\"" : "");
	add_time(&t);
	text_cstr(&t, state.json ? "\"," : " ");

	size_t behind_time = t.n;
	if (state.json)
		add_json(&t, level, event, message);
	else
		add_words(&t, level, event, message);
	assert(!t.full);
	keep(line, t.n);
	line[t.n++] = '\n';

	/* The priority takes the place of the end of the time. */
	char *begin = line;
	if (state.journal) {
		begin += behind_time - (state.json ? 4 : 3);
		memcpy(begin, (char[]){ '<', level_journal[level], '>', '{' }, state.json ? 4 : 3);
	}
	if (!emit(begin, t.n - (size_t)(begin - line)))
		state.dropped++;
	state.counts[level]++;
}

void log_at(enum log_level level, const char *event, const char *fmt, ...)
{
	char message[LOG_LINE_MAX];
	va_list args;
	int saved = errno;

	assert((size_t)level < COUNT(level_names));
	assert(strlen(event) < 64);
	if (level > state.level)
		return;
	va_start(args, fmt);
	int n = vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	if (n < 0)
		n = 0;
	/* A message that was cut is as long as the line, and so is cut visibly. */
	struct str s = { message, (size_t)n < sizeof(message) ? (size_t)n : sizeof(message) - 1 };
	lock();
	write_line(level, event, s);
	unlock();
	errno = saved;
}

uint64_t log_dropped(void)
{
	lock();
	uint64_t n = state.dropped;
	unlock();
	return n;
}

uint64_t log_count(enum log_level level)
{
	assert((size_t)level < COUNT(level_names));
	lock();
	uint64_t n = state.counts[level];
	unlock();
	return n;
}

uint64_t log_tail(uint64_t from, void (*each)(void *ctx, uint64_t seq, struct str line),
		  void *ctx)
{
	char line[LOG_LINE_MAX];

	lock();
	uint64_t behind = state.next;	/* what `each` itself logs is for the next call */
	unlock();
	for (;; from++) {
		lock();
		if (state.next > LOG_KEEP && from < state.next - LOG_KEEP)
			from = state.next - LOG_KEEP;
		size_t slot = from & (LOG_KEEP - 1), n = state.length[slot];
		memcpy(line, kept[slot], n);
		unlock();
		if (from >= behind)
			return behind;
		line[n] = '\0';
		each(ctx, from, (struct str){ line, n });
	}
}
