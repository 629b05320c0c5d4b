/* rooms: base */
/* Any bytes as a number: what is read is written and read again as itself; the
 * JSON reader has the same idea of what a number is; rounding changes nothing
 * that was exact, and is off by less than a billionth elsewhere. */
#include <stdlib.h>

#include "base/json.h"
#include "base/num.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, digits;
	int64_t n = 0, rounded = 0, back = 0;
	char out[NUM_TEXT], copy[64];
	struct json j;

	enum err e = num_parse(&n, text), r = num_parse_round(&rounded, text);
	assert((e == ERR_PARSE) == (r == ERR_PARSE));
	json_open(&j, text);
	bool number = json_read_number(&j, &digits) && json_done(&j) == OK &&
		      digits.n == size;
	assert(number == (e != ERR_PARSE));
	if (e == OK) {
		assert(r == OK && rounded == n);
		for (int decimals = 0; decimals <= 9; decimals += 3) {
			size_t len = num_text_fixed(out, n, decimals);
			enum err again = num_parse(&back, (struct str){ out, len });
			assert(again == OK && back == n);
		}
	}
	if (r == OK && str_copy(copy, sizeof(copy), text)) {
		double near = strtod(copy, NULL) * 1e9, off = near - (double)rounded;
		assert(off < 0.5 + 1e4 && off > -0.5 - 1e4);
		if (rounded < 1000000 && rounded > -1000000)
			assert(off < 0.5001 && off > -0.5001);
	}
	return 0;
}
