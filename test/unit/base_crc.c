#include "test/check.h"

#include <inttypes.h>

#include "base/crc.h"
#include "base/rng.h"

static uint32_t crc_slow(const unsigned char *p, size_t n)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

void test_crc_is_castagnoli(void)
{
	unsigned char data[1024];
	struct rng r;

	CHECK_INT(crc32c(0, "123456789", 9), 0xe3069283, "the check value of CRC-32C");
	CHECK_INT(crc32c(0, "", 0), 0, "nothing");
	memset(data, 0, 32);
	CHECK_INT(crc32c(0, data, 32), 0x8a9136aa, "32 zeros, RFC 3720");
	memset(data, 0xff, 32);
	CHECK_INT(crc32c(0, data, 32), 0x62a8ab43, "32 ones, RFC 3720");
	rng_seed(&r, check_seed());
	for (size_t n = 0; n < sizeof(data); n++) {
		data[n] = (unsigned char)rng_u64(&r);
		size_t cut = (size_t)rng_below(&r, n + 1);
		uint32_t first = crc32c(0, data, cut);
		if (crc32c(0, data, n) == crc_slow(data, n) &&
		    crc32c(first, data + cut, n - cut) == crc_slow(data, n))
			continue;
		CHECK(false, "%zu bytes cut at %zu, seed %" PRIu64, n, cut, check_seed());
		return;
	}
}

void test_crc_hash_is_fnv1a(void)
{
	CHECK_INT(hash64("", 0), (int64_t)0xcbf29ce484222325u, "nothing");
	CHECK_INT(hash64("a", 1), (int64_t)0xaf63dc4c8601ec8cu, "a");
	CHECK_INT(hash64("foobar", 6), (int64_t)0x85944171f73967e8u, "foobar");
}
