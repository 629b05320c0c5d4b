/* debug.c: `gambler debug`: the parsers alone, so that they can be held against public suites.
 * Nothing of the store or the configuration is opened. */
#include <errno.h>
#include <ini.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/f64.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/debug.h"
#include "net/tls.h"

#define ESCAPED  6		/* a byte of a string becomes \u0000 at most */
#define INI_LAST 255		/* the highest exit status */

int debug_refuse(const char *what, const char *words)
{
	fprintf(stderr, "gambler debug: %s: %s\n", what, words);
	return DEBUG_REFUSED;
}

void debug_hex(struct str bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.n; i++) {
		putchar(digits[(unsigned char)bytes.s[i] >> 4]);
		putchar(digits[(unsigned char)bytes.s[i] & 15]);
	}
}

/* ---- input and time */

static volatile sig_atomic_t late = DEBUG_REFUSED;	/* the exit status then */

static void too_late(int signal)
{
	static const char words[] = "gambler debug: not done in 4 seconds: given up\n";

	(void)signal;
	(void)!write(STDERR_FILENO, words, sizeof(words) - 1);
	_exit(late);
}

static_assert(DEBUG_SECONDS == 4, "the words above say so");

/* Up to `size` bytes behind the n that are there; *over: it was the end. */
static bool fill(char *buffer, size_t size, size_t *n, bool *over)
{
	while (!*over && *n < size) {
		ssize_t got = read(STDIN_FILENO, buffer + *n, size - *n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			debug_refuse("standard input", strerror(errno));
			return false;
		}
		*over = got == 0;
		*n += (size_t)got;
	}
	return true;
}

static char *memory(size_t size)
{
	struct arena a;

	if (arena_open(&a, size) == OK)
		return arena_alloc(&a, size);	/* for good: the program ends soon */
	debug_refuse("memory", strerror(errno));
	return NULL;
}

/* All of the standard input. */
static bool whole(struct str *in)
{
	char *buffer = memory(DEBUG_INPUT + 1);
	bool over = false;

	*in = (struct str){ buffer, 0 };
	if (buffer == NULL || !fill(buffer, DEBUG_INPUT + 1, &in->n, &over))
		return false;
	if (!over)
		debug_refuse("standard input", "more than 16 MiB");
	return over;
}

/* ---- JSON */

static int bad_json(struct json *j)
{
	fprintf(stderr, "gambler debug: byte %zu: %s\n", json_offset(j), j->why);
	return DEBUG_REFUSED;
}

/* Decoded and encoded again, which is what is tried here; `room` is for what is decoded. */
static void put_string(struct text *t, struct str raw, struct str room)
{
	char *decoded = (char *)(uintptr_t)room.s;
	size_t n;

	bool ok = json_unescape(decoded, room.n, raw, &n);
	assert(ok);
	json_str(t, (struct str){ decoded, n });
}

/* true, false, null. */
static void put_word(struct json *j, struct text *t)
{
	bool yes;

	if (json_peek(j) == JSON_BOOL && json_read_bool(j, &yes))
		text_cstr(t, yes ? "true" : "false");
	else if (json_skip(j))		/* what is no value at all is told by it */
		text_cstr(t, "null");
}

static void put_value(struct json *j, struct text *t, struct str room)
{
	struct str raw;
	bool more = false, ignored;

	switch (json_peek(j)) {
	case JSON_OBJECT:
		text_char(t, '{');
		for (json_enter_object(j); json_next_key(j, &raw); more = true) {
			if (more)
				text_char(t, ',');
			put_string(t, raw, room);
			text_char(t, ':');
			put_value(j, t, room);
		}
		text_char(t, '}');
		break;
	case JSON_ARRAY:
		text_char(t, '[');
		for (json_enter_array(j); json_next_item(j); more = true) {
			if (more)
				text_char(t, ',');
			put_value(j, t, room);
		}
		text_char(t, ']');
		break;
	case JSON_STRING:
		if (json_read_raw(j, &raw, &ignored))
			put_string(t, raw, room);
		break;
	case JSON_NUMBER:
		if (json_read_number(j, &raw))
			text_add(t, raw);
		break;
	default:
		put_word(j, t);
	}
}

static int json_parse(struct str in)
{
	size_t size = in.n * (ESCAPED + 1) + 64;
	char *room = memory(size);
	struct json j;
	struct text t;

	if (room == NULL)
		return DEBUG_REFUSED;
	text_init(&t, room + in.n, size - in.n);
	json_open(&j, in);
	put_value(&j, &t, (struct str){ room, in.n });
	if (json_done(&j) != OK)
		return bad_json(&j);
	text_char(&t, '\n');
	assert(!t.full);
	(void)!fwrite(t.s, 1, t.n, stdout);
	return EXIT_DONE;
}

/* Of [x, ...], which is looked at to its end, x: of a number the text, of a string the bytes. */
static int first_item(struct str in, bool number, struct str *out)
{
	char *room = memory(in.n + 1);
	bool ignored, ok = false;
	struct json j;
	struct str raw;

	if (room == NULL)
		return DEBUG_REFUSED;
	json_open(&j, in);
	json_enter_array(&j);
	if (json_next_item(&j))
		ok = number ? json_read_number(&j, &raw) : json_read_raw(&j, &raw, &ignored);
	while (ok && json_next_item(&j))
		json_skip(&j);
	if (json_done(&j) != OK)
		return bad_json(&j);
	if (!ok)
		return debug_refuse("[x]", "an element is wanted");
	*out = raw;
	if (!number) {
		*out = (struct str){ room, 0 };
		ok = json_unescape(room, in.n, raw, &out->n);
		assert(ok);
	}
	return EXIT_DONE;
}

static bool f64_line(struct text *t, struct str line)
{
	uint64_t bits;
	double v;

	if (!f64_parse(&v, line))
		return false;
	memcpy(&bits, &v, sizeof(bits));
	text_hex(t, bits, 16);
	return true;
}

static int json_first(struct str in, bool number)
{
	char bits[17];
	struct str item;
	struct text t;

	int code = first_item(in, number, &item);
	if (code != EXIT_DONE)
		return code;
	text_init(&t, bits, sizeof(bits));
	if (number) {
		bool ok = f64_line(&t, item);	/* JSON's grammar is a part of its */
		assert(ok);
		puts(text_done(&t));
	} else {
		debug_hex(item);
		putchar('\n');
	}
	return EXIT_DONE;
}

/* ---- line by line */

/* A JSON string, as that is how times come in. */
static bool rfc3339_line(struct text *t, struct str line)
{
	char plain[128];	/* longer than a time of 64 decimals */
	bool escaped;
	struct json j;
	struct str raw;
	size_t n;
	ns at;

	json_open(&j, line);
	if (!json_read_raw(&j, &raw, &escaped) || json_done(&j) != OK ||
	    !json_unescape(plain, sizeof(plain), raw, &n) ||
	    rfc3339_parse(&at, (struct str){ plain, n }) != OK)
		return false;
	text_i64(t, at);
	return true;
}

/* A verdict for each line; the last one may lack its end. */
static int lines(bool (*one)(struct text *t, struct str line))
{
	char *buffer = memory(DEBUG_INPUT), verdict[64];
	int code = EXIT_DONE;
	bool over = false;
	size_t n = 0;

	while (buffer != NULL && fill(buffer, DEBUG_INPUT, &n, &over)) {
		struct str rest = { buffer, n };
		while (rest.n > 0 && (over || memchr(rest.s, '\n', rest.n) != NULL)) {
			struct text t;
			text_init(&t, verdict, sizeof(verdict));
			if (!one(&t, str_cut(&rest, '\n'))) {
				text_cstr(&t, "ERR");
				code = DEBUG_REFUSED;
			}
			text_char(&t, '\n');
			(void)!fwrite(t.s, 1, t.n, stdout);
		}
		if (over || ferror(stdout))
			return code;
		if (rest.n == DEBUG_INPUT)
			return debug_refuse("standard input", "a line of more than 16 MiB");
		n = rest.n;
		memmove(buffer, rest.s, n);
	}
	return DEBUG_REFUSED;
}

/* ---- files */

struct ini_seen { char section[64]; };

/* As the library's own tests have it, to whom a `user` that is a parse_error is one. */
static int ini_event(void *ctx, const char *section, const char *name, const char *value)
{
	struct ini_seen *seen = ctx;

	if (!str_eq(str_of(section), str_of(seen->section))) {
		printf("... [%s]\n", section);
		bool ok = str_copy(seen->section, sizeof(seen->section), str_of(section));
		assert(ok);	/* inih cuts them to 49 bytes */
	}
	printf("... %s=%s;\n", name, value);
	return !(str_eq(str_of(name), STR("user")) && str_eq(str_of(value), STR("parse_error")));
}

static int ini(const char *file)
{
	struct ini_seen seen = { "" };

	late = INI_LAST;
	FILE *f = fopen(file, "re");
	if (f == NULL) {
		debug_refuse(file, strerror(errno));
		return INI_LAST;
	}
	int line = ini_parse_file(f, ini_event, &seen);
	if (ferror(f)) {
		debug_refuse(file, strerror(errno));
		line = INI_LAST;
	}
	(void)fclose(f);
	return line > INI_LAST ? INI_LAST : line;
}

static int calendar(const char *from, const char *to)
{
	const day first = day_of(1970, 1, 1), last = day_of(2100, 12, 31);
	char date[16], open[RFC3339_TEXT], close[RFC3339_TEXT];
	struct session s;
	day d, end;

	if (!date_parse(&d, str_of(from)) || d < first || d > last)
		return debug_refuse(from, "a date from 1970-01-01 to 2100-12-31 is wanted");
	if (!date_parse(&end, str_of(to)) || end < d || end > last)
		return debug_refuse(to, "a date is wanted, not before the first, up to 2100-12-31");
	for (; d <= end; d++) {
		if (!calendar_session(NULL, d, &s))
			continue;
		date_text(date, d);
		rfc3339_text(open, s.open);
		rfc3339_text(close, s.close);
		printf("%s %s %s\n", date, open, close);
	}
	return EXIT_DONE;
}

static int verify(char **word)
{
	int64_t at = TLS_ANY_TIME;
	bool any = str_eq(str_of(word[2]), STR("-"));
	const double most = 1e15;	/* a double is exact up to there, and longer than time */
	char why[400];
	double v;

	if (!any) {
		if (!f64_parse(&v, str_of(word[2])) || !(v >= -most && v <= most))
			return debug_refuse(word[2], "seconds since 1970 are wanted, or -");
		at = (int64_t)v;
	}
	if (tls_verify(word[0], word[1], at, word[3], why, sizeof(why)) == OK)
		return EXIT_DONE;
	return debug_refuse("refused", why);
}

/* ---- the calls */

static const struct { const char *name; int words; } calls[] = {
	{ "json-parse", 0 }, { "json-f64", 0 }, { "json-str", 0 }, { "http-request", 0 },
	{ "http-response", 0 }, { "http-chunked", 0 }, { "f64", 0 }, { "rfc3339", 0 },
	{ "ini", 1 }, { "ws-echo", 1 }, { "calendar", 2 }, { "tls-verify", 4 },
};

static int with_input(struct str name)
{
	struct str in;

	if (str_eq(name, STR("f64")))
		return lines(f64_line);
	if (str_eq(name, STR("rfc3339")))
		return lines(rfc3339_line);
	if (!whole(&in))
		return DEBUG_REFUSED;
	if (str_eq(name, STR("json-parse")))
		return json_parse(in);
	if (str_starts(name, STR("json-")))
		return json_first(in, str_eq(name, STR("json-f64")));
	return debug_http(name.s, in);
}

static int call(struct str name, char **word)
{
	if (str_eq(name, STR("ini")))
		return ini(word[0]);
	if (str_eq(name, STR("calendar")))
		return calendar(word[0], word[1]);
	if (str_eq(name, STR("tls-verify")))
		return verify(word);
	if (!str_eq(name, STR("ws-echo")))
		return with_input(name);
	alarm(0);
	return debug_ws_echo(word[0]);
}

int cmd_debug(int argc, char **argv)
{
	(void)signal(SIGPIPE, SIG_IGN);		/* told as an error of the output, below */
	(void)signal(SIGALRM, too_late);
	alarm(DEBUG_SECONDS);
	for (size_t i = 0; i < COUNT(calls) && argc > 1; i++) {
		if (!str_eq(str_of(calls[i].name), str_of(argv[1])))
			continue;
		if (argc != 2 + calls[i].words)
			return usage_error("debug", "another number of words is wanted behind",
					   argv[1]);
		int code = call(str_of(argv[1]), argv + 2);
		if (fflush(stdout) != 0 || ferror(stdout))
			return debug_refuse("standard output", strerror(errno));
		return code;
	}
	return usage_error("debug", argc > 1 ? "there is no such call" : "a call is wanted",
			   argc > 1 ? argv[1] : "");
}
