#include "test/check.h"

#include "base/asset.h"
#include "base/inflate.h"
#include "base/rng.h"

/* As zlib wrote them, by the kind of their blocks. */
static const uint8_t stored[] = {
	0x01, 0x06, 0x00, 0xf9, 0xff, 0x73, 0x74, 0x6f, 0x72, 0x65, 0x64,
};

/* "stop stop stop limit" */
static const uint8_t fixed[] = {
	0x2b, 0x2e, 0xc9, 0x2f, 0x50, 0x28, 0x86, 0x13, 0x39, 0x99, 0xb9, 0x99, 0x25, 0x00,
};

/* 600 times x: the longest length has a symbol of its own */
static const uint8_t longest[] = {
	0xab, 0xa8, 0x18, 0x05, 0xa3, 0x80, 0xfa, 0x00, 0x00,
};

/* 400 bytes: 'a' + i * i / 7 % 23 */
static const uint8_t dynamic[] = {
	0xe5, 0xce, 0x81, 0x11, 0xc3, 0x20, 0x08, 0x40, 0xd1, 0x59, 0x11, 0x21, 0x2a, 0x88,
	0x51, 0x82, 0xae, 0xdf, 0xf4, 0xae, 0x5b, 0xf4, 0x0f, 0xf0, 0xee, 0x03, 0x40, 0xc2,
	0xcc, 0xa5, 0xe9, 0x58, 0x91, 0xb8, 0x99, 0x03, 0xeb, 0x82, 0xcb, 0x82, 0x7a, 0xb0,
	0x9d, 0xba, 0x68, 0x24, 0x3d, 0xb2, 0xe5, 0x28, 0x58, 0x9e, 0x65, 0xf7, 0xec, 0x82,
	0xae, 0x14, 0xa3, 0x62, 0xdc, 0xc2, 0x29, 0xa6, 0x49, 0x21, 0x84, 0x1d, 0x8f, 0xaf,
	0x37, 0x7f, 0x62, 0x03, 0x52, 0x11, 0x9b, 0xaf, 0x28, 0x77, 0x60, 0x1d, 0x41, 0xea,
	0x28, 0x9e, 0xfb, 0x2e, 0x33, 0x1b, 0xfc, 0xc0, 0x34, 0x68, 0xd5, 0x63, 0x1c, 0x9d,
	0xc2, 0x2e, 0x58, 0xca, 0xe0, 0xd6, 0x5e, 0x71, 0x0d, 0x6d, 0x85, 0x33, 0x26, 0xf8,
	0xf6, 0x4f, 0x83, 0x1f,
};

static uint8_t out[4096];

static void check_stream(const char *what, const uint8_t *in, size_t n, const void *want,
			 size_t want_n)
{
	size_t got = inflate(out, sizeof out, in, n);

	CHECK(got == want_n && memcmp(out, want, want_n) == 0, "%s: %zu bytes come out, of %zu",
	      what, got, want_n);
	CHECK(inflate(out, want_n, in, n) == want_n, "%s: there is just enough room", what);
	CHECK(inflate(out, want_n - 1, in, n) == SIZE_MAX, "%s: a byte too little room", what);
	for (size_t cut = 0; cut < n; cut++)
		CHECK(inflate(out, sizeof out, in, cut) == SIZE_MAX,
		      "%s: cut after %zu of %zu bytes it is damaged", what, cut, n);
}

void test_inflate_reads_every_kind_of_block(void)
{
	uint8_t want[600];

	check_stream("stored", stored, sizeof stored, "stored", 6);
	check_stream("fixed codes", fixed, sizeof fixed, "stop stop stop limit", 20);
	memset(want, 'x', sizeof want);
	check_stream("the longest copies", longest, sizeof longest, want, 600);
	for (unsigned i = 0; i < 400; i++)
		want[i] = (uint8_t)('a' + i * i / 7 % 23);
	check_stream("its own codes", dynamic, sizeof dynamic, want, 400);
}

void test_inflate_survives_damage(void)
{
	uint8_t in[sizeof dynamic + 1];
	unsigned refused = 0;
	struct rng r;

	/* ASan watches the ends of both buffers. */
	for (size_t bit = 0; bit < 8 * sizeof dynamic; bit++) {
		memcpy(in, dynamic, sizeof dynamic);
		in[bit / 8] ^= (uint8_t)(1u << bit % 8);
		refused += inflate(out, 400, in, sizeof dynamic) == SIZE_MAX;
	}
	CHECK(refused > sizeof dynamic, "of %zu damaged streams %u are refused",
	      8 * sizeof dynamic, refused);
	memcpy(in, dynamic, sizeof dynamic);
	in[sizeof dynamic] = 0;
	CHECK(inflate(out, sizeof out, in, sizeof in) == SIZE_MAX, "something behind the end");
	CHECK(inflate(out, sizeof out, (const uint8_t *)"\x07", 1) == SIZE_MAX,
	      "a fourth kind of block");
	rng_seed(&r, check_seed());
	for (int i = 0; i < 20000; i++) {
		size_t n = (size_t)rng_below(&r, sizeof in), got;

		for (size_t k = 0; k < n; k++)
			in[k] = (uint8_t)rng_u64(&r);
		got = inflate(out, 300, in, n);
		if (!CHECK(got <= 300 || got == SIZE_MAX, "noise gives %zu bytes", got))
			return;
	}
}

void test_assets_are_texts_or_pages(void)
{
	for (size_t i = 0; i < assets_count; i++) {
		const struct asset *a = &assets[i];
		bool page = strncmp(a->name, "www/", 4) == 0;

		CHECK(page == (a->plain == 0), "%s is a page or a text", a->name);
		CHECK(asset_find(str_of(a->name)) == a, "%s is found", a->name);
		if (page) {
			CHECK(a->size > 18 && memcmp(a->data, "\x1f\x8b\x08", 3) == 0,
			      "%s is gzip", a->name);
			continue;
		}
		struct str text = asset_text(a->name);
		CHECK(text.n == a->plain && memchr(text.s, '\0', text.n) == NULL &&
		      text.s[text.n - 1] == '\n', "%s is lines of text", a->name);
		CHECK(asset_text(a->name).s == text.s, "%s is decompressed once", a->name);
	}
	CHECK(asset_find(STR("www/none")) == NULL, "no such asset");
	struct str words = asset_text("licences");
	CHECK(memmem(words.s, words.n, "BearSSL", 7) != NULL, "the licences name BearSSL");
}
