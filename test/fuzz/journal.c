/* rooms: run */
#include "run/journal.h"

#include <stdlib.h>

/* Whatever a record of a day has become: it is read to its end, and nothing beyond. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct journal_record record;
	static struct journal_reader r;

	r = (struct journal_reader){ .at = data, .end = data + n };
	for (enum err e = OK; e == OK;) {
		const uint8_t *before = r.at;
		e = journal_next(&r, &record);
		if (e == OK && (r.at <= before || r.at > r.end))
			abort();
		if (e == ERR_PARSE && (r.why == NULL || r.at != r.end))
			abort();
		if (e != OK && e != ERR_PARSE && e != ERR_END)
			abort();
	}
	return 0;
}
