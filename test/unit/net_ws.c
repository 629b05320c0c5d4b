#include "base/rng.h"
#include "base/text.h"
#include "check.h"
#include "net/ws.h"

#define MEMORY 300

/* What a reader made of a byte stream, in words: "T:hello P: C1000:bye !1002". */
static void read_all(const char *bytes, size_t n, size_t step, bool server, struct text *words)
{
	static char memory[MEMORY], in[4096];
	struct ws w;
	size_t have = 0, at = 0, used;
	enum err e = ERR_AGAIN;
	enum ws_op op;
	struct str payload;

	ws_init(&w, server, memory, sizeof(memory));
	words->n = 0;
	while (e == OK || (e == ERR_AGAIN && at < n)) {
		if (e == ERR_AGAIN) {
			size_t m = n - at < step ? n - at : step;
			memcpy(in + have, bytes + at, m);
			have += m;
			at += m;
		}
		e = ws_read(&w, in, have, &used, &op, &payload);
		CHECK(used <= have, "no more is eaten than there is");
		if (e == OK) {
			text_char(words, op == WS_TEXT ? 'T' : op == WS_BINARY ? 'B' :
				  op == WS_PING ? 'P' : op == WS_PONG ? 'O' : 'C');
			if (op == WS_CLOSE)
				text_i64(words, w.close_code);
			text_char(words, ':');
			text_add(words, payload);
			text_char(words, ' ');
		} else if (e == ERR_PROTO) {
			text_char(words, '!');
			text_i64(words, w.close_code);
		}
		have -= used;
		memmove(in, in + used, have);
	}
	CHECK(e != ERR_AGAIN || have <= 14 + WS_CONTROL_MAX,
	      "of a message in parts no more than a head stays behind");
}

struct frame { int first; const char *payload; size_t n; };

/* Frames to bytes, with a mask for a server to read. */
static size_t build(char *dst, const struct frame *f, size_t count, bool mask)
{
	static const uint8_t key[4] = { 0x11, 0x82, 0xf3, 0x04 };
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		char head[10];
		struct str p = { f[i].payload, f[i].n };
		size_t n = ws_write(dst + at, 4000, (enum ws_op)(f[i].first & 7), p,
				    mask ? key : NULL);
		CHECK(n >= ws_header(head, WS_TEXT, p.n), "a frame is written");
		dst[at] = (char)f[i].first;
		at += n;
	}
	return at;
}

#define S(literal) "" literal, sizeof(literal) - 1
#define F(first, literal) { first, S(literal) }
enum { FIN = 0x80, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static const char long_payload[400];

static const struct {
	struct frame frame[5];
	size_t n;
	const char *want, *why;
} streams[] = {
	{ { F(FIN | TEXT, "hello") }, 1, "T:hello ", "one frame" },
	{ { F(FIN | TEXT, "") }, 1, "T: ", "an empty message" },
	{ { F(FIN | BINARY, "\xff\xfe") }, 1, "B:\xff\xfe ", "binary need not be UTF-8" },
	{ { F(TEXT, "he"), F(0, "l"), F(FIN, "lo") }, 3, "T:hello ", "three fragments" },
	{ { F(TEXT, ""), F(0, ""), F(FIN, "") }, 3, "T: ", "empty fragments" },
	{ { F(TEXT, "he"), F(FIN | PING, "x"), F(FIN, "llo") }, 3, "P:x T:hello ",
	  "a ping between" },
	{ { F(TEXT, "a"), F(FIN | PONG, ""), F(FIN | PING, "y"), F(FIN, "b"), F(FIN | TEXT, "c") },
	  5,
	  "O: P:y T:ab T:c ", "pong and ping between, and another message" },
	{ { F(FIN | TEXT, "\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e") }, 1,
	  "T:\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e ", "two, three and four bytes" },
	{ { F(TEXT, "\xf0\x9d"), F(0, "\x84"), F(FIN, "\x9e") }, 3, "T:\xf0\x9d\x84\x9e ",
	  "a character over three fragments" },
	{ { F(TEXT, "\xe2\x82"), F(FIN | PING, "\xff"), F(FIN, "\xac") }, 3,
	  "P:\xff T:\xe2\x82\xac ",
	  "a ping within a character" },
	{ { F(FIN | TEXT, "\xff") }, 1, "!1007", "no UTF-8" },
	{ { F(FIN | TEXT, "a\xc3") }, 1, "!1007", "a character cut at the end" },
	{ { F(TEXT, "\xe2\x82"), F(FIN, "") }, 2, "!1007", "cut at the end of fragments" },
	{ { F(TEXT, "\xe2"), F(FIN, "a") }, 2, "!1007", "broken across fragments" },
	{ { F(FIN | TEXT, "\xc0\xaf") }, 1, "!1007", "overlong, two bytes" },
	{ { F(FIN | TEXT, "\xe0\x80\xaf") }, 1, "!1007", "overlong, three bytes" },
	{ { F(FIN | TEXT, "\xf0\x80\x80\xaf") }, 1, "!1007", "overlong, four bytes" },
	{ { F(FIN | TEXT, "\xed\xa0\x80") }, 1, "!1007", "a surrogate" },
	{ { F(FIN | TEXT, "\xf4\x90\x80\x80") }, 1, "!1007", "beyond the last character" },
	{ { F(FIN | TEXT, "\xf5\x80\x80\x80") }, 1, "!1007", "F5" },
	{ { F(FIN | TEXT, "\x80") }, 1, "!1007", "a continuation alone" },
	{ { F(FIN | TEXT, "abcdefgh\x80") }, 1, "!1007", "behind eight good ones" },
	{ { F(FIN | BINARY, "a"), F(FIN | TEXT, "\x80") }, 2, "B:a !1007",
	  "binary, then bad text" },
	{ { F(FIN, "a") }, 1, "!1002", "a continuation of nothing" },
	{ { F(0, "a") }, 1, "!1002", "an unfinished continuation of nothing" },
	{ { F(TEXT, "a"), F(FIN | TEXT, "b") }, 2, "!1002", "a message within a message" },
	{ { F(FIN | TEXT, "a"), F(FIN, "b") }, 2, "T:a !1002", "a continuation behind the end" },
	{ { F(FIN | 3, "a") }, 1, "!1002", "opcode 3" },
	{ { F(FIN | 7, "a") }, 1, "!1002", "opcode 7" },
	{ { F(FIN | 11, "a") }, 1, "!1002", "opcode 11" },
	{ { F(FIN | 15, "a") }, 1, "!1002", "opcode 15" },
	{ { F(FIN | 0x40 | TEXT, "a") }, 1, "!1002", "RSV1" },
	{ { F(FIN | 0x20 | TEXT, "a") }, 1, "!1002", "RSV2" },
	{ { F(FIN | 0x10 | PING, "a") }, 1, "!1002", "RSV3 of a ping" },
	{ { F(PING, "a") }, 1, "!1002", "a fragmented ping" },
	{ { F(CLOSE, "") }, 1, "!1002", "a fragmented close" },
	{ { { FIN | PING, long_payload, 125 } }, 1, NULL, "the longest ping" },
	{ { { FIN | PING, long_payload, 126 } }, 1, "!1002", "a ping too long" },
	{ { { FIN | BINARY, long_payload, MEMORY } }, 1, NULL, "the longest message" },
	{ { { FIN | BINARY, long_payload, MEMORY + 1 } }, 1, "!1009", "a message too long" },
	{ { { BINARY, long_payload, 200 }, { 0, long_payload, 100 }, F(FIN, "") }, 3, NULL,
	  "the longest in fragments" },
	{ { { BINARY, long_payload, 200 }, { FIN, long_payload, 101 } }, 2, "!1009",
	  "too long in fragments" },
	{ { F(FIN | CLOSE, "") }, 1, "C1005: ", "a close without a code" },
	{ { F(FIN | CLOSE, "\x03\xe8") }, 1, "C1000: ", "a close" },
	{ { F(FIN | CLOSE, "\x03\xe9" "bye") }, 1, "C1001:bye ", "a close with words" },
	{ { F(FIN | CLOSE, "\x13\x87") }, 1, "C4999: ", "the last code" },
	{ { F(FIN | CLOSE, "\x0b\xb8") }, 1, "C3000: ", "the first of a library" },
	{ { F(FIN | CLOSE, "\x03\xe8"), F(FIN | TEXT, "late") }, 2, "C1000: ", "nothing after it" },
	{ { F(FIN | CLOSE, "\x03") }, 1, "!1002", "half a code" },
	{ { F(FIN | CLOSE, "\x03\xe7") }, 1, "!1002", "999" },
	{ { F(FIN | CLOSE, "\x03\xec") }, 1, "!1002", "1004" },
	{ { F(FIN | CLOSE, "\x03\xed") }, 1, "!1002", "1005" },
	{ { F(FIN | CLOSE, "\x03\xee") }, 1, "!1002", "1006" },
	{ { F(FIN | CLOSE, "\x03\xf7") }, 1, "!1002", "1015" },
	{ { F(FIN | CLOSE, "\x03\xf8") }, 1, "!1002", "1016" },
	{ { F(FIN | CLOSE, "\x0b\xb7") }, 1, "!1002", "2999" },
	{ { F(FIN | CLOSE, "\x13\x88") }, 1, "!1002", "5000" },
	{ { F(FIN | CLOSE, "\x03\xe8\xff") }, 1, "!1007", "words that are no UTF-8" },
};

void test_ws_streams(void)
{
	static char bytes[8192], seen[2048], first[2048];
	struct text words, whole;

	for (size_t i = 0; i < COUNT(streams); i++)
		for (int server = 0; server < 2; server++) {
			size_t n = build(bytes, streams[i].frame, streams[i].n, server == 1);
			text_init(&whole, first, sizeof(first));
			read_all(bytes, n, n, server == 1, &whole);
			if (streams[i].want != NULL)
				CHECK(str_eq(text_str(&whole), str_of(streams[i].want)), "%s: %s",
				      streams[i].why, text_done(&whole));
			else
				CHECK(whole.n > 100 && whole.s[0] != '!', "%s", streams[i].why);
			for (size_t step = 1; step < 20; step++) {
				text_init(&words, seen, sizeof(seen));
				read_all(bytes, n, step, server == 1, &words);
				CHECK(str_eq(text_str(&words), text_str(&whole)),
				      "%zu at a time: %s", step, streams[i].why);
			}
		}
}

/* A text cut into fragments at every pair of places. */
void test_ws_fragmentation(void)
{
	static const char word[] = "h\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e!";
	const size_t n = sizeof(word) - 1;
	char bytes[256], seen[256];
	struct text words;

	for (size_t a = 0; a <= n; a++)
		for (size_t b = a; b <= n; b++) {
			struct frame f[4] = {
				{ TEXT, word, a }, { FIN | PING, "p", 1 }, { 0, word + a, b - a },
				{ FIN, word + b, n - b },
			};
			size_t m = build(bytes, f, 4, true);
			for (size_t step = 1; step <= m; step++) {
				text_init(&words, seen, sizeof(seen));
				read_all(bytes, m, step, true, &words);
				CHECK_STR(text_str(&words),
					  "P:p T:h\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e! ",
					  "cut at %zu and %zu, %zu at a time", a, b, step);
			}
		}
}

static const struct { const char *bytes; size_t n; bool server; const char *why; } wrong[] = {
	{ S("\x81\x01" "a"), true, "a frame without a mask, to a server" },
	{ S("\x81\x81" "abcda"), false, "a frame with a mask, to a client" },
	{ S("\x82\x7e\x00\x7d"), false, "125 in two bytes" },
	{ S("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"), false, "65535 in eight bytes" },
	{ S("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"), false, "2^63" },
	{ S("\x89\x7e\x00\x7e"), false, "a ping of 126" },
};

void test_ws_wrong(void)
{
	char in[64], memory[64];
	enum ws_op op;
	struct str payload;
	struct ws w;
	size_t used;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		memcpy(in, wrong[i].bytes, wrong[i].n);
		ws_init(&w, wrong[i].server, memory, sizeof(memory));
		CHECK_INT(ws_read(&w, in, wrong[i].n, &used, &op, &payload), ERR_PROTO, "%s",
			  wrong[i].why);
		CHECK_INT(w.close_code, 1002, "%s", wrong[i].why);
	}
	memcpy(in, "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
	ws_init(&w, false, memory, sizeof(memory));
	CHECK_INT(ws_read(&w, in, 10, &used, &op, &payload), ERR_PROTO, "2^63 - 1 is legal");
	CHECK_INT(w.close_code, 1009, "but too large");
	ws_init(&w, false, NULL, 0);
	memcpy(in, "\x81\x00\x89\x00", 4);
	CHECK_INT(ws_read(&w, in, 4, &used, &op, &payload), OK, "without memory an empty message");
}

void test_ws_write(void)
{
	static char big[70000], bytes[70100];
	static const uint8_t key[4] = { 1, 2, 3, 4 };
	static const size_t sizes[] = { 0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536, 70000 };
	static char memory[70000];
	enum ws_op op;
	struct str payload;
	struct ws w;
	size_t used;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i % 23);
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (int masked = 0; masked < 2; masked++) {
			struct str p = { big, sizes[i] };
			const uint8_t *mask = masked ? key : NULL;
			size_t n = ws_write(bytes, sizeof(bytes), WS_TEXT, p, mask);
			ws_init(&w, masked == 1, memory, sizeof(memory));
			CHECK_INT(ws_read(&w, bytes, n, &used, &op, &payload), OK, "%zu bytes",
				  p.n);
			CHECK(used == n && str_eq(payload, p), "%zu bytes come back", p.n);
			CHECK_INT(ws_write(bytes, n, WS_TEXT, p, mask), n, "it fits exactly");
			CHECK_INT(ws_write(bytes, n - 1, WS_TEXT, p, mask), 0,
				  "one byte less does not do");
		}
	char words[200];
	memset(words, 'x', sizeof(words));
	memcpy(words + 122, "\xc3\xa4", 2);
	size_t n = ws_write_close(bytes, sizeof(bytes), 1001, (struct str){ words, 200 }, NULL);
	CHECK_INT(n, 2 + 2 + 122, "words are cut before a character");
	CHECK_INT(ws_write_close(bytes, sizeof(bytes), 1005, STR("x"), NULL), 2,
		  "1005 is never sent");
	CHECK_INT(ws_write_close(bytes, 2, 1000, STR(""), NULL), 0, "no room");
}

void test_ws_accept(void)
{
	static const uint8_t random[16] = { 0x74, 0x68, 0x65, 0x20, 0x73, 0x61, 0x6d, 0x70, 0x6c,
					    0x65, 0x20, 0x6e, 0x6f, 0x6e, 0x63, 0x65 };
	char out[WS_ACCEPT_TEXT], key[WS_KEY_TEXT];

	ws_key(key, random);
	CHECK_TEXT(key, "dGhlIHNhbXBsZSBub25jZQ==", "the key of RFC 6455, 1.3");
	ws_accept(out, str_of(key));
	CHECK_TEXT(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "and its answer");
}
