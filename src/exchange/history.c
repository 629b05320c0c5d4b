/* history.c: what each account was worth: at the end of each minute that was played, for as
 * many days as the broker shows minutes of, and at the close of each session. Samples are
 * taken when an instant comes that is behind the minute or the close: everything that belongs
 * to it has happened then, and nothing else. */
#include "exchange/serve_inner.h"

size_t history_size(uint32_t accounts)
{
	return accounts * sizeof(struct history);
}

static void put(struct history *h, bool daily, int64_t at, usd equity)
{
	struct history_point p = { at, equity };

	if (daily)
		h->daily[h->days++ % XS_DAYS] = p;
	else
		h->minute[h->minutes++ % XS_MINUTES] = p;
}

void history_tick(struct exchange *x, ns ts)
{
	int64_t minute = (ts - 1) / NS_MINUTE;
	bool over = x->sampled > 0 && minute > x->sampled;
	bool closed = x->sampled > 0 && ts > x->sampling.close;

	if (x->sampled == 0 || closed) {
		day d = x->sampling.date;
		for (uint32_t i = 0; i < x->c.core.accounts && closed; i++)
			put(&x->history[i], true, d, xc_account(x->core, (uint16_t)i).equity);
		x->sampling = calendar_next(NULL, ts);
	}
	for (uint32_t i = 0; i < x->c.core.accounts && over; i++)
		put(&x->history[i], false, x->sampled,
		    xc_account(x->core, (uint16_t)i).equity);
	x->sampled = minute;
}

void history_forget(struct exchange *x, uint16_t account)
{
	x->history[account].minutes = x->history[account].days = 0;
}

/* The last of n points in a ring of `size` that is not behind `most`; NULL: all are. */
static const struct history_point *find(const struct history_point *ring, uint64_t n, uint64_t size,
					int64_t most)
{
	uint64_t low = n > size ? n - size : 0, first = low, high = n;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		if (ring[mid % size].at <= most)
			low = mid + 1;
		else
			high = mid;
	}
	return low > first ? &ring[(low - 1) % size] : NULL;
}

bool history_at(const struct exchange *x, uint16_t account, ns at, usd *equity)
{
	const struct history *h = &x->history[account];
	const struct history_point *p;

	if (at > x->now) {
		*equity = xc_account(x->core, account).equity;
		return true;
	}
	p = find(h->minute, h->minutes, XS_MINUTES, at / NS_MINUTE - 1);
	if (p != NULL)
		*equity = p->equity;
	return p != NULL;
}

bool history_close(const struct exchange *x, uint16_t account, day d, usd *equity)
{
	const struct history *h = &x->history[account];
	const struct history_point *p = find(h->daily, h->days, XS_DAYS, d);

	if (p == NULL || p->at != d)
		return false;
	*equity = p->equity;
	return true;
}
