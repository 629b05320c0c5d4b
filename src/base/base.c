/* base.c: views of bytes, and all of them into a file. */
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* For whoever does not want them in line. */
extern inline struct str str_of(const char *cstr);
extern inline bool str_eq(struct str a, struct str b);

void assert_failed(const char *file, int line)
{
	fprintf(stderr, "%s:%d: assertion failed\n", file, line);
	abort();
}

static unsigned char fold(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

bool str_eq_fold(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.s[i]) != fold(b.s[i]))
			return false;
	return true;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
	while (s.n > 0 && blank(s.s[0])) {
		s.s++;
		s.n--;
	}
	while (s.n > 0 && blank(s.s[s.n - 1]))
		s.n--;
	return s;
}

struct str str_cut(struct str *s, char at)
{
	struct str before = *s;
	const char *found = s->n > 0 ? memchr(s->s, at, s->n) : NULL;

	if (found == NULL) {
		*s = (struct str){ s->n > 0 ? s->s + s->n : s->s, 0 };
		return before;
	}
	before.n = (size_t)(found - s->s);
	*s = (struct str){ found + 1, s->n - before.n - 1 };
	return before;
}

bool str_copy(char *dst, size_t size, struct str s)
{
	assert(size > 0);
	if (s.n >= size) {
		dst[0] = '\0';
		return false;
	}
	if (s.n > 0)
		memcpy(dst, s.s, s.n);
	dst[s.n] = '\0';
	return true;
}

static bool tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* The ranges of the second byte are what keeps out overlong forms (E0, F0),
 * surrogates (ED) and everything beyond U+10FFFF (F4): Unicode, table 3-7. */
size_t utf8_at(struct str s)
{
	const unsigned char *u = (const unsigned char *)s.s;

	if (s.n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4 || s.n < 2 || !tail(u[1]))
		return 0;
	if (u[0] < 0xe0)
		return 2;
	if (s.n < 3 || !tail(u[2]))
		return 0;
	if (u[0] < 0xf0)
		return (u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ? 0 : 3;
	if (s.n < 4 || !tail(u[3]))
		return 0;
	return (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f) ? 0 : 4;
}

bool write_all(int fd, const void *data, size_t n)
{
	const char *at = data;

	while (n > 0) {
		ssize_t done = write(fd, at, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done == 0)
			errno = ENOSPC;
		if (done <= 0)
			return false;
		at += done;
		n -= (size_t)done;
	}
	return true;
}

const char *err_text(enum err e)
{
	switch (e) {
	case OK:           return "ok";
	case ERR_IO:       return "input/output error";
	case ERR_TLS:      return "tls error";
	case ERR_PROTO:    return "protocol error";
	case ERR_PARSE:    return "malformed";
	case ERR_RANGE:    return "out of range";
	case ERR_FULL:     return "full";
	case ERR_TIMEOUT:  return "timeout";
	case ERR_NOTFOUND: return "not found";
	case ERR_REFUSED:  return "refused";
	case ERR_STORE:    return "store damaged";
	case ERR_CONFIG:   return "bad configuration";
	case ERR_AGAIN:    return "not yet";
	case ERR_END:      return "end";
	}
	return "unknown error";
}
