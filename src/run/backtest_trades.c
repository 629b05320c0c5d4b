/* backtest_trades.c: memory for round trips. Those of all accounts of a pass lie in one row, as
 * they end: so many accounts with a little memory each would touch many pages for few trades. */
#include "run/backtest_inner.h"

#include <sys/mman.h>

#define TRADES_FIRST 256	/* of an account; room doubles whenever it is too small */

bool bt_more_trades(struct bt_pass *p)
{
	uint32_t cap = p->trades_cap > 0 ? p->trades_cap * 2 : TRADES_FIRST * p->n;
	size_t size = sizeof p->trade[0];
	void *more = p->trade == NULL ? mmap(NULL, cap * size, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) :
		     mremap(p->trade, p->trades_cap * size, cap * size, MREMAP_MAYMOVE);

	if (more == MAP_FAILED)
		return false;
	if (p->b->c.variants > 0)
		(void)madvise(more, cap * size, MADV_HUGEPAGE);
	p->trade = more;
	p->trades_cap = cap;
	return true;
}

void bt_drop_trades(struct bt_pass *p)
{
	if (p->trade != NULL)
		(void)munmap(p->trade, p->trades_cap * sizeof p->trade[0]);
}

/* The engine says that a trade is over when all its orders are: some seconds after its last fill
 * in the worst case. */
static void sort_trades(struct lab_trade *t, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct lab_trade one = t[i];
		uint32_t k = i;
		for (; k > 0 && t[k - 1].closed > one.closed; k--)
			t[k] = t[k - 1];
		t[k] = one;
	}
}

/* Each one that is exchanged is where it belongs. */
static void to_places(struct lab_trade *t, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		while (t[i].place != i) {
			struct lab_trade one = t[t[i].place];
			t[t[i].place] = t[i];
			t[i] = one;
		}
		t[i].place = 0;
	}
}

void bt_share_trades(struct bt_pass *p)
{
	struct lab_trade *next = p->trade;

	for (uint32_t i = 0; i < p->n; i++) {
		p->account[i].trade = next;
		next += p->account[i].trades_n;
		p->account[i].trades_n = 0;
	}
	for (uint32_t i = 0; i < p->trades_n; i++) {
		struct bt_account *a = &p->account[p->trade[i].place];
		p->trade[i].place = (uint32_t)(a->trade - p->trade) + a->trades_n++;
	}
	to_places(p->trade, p->trades_n);
	for (uint32_t i = 0; i < p->n; i++)
		sort_trades(p->account[i].trade, p->account[i].trades_n);
}
