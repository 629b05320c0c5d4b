/* core_forget.c: for who runs through years at a go: what is over makes room. */
#include "exchange/core_inner.h"

static bool stays(const struct xc *x, xc_oid i)
{
	const struct xc_order *root = xi_order(x, xi_root(x, i));
	bool lives = xi_node(x, i)->live || xi_node(x, xi_root(x, i))->live;

	assert(root->parent == XC_NONE);
	for (size_t k = 0; k < COUNT(root->leg); k++)
		lives |= root->leg[k] != XC_NONE && xi_node(x, root->leg[k])->live;
	return lives;
}

/* The number now of what was i; XC_NONE: it is no more. list: the old numbers, ascending. */
static xc_oid now_of(const xc_oid *list, uint32_t n, xc_oid i)
{
	uint32_t from = 0, to = n;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		if (list[middle] < i)
			from = middle + 1;
		else
			to = middle;
	}
	return from < n && list[from] == i ? from : XC_NONE;
}

/* Of those that are stored + 1; 0 stays 0, and so does what is gone. */
static uint32_t next_of(const xc_oid *list, uint32_t n, uint32_t i)
{
	return i == 0 ? 0 : now_of(list, n, i - 1) + 1;
}

static void move(struct xc *x, const xc_oid *list, uint32_t n, xc_oid to)
{
	struct xc_order *o = xi_order(x, to);
	struct xi_node *k = xi_node(x, to);

	assert(list[to] >= to);
	*o = *xi_order(x, list[to]);
	*k = *xi_node(x, list[to]);
	o->parent = now_of(list, n, o->parent);
	o->replaces = now_of(list, n, o->replaces);
	o->replaced_by = now_of(list, n, o->replaced_by);
	for (size_t i = 0; i < COUNT(o->leg); i++)
		o->leg[i] = now_of(list, n, o->leg[i]);
	k->next = next_of(list, n, k->next);
	k->prev = next_of(list, n, k->prev);
	k->replacement = next_of(list, n, k->replacement);
}

const xc_oid *xc_forget(struct xc *x, uint32_t *out)
{
	xc_oid *list = xi_at(x, x->at.scratch);
	uint32_t *heap = xi_at(x, x->at.heap), n = 0;

	assert(x->event_head == x->event_tail);
	for (xc_oid i = 0; i < x->orders; i++) {
		xi_hash_drop(x, i);
		if (stays(x, i))
			list[n++] = i;
	}
	for (uint32_t i = 0; i < x->heap_n; i++)
		heap[i] = now_of(list, n, heap[i]);
	for XI_EACH(k, x, &x->ordered) {
		x->asset[k].head = next_of(list, n, x->asset[k].head);
		x->asset[k].tail = next_of(list, n, x->asset[k].tail);
	}
	for (xc_oid i = 0; i < n; i++)
		move(x, list, n, i);
	x->orders = n;
	for (xc_oid i = 0; i < n; i++)
		xi_hash_add(x, i);
	x->executions = x->activities = 0;
	for (uint32_t i = 0; i < x->c.accounts; i++)
		xi_account(x, (uint16_t)i)->since = (struct xc_since){ 0 };
	/* No two orders ever have the same id. */
	x->c.seed++;
	*out = n;
	return list;
}
