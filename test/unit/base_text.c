#include "test/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/text.h"

void test_text_builds_piece_by_piece(void)
{
	char memory[128];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, "a");
	text_char(&t, ' ');
	text_add(&t, STR("bc"));
	text_add(&t, (struct str){ NULL, 0 });
	text_char(&t, ' ');
	text_i64(&t, INT64_MIN);
	text_char(&t, ' ');
	text_i64(&t, 0);
	text_char(&t, ' ');
	text_u64(&t, UINT64_MAX);
	text_char(&t, ' ');
	text_hex(&t, 0xbeef, 6);
	text_char(&t, ' ');
	text_num(&t, -1500000000);
	text_char(&t, ' ');
	text_time(&t, 500000000);
	CHECK_TEXT(text_done(&t), "a bc -9223372036854775808 0 18446744073709551615 00beef -1.5 "
		   "1970-01-01T00:00:00.5Z", "all kinds of pieces");
	CHECK(!t.full, "it is not full");
}

void test_text_stops_at_the_first_piece_that_does_not_fit(void)
{
	char memory[4];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, "abc");
	text_cstr(&t, "de");
	CHECK(t.full, "two do not fit behind three of four");
	text_char(&t, 'f');
	CHECK_STR(text_str(&t), "abc", "nothing is written any more, though it would fit");
	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, "abcd");
	CHECK(!t.full && t.n == 4, "the last byte can be used");
	text_char(&t, 'e');
	CHECK(t.full, "but no byte behind it");
	text_init(&t, NULL, 0);
	text_add(&t, STR(""));
	CHECK(!t.full, "nothing fits into nothing");
	text_i64(&t, 1);
	CHECK(t.full, "but a digit does not");
}

void test_text_f64_is_a_short_decimal(void)
{
	static const struct { double v; int decimals; const char *text; } all[] = {
		{ 0.0, 2, "0" }, { -0.0, 2, "0" }, { 1.5, 2, "1.5" }, { 1.25, 1, "1.2" },
		{ 1.75, 1, "1.8" }, { -1.239, 2, "-1.24" }, { -0.001, 2, "0" }, { 0.999, 2, "1" },
		{ 0.995, 1, "1" }, { 99.9999, 3, "100" }, { 100.0, 0, "100" }, { 2.5, 0, "2" },
		{ 3.5, 0, "4" }, { -0.5, 0, "0" }, { 0.1, 9, "0.1" }, { 1.0 / 3, 9, "0.333333333" },
		{ 0.000000001, 9, "0.000000001" }, { 0.9999999996, 9, "1" },
		{ 123456789.125, 3, "123456789.125" },
		{ 4503599627370495.5, 1, "4503599627370495.5" },
		{ 9007199254740991.0, 2, "9007199254740991" },
		{ 9007199254740992.0, 2, "9007199254740992" }, { 1e17, 2, "1e+17" },
		{ -1e300, 2, "-1.0000000000000001e+300" }, { 5e-324, 9, "0" },
		{ NAN, 2, "null" }, { INFINITY, 2, "null" }, { -INFINITY, 2, "null" },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		char memory[64];
		struct text t;
		text_init(&t, memory, sizeof(memory));
		text_f64(&t, all[i].v, all[i].decimals);
		CHECK_TEXT(text_done(&t), all[i].text, "%g with %d decimals", all[i].v,
			   all[i].decimals);
	}
}

void test_text_f64_is_as_near_as_its_decimals_allow(void)
{
	struct rng r;

	rng_seed(&r, check_seed());
	for (int i = 0; i < 100000; i++) {
		char memory[64];
		struct text t;
		double v = (rng_f64(&r) - 0.5) * pow(10, (double)rng_below(&r, 14));
		int decimals = (int)rng_below(&r, 10);
		double half = 0.5 * pow(10, -decimals);

		text_init(&t, memory, sizeof(memory));
		text_f64(&t, v, decimals);
		double back = strtod(text_done(&t), NULL);
		const char *point = strchr(memory, '.');
		bool trimmed = point == NULL || (memory[t.n - 1] != '0' && memory[t.n - 1] != '.' &&
						 strlen(point + 1) <= (size_t)decimals);
		if (trimmed && fabs(back - v) <= half * 1.000001 + fabs(v) * 3e-16)
			continue;
		CHECK(false, "%.17g with %d decimals is %s, seed %" PRIu64, v, decimals, memory,
		      check_seed());
		return;
	}
}

void test_jsonw_puts_commas_where_they_belong(void)
{
	char memory[512];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, "data: ");
	json_object(&t);
	json_key(&t, "a");
	json_i64(&t, -5);
	json_key(&t, "b");
	json_array(&t);
	json_bool(&t, true);
	json_bool(&t, false);
	json_null(&t);
	json_array(&t);
	json_end_array(&t);
	json_object(&t);
	json_end_object(&t);
	json_object(&t);
	json_key(&t, "");
	json_cstr(&t, NULL);
	json_end_object(&t);
	json_str(&t, STR(""));
	json_cstr(&t, ",");
	json_num(&t, 1500000000);
	json_money(&t, -12500000000);
	json_f64(&t, 0.125, 2);
	json_f64(&t, NAN, 2);
	json_time(&t, 0);
	json_time(&t, NS_SECOND);
	json_end_array(&t);
	json_end_object(&t);
	text_char(&t, '\n');
	json_i64(&t, 1);
	CHECK_TEXT(text_done(&t), "data: {\"a\":-5,\"b\":[true,false,null,[],{},{\"\":null},\"\","
		   "\",\",1.5,\"-12.5\",0.12,null,null,\"1970-01-01T00:00:01Z\"]}\n1",
		   "one of each, twice over");
}

void test_jsonw_escapes_strings(void)
{
	static const struct { const char *s, *json; } all[] = {
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
		{ "\xc3\xa4\xe2\x82\xac", "\"\xc3\xa4\xe2\x82\xac\"" },
		{ "a\xff" "b", "\"a\\ufffdb\"" },
		{ "\xc3", "\"\\ufffd\"" },
		{ "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
	};
	char memory[128];
	struct text t;

	for (size_t i = 0; i < COUNT(all); i++) {
		text_init(&t, memory, sizeof(memory));
		json_cstr(&t, all[i].s);
		CHECK_TEXT(text_done(&t), all[i].json, "string %zu", i);
	}
	text_init(&t, memory, sizeof(memory));
	json_str(&t, (struct str){ "\0", 1 });
	CHECK_TEXT(text_done(&t), "\"\\u0000\"", "a NUL is a character as well");
	text_init(&t, memory, sizeof(memory));
	json_key(&t, "a\"b");
	CHECK_TEXT(text_done(&t), "\"a\\\"b\":", "keys are escaped, too");
}

void test_jsonw_full_is_seen_at_the_end(void)
{
	for (size_t cap = 0; cap < 24; cap++) {
		char memory[24];
		struct text t;
		text_init(&t, memory, cap);
		json_object(&t);
		json_key(&t, "key");
		json_cstr(&t, "a\"b\xff");
		json_end_object(&t);
		CHECK(t.n <= cap, "never more than %zu bytes", cap);
		CHECK_INT(t.full, cap < 20, "with %zu bytes", cap);
	}
}
