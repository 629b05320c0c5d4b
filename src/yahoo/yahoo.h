/* yahoo.h: the chart service that Yahoo's own pages use: not documented, without a key, and gone
 * when it likes. Requests and answers only: no sockets, no clock. What is known of it was seen in
 * answers; so all of it is optional, and rows.h leaves out what is no bar.
 *
 * Prices are those of all venues, adjusted by splits up to today; of one-minute bars there are
 * eight days, of those up to half an hour sixty. */
#ifndef YAHOO_YAHOO_H
#define YAHOO_YAHOO_H

#include "base/text.h"
#include "feed/rows.h"

/* Request line and headers, as http_client_send wants them. timeframe_s: 60, 300, 900, 1800 or
 * 86400. */
void yahoo_head(struct text *t, struct str symbol, int timeframe_s, ns from, ns to);

/* ERR_PARSE: no answer (a page of excuses, half a document). ERR_NOTFOUND: it does not know the
 * symbol, or speaks of another one, or of other money than dollars. ERR_RANGE: bars of another
 * length than asked for. Else *r can be read; it looks into body. */
MUST_CHECK enum err yahoo_read(struct str body, struct str symbol, int timeframe_s,
			       struct rows *r);

#endif
