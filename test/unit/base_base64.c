#include "test/check.h"

#include "base/base64.h"
#include "base/rng.h"

void test_base64_is_that_of_rfc_4648(void)
{
	static const char *const as[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	char out[16];

	for (size_t i = 0; i < COUNT(as); i++) {
		struct str plain = str_of(as[i][0]), coded = str_of(as[i][1]);
		struct str got = { out, base64_write(out, plain.s, plain.n) };
		CHECK_STR(got, as[i][1], "\"%s\" in base64", as[i][0]);
		got.n = base64_read(out, sizeof out, coded);
		CHECK_STR(got, as[i][0], "%s read", as[i][1]);
	}
}

void test_base64_reads_every_byte_that_it_wrote(void)
{
	struct rng r;
	char bytes[100], text[BASE64_TEXT(sizeof bytes)], back[sizeof bytes];

	rng_seed(&r, check_seed());
	for (size_t n = 1; n <= sizeof bytes; n++) {
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)rng_below(&r, 256);
		size_t length = base64_write(text, bytes, n);
		CHECK_INT(length, BASE64_TEXT(n), "characters of %zu bytes", n);
		CHECK_INT(base64_read(back, n, (struct str){ text, length }), n, "bytes read");
		CHECK(memcmp(back, bytes, n) == 0, "%zu bytes come back as they were", n);
		CHECK_INT(base64_read(back, n - 1, (struct str){ text, length }), 0,
			  "%zu bytes do not fit into %zu", n, n - 1);
	}
}

void test_base64_refuses_what_is_none(void)
{
	static const char *const none[] = { "Zm9v*", "Zm 9v", "Zm9v\n", "Z=m9", "\xc3\xa4" };
	char out[16];

	for (size_t i = 0; i < COUNT(none); i++)
		CHECK_INT(base64_read(out, sizeof out, str_of(none[i])), 0, "\"%s\" is none",
			  none[i]);
	CHECK_INT(base64_read(out, sizeof out, (struct str){ "Zm\0v", 4 }), 0, "nor is a NUL");
	CHECK_INT(base64_value('/'), 63, "the last digit");
	CHECK_INT(base64_value('\0'), -1, "a NUL is no digit");
}
