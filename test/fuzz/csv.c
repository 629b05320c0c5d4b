/* rooms: base model feed */
#include "feed/csv.h"

#include <stdlib.h>

/* Whatever is in a file: rows that are given out are bars, and the reader ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct csv c;
	struct csv_row row;
	enum err e = csv_begin(&c, (struct str){ (const char *)data, n });

	for (size_t rows = 0; e == OK; rows++) {
		struct csv skim = c;
		enum err light = csv_skim(&skim, &row);
		ns ts = row.ts;
		enum err full = csv_next(&c, &row);

		if (full == ERR_END || rows > n) {
			if (light != ERR_END || rows > n)
				abort();
			break;
		}
		if (light == ERR_PARSE && full != ERR_PARSE)
			abort();
		if (full == OK && (row.low.n <= 0 || row.high.n < row.low.n || row.ts != ts ||
				   row.open.n < row.low.n || row.close.n > row.high.n ||
				   !(row.volume >= 0.0)))
			abort();
	}
	csv_close(&c);
	return 0;
}
