#include "test/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "base/rng.h"

static const struct { const char *text; int64_t n; } exact[] = {
	{ "0", 0 }, { "-0", 0 }, { "-0.000", 0 }, { "0e99", 0 }, { "0.0e-99999999999999999999", 0 },
	{ "1", 1000000000 }, { "-12.5", -12500000000 }, { "0.000000001", 1 },
	{ "226.21", 226210000000 }, { "226.2145", 226214500000 }, { "1e3", 1000000000000 },
	{ "1E+3", 1000000000000 }, { "15e-1", 1500000000 },
	{ "1.50000000000000000000", 1500000000 },
	{ "1e-9", 1 }, { "10e-10", 1 }, { "0.0000000010000000000000000000", 1 },
	{ "100000000000000000000000000000e-29", 1000000000 },
	{ "1000000000000000000000000000000e-39", 1 },
	{ "0.00000000000000000000000000000125e30", 1250000000 },
	{ "9223372036.854775807", INT64_MAX }, { "-9223372036.854775808", INT64_MIN },
	{ "9223372036854775807e-9", INT64_MAX }, { "9.223372036854775807e9", INT64_MAX },
	{ "99999999", 99999999000000000 }, { "999999999", 999999999000000000 },
	{ "1234.5678", 1234567800000 }, { "1234567.8", 1234567800000000 },
	{ "0.123456789", 123456789 }, { "12345678.123456789", 12345678123456789 },
};

static const char *const not_numbers[] = {
	"", "-", "+1", " 1", "1 ", ".5", "5.", "-.5", "01", "-01", "00", "0x10", "1e", "1e+", "1e-",
	"e5", "1.e5", "1..2", "1.2.3", "--1", "inf", "nan", "NaN", "Infinity", "1,000", "1_000",
	"1a", "1.5a", "1.5e5a", "a", ".", "-a", "1e5.5", "12345678a", "1234567a8", "1.2345678a9",
	"1/2", "1:2", "/", ":", "12;45", "1.2-", "1-2", "\xb1", "1\xb1", "1.\xb1", "1\xff\x32",
};

static const char *const too_large[] = {
	"9223372036.854775808", "-9223372036.854775809", "9223372037", "10000000000", "1e10",
	"1e11",
	"1e30", "1e999999999999999999999999", "99999999999999999999999999", "18446744073.709551616",
	"18446744074", "1000000000000000000000.5", "100000000000000000000000000000e-19",
};

static const char *const too_fine[] = {
	"0.0000000001", "1.0000000005", "1e-10", "123456789e-10", "0.00000000000000000000000001",
	"1e-99999999999999999999", "1.00000000000000000000000001", "9.2233720368547758071e9",
};

void test_num_reads_exact_decimals(void)
{
	for (size_t i = 0; i < COUNT(exact); i++) {
		int64_t n = 77;
		CHECK_INT(num_parse(&n, str_of(exact[i].text)), OK, "'%s' is read", exact[i].text);
		CHECK_INT(n, exact[i].n, "'%s' is that many billionths", exact[i].text);
		CHECK_INT(num_parse_round(&n, str_of(exact[i].text)), OK, "'%s' is read by the"
			  " rounding parser", exact[i].text);
		CHECK_INT(n, exact[i].n, "'%s' is not changed by rounding", exact[i].text);
	}
}

void test_num_refuses_what_is_not_a_number(void)
{
	int64_t n = 77;

	for (size_t i = 0; i < COUNT(not_numbers); i++) {
		CHECK_INT(num_parse(&n, str_of(not_numbers[i])), ERR_PARSE, "'%s' is no number",
			  not_numbers[i]);
		CHECK_INT(num_parse_round(&n, str_of(not_numbers[i])), ERR_PARSE,
			  "'%s' is no number when rounding, either", not_numbers[i]);
	}
	CHECK_INT(num_parse(&n, (struct str){ "1\0", 2 }), ERR_PARSE, "a NUL ends nothing");
	CHECK_INT(num_parse(&n, (struct str){ NULL, 0 }), ERR_PARSE, "nothing is no number");
	CHECK_INT(n, 77, "a refusal leaves the result alone");
}

void test_num_refuses_what_does_not_fit(void)
{
	int64_t n = 77;

	for (size_t i = 0; i < COUNT(too_large); i++) {
		CHECK_INT(num_parse(&n, str_of(too_large[i])), ERR_RANGE, "'%s' is too large",
			  too_large[i]);
		CHECK_INT(num_parse_round(&n, str_of(too_large[i])), ERR_RANGE,
			  "'%s' is too large when rounding, too", too_large[i]);
	}
	for (size_t i = 0; i < COUNT(too_fine); i++)
		CHECK_INT(num_parse(&n, str_of(too_fine[i])), ERR_RANGE,
			  "'%s' has too many decimals",
			  too_fine[i]);
	CHECK_INT(n, 77, "a refusal leaves the result alone");
}

void test_num_rounds_half_to_even_when_asked(void)
{
	static const struct { const char *text; int64_t n; } rounded[] = {
		{ "0.0000000004", 0 }, { "0.0000000005", 0 }, { "0.00000000050000000001", 1 },
		{ "0.0000000015", 2 }, { "0.0000000025", 2 }, { "-0.0000000015", -2 },
		{ "-0.0000000025", -2 }, { "1.00000000049999999999999999", 1000000000 },
		{ "1e-20", 0 }, { "9999999999999999999e-38", 0 }, { "1e-999999999999999999999", 0 },
		{ "9999999999999999999e-28", 1 }, { "5e-10", 0 }, { "51e-11", 1 },
		{ "123.45678901234567890123", 123456789012 },
		{ "12.3456789015000000000000000000001", 12345678902 },
		{ "12.3456789025000000000000000000000", 12345678902 },
		{ "1234567890.1234567895", 1234567890123456790 },
		{ "1234567890.1234567885", 1234567890123456788 },
		{ "9223372036.8547758074", INT64_MAX }, { "-9223372036.8547758085", INT64_MIN },
	};
	int64_t n;

	for (size_t i = 0; i < COUNT(rounded); i++) {
		n = 77;
		CHECK_INT(num_parse_round(&n, str_of(rounded[i].text)), OK, "'%s' is rounded",
			  rounded[i].text);
		CHECK_INT(n, rounded[i].n, "'%s' goes to the nearest", rounded[i].text);
	}
	CHECK_INT(num_parse_round(&n, STR("9223372036.8547758076")), ERR_RANGE,
		  "rounding does not wrap around");
}

void test_num_text_is_the_shortest(void)
{
	static const struct { int64_t n; const char *text; } texts[] = {
		{ 0, "0" }, { 1, "0.000000001" }, { -1, "-0.000000001" }, { 12500000000, "12.5" },
		{ -500000000, "-0.5" }, { 1000000000000, "1000" }, { 226210000000, "226.21" },
		{ INT64_MAX, "9223372036.854775807" }, { INT64_MIN, "-9223372036.854775808" },
	};
	char out[NUM_TEXT];

	for (size_t i = 0; i < COUNT(texts); i++) {
		size_t n = num_text(out, texts[i].n);
		CHECK_TEXT(out, texts[i].text, "%" PRId64 " billionths", texts[i].n);
		CHECK_INT(n, strlen(texts[i].text), "the length of '%s'", texts[i].text);
	}
}

void test_num_text_has_at_least_the_decimals(void)
{
	char out[NUM_TEXT];

	num_text_fixed(out, 12500000000, 2);
	CHECK_TEXT(out, "12.50", "12.5 with two decimals");
	num_text_fixed(out, 12000000000, 0);
	CHECK_TEXT(out, "12", "12 without decimals");
	num_text_fixed(out, 12345678901, 2);
	CHECK_TEXT(out, "12.345678901", "nothing is cut");
	num_text_fixed(out, -1, 9);
	CHECK_TEXT(out, "-0.000000001", "nine decimals");
	num_text_fixed(out, INT64_MIN, 9);
	CHECK_TEXT(out, "-9223372036.854775808", "the longest text fits");
	num_text_fixed(out, 0, 9);
	CHECK_TEXT(out, "0.000000000", "zero with nine decimals");
}

/* Random bits of random length, so that small numbers come as often as large ones. */
static int64_t any(struct rng *r)
{
	int64_t v = (int64_t)(rng_u64(r) >> rng_below(r, 64));

	if (rng_below(r, 16) == 0)
		v = v % 2 == 0 ? INT64_MIN : INT64_MAX;
	return rng_below(r, 2) && v != INT64_MIN ? -v : v;
}

void test_num_text_and_parse_round_trip(void)
{
	struct rng r;

	rng_seed(&r, check_seed());
	for (int i = 0; i < 200000; i++) {
		char out[NUM_TEXT];
		int64_t n = any(&r), back = ~n;
		size_t len = num_text_fixed(out, n, (int)rng_below(&r, 10));
		enum err e = num_parse(&back, (struct str){ out, len });
		if (e == OK && back == n)
			continue;
		CHECK(false, "'%s' reads back as %" PRId64 ", seed %" PRIu64, out, n, check_seed());
		return;
	}
}

#ifdef __SIZEOF_INT128__

__extension__ typedef __int128 wide;

static bool wide_muldiv(int64_t *out, int64_t a, int64_t b, int64_t c, enum round r)
{
	wide product = (wide)a * b, q, rest;

	if (c == 0)
		return false;
	q = product / c;
	rest = product % c;
	bool negative = (product < 0) != (c < 0);
	wide twice = 2 * (rest < 0 ? -rest : rest), size = c < 0 ? -(wide)c : c;
	if (r == ROUND_DOWN && rest != 0 && negative)
		q--;
	if (r == ROUND_UP && rest != 0 && !negative)
		q++;
	if (r == ROUND_NEAR && (twice > size || (twice == size && q % 2 != 0)))
		q += negative ? -1 : 1;
	*out = (int64_t)q;
	return q >= INT64_MIN && q <= INT64_MAX;
}

#else

/* Where the compiler has no 128 bits: bit by bit, as on paper. */
static bool wide_muldiv(int64_t *out, int64_t a, int64_t b, int64_t c, enum round r)
{
	uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a,
		y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
	uint64_t d = c < 0 ? 0 - (uint64_t)c : (uint64_t)c, high = 0, low = 0, rest = 0, q = 0;
	bool negative = ((a < 0) != (b < 0)) != (c < 0), large = false;

	if (c == 0)
		return false;
	for (int i = 63; i >= 0; i--) {
		high = high << 1 | low >> 63;
		low <<= 1;
		if ((y >> i & 1) != 0) {
			low += x;
			high += low < x;
		}
	}
	for (int i = 127; i >= 0; i--) {
		bool carry = rest >> 63 != 0;
		rest = rest << 1 | ((i >= 64 ? high >> (i - 64) : low >> i) & 1);
		large |= q >> 63 != 0;
		q <<= 1;
		if (carry || rest >= d) {
			rest -= d;
			q |= 1;
		}
	}
	if ((r == ROUND_DOWN && negative && rest != 0) || (r == ROUND_UP && !negative &&
							   rest != 0) ||
	    (r == ROUND_NEAR && (rest > d - rest || (rest == d - rest && q % 2 != 0)))) {
		q++;
		large |= q == 0;
	}
	*out = (int64_t)(negative ? 0 - q : q);
	return !large && q <= (uint64_t)INT64_MAX + negative;
}

#endif

static bool muldiv_agrees(int64_t a, int64_t b, int64_t c)
{
	for (int r = ROUND_DOWN; r <= ROUND_NEAR; r++) {
		int64_t got = 0, want = 0;
		bool fits = wide_muldiv(&want, a, b, c, (enum round)r);
		bool ok = num_muldiv_ok(&got, a, b, c, (enum round)r);
		if (ok == fits && (!ok || got == want))
			continue;
		CHECK(false, "%" PRId64 " * %" PRId64 " / %" PRId64 ", round %d: got %d %" PRId64
		      ", want %d %" PRId64 ", seed %" PRIu64, a, b, c, r, ok, got, fits, want,
		      check_seed());
		return false;
	}
	return true;
}

void test_num_muldiv_agrees_with_128_bits(void)
{
	static const int64_t corners[] = {
		0, 1, -1, 2, -2, 3, 5, 7, 10, NUM_ONE, -NUM_ONE, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x100000001, -0x80000000LL, -0xffffffffLL, -0x100000000LL,
		0x7fffffff00000000, 0x7fffffff00000001, 0x7fffffffffffffff, 0x4000000000000000,
		0x4000000000000001, 0x3fffffffffffffff, INT64_MIN, INT64_MIN + 1,
		0x7ffffffffffffffe,
		0x00000001ffffffff, 0x7fffffff7fffffff, 3037000499, 3037000500,
	};
	const size_t n = COUNT(corners);
	struct rng r;

	for (size_t i = 0; i < n * n * n; i++)
		if (!muldiv_agrees(corners[i / n / n], corners[i / n % n], corners[i % n]))
			return;
	rng_seed(&r, check_seed());
	for (int i = 0; i < 500000; i++)
		if (!muldiv_agrees(any(&r), any(&r), any(&r)))
			return;
}

void test_num_muldiv_rounds_as_named(void)
{
	static const struct { int64_t a, c, down, up, near; } cases[] = {
		{ 7, 2, 3, 4, 4 }, { -7, 2, -4, -3, -4 }, { 7, -2, -4, -3, -4 },
		{ -7, -2, 3, 4, 4 },
		{ 5, 2, 2, 3, 2 }, { -5, 2, -3, -2, -2 }, { 7, 3, 2, 3, 2 }, { 8, 3, 2, 3, 3 },
		{ 6, 3, 2, 2, 2 }, { -6, 3, -2, -2, -2 }, { 0, 3, 0, 0, 0 }, { 1, 2, 0, 1, 0 },
		{ -1, 2, -1, 0, 0 }, { 3, 2, 1, 2, 2 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t a = cases[i].a, c = cases[i].c;
		CHECK_INT(num_muldiv(a, 1, c, ROUND_DOWN), cases[i].down, "%d / %d down", (int)a,
			  (int)c);
		CHECK_INT(num_muldiv(1, a, c, ROUND_UP), cases[i].up, "%d / %d up", (int)a, (int)c);
		CHECK_INT(num_muldiv(a, 1, c, ROUND_NEAR), cases[i].near, "%d / %d near", (int)a,
			  (int)c);
	}
}

void test_num_muldiv_knows_its_limits(void)
{
	int64_t out = 77;

	CHECK(!num_muldiv_ok(&out, 1, 1, 0, ROUND_DOWN), "a division by zero does not fit");
	CHECK(!num_muldiv_ok(&out, 0, 0, 0, ROUND_DOWN), "nor does zero by zero");
	CHECK(!num_muldiv_ok(&out, INT64_MIN, -1, 1, ROUND_DOWN), "2^63 does not fit");
	CHECK(!num_muldiv_ok(&out, INT64_MIN, 1, -1, ROUND_DOWN), "2^63 does not fit so, either");
	CHECK(!num_muldiv_ok(&out, INT64_MAX, INT64_MAX, 1, ROUND_DOWN), "2^126 does not fit");
	CHECK_INT(out, 77, "a refusal leaves the result alone");
	CHECK(num_muldiv_ok(&out, INT64_MIN, 1, 1, ROUND_DOWN), "-2^63 fits");
	CHECK_INT(out, INT64_MIN, "and is what it was");
	CHECK(num_muldiv_ok(&out, INT64_MIN, INT64_MIN, INT64_MIN, ROUND_UP), "x * x / x fits");
	CHECK_INT(out, INT64_MIN, "and is x");
}

/* Runs f in a child; true when it was killed by abort(). Its words are not shown. */
static bool aborts(void (*f)(void))
{
	int status = 0;

	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		fclose(stderr);
		f();
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGABRT;
}

static void overflowing_product(void)
{
	volatile int64_t n = num_muldiv(INT64_MAX, 2, 1, ROUND_DOWN);
	(void)n;
}

static void division_by_zero(void)
{
	volatile int64_t n = px_avg((usd){ 5 }, (qty){ 0 }, ROUND_DOWN).n;
	(void)n;
}

static void tick_of_zero(void)
{
	volatile int64_t n = px_tick((px){ 5 }, (px){ 0 }, ROUND_DOWN).n;
	(void)n;
}

static void tick_beyond_the_end(void)
{
	volatile int64_t n = px_tick((px){ INT64_MAX }, (px){ 10 }, ROUND_UP).n;
	(void)n;
}

void test_num_aborts_on_programmer_errors(void)
{
	CHECK(aborts(overflowing_product), "a product that does not fit aborts");
	CHECK(aborts(division_by_zero), "an average over no shares aborts");
	CHECK(aborts(tick_of_zero), "a tick of zero aborts");
	CHECK(aborts(tick_beyond_the_end), "a tick beyond the largest price aborts");
}

void test_num_money(void)
{
	px p = { 10050000000 };		/* 10.05 */
	px cent = { 10000000 };

	CHECK_INT(usd_of(p, qty_shares(3), ROUND_NEAR).n, 30150000000, "3 at 10.05");
	CHECK_INT(usd_of((px){ 1 }, (qty){ 1 }, ROUND_UP).n, 1, "a fraction of a billionth, up");
	CHECK_INT(usd_of((px){ 1 }, (qty){ 1 }, ROUND_DOWN).n, 0,
		  "a fraction of a billionth, down");
	CHECK_INT(usd_of(p, qty_shares(-3), ROUND_NEAR).n, -30150000000, "3 short at 10.05");
	CHECK_INT(px_avg((usd){ 100 * NUM_ONE }, qty_shares(3), ROUND_NEAR).n, 33333333333,
		  "100 dollars for 3");
	CHECK_INT(px_tick((px){ 10054999999 }, cent, ROUND_DOWN).n, 10050000000,
		  "onto a cent, down");
	CHECK_INT(px_tick((px){ 10050000001 }, cent, ROUND_UP).n, 10060000000, "onto a cent, up");
	CHECK_INT(px_tick((px){ 10055000000 }, cent, ROUND_NEAR).n, 10060000000,
		  "half to even: .06");
	CHECK_INT(px_tick((px){ 10045000000 }, cent, ROUND_NEAR).n, 10040000000,
		  "half to even: .04");
	CHECK_INT(px_tick(p, cent, ROUND_UP).n, p.n, "a price on its tick stays");
	CHECK_INT(px_scale(p, 1020000000, ROUND_NEAR).n, 10251000000, "two percent above 10.05");
	CHECK(qty_whole(qty_shares(-7)) && !qty_whole((qty){ 1500000000 }), "1.5 is not whole");
	CHECK_INT(usd_add((usd){ 5 }, (usd){ 7 }).n, 12, "sum");
	CHECK_INT(usd_sub((usd){ 5 }, (usd){ 7 }).n, -2, "difference");
}

void test_num_px_from_a_double(void)
{
	static const double bad[] = { 0.0, -0.0, -1.0, NAN, INFINITY, -INFINITY, 1000000000.5,
		1e300,
				      0.004, 1e-12, 5e-324 };
	px cent = { 10000000 }, p = { 77 };

	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_INT(px_from_f64(&p, bad[i], cent, ROUND_DOWN), ERR_RANGE, "%g is no price",
			  bad[i]);
	CHECK_INT(p.n, 77, "a refusal leaves the result alone");
	CHECK_INT(px_from_f64(&p, 10.049999999999999, cent, ROUND_DOWN), OK, "nearly 10.05 is one");
	CHECK_INT(p.n, 10050000000, "and does not fall to the tick below");
	CHECK_INT(px_from_f64(&p, 10.0500000000000007, cent, ROUND_UP), OK, "a bit more is one");
	CHECK_INT(p.n, 10050000000, "and does not rise to the tick above");
	CHECK_INT(px_from_f64(&p, 1e9, cent, ROUND_UP), OK, "10^9 dollars is the most");
	CHECK_INT(p.n, 1000000000 * NUM_ONE, "exactly");
	CHECK_INT(px_from_f64(&p, 0.004, cent, ROUND_UP), OK, "less than a tick can be rounded up");
	CHECK_INT(p.n, 10000000, "to one tick");
	CHECK(px_f64((px){ 1500000000 }) == 1.5, "a price as a double");
	CHECK(qty_f64((qty){ -1500000000 }) == -1.5, "a quantity as a double");
	CHECK(usd_f64((usd){ 250000000 }) == 0.25, "dollars as a double");
}
