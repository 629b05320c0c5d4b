/* finnhub.h: candles of Finnhub, which want one of its paid keys: a free one is answered 403.
 * Requests and answers only: no sockets, no clock. Days are adjusted by splits, what is shorter is
 * not; sixty requests a minute are free of complaint. */
#ifndef FINNHUB_FINNHUB_H
#define FINNHUB_FINNHUB_H

#include "base/text.h"
#include "feed/rows.h"

/* Request line and headers, as http_client_send wants them. timeframe_s: 60, 300, 900, 1800 or
 * 86400. */
void finnhub_head(struct text *t, struct str symbol, int timeframe_s, ns from, ns to,
		  struct str key);

/* ERR_PARSE: no answer. Else *r can be read; it looks into body. "no_data" is a page without
 * rows: whether the symbol is known is not told. */
MUST_CHECK enum err finnhub_read(struct str body, struct rows *r);

#endif
