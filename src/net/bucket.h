/* bucket.h: a token bucket in which what protects money goes first. The broker
 * takes 200 requests a minute from one account. Pure: time is handed in. */
#ifndef NET_BUCKET_H
#define NET_BUCKET_H

#include "base/base.h"

/* Lower goes first and may dig deeper: a class may only spend tokens above its
 * reserve, so history can never starve a cancel. */
enum bucket_class { BUCKET_CANCEL, BUCKET_EXIT, BUCKET_RECONCILE, BUCKET_ENTRY, BUCKET_HISTORY,
		    BUCKET_CLASSES };

struct bucket {
	int64_t capacity_milli;		/* thousandths of a token */
	int64_t level_milli;
	int64_t per_minute;
	ns      last;
	int64_t reserve_milli[BUCKET_CLASSES];
	ns      blocked_until;		/* after a 429 */
	ns      probe_at;		/* the same for what protects money: cancels and exits */
};

/* A quarter of per_minute may go at once, the other three quarters come in over a
 * minute: no window of a minute ever sees more than per_minute. */
void bucket_init(struct bucket *b, int64_t per_minute, ns now);
/* Takes one token for that class; false: not now, *again says when (mono). */
bool bucket_take(struct bucket *b, enum bucket_class c, ns now, ns *again);
/* A 429: nothing before `until`, and then only what entries and history leave to the
 * classes before them. Of cancels and exits one may go each BUCKET_PROBE, whatever tokens
 * there are: shares may be without a stop for as long as they are refused, and six requests
 * a minute are no burden. */
#define BUCKET_PROBE (10 * NS_SECOND)
void bucket_block(struct bucket *b, ns now, ns until);

#endif
