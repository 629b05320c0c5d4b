/* rooms: base model store */
/* A record of any bytes under any key: refused, or one that packs into the same bytes. */
#include "store/store_inner.h"

#include <stdlib.h>

#include "base/crc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum record_type type;
	union any_record out;
	uint8_t again[RECORD_MAX], once_more[RECORD_MAX];

	if (n < 1 || data[0] > KEY_MAX || n - 1 < data[0] || n - 1 - data[0] > RECORD_MAX)
		return 0;
	const uint8_t *key = data + 1, *from = key + data[0];
	size_t key_n = data[0], size = n - 1 - key_n;
	if (record_check(&type, key, key_n, from, size) != NULL && size >= RECORD_HEADER) {
		/* The fuzzer finds no checksums: it is given the right one. */
		uint8_t *fixed = malloc(size);
		if (fixed == NULL)
			return 0;
		memcpy(fixed, from, size);
		fixed[5] = STORE_VERSION;
		fixed[6] = (uint8_t)(size & 0xff);
		fixed[7] = (uint8_t)(size >> 8);
		uint32_t crc = crc32c(crc32c(0, key, key_n), fixed + 4, size - 4);
		for (int i = 0; i < 4; i++)
			fixed[i] = (uint8_t)(crc >> 8 * i & 0xff);
		if (record_check(&type, key, key_n, fixed, size) == NULL &&
		    record_unpack(&out, type, key, key_n, fixed, size, NULL) == NULL) {
			uint64_t seq;
			memcpy(&seq, fixed + 8, sizeof(seq));
			size_t used = record_pack(again, type, seq, key, key_n, &out, NULL);
			/* Arrays may end in zeros that are not written again, and older records
			 * lack members that are; what was written once is written again. */
			const char *bad = record_check(&type, key, key_n, again, used);
			assert(bad == NULL && (used != size || memcmp(again, fixed, size) == 0));
			bad = record_unpack(&out, type, key, key_n, again, used, NULL);
			size_t twice = record_pack(once_more, type, seq, key, key_n, &out, NULL);
			assert(bad == NULL && twice == used && memcmp(again, once_more, used) == 0);
		}
		free(fixed);
	}
	return 0;
}
