#ifndef GAMBLER_BASE_FORMAT_H
#define GAMBLER_BASE_FORMAT_H
/*
 * What stands behind printf in the binary: the C library's brings along wide characters and, on
 * ARM, arithmetic of 128-bit floating point, 28 kB of which nothing is used. In tests, whose
 * libc is another, printf is the libc's own.
 */
#include <stdarg.h>
#include <stddef.h>

#define DOUBLE_TEXT 32

/* v with 1..17 significant digits, as printf("%.*g") has it: exactly rounded, half to even, zeros
 * at the end trimmed; "inf", "nan". NUL-terminated; returns its length. */
size_t double_text(char out[static DOUBLE_TEXT], double v, int digits);

/* 15 digits when they say all, else 17, which always do (and always for what is so large or so
 * small that it would take long to know). */
size_t double_text_short(char out[static DOUBLE_TEXT], double v);

/* printf: c d i o s u x g and %, with - and 0, width, precision, *, and the lengths h l ll z.
 * Anything else is a programmer's error. `put` gets the pieces. Returns how many bytes. */
size_t format(void (*put)(void *to, const char *s, size_t n), void *to, const char *fmt,
	      va_list args);

#endif
