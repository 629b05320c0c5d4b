#include "test/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void test_base_fold_compares_without_case(void)
{
	CHECK(str_eq_fold(STR("Content-Length"), STR("content-LENGTH")), "header names are equal");
	CHECK(!str_eq_fold(STR("true"), STR("tru")), "a prefix is not equal");
	CHECK(!str_eq_fold(STR("@"), STR("`")), "only letters are folded, not '@'");
	CHECK(!str_eq_fold(STR("["), STR("{")), "only letters are folded, not '['");
	CHECK(str_eq_fold((struct str){ NULL, 0 }, STR("")), "two empty views are equal");
}

void test_base_trim_takes_blanks_at_both_ends(void)
{
	CHECK_STR(str_trim(STR(" \t a b \t")), "a b", "inner blanks stay");
	CHECK_STR(str_trim(STR("\t  ")), "", "nothing but blanks is empty");
	CHECK_STR(str_trim(STR("")), "", "empty stays empty");
	CHECK_STR(str_trim(STR("a\r\n")), "a\r\n", "line ends are not blanks");
}

void test_base_cut_splits_at_the_first(void)
{
	struct str s = STR("a=b=c");

	CHECK_STR(str_cut(&s, '='), "a", "before the first");
	CHECK_STR(s, "b=c", "behind the first");
	CHECK_STR(str_cut(&s, '='), "b", "before the second");
	CHECK_STR(str_cut(&s, '='), "c", "without one, all of it");
	CHECK_INT(s.n, 0, "and nothing is left");
	CHECK_STR(str_cut(&s, '='), "", "cutting nothing gives nothing");

	s = (struct str){ NULL, 0 };
	CHECK_STR(str_cut(&s, ','), "", "a view without memory can be cut");
	s = STR(",x");
	CHECK_STR(str_cut(&s, ','), "", "nothing stands before a leading comma");
	CHECK_STR(s, "x", "and the rest behind it");
}

void test_base_copy_fits_or_empties(void)
{
	char out[4] = "zzz";

	CHECK(str_copy(out, sizeof(out), STR("abc")), "three characters fit into four bytes");
	CHECK_TEXT(out, "abc", "and end with a NUL");
	CHECK(!str_copy(out, sizeof(out), STR("abcd")), "four do not");
	CHECK_TEXT(out, "", "and leave an empty text");
	CHECK(str_copy(out, 1, (struct str){ NULL, 0 }), "nothing fits into one byte");
}

void test_base_starts_and_equal(void)
{
	CHECK(str_starts(STR("abc"), STR("ab")), "abc starts with ab");
	CHECK(!str_starts(STR("a"), STR("ab")), "a does not start with ab");
	CHECK(str_starts(STR("a"), STR("")), "everything starts with nothing");
	CHECK(str_eq((struct str){ NULL, 0 }, STR("")), "empty views are equal");
	CHECK(!str_eq(STR("ab"), STR("ac")), "ab is not ac");
}

/* All one and two byte texts, and the corners of the longer ones, against the
 * definition: decode, then ask for the shortest form and the range. */
static size_t utf8_slow(const unsigned char *u, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = u[0] < 0x80 ? 1 : u[0] >> 5 == 6 ? 2 : u[0] >> 4 == 14 ? 3
		: u[0] >> 3 == 30 ? 4 : 0;

	if (len == 0 || len > n)
		return 0;
	uint32_t code = len == 1 ? u[0] : u[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (u[i] >> 6 != 2)
			return 0;
		code = code << 6 | (u[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

void test_base_utf8_accepts_exactly_unicode(void)
{
	static const unsigned char third[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff };
	unsigned char u[4];
	uint32_t wrong = 0;

	for (uint32_t ab = 0; ab < 0x10000; ab++) {
		u[0] = (unsigned char)(ab >> 8);
		u[1] = (unsigned char)ab;
		for (size_t i = 0; i < sizeof(third); i++) {
			for (size_t k = 0; k < sizeof(third); k++) {
				u[2] = third[i];
				u[3] = third[k];
				for (size_t n = 1; n <= 4; n++)
					wrong += utf8_at((struct str){ (const char *)u, n }) !=
						 utf8_slow(u, n);
			}
		}
	}
	CHECK_INT(wrong, 0, "utf8_at agrees with the definition");
	CHECK_INT(utf8_at((struct str){ NULL, 0 }), 0, "nothing is no character");
}

void test_base_errors_have_words(void)
{
	CHECK_TEXT(err_text(OK), "ok", "success is called ok");
	CHECK_TEXT(err_text(ERR_TIMEOUT), "timeout", "a timeout is called timeout");
	for (int e = OK; e >= ERR_END; e--)
		CHECK(strcmp(err_text((enum err)e), "unknown error") != 0, "error %d has words", e);
	CHECK_TEXT(err_text((enum err)-99), "unknown error", "an unknown one has words, too");
}

/* A file that may have a hundred bytes takes some of what is more, and then none. */
void test_base_write_all_or_why_not(void)
{
	struct rlimit before, hundred;
	char in[150], out[200];
	FILE *f = tmpfile();
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	memset(in, 'x', sizeof in);
	if (!CHECK(f != NULL && full >= 0 && getrlimit(RLIMIT_FSIZE, &before) == 0, "files"))
		return;
	CHECK(write_all(fileno(f), in, 60), "sixty fit");
	hundred = (struct rlimit){ 100, before.rlim_max };
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &hundred), 0, "a limit");
	CHECK(!write_all(fileno(f), in, sizeof in) && errno == EFBIG, "more does not: %d", errno);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &before), 0, "no limit");
	(void)signal(SIGXFSZ, handler);
	CHECK_INT(pread(fileno(f), out, sizeof out, 0), 100, "what fitted is there");
	CHECK(!write_all(full, in, 1) && errno == ENOSPC, "a full device says so: %d", errno);
	CHECK(write_all(full, in, 0), "nothing always fits");
	(void)close(full);
	(void)fclose(f);
}
