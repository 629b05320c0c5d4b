/* crc.h: CRC-32C (Castagnoli), for records on disk; and FNV-1a for hashing names. */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include "base/base.h"

uint32_t crc32c(uint32_t seed, const void *data, size_t n);	/* seed 0 to begin */
uint64_t hash64(const void *data, size_t n);

#endif
