#include "test/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/text.h"

/* The text in memory of exactly its size: a read beyond it is a sanitizer's report. */
static char *exact_copy(struct str s)
{
	char *memory = malloc(s.n > 0 ? s.n : 1);

	CHECK(memory != NULL, "there is memory");
	if (s.n > 0)
		memcpy(memory, s.s, s.n);
	return memory;
}

static bool skipped(struct str doc)
{
	struct json j;

	json_open(&j, doc);
	json_skip(&j);
	return json_done(&j) == OK;
}

/* Reads every value with the reader of its type; no recursion, by a stack of types. */
static bool walked(struct str doc)
{
	struct json j;
	enum json_type open[JSON_DEPTH_MAX + 1] = { JSON_NONE };
	int depth = 0;
	struct str s;
	bool b, more = true;

	json_open(&j, doc);
	do {
		enum json_type type = more ? json_peek(&j) : JSON_NONE;
		if (type == JSON_OBJECT && json_enter_object(&j))
			open[++depth] = type;
		else if (type == JSON_ARRAY && json_enter_array(&j))
			open[++depth] = type;
		else if (type == JSON_STRING)
			json_read_raw(&j, &s, &b);
		else if (type == JSON_NUMBER)
			json_read_number(&j, &s);
		else if (type == JSON_BOOL)
			json_read_bool(&j, &b);
		else if (type == JSON_NULL)
			json_read_null(&j);
		else if (more)
			json_read_null(&j);	/* nothing begins so: the error sticks */
		if (depth > 0) {
			more = open[depth] == JSON_OBJECT ? json_next_key(&j, &s)
							  : json_next_item(&j);
			depth -= !more;
		}
	} while (depth > 0);
	return json_done(&j) == OK;
}

/* "~XX" is a byte. */
static struct str decoded(char *line)
{
	size_t n = 0;

	for (const char *p = line; *p != '\0'; n++) {
		if (*p != '~') {
			line[n] = *p++;
			continue;
		}
		line[n] = (char)strtoul((char[]){ p[1], p[2], '\0' }, NULL, 16);
		p += 3;
	}
	return (struct str){ line, n };
}

void test_json_accepts_and_refuses_by_the_book(void)
{
	FILE *f = fopen(check_golden("base_json.txt"), "r");
	char line[1024], shown[1024];
	int count = 0;

	if (!CHECK(f != NULL, "the table of documents is there"))
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#')
			continue;
		bool want = line[0] == 'y';
		CHECK(str_copy(shown, sizeof(shown), str_of(line + (want ? 4 : 3))), "it fits");
		struct str doc = decoded(line + (want ? 4 : 3));
		char *copy = exact_copy(doc);
		CHECK_INT(skipped((struct str){ copy, doc.n }), want, "skipping |%s|", shown);
		CHECK_INT(walked((struct str){ copy, doc.n }), want, "walking |%s|", shown);
		free(copy);
		count++;
	}
	fclose(f);
	CHECK(count > 200, "the table has %d documents", count);
}

void test_json_refuses_every_beginning_of_a_document(void)
{
	static const char doc[] = " { \"k\\u00e4\" : [ -1.5e+7 , true , false , null , "
				  "\"\\ud83d\\ude00"
				  " \xc3\xa4 long enough for eight\" , { } , [ ] , {\"a\":\"b\"} "
				  "] }";

	CHECK(skipped(str_of(doc)) && walked(str_of(doc)), "the whole is accepted");
	for (size_t n = 0; n < sizeof(doc) - 1; n++) {
		char *copy = exact_copy((struct str){ doc, n });
		CHECK(!skipped((struct str){ copy, n }), "the first %zu bytes are not skipped", n);
		CHECK(!walked((struct str){ copy, n }), "the first %zu bytes are not walked", n);
		free(copy);
	}
}

/* One changed byte: both ways of reading say the same, and neither reads outside. */
void test_json_skip_and_walk_agree_on_damage(void)
{
	static const char doc[] = "{\"t\":\"2024-10-01T09:30:00Z\",\"o\":226.21,\"v\":[1,-0.5e3,"
				  "null],"
				  "\"s\":\"a\\n\xc3\xa4\\u00e4\",\"b\":{\"x\":true,\"y\":false}}";
	char memory[sizeof(doc) - 1];
	struct rng r;

	rng_seed(&r, check_seed());
	for (int i = 0; i < 60000; i++) {
		memcpy(memory, doc, sizeof(memory));
		for (uint64_t k = rng_below(&r, 3) + 1; k > 0; k--)
			memory[rng_below(&r, sizeof(memory))] = rng_below(&r, 2)
				? (char)rng_below(&r, 256) : "{}[],:\"\\0-.eu"[rng_below(&r, 13)];
		struct str s = { memory, sizeof(memory) };
		if (skipped(s) == walked(s))
			continue;
		CHECK(false, "skip and walk disagree on |%.*s|, seed %" PRIu64, (int)s.n, s.s,
		      check_seed());
		return;
	}
}

void test_json_reads_what_is_asked_for(void)
{
	struct json j;
	struct str key, name = { NULL, 0 }, price = { NULL, 0 }, count = { NULL, 0 };
	bool open = false;
	int skips = 0, items = 0;

	json_open(&j, STR("{\"name\": \"AAPL\", \"x\": {\"name\": [1, 2]}, \"price\": \"226.21\","
			  "\"count\": 12, \"open\": true, \"none\": null, \"list\": [1, [2], 3]}"));
	CHECK_INT(json_peek(&j), JSON_OBJECT, "the document is an object");
	for (json_enter_object(&j); json_next_key(&j, &key);)
		if (str_eq(key, STR("name"))) {
			CHECK_INT(json_peek(&j), JSON_STRING, "the name is a string");
			CHECK_INT(json_peek(&j), JSON_STRING, "and remains one when asked again");
			json_read_str(&j, &name);
			CHECK_INT(json_peek(&j), JSON_NONE, "behind a value no value is due");
		} else if (str_eq(key, STR("price"))) {
			json_read_decimal(&j, &price);
		} else if (str_eq(key, STR("count"))) {
			json_read_decimal(&j, &count);
		} else if (str_eq(key, STR("open"))) {
			json_read_bool(&j, &open);
		} else if (str_eq(key, STR("none"))) {
			struct str none = STR("old");
			json_read_decimal(&j, &none);
			CHECK_INT(none.n, 0, "null as a decimal is empty");
		} else if (str_eq(key, STR("list"))) {
			for (json_enter_array(&j); json_next_item(&j); items++)
				json_skip(&j);
		} else {
			skips++;
			json_skip(&j);
		}
	CHECK_INT(json_done(&j), OK, "the document is read to its end");
	CHECK_STR(name, "AAPL", "the name, not the one further inside");
	CHECK_STR(price, "226.21", "the price without quotes");
	CHECK_STR(count, "12", "a bare number");
	CHECK(open && skips == 1 && items == 3, "everything was seen");
}

void test_json_strings_are_views_or_unescaped(void)
{
	static const char doc[] = "[\"plain\",\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\u20ac"
				  "\\ud83d\\ude00\\u0000z\"]";
	static const char want[] = "a\"\\/\b\f\n\r\tA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\0z";
	const size_t len = sizeof(want) - 1;
	struct json j;
	struct str raw;
	bool escaped = true;
	char out[64];
	size_t n = 77;

	json_open(&j, str_of(doc));
	json_enter_array(&j);
	CHECK(json_next_item(&j) && json_read_raw(&j, &raw, &escaped), "the first is read");
	CHECK(!escaped && raw.s == doc + 2, "a plain one is a view of the input");
	CHECK(json_next_item(&j) && json_read_raw(&j, &raw, &escaped), "the second is read");
	CHECK(escaped, "and is known to hold escapes");
	CHECK(json_unescape(out, sizeof(out), raw, &n), "they are decoded");
	CHECK(n == len && memcmp(out, want, len) == 0, "to the characters meant");
	CHECK(json_unescape(out, len, raw, &n), "it fits exactly");
	CHECK(!json_unescape(out, len - 1, raw, &n), "and not into one byte less");
	for (size_t size = 0; size < len; size++)
		CHECK(!json_unescape(out, size, raw, &n), "nor into %zu", size);
	CHECK(json_unescape(out, 0, STR(""), &n) && n == 0, "nothing fits into nothing");
	CHECK(!json_unescape(out, sizeof(out), STR("a\\"), &n), "a lone backslash is refused");
	CHECK(!json_unescape(out, sizeof(out), STR("\\ud800"), &n), "a lone surrogate, too");

	json_open(&j, STR("\"a\\n\""));
	CHECK(!json_read_str(&j, &raw), "json_read_str refuses escapes");
	CHECK_INT(json_done(&j), ERR_PARSE, "and the error sticks");
}

void test_json_the_first_error_sticks(void)
{
	struct json j;
	struct str s = { NULL, 0 };
	bool b = false;

	json_open(&j, STR("[1 2, \"x\", true, null, {}, []]"));
	CHECK(json_enter_array(&j) && json_next_item(&j) && json_read_number(&j, &s), "1 is read");
	CHECK(!json_next_item(&j), "without a comma there is no next");
	CHECK_INT(json_offset(&j), 3, "the error is at the 2");
	CHECK_TEXT(j.why, "no comma between values", "and has words");
	CHECK(!json_next_item(&j) && !json_read_number(&j, &s) && !json_read_bool(&j, &b) &&
	      !json_read_str(&j, &s) && !json_read_null(&j) && !json_skip(&j) &&
	      !json_read_decimal(&j, &s) && !json_enter_array(&j) && !json_enter_object(&j) &&
	      !json_next_key(&j, &s), "everything later is false");
	CHECK_INT(json_peek(&j), JSON_NONE, "nothing is there any more");
	CHECK_INT(json_done(&j), ERR_PARSE, "and the end says so");
	CHECK_INT(json_offset(&j), 3, "the place is kept");
}

void test_json_types_must_be_right(void)
{
	struct json j;
	struct str s;
	bool b;

	json_open(&j, STR("1"));
	CHECK(!json_read_str(&j, &s), "a number is not a string");
	json_open(&j, STR("\"1\""));
	CHECK(!json_read_number(&j, &s), "a string is not a number");
	json_open(&j, STR("null"));
	CHECK(!json_read_bool(&j, &b), "null is not a boolean");
	json_open(&j, STR("true"));
	CHECK(!json_read_null(&j), "true is not null");
	json_open(&j, STR("true"));
	CHECK(!json_read_decimal(&j, &s), "true is not a decimal");
	json_open(&j, STR("{}"));
	CHECK(!json_enter_array(&j), "an object is not an array");
	json_open(&j, STR("[]"));
	CHECK(!json_enter_object(&j), "an array is not an object");
	CHECK_TEXT(j.why, "not an object", "and says which it should be");
}

void test_json_misuse_is_an_error_not_a_wrong_answer(void)
{
	struct json j;
	struct str s;

	json_open(&j, STR("[1 2]"));
	CHECK(json_enter_array(&j) && !json_read_number(&j, &s), "no item was stepped to");
	json_open(&j, STR("[1, 2]"));
	CHECK(json_enter_array(&j) && json_next_item(&j) && !json_next_item(&j), "1 was not read");
	CHECK_TEXT(j.why, "a value was not read", "and that is said");
	json_open(&j, STR("[1]"));
	CHECK(json_enter_array(&j) && !json_next_key(&j, &s), "an array has no keys");
	json_open(&j, STR("{\"a\":1}"));
	CHECK(json_enter_object(&j) && !json_next_item(&j), "an object has no items");
	json_open(&j, STR("1"));
	CHECK(!json_next_item(&j), "outside there is no next");
	json_open(&j, STR("1 2"));
	CHECK(json_read_number(&j, &s) && !json_read_number(&j, &s), "there is one document");
	json_open(&j, STR("[1]"));
	CHECK(json_enter_array(&j), "entered");
	CHECK_INT(json_done(&j), ERR_PARSE, "but not read to its end");
	json_open(&j, STR("{}"));
	CHECK_INT(json_done(&j), ERR_PARSE, "nothing was read at all");
	json_open(&j, (struct str){ NULL, 0 });
	CHECK(!json_skip(&j), "an empty view without memory is refused");
	CHECK_INT(json_offset(&j), 0, "at its beginning");
}

void test_json_numbers_are_read_in_one_pass(void)
{
	static const struct { const char *doc; int64_t n; } good[] = {
		{ "0", 0 }, { "-0", 0 }, { "226.21", 226210000000 }, { "\"226.21\"", 226210000000 },
		{ "-12.5", -12500000000 }, { "\"-12.5\"", -12500000000 }, { " 1 ", 1000000000 },
		{ "1e3", 1000000000000 }, { "\"1.5E-1\"", 150000000 },
		{ "999999999.999999999", 999999999999999999 }, { "0.000000001", 1 },
		{ "9223372036.854775807", INT64_MAX }, { "-9223372036.854775808", INT64_MIN },
		{ "1.50000000000000000000000", 1500000000 }, { "1234567890", 1234567890000000000 },
	};
	static const char *const bad[] = {
		"", "-", "\"", "\"1", "\"1.5", "\"\"", "\"-\"", "\"1\\u0030\"", "\" 1\"", "\"1 \"",
		"\"+1\"", "01", "\"01\"", "1.", "\"1.\"", ".5", "\".5\"", "1e", "\"1e\"", "null",
		"true", "{}", "[]", "0.0000000001", "1e-10", "9223372036.854775808", "1e10",
		"\"nan\"",
		"1.5.5", "\"1.5.5\"", "1.5a", "\"1.5a\"", "1-", "--1", "1 2",
	};
	struct json j;
	int64_t n;

	for (size_t i = 0; i < COUNT(good); i++) {
		struct str doc = str_of(good[i].doc);
		char *copy = exact_copy(doc);
		json_open(&j, (struct str){ copy, doc.n });
		n = 77;
		CHECK(json_read_num(&j, &n) && json_done(&j) == OK, "|%s| is read", good[i].doc);
		CHECK_INT(n, good[i].n, "|%s| is that many billionths", good[i].doc);
		free(copy);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct str doc = str_of(bad[i]);
		char *copy = exact_copy(doc);
		json_open(&j, (struct str){ copy, doc.n });
		n = 77;
		bool read = json_read_num(&j, &n);
		CHECK(json_done(&j) == ERR_PARSE, "|%s| is refused", bad[i]);
		CHECK(read || n == 77, "|%s| leaves the result alone", bad[i]);
		free(copy);
	}
}

/* What text.h writes, json.h reads. */
void test_json_reads_back_what_was_written(void)
{
	char memory[4096], name[24], back[64];
	struct text t;
	struct json j;
	struct rng r;
	struct str s;
	bool escaped;
	size_t n, len;
	int64_t v, want;

	rng_seed(&r, check_seed());
	for (int i = 0; i < 20000; i++) {
		len = (size_t)rng_below(&r, sizeof(name));
		for (size_t k = 0; k < len; k++)
			name[k] = (char)rng_below(&r, 128);
		want = (int64_t)rng_u64(&r);
		text_init(&t, memory, sizeof(memory));
		json_array(&t);
		json_str(&t, (struct str){ name, len });
		json_money(&t, want);
		json_num(&t, want);
		json_end_array(&t);
		json_open(&j, text_str(&t));
		json_enter_array(&j);
		bool same = json_next_item(&j) && json_read_raw(&j, &s, &escaped) &&
			    json_unescape(back, sizeof(back), s, &n) && n == len &&
			    memcmp(back, name, len) == 0;
		for (int k = 0; k < 2 && same; k++)
			same = json_next_item(&j) && json_read_decimal(&j, &s) &&
			       num_parse(&v, s) == OK && v == want;
		if (same && !json_next_item(&j) && json_done(&j) == OK)
			continue;
		CHECK(false, "|%.*s| reads back, seed %" PRIu64, (int)t.n, t.s, check_seed());
		return;
	}
}
