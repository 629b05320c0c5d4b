#include "net/backoff.h"
#include "net/bucket.h"
#include "check.h"

/* However greedily one asks, no window of a minute sees more than the limit. */
void test_bucket_limit(void)
{
	static ns taken[4000];
	struct bucket b;
	struct rng r;
	ns now = 12345, again, rested = 0;
	int n = 0;

	rng_seed(&r, check_seed());
	bucket_init(&b, 200, now);
	while (n < 4000) {
		enum bucket_class c = (enum bucket_class)rng_below(&r, BUCKET_CLASSES);
		if (bucket_take(&b, c, now, &again)) {
			taken[n++] = now;
		} else {
			CHECK(again > now, "later, not now");
			if (rng_below(&r, 4) == 0)
				now = again;
		}
		if (rng_below(&r, 1000) == 0) {
			ns rest = (ns)rng_below(&r, 90 * NS_SECOND);
			now += rest;
			rested += rest;
		}
	}
	for (int i = 0, from = 0; i < n; i++) {
		while (taken[i] - taken[from] >= NS_MINUTE)
			from++;
		CHECK(i - from + 1 <= 200, "%d requests in a minute", i - from + 1);
	}
	CHECK(taken[n - 1] - taken[0] - rested < 30 * NS_MINUTE,
	      "and it is not far below the limit either");
}

void test_bucket_again(void)
{
	struct bucket b;
	struct rng r;
	ns now = 0, again;

	rng_seed(&r, check_seed());
	bucket_init(&b, 7, now);
	for (int i = 0; i < 2000; i++) {
		enum bucket_class c = (enum bucket_class)rng_below(&r, BUCKET_CLASSES);
		if (bucket_take(&b, c, now, &again))
			continue;
		ns before = again - 2;
		ns unused;
		struct bucket copy = b;
		CHECK(before <= now || !bucket_take(&copy, c, before, &unused), "not earlier");
		now = again;
		CHECK(bucket_take(&b, c, now, &again), "at the instant that was named it is there");
	}
}

void test_bucket_classes(void)
{
	struct bucket b;
	ns again;
	int got[BUCKET_CLASSES] = { 0 };

	bucket_init(&b, 200, 0);
	for (int c = BUCKET_HISTORY; c >= BUCKET_CANCEL; c--)
		while (bucket_take(&b, (enum bucket_class)c, 0, &again))
			got[c]++;
	CHECK_INT(got[BUCKET_HISTORY], 25, "history gets half");
	for (int c = BUCKET_CANCEL; c < BUCKET_HISTORY; c++)
		CHECK(got[c] > 0, "class %d still gets some after those behind it", c);
	for (int64_t per_minute = 2; per_minute < 300; per_minute++) {
		bucket_init(&b, per_minute, 0);
		CHECK(bucket_take(&b, BUCKET_HISTORY, 0, &again),
		      "%d a minute: history is possible",
		      (int)per_minute);
	}
}

void test_bucket_blocked(void)
{
	struct bucket b;
	ns again, until = 20 * NS_SECOND;

	bucket_init(&b, 200, 0);
	bucket_block(&b, 0, until);
	CHECK(!bucket_take(&b, BUCKET_RECONCILE, 15 * NS_SECOND, &again), "no read before the end");
	CHECK_INT(again, until, "and that is when to come again");
	CHECK(!bucket_take(&b, BUCKET_CANCEL, 5 * NS_SECOND, &again), "no cancel at once");
	CHECK_INT(again, BUCKET_PROBE, "but sooner than the rest");
	CHECK(bucket_take(&b, BUCKET_EXIT, BUCKET_PROBE, &again), "as an exit");
	bucket_block(&b, BUCKET_PROBE, until);
	CHECK(!bucket_take(&b, BUCKET_EXIT, until - 1, &again), "one that is refused waits again");
	CHECK_INT(again, until, "and never longer than all others");
	CHECK(!bucket_take(&b, BUCKET_ENTRY, until, &again), "an entry waits for refill");
	CHECK(again > until, "after the end");
	CHECK(bucket_take(&b, BUCKET_CANCEL, until, &again), "a cancel does not");
	CHECK(bucket_take(&b, BUCKET_EXIT, until, &again), "an exit neither");
	bucket_block(&b, 0, 1);
	CHECK_INT(b.blocked_until, until, "an earlier end does not shorten it");
}

/* Nothing comes in while the broker refuses: in an hour of it, minute after minute, what protects
 * money must not run out of tokens. */
void test_bucket_refused_for_an_hour(void)
{
	struct bucket b;
	ns again = 0, last = 0, longest = 0;
	uint32_t reads = 0, in_minute[61] = { 0 }, most = 0;

	bucket_init(&b, 200, 0);
	bucket_block(&b, 0, NS_MINUTE);
	for (ns now = 0; now < 60 * NS_MINUTE; now += NS_SECOND) {
		if (bucket_take(&b, BUCKET_RECONCILE, now, &again)) {
			reads++;
			bucket_block(&b, now, now + NS_MINUTE);
		}
		if (!bucket_take(&b, BUCKET_EXIT, now, &again))
			continue;
		in_minute[now / NS_MINUTE]++;
		longest = now - last > longest ? now - last : longest;
		last = now;
		if (now / NS_SECOND % 3 == 0)
			bucket_block(&b, now, now + NS_MINUTE);
	}
	for (size_t i = 0; i < 60; i++)
		most = in_minute[i] > most ? in_minute[i] : most;
	CHECK(longest <= BUCKET_PROBE, "no exit waits longer than %lld s: %lld s",
	      (long long)(BUCKET_PROBE / NS_SECOND), (long long)(longest / NS_SECOND));
	CHECK(reads <= 60, "reads go when a refusal is over: %u in an hour", reads);
	CHECK(most <= 60, "and exits are no storm: %u in one minute", most);
}

void test_backoff(void)
{
	struct backoff b;
	struct rng r;
	ns most = 0;

	rng_seed(&r, check_seed());
	backoff_init(&b, NS_SECOND, 60 * NS_SECOND);
	for (int i = 0; i < 200; i++) {
		ns bound = i < 6 ? NS_SECOND << i : 60 * NS_SECOND, w = backoff_failed(&b, &r);
		CHECK(w > 0 && w <= bound, "wait %d is within its bound", i);
		most = w > most ? w : most;
	}
	CHECK(most > 30 * NS_SECOND, "late waits use the whole range");
	backoff_data(&b, 1000);
	backoff_data(&b, 1000 + BACKOFF_GOOD_AFTER - 1);
	CHECK(b.tries > 0, "a short good time changes nothing");
	(void)backoff_failed(&b, &r);
	backoff_data(&b, 2000 + BACKOFF_GOOD_AFTER);
	CHECK(b.tries > 0, "the good time begins anew after a failure");
	backoff_data(&b, 2000 + 2 * BACKOFF_GOOD_AFTER);
	CHECK_INT(b.tries, 0, "a long one resets");
	CHECK(backoff_failed(&b, &r) <= NS_SECOND, "and the first wait is short again");
}
