#ifndef GAMBLER_BASE_INFLATE_H
#define GAMBLER_BASE_INFLATE_H
/*
 * What gzip compressed (RFC 1951, without gzip's own head and tail), for the files that travel
 * inside the binary. Small rather than fast: a help text takes less than a millisecond.
 */
#include <stddef.h>
#include <stdint.h>

/* The number of bytes written to `out`; SIZE_MAX when the input is damaged, ends too early, has
 * something behind its end, or when there is more than `room`. Reads and writes nothing beyond
 * the two buffers, whatever is in the input. */
size_t inflate(uint8_t *out, size_t room, const uint8_t *in, size_t n);

#endif
