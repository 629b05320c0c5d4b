/* rooms: base */
/* Any bytes as a time, a date or a duration: what is read is written and read
 * again as itself, also when it is shown with the offset it came with. */
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	char out[RFC3339_TEXT], date[16];
	ns at, back, length;
	day d, again;

	enum err e = rfc3339_parse(&at, text);
	if (e == OK) {
		size_t n = rfc3339_text(out, at);
		e = rfc3339_parse(&back, (struct str){ out, n });
		assert(e == OK && back == at);

		int offset = (int)(data[size - 1] % 24 - 12) * 3600 + data[0] % 60 * 60;
		n = rfc3339_text_at(out, at, offset);
		e = rfc3339_parse(&back, (struct str){ out, n });
		assert(e == OK && back == at);
	} else {
		assert(e == ERR_PARSE || e == ERR_RANGE);
	}
	if (date_parse(&d, text)) {
		size_t n = date_text(date, d);
		assert(str_eq((struct str){ date, n }, text));
		bool ok = date_parse(&again, (struct str){ date, n });
		assert(ok && again == d);
	}
	e = duration_parse(&length, text);
	assert(e == OK ? length >= 0 : e == ERR_PARSE || e == ERR_RANGE);
	return 0;
}
