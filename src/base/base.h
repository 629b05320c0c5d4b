/* base.h: the words that every room needs. Nothing here does anything. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A programmer's error: "src/room/file.c:12: assertion failed" on stderr, and abort. On in every
 * build. Of its own, because the C library's keeps the text of each condition in the binary. */
_Noreturn void assert_failed(const char *file, int line);
#define assert(holds) ((holds) ? (void)0 : assert_failed(__FILE__, __LINE__))
#define static_assert _Static_assert

/* A view of bytes that somebody else owns; not NUL-terminated. It is valid as
 * long as its owner says. */
struct str {
	const char *s;
	size_t      n;
};

/* Nanoseconds since 1970-01-01T00:00:00Z, good from 1677 to 2262. */
typedef int64_t ns;
#define NS_SECOND ((ns)1000000000)
#define NS_MS     ((ns)1000000)
#define NS_MINUTE (60 * NS_SECOND)
#define NS_HOUR   (60 * NS_MINUTE)
#define NS_DAY    (24 * NS_HOUR)

/* Operating errors. Programmer errors are assertions; a refusal by a rule or
 * by the broker is a value in an event, never one of these. */
enum err {
	OK           = 0,
	ERR_IO       = -1,	/* the kernel said no; errno told the log why */
	ERR_TLS      = -2,	/* handshake, certificate or record layer */
	ERR_PROTO    = -3,	/* the peer broke its protocol */
	ERR_PARSE    = -4,	/* bytes are not of the expected form */
	ERR_RANGE    = -5,	/* a number does not fit its type exactly */
	ERR_FULL     = -6,	/* a bounded thing is full */
	ERR_TIMEOUT  = -7,	/* the deadline passed */
	ERR_NOTFOUND = -8,
	ERR_REFUSED  = -9,	/* the other side said no */
	ERR_STORE    = -10,	/* the store is damaged, or of another version */
	ERR_CONFIG   = -11,
	ERR_AGAIN    = -12,	/* not yet: come back with more bytes or later */
	ERR_END      = -13	/* the last one has been delivered */
};

#define MUST_CHECK     __attribute__((warn_unused_result))
#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define STR(literal)   ((struct str){ "" literal, sizeof(literal) - 1 })

inline struct str str_of(const char *cstr)
{
	return (struct str){ cstr, strlen(cstr) };
}

inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

/* ASCII case folded: HTTP header names, booleans in the ini. */
bool str_eq_fold(struct str a, struct str b);

static inline bool str_starts(struct str a, struct str prefix)
{
	return a.n >= prefix.n && memcmp(a.s, prefix.s, prefix.n) == 0;
}

struct str str_trim(struct str s);		/* blanks and tabs at both ends */

/* Cuts s at the first `at`: returns what is before it and leaves in *s what is
 * behind it; when `at` does not occur, returns all and leaves *s empty. */
struct str str_cut(struct str *s, char at);

/* Copies into a fixed array, always NUL-terminated; false (and the array
 * empty) when it does not fit. */
MUST_CHECK bool str_copy(char *dst, size_t size, struct str s);

/* All n bytes, however few the file takes at a time; false: errno says why not. */
MUST_CHECK bool write_all(int fd, const void *data, size_t n);

/* How many bytes the character at the beginning of s takes, 1..4; 0 when s is
 * empty or does not begin with well-formed UTF-8. */
size_t utf8_at(struct str s);

/* The English of an error, for logs: "timeout", "protocol error". */
const char *err_text(enum err e);

#endif
