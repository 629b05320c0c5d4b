/* base_msgpack.c: MessagePack against its specification: the shortest form of each kind, the
 * heads of maps and arrays, times; and what of it is read as JSON. */
#include <stdlib.h>

#include "base/msgpack.h"
#include "check.h"

static char memory[1 << 18], other[1 << 19];
static struct text text;
static struct pack pack;

static void fresh(void)
{
	msgpack_init(&text, &pack, memory, sizeof(memory));
}

static struct str hex(void)
{
	static char out[4096];
	static const char digit[] = "0123456789abcdef";
	size_t n = text.n < sizeof(out) / 2 ? text.n : sizeof(out) / 2;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[(uint8_t)text.s[i] >> 4];
		out[2 * i + 1] = digit[(uint8_t)text.s[i] & 15];
	}
	return (struct str){ out, 2 * n };
}

void test_msgpack_integers_are_shortest(void)
{
	static const struct { int64_t v; const char *hex; } row[] = {
		{ 0, "00" }, { 127, "7f" }, { 128, "cc80" }, { 255, "ccff" }, { 256, "cd0100" },
		{ 65535, "cdffff" }, { 65536, "ce00010000" }, { 4294967295, "ceffffffff" },
		{ 4294967296, "cf0000000100000000" }, { INT64_MAX, "cf7fffffffffffffff" },
		{ -1, "ff" }, { -32, "e0" }, { -33, "d0df" }, { -128, "d080" },
		{ -129, "d1ff7f" }, { -32768, "d18000" }, { -32769, "d2ffff7fff" },
		{ INT32_MIN, "d280000000" }, { (int64_t)INT32_MIN - 1, "d3ffffffff7fffffff" },
		{ INT64_MIN, "d38000000000000000" },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		struct text back;
		char want[32];
		fresh();
		json_i64(&text, row[i].v);
		CHECK_STR(hex(), row[i].hex, "%lld is written", (long long)row[i].v);
		text_init(&back, want, sizeof(want));
		CHECK_INT(msgpack_to_json(&back, text_str(&text)), OK, "and read");
		text_char(&back, '\0');
		CHECK_INT(strtoll(want, NULL, 10), row[i].v, "as the same number");
	}
}

void test_msgpack_scalars(void)
{
	fresh();
	json_num(&text, 187120000000);
	CHECK_STR(hex(), "cb406763d70a3d70a4", "187.12 is the double next to it");
	fresh();
	json_num(&text, 100 * NUM_ONE);
	CHECK_STR(hex(), "cb4059000000000000", "a whole price is a double, too");
	fresh();
	json_f64(&text, 0.5, 6);
	CHECK_STR(hex(), "cb3fe0000000000000", "so is a statistic");
	fresh();
	json_money(&text, 12500000000);
	CHECK_STR(hex(), "a431322e35", "money is text, as in JSON");
	fresh();
	json_bool(&text, true);
	CHECK_STR(hex(), "c3", "true");
	fresh();
	json_bool(&text, false);
	CHECK_STR(hex(), "c2", "false");
	fresh();
	json_cstr(&text, NULL);
	CHECK_STR(hex(), "c0", "nothing");
}

void test_msgpack_times(void)
{
	static const struct { ns at; const char *hex; } row[] = {
		{ 1 * NS_SECOND, "d6ff00000001" },
		{ 1719840600 * NS_SECOND, "d6ff6682af58" },
		{ 1719840600 * NS_SECOND + 1, "d7ff000000046682af58" },
		{ 1719840600 * NS_SECOND + 999999999, "d7ffee6b27fc6682af58" },
		{ 4294967296 * NS_SECOND, "d7ff0000000100000000" },
		{ -1, "c70cff3b9ac9ffffffffffffffffff" },
		{ -1 * NS_SECOND, "c70cff00000000ffffffffffffffff" },
		{ 0, "c0" },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		fresh();
		json_time(&text, row[i].at);
		CHECK_STR(hex(), row[i].hex, "%lld ns", (long long)row[i].at);
	}
}

void test_msgpack_strings_by_length(void)
{
	static const struct { size_t n; const char *head; } row[] = {
		{ 0, "a0" }, { 31, "bf" }, { 32, "d920" }, { 255, "d9ff" }, { 256, "da0100" },
		{ 65535, "daffff" }, { 65536, "db00010000" },
	};
	static char letters[65536];

	memset(letters, 'x', sizeof(letters));
	for (size_t i = 0; i < COUNT(row); i++) {
		struct text back;
		fresh();
		json_str(&text, (struct str){ letters, row[i].n });
		struct str h = hex();
		h.n = strlen(row[i].head);
		CHECK_STR(h, row[i].head, "the head of %zu letters", row[i].n);
		CHECK_INT(text.n, row[i].n + h.n / 2, "its length");
		text_init(&back, other, sizeof(other));
		CHECK_INT(msgpack_to_json(&back, text_str(&text)), OK, "it is read again");
		CHECK_INT(back.n, row[i].n + 2, "with its quotes");
	}
}

/* The count is known when the array is closed, and its head may have to grow then. */
void test_msgpack_heads_grow(void)
{
	static const struct { int n; const char *head; } row[] = {
		{ 0, "90" }, { 15, "9f" }, { 16, "dc0010" }, { 65535, "dcffff" },
		{ 65536, "dd00010000" },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		fresh();
		json_array(&text);
		for (int k = 0; k < row[i].n; k++)
			json_i64(&text, k & 127);
		json_end_array(&text);
		struct str h = hex();
		h.n = strlen(row[i].head);
		CHECK_STR(h, row[i].head, "an array of %d", row[i].n);
		CHECK_INT(text.n, (size_t)row[i].n + h.n / 2, "and nothing else");
		CHECK(row[i].n == 0 || text.s[text.n - 1] == ((row[i].n - 1) & 127),
		      "its last value is the last");
	}
	fresh();
	json_object(&text);
	for (int k = 0; k < 16; k++) {
		json_key(&text, "k");
		json_array(&text);
		json_end_array(&text);
	}
	json_end_object(&text);
	CHECK(str_starts(hex(), STR("de0010a16b90a16b90")), "a map of sixteen keys");
}

void test_msgpack_a_full_text_stays_full(void)
{
	char small[20];

	for (size_t cap = 0; cap <= sizeof(small); cap++) {
		msgpack_init(&text, &pack, small, cap);
		json_array(&text);
		for (int k = 0; k < 16; k++)
			json_i64(&text, k);
		json_end_array(&text);
		CHECK_INT(text.full, cap < 19, "an array of 19 bytes in %zu", cap);
	}
}

static size_t bytes(char *out, const char *h)
{
	size_t n = 0;

	for (; h[0] != '\0' && h[1] != '\0'; h += 2) {
		int a = h[0] <= '9' ? h[0] - '0' : h[0] - 'a' + 10;
		int b = h[1] <= '9' ? h[1] - '0' : h[1] - 'a' + 10;
		out[n++] = (char)(a << 4 | b);
	}
	return n;
}

void test_msgpack_read_as_json(void)
{
	static const struct { const char *hex, *json; } row[] = {
		{ "80", "{}" }, { "90", "[]" }, { "c0", "null" }, { "c3", "true" },
		{ "81a16101", "{\"a\":1}" }, { "82a161a162a16390", "{\"a\":\"b\",\"c\":[]}" },
		{ "939080c2", "[[],{},false]" }, { "dc0002a0a0", "[\"\",\"\"]" },
		{ "de000181a16180", NULL }, { "de0001a16180", "{\"a\":{}}" },
		{ "df00000001d90161c0", "{\"a\":null}" }, { "dd0000000101", "[1]" },
		{ "d1fffe", "-2" }, { "ca3fc00000", "1.5" }, { "cb3ff8000000000000", "1.5" },
		{ "cac2f6e979", "-123.456001282" }, { "ca00000001", "0" },
		{ "ca7f800000", NULL }, { "cb7ff8000000000000", NULL },
		{ "cfffffffffffffffff", NULL }, { "c1", NULL }, { "c40161", NULL },
		{ "d6ff00000001", NULL }, { "", NULL }, { "8101", NULL }, { "810101", NULL },
		{ "a2", NULL }, { "a261", NULL }, { "dbffffffff", NULL }, { "0101", NULL },
		{ "81a161", NULL }, { "91", NULL }, { "ddffffffff01", NULL }, { "cd01", NULL },
		{ "a1ff", "\"\\ufffd\"" }, { "a10a", "\"\\n\"" },
		{ "9191919191919191", NULL }, { "9191919191919101", "[[[[[[[1]]]]]]]" },
		{ "919191919191919101", "[[[[[[[[1]]]]]]]]" }, { "91919191919191919101", NULL },
	};

	for (size_t i = 0; i < COUNT(row); i++) {
		char in[64];
		size_t n = bytes(in, row[i].hex);
		text_init(&text, memory, sizeof(memory));
		enum err e = msgpack_to_json(&text, (struct str){ in, n });
		if (row[i].json == NULL)
			CHECK_INT(e, ERR_PARSE, "%s is refused", row[i].hex);
		else if (CHECK_INT(e, OK, "%s is read", row[i].hex))
			CHECK_STR(text_str(&text), row[i].json, "%s", row[i].hex);
	}
	text_init(&text, memory, 3);
	CHECK_INT(msgpack_to_json(&text, STR("\xa2xy")), ERR_FULL, "no room for the answer");
}
