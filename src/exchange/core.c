/* core.c: the exchange's memory: orders, lists, events; and what is read of it. */
#include "exchange/core_inner.h"

/* ---- the block */
static uint32_t hash_size(uint32_t orders_max)
{
	uint32_t n = XI_HASHES;

	assert(orders_max > 0);
	while (n < orders_max * 2)
		n *= 2;
	return n;
}

static size_t part(size_t *used, size_t each, size_t count)
{
	size_t at = (*used + 63) & ~(size_t)63;

	assert(at >= *used && each > 0 && count <= (SIZE_MAX - at) / each);
	*used = at + each * count;
	return at;
}

/* Of a search's many exchanges each has few orders: the beginnings of tables, as far as they can,
 * lie beside what is in use anyway. */
static struct xi_layout lay_out(const struct xc_config *c)
{
	size_t used = sizeof(struct xc), max = c->orders_max;
	struct xi_layout l = { .executions_max = c->orders_max * XI_PARTS_MAX,
			       .events_max = c->orders_max * XI_EVENTS,
			       .activities_max = c->orders_max + XI_ACTIVITIES };

	assert(c->orders_max >= 1 && c->orders_max <= (1u << 26));
	assert(c->accounts >= 1 && c->accounts <= 1024);
	l.holdings = part(&used, sizeof(struct xi_holding), (size_t)c->accounts * XC_ASSETS_MAX);
	l.accounts = part(&used, sizeof(struct xi_account), c->accounts);
	l.names = part(&used, 2 * sizeof(uint32_t), hash_size(c->orders_max));
	l.nodes = part(&used, sizeof(struct xi_node), max);
	l.orders = part(&used, sizeof(struct xc_order), max);
	l.heap = part(&used, sizeof(uint32_t), max);
	l.scratch = part(&used, sizeof(uint32_t), max);
	l.executions = part(&used, sizeof(struct xc_execution), l.executions_max);
	l.activities = part(&used, sizeof(struct xc_activity), l.activities_max);
	l.events = part(&used, sizeof(struct xi_event), l.events_max);
	l.size = used;
	return l;
}

size_t xc_size(const struct xc_config *c)
{
	assert(c != NULL);
	return lay_out(c).size;
}

struct xc *xc_init(void *memory, const struct xc_config *c, const struct calendar *cal)
{
	struct xc *x = memory;

	assert(memory != NULL && ((uintptr_t)memory & 15) == 0);
	assert(c->cash.n >= 0 && c->cash.n <= XI_MONEY_MAX / 4);
	assert(c->partial_pct >= 0 && c->partial_pct <= 100 && c->latency >= 0);
	assert(c->slippage_bp_centi >= 0 && c->slippage_bp_centi < 1000000);
	assert(c->volume_share_pct >= 0 && c->volume_share_pct <= 100);
	x->c = *c;
	if (cal != NULL)
		x->cal = *cal;
	x->at = lay_out(c);
	x->hash_mask = XI_HASHES - 1;
	rng_seed_for(&x->rng, c->seed, STR("partial fills"), 0);
	for (uint32_t i = 0; i < c->accounts; i++) {
		xi_uuid(x, xi_account(x, (uint16_t)i)->id, STR("account"), (int64_t)i);
		xc_set_account(x, (uint16_t)i, c->cash, c->multiplier, c->shorting);
	}
	return x;
}

void xc_set_account(struct xc *x, uint16_t account, usd cash, int32_t multiplier, bool shorting)
{
	struct xi_account *a = xi_account(x, account);

	assert(!x->started && cash.n >= 0 && cash.n <= XI_MONEY_MAX / 4);
	assert(multiplier == 1 || multiplier == 2 || multiplier == 4);
	a->start_cash = a->cash = a->last_equity = a->close_equity = cash;
	a->multiplier = multiplier;
	a->shorting = shorting;
	a->settings = XI_SETTINGS;
	a->settings.max_multiplier = (uint8_t)multiplier;
}

void xc_set_bars(struct xc *x)
{
	assert(!x->started);
	x->bars = true;
}

void xc_set_actions(struct xc *x, const struct xc_actions *t)
{
	assert(!x->started && t->n <= XC_ACTIONS_MAX);
	x->actions = *t;
}

/* ---- orders and their lists */
static void link_last(struct xc *x, xc_oid i, uint16_t asset)
{
	struct xi_asset *a = &x->asset[asset];
	struct xi_node *n = xi_node(x, i);

	assert(asset < x->assets && !n->live);
	n->prev = a->tail;
	n->next = 0;
	if (a->tail != 0)
		xi_node(x, a->tail - 1)->next = i + 1;
	else
		a->head = i + 1;
	a->tail = i + 1;
	a->n++;
	n->live = true;
	xi_set(&x->ordered, asset, true);
}

void xi_unlink(struct xc *x, xc_oid i)
{
	struct xi_node *n = xi_node(x, i);
	struct xi_asset *a = &x->asset[xi_order(x, i)->asset];

	assert(n->live && a->n > 0);
	if (n->prev != 0)
		xi_node(x, n->prev - 1)->next = n->next;
	else
		a->head = n->next;
	if (n->next != 0)
		xi_node(x, n->next - 1)->prev = n->prev;
	else
		a->tail = n->prev;
	a->n--;
	if (a->n == 0)
		xi_set(&x->ordered, xi_order(x, i)->asset, false);
	n->next = n->prev = 0;
	n->live = false;
	xi_due(x, i);
}

xc_oid xi_new_order(struct xc *x, uint16_t account, uint16_t asset, struct str cid)
{
	assert(x->orders < x->c.orders_max && asset < x->assets);

	xc_oid i = x->orders++;
	struct xc_order *o = xi_order(x, i);

	*o = (struct xc_order){ .asset = asset, .account = account, .parent = XC_NONE,
				.leg = { XC_NONE, XC_NONE }, .replaces = XC_NONE,
				.replaced_by = XC_NONE, .created = x->now, .updated = x->now,
				.submitted = x->now };
	*xi_node(x, i) = (struct xi_node){ .after = x->now };
	xi_uuid(x, o->id, STR("order"), (int64_t)i);
	if (cid.n == 0 || !str_copy(o->cid, sizeof(o->cid), cid))
		xi_uuid(x, o->cid, STR("client order"), (int64_t)i);
	xi_hash_add(x, i);
	link_last(x, i, asset);
	xi_account(x, account)->verdict.orders++;
	return i;
}

uint32_t *xi_live(struct xc *x, uint16_t asset, uint32_t *n)
{
	uint32_t *list = xi_at(x, x->at.scratch);

	assert(asset < x->assets);
	*n = 0;
	for (uint32_t at = x->asset[asset].head; at != 0; at = xi_node(x, at - 1)->next) {
		assert(*n < x->c.orders_max);
		list[(*n)++] = at - 1;
	}
	return list;
}

/* ---- events, which are read after every input. An order has at most: accepted, new, four fills,
 * pending_cancel, its end, order_cancel_rejected; as a replacement also what its predecessor
 * says because of it; by mischief or the day's end, each of the shown statuses and back. */
void xi_event(struct xc *x, enum xc_event_kind kind, xc_oid i, uint32_t exec)
{
	struct xi_event *all = xi_at(x, x->at.events);
	struct xc_order *o = xi_order(x, i);

	assert(x->event_tail < x->at.events_max);
	all[x->event_tail++] = (struct xi_event){
		.ts = x->now, .done = o->done, .done_value = o->done_value,
		.order = i, .exec = exec,
		.position = xi_holding(x, o->account, o->asset)->pub.n,
		.kind = (uint8_t)kind, .status = (uint8_t)o->status,
	};
	x->event_count++;
	o->updated = x->now;
}

bool xc_next_event(struct xc *x, struct xc_event *out)
{
	const struct xi_event *all = xi_at(x, x->at.events);

	assert(x->event_head <= x->event_tail);
	if (x->event_head == x->event_tail) {
		x->event_head = x->event_tail = 0;
		return false;
	}
	const struct xi_event *e = &all[x->event_head];
	uint64_t number = x->event_count - (x->event_tail - x->event_head);

	*out = (struct xc_event){ .kind = (enum xc_event_kind)e->kind, .order = e->order,
				  .account = xi_order(x, e->order)->account,
				  .status = (enum order_status)e->status, .done = e->done,
				  .done_value = e->done_value,
				  .ts = e->ts, .position = e->position };
	/* In a backtest nobody reads the names of events that are no fills. */
	if (!x->bars)
		xi_uuid(x, out->execution, STR("event"), (int64_t)number);
	if (e->exec != 0) {
		const struct xc_execution *f = xc_execution(x, e->exec - 1);
		bool amends = out->kind == XE_TRADE_BUST || out->kind == XE_TRADE_CORRECT;
		out->n = f->n;
		out->at = f->at;
		out->fee = f->fee;
		out->position = amends ? e->position : f->position;
		memcpy(amends ? out->previous : out->execution, f->id, sizeof(f->id));
	}
	x->event_head++;
	return true;
}

const char *xc_event_text(enum xc_event_kind k)
{
	switch (k) {
	case XE_NEW:                    return "new";
	case XE_FILL:                   return "fill";
	case XE_PARTIAL_FILL:           return "partial_fill";
	case XE_CANCELED:               return "canceled";
	case XE_EXPIRED:                return "expired";
	case XE_DONE_FOR_DAY:           return "done_for_day";
	case XE_REPLACED:               return "replaced";
	case XE_REJECTED:               return "rejected";
	case XE_ACCEPTED:               return "accepted";
	case XE_HELD:                   return "held";
	case XE_PENDING_NEW:            return "pending_new";
	case XE_PENDING_CANCEL:         return "pending_cancel";
	case XE_PENDING_REPLACE:        return "pending_replace";
	case XE_ORDER_REPLACE_REJECTED: return "order_replace_rejected";
	case XE_ORDER_CANCEL_REJECTED:  return "order_cancel_rejected";
	case XE_SUSPENDED:              return "suspended";
	case XE_STOPPED:                return "stopped";
	case XE_CALCULATED:             return "calculated";
	case XE_RESTATED:               return "restated";
	case XE_TRADE_BUST:             return "trade_bust";
	case XE_TRADE_CORRECT:          return "trade_correct";
	}
	assert(false);
	return "";
}

const char *xc_intent_text(unsigned intent)
{
	static const char *const text[] = {
		[XC_BUY_TO_OPEN] = "buy_to_open", [XC_BUY_TO_CLOSE] = "buy_to_close",
		[XC_SELL_TO_OPEN] = "sell_to_open", [XC_SELL_TO_CLOSE] = "sell_to_close"
	};

	return intent < COUNT(text) ? text[intent] : NULL;
}

/* ---- assets */
enum err xc_add_asset(struct xc *x, const char *symbol, const char *name, uint16_t *index)
{
	assert(symbol != NULL && index != NULL);
	if (x->assets == XC_ASSETS_MAX)
		return ERR_FULL;

	struct xc_asset *a = &x->asset[x->assets].pub;

	*a = (struct xc_asset){ .tradable = true, .marginable = true, .shortable = true,
				.easy_to_borrow = true, .fractionable = true };
	if (!str_copy(a->symbol, sizeof(a->symbol), str_of(symbol)) || a->symbol[0] == '\0')
		return ERR_FULL;
	struct str shown = str_of(name != NULL ? name : symbol);
	if (shown.n >= sizeof(a->name))
		shown.n = sizeof(a->name) - 1;
	if (!str_copy(a->name, sizeof(a->name), shown))
		return ERR_FULL;
	a->margin_pct = xi_margin_pct(a->symbol);
	memcpy(a->exchange, "NASDAQ", sizeof("NASDAQ"));
	xi_uuid(x, a->id, str_of(a->symbol), 0);
	*index = (uint16_t)x->assets++;
	for (uint32_t i = 0; i < x->c.accounts; i++)
		xi_holding(x, (uint16_t)i, *index)->pub.asset = *index;
	return OK;
}

void xc_set_asset(struct xc *x, uint16_t asset, const struct xc_asset *flags)
{
	assert(asset < x->assets);
	struct xc_asset *a = &x->asset[asset].pub;

	a->tradable = flags->tradable;
	a->marginable = flags->marginable;
	a->shortable = flags->shortable;
	a->easy_to_borrow = flags->easy_to_borrow;
	a->fractionable = flags->fractionable;
	if (flags->exchange[0] != '\0')
		memcpy(a->exchange, flags->exchange, sizeof(a->exchange));
}

bool xc_find_asset(const struct xc *x, struct str symbol_or_id, uint16_t *asset)
{
	assert(asset != NULL);
	size_t n = symbol_or_id.n;
	for (uint32_t i = 0; i < x->assets; i++) {
		const struct xc_asset *a = &x->asset[i].pub;
		const char *name = n < sizeof(a->symbol) ? a->symbol : a->id;
		if (n > 0 && n < sizeof(a->id) && name[0] == symbol_or_id.s[0] &&
		    str_eq(str_of(name), symbol_or_id)) {
			*asset = (uint16_t)i;
			return true;
		}
	}
	return false;
}

/* ---- reading */
ns xc_now(const struct xc *x)
{
	assert(x != NULL);
	return x->now;
}

uint32_t xc_orders(const struct xc *x)
{
	assert(x->orders <= x->c.orders_max);
	return x->orders;
}

const struct xc_order *xc_order(const struct xc *x, xc_oid o)
{
	return xi_order(x, o);
}

uint32_t xc_live(const struct xc *x, uint16_t asset, xc_oid *out, uint32_t most)
{
	uint32_t n = 0;

	assert(asset < x->assets);
	for (uint32_t at = x->asset[asset].head; at != 0 && n < most; at = xi_node(x, at - 1)->next)
		out[n++] = at - 1;
	return n;
}

bool xc_order_open(const struct xc_order *o)
{
	return !status_final(o->status) && o->status != ST_HELD;
}

uint32_t xc_assets(const struct xc *x)
{
	assert(x->assets <= XC_ASSETS_MAX);
	return x->assets;
}

const struct xc_asset *xc_asset(const struct xc *x, uint16_t asset)
{
	assert(asset < x->assets);
	return &x->asset[asset].pub;
}

const struct xc_quote *xc_last_quote(const struct xc *x, uint16_t asset)
{
	assert(asset < x->assets);
	return &x->asset[asset].q;
}

const struct xc_position *xc_position(const struct xc *x, uint16_t account, uint16_t asset)
{
	const struct xc_position *p = &xi_holding(x, account, asset)->pub;

	return p->n.n == 0 ? NULL : p;
}

const char *xc_account_id(const struct xc *x, uint16_t account)
{
	return xi_account(x, account)->id;
}

uint32_t xc_executions(const struct xc *x)
{
	assert(x->executions <= x->at.executions_max);
	return x->executions;
}

const struct xc_execution *xc_execution(const struct xc *x, uint32_t i)
{
	assert(i < x->executions);
	return (const struct xc_execution *)xi_at(x, x->at.executions) + i;
}
