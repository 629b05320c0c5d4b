#include "net/bucket.h"

#define TOKEN 1000		/* a token in thousandths */

/* Parts of the capacity, in hundredths, that a class leaves to those before it. */
static const int64_t left_to_others[BUCKET_CLASSES] = {
	[BUCKET_CANCEL] = 0, [BUCKET_EXIT] = 10, [BUCKET_RECONCILE] = 20,
	[BUCKET_ENTRY] = 30, [BUCKET_HISTORY] = 50,
};

void bucket_init(struct bucket *b, int64_t per_minute, ns now)
{
	assert(per_minute >= 2 && per_minute <= 1000000);
	/* A quarter may go at once; the rest comes back within the minute, so that no
	 * window of a minute sees more than per_minute. */
	int64_t burst = per_minute >= 4 ? per_minute / 4 : 1;

	*b = (struct bucket){
		.capacity_milli = burst * TOKEN, .level_milli = burst * TOKEN,
		.per_minute = per_minute - burst, .last = now, .blocked_until = INT64_MIN,
		.probe_at = INT64_MIN,
	};
	for (int i = 0; i < BUCKET_CLASSES; i++) {
		int64_t reserve = b->capacity_milli * left_to_others[i] / 100;
		if (reserve > b->capacity_milli - TOKEN)
			reserve = b->capacity_milli - TOKEN;
		b->reserve_milli[i] = reserve;
	}
}

/* The time is moved on by exactly what was put in, so that nothing is lost. */
static void refill(struct bucket *b, ns now)
{
	if (now <= b->last)
		return;
	ns passed = now - b->last;
	if (passed >= NS_MINUTE) {	/* a quarter is refilled in 20 s */
		b->level_milli = b->capacity_milli;
		b->last = now;
		return;
	}
	int64_t milli = passed * b->per_minute / NS_MS / 60;	/* < 6e10 * 1e6 */
	b->level_milli += milli;
	b->last += milli * 60 * NS_MS / b->per_minute;
	if (b->level_milli > b->capacity_milli)
		b->level_milli = b->capacity_milli;
}

bool bucket_take(struct bucket *b, enum bucket_class c, ns now, ns *again)
{
	assert(c >= 0 && c < BUCKET_CLASSES);
	refill(b, now);
	int64_t wanted = b->reserve_milli[c] + TOKEN;
	ns blocked_until = c <= BUCKET_EXIT ? b->probe_at : b->blocked_until;
	if (now >= blocked_until && b->level_milli >= wanted) {
		b->level_milli -= TOKEN;
		*again = now;
		return true;
	}
	*again = now;
	/* While the broker refuses nothing comes in, and it counts for itself. */
	bool probes = c <= BUCKET_EXIT && now < b->blocked_until;
	if (probes && now >= b->probe_at) {
		b->probe_at = now + BUCKET_PROBE;
		return true;
	}
	if (b->level_milli < wanted && !probes)	/* rounded up: at that instant it is there */
		*again = b->last + ((wanted - b->level_milli) * 60 * NS_MS + b->per_minute - 1) /
			 b->per_minute;
	if (*again < blocked_until)
		*again = blocked_until;
	return false;
}

void bucket_block(struct bucket *b, ns now, ns until)
{
	ns probe = until < now + BUCKET_PROBE ? until : now + BUCKET_PROBE;

	if (b->blocked_until < until)
		b->blocked_until = until;
	if (b->probe_at < probe)
		b->probe_at = probe;
	if (b->last < until)	/* nothing comes in meanwhile: the broker counts for itself */
		b->last = until;
	if (b->level_milli > b->reserve_milli[BUCKET_ENTRY])
		b->level_milli = b->reserve_milli[BUCKET_ENTRY];
}
