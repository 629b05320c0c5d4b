/* rooms: base */
/* Any bytes as a double: what the library reads, too, has the same bits, and nothing
 * else is read. */
#include <stdlib.h>

#include "base/f64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* strtod takes more than decimals. */
static bool decimal(const char *s)
{
	return s[0] != '\0' && strspn(s, "0123456789.eE+-") == strlen(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *end;
	double v = 0, want;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	bool read = f64_parse(&v, (struct str){ text, size });
	if (strlen(text) == size && decimal(text)) {
		want = strtod(text, &end);
		assert(read == (end == text + size));
		assert(!read || memcmp(&v, &want, sizeof(v)) == 0);
	} else {
		assert(!read);
	}
	free(text);
	return 0;
}
