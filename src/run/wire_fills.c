/* wire_fills.c: the account's list of executions, read with each reconciliation. How many shares
 * an order has done its own state says; which executions they were, at what prices, and which of
 * them were taken back, only this list says of what the stream did not tell. */
#include "run/wire_inner.h"

#include "base/log.h"

#define FILLS_PAGES 50	/* of one reconciliation; what is behind them comes with a later one */

/* What was told while nobody listened may be as old as the oldest trade. */
ns wire_fills_from(struct wire *w, ns now)
{
	ns oldest = atomic_load(&w->l->oldest_open), from = now - ORDERS_RECENT;

	if (!w->link.synced && oldest != INT64_MAX && oldest - NS_MINUTE < from)
		from = oldest - NS_MINUTE;
	return from > now - ORDERS_BACK ? from : now - ORDERS_BACK;
}

void wire_fills_path(struct text *t, const struct task *k)
{
	char date[RFC3339_TEXT];

	text_cstr(t, "GET /v2/account/activities/FILL?direction=asc&page_size=100&after=");
	size_t n = rfc3339_text(date, k->from);
	percent_encode(t, (struct str){ date, n });
	if (k->token[0] != 0) {
		text_cstr(t, "&page_token=");
		percent_encode(t, str_of(k->token));
	}
}

static void one_fill(void *ctx, const struct report *r)
{
	struct wire *w = ctx;
	struct event ev;
	int owner = wire_owner(w, r);

	if (owner < 0)
		return;
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_ORDER;
	ev.ts = wire_now(w);
	ev.u.order = *r;
	wire_give(w, (uint8_t)owner, &ev);
}

/* True: another page is asked for. A page that is told again, or that ends where it began, is the
 * last: a list that turns in a circle is left, and read anew with the next reconciliation. */
bool wire_fills(struct wire *w, struct task *t, struct str body)
{
	struct alpaca_page page;

	if (alpaca_read_fills(body, w->l->symbols, one_fill, w, &page) != OK) {
		wire_trouble(w, "broker.fills", "the list of executions could not be read");
		return false;
	}
	if (page.token[0] == 0 || strcmp(page.token, t->token) == 0 ||
	    ++t->fails >= FILLS_PAGES)
		return false;
	memcpy(t->token, page.token, sizeof t->token);
	t->tries = 0;
	wire_later(w, t, 0);
	return true;
}
