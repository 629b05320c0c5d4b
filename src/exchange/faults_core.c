/* faults_core.c: what befalls orders, accounts and the market. Each is an input like a call of a
 * client and is written into the log before it takes effect, so that a log that is played again
 * needs no rules. */
#include "exchange/faults_inner.h"

#define PRICE_MAX (9000000 * NUM_ONE)	/* the core takes no more than ten million */

enum effect_kind {
	EFFECT_MISCHIEF, EFFECT_CANCEL, EFFECT_BUST, EFFECT_CORRECT, EFFECT_BLOCK,
	EFFECT_HALT, EFFECT_MARKET
};

struct effect {
	uint32_t kind, order, flags;	/* order: or an execution */
	uint16_t asset, account;
	ns       until;			/* or a price */
	char     code[16];
};

static void apply(struct exchange *x, const struct effect *e)
{
	switch ((enum effect_kind)e->kind) {
	case EFFECT_MISCHIEF:
		xc_mischief(x->core, e->order, e->flags);
		break;
	case EFFECT_CANCEL:
		(void)xc_cancel_by_broker(x->core, x->now, e->order);
		break;
	case EFFECT_BUST:
		(void)xc_bust(x->core, x->now, e->order);
		break;
	case EFFECT_CORRECT:
		(void)xc_correct(x->core, x->now, e->order, (px){ e->until });
		break;
	case EFFECT_BLOCK:
		xc_set_blocked(x->core, e->account, e->flags);
		break;
	case EFFECT_HALT:
		market_halt(x->market, e->asset, e->until, "", e->code);
		break;
	case EFFECT_MARKET:
		market_mischief(x->market, e->asset, (enum market_mischief)e->flags, e->until);
		break;
	}
}

bool faults_replay(struct exchange *x, struct str record)
{
	struct effect e;

	if (record.n != sizeof(e))
		return false;
	memcpy(&e, record.s, sizeof(e));
	bool fine = e.asset < x->symbols->n && e.account < x->c.core.accounts &&
		    e.code[sizeof(e.code) - 1] == '\0';
	if (e.kind == EFFECT_MISCHIEF || e.kind == EFFECT_CANCEL)
		fine = fine && e.order < xc_orders(x->core);
	if (e.kind == EFFECT_BUST || e.kind == EFFECT_CORRECT)
		fine = fine && e.order < xc_executions(x->core);
	if (e.kind == EFFECT_CORRECT)
		fine = fine && e.until > 0 && e.until <= PRICE_MAX;
	if (e.kind == EFFECT_MARKET)
		fine = fine && e.flags < MISCHIEF_KINDS;
	if (e.kind == EFFECT_BLOCK)
		fine = fine && e.flags <= XC_BLOCK_TRADING;
	if (fine)
		apply(x, &e);
	return fine;
}

static void effect(struct exchange *x, struct effect e)
{
	struct call c = { .method = STR("FAULT"), .account = e.account,
			  .body = { (const char *)&e, sizeof(e) } };

	state_call(x, &c, x->now);
	apply(x, &e);
}

/* ---- orders */

static uint32_t flag_of(enum fault_what what)
{
	switch (what) {
	case DO_STICK:      return XM_STUCK_CANCEL;
	case DO_LATE_FILL:  return XM_CANCEL_LATE_FILL;
	case DO_REJECT:     return XM_REJECT | XM_REPLACE_REJECT;
	case DO_NEVER_FILL: return XM_NO_FILL;
	case DO_OVERFILL:   return XM_OVERFILL;
	case DO_SPLIT:      return XM_SPLIT_FILLS;
	case DO_LOSE_STOP:  return XM_LOST_STOP;
	case DO_LOSE_LEGS:  return XM_LOST_LEGS;
	case DO_KEEP_LEGS:  return XM_LEGS_KEEP;
	case DO_SUSPEND:    return XM_SUSPEND;
	case DO_STOPPED:    return XM_STOPPED;
	case DO_CALCULATE:  return XM_CALCULATED;
	case DO_DONE:       return XM_DONE;
	case DO_EXPIRE:     return XM_EXPIRE;
	default:            return 0;
	}
}

static bool alive(const struct exchange *x, xc_oid o)
{
	return !status_final(xc_order(x->core, o)->status);
}

static bool meant(const struct exchange *x, xc_oid o, enum fault_which which)
{
	struct fault_case k = { 0 };

	if (!alive(x, o))
		return false;
	faults_case_of_order(x, o, &k);
	return which == WHICH_ORDERS || (which == WHICH_STOPS && k.role == FR_STOP) ||
	       (which == WHICH_TARGETS && k.role == FR_TARGET) ||
	       (which == WHICH_ENTRIES && k.role == FR_ENTRY);
}

static bool in_symbol(const struct exchange *x, struct str wanted, uint16_t asset)
{
	return wanted.n == 0 || faults_symbol(wanted, str_of(xc_asset(x->core, asset)->symbol));
}

static void cancel(struct exchange *x, enum fault_which which, struct str symbol)
{
	uint32_t n = xc_orders(x->core);

	for (xc_oid o = 0; o < n; o++)
		if (in_symbol(x, symbol, xc_order(x->core, o)->asset) && meant(x, o, which))
			effect(x, (struct effect){ .kind = EFFECT_CANCEL, .order = o,
						   .account = xc_order(x->core, o)->account });
}

/* The last execution of the order, or of a symbol, is undone or gets another price. */
static void amend(struct exchange *x, const struct fault_do *d, xc_oid o, struct str symbol)
{
	bool bust = d->what == DO_BUST;

	for (uint32_t i = xc_executions(x->core); i-- > 0;) {
		const struct xc_execution *e = xc_execution(x->core, i);
		if ((o != XC_NONE && e->order != o) ||
		    !in_symbol(x, symbol, xc_order(x->core, e->order)->asset))
			continue;
		int64_t at = e->at.n + (bust ? 0 : d->n * (NUM_ONE / 100));
		effect(x, (struct effect){ .kind = bust ? EFFECT_BUST : EFFECT_CORRECT, .order = i,
					   .account = e->account,
					   .until = at <= 0 ? NUM_ONE / 100 :
						    at > PRICE_MAX ? PRICE_MAX : at });
		return;
	}
}

void faults_fate(struct exchange *x, xc_oid o, const struct fault_do *d)
{
	const struct xc_order *p = xc_order(x->core, o);
	struct str symbol = str_of(xc_asset(x->core, p->asset)->symbol);
	uint32_t flags = flag_of(d->what);

	if (d->what == DO_CANCEL && d->form != WHICH_THIS)
		cancel(x, (enum fault_which)d->form, symbol);
	else if (d->what == DO_CANCEL && alive(x, o))
		effect(x, (struct effect){ .kind = EFFECT_CANCEL, .order = o,
					   .account = p->account });
	else if (d->what == DO_BUST || d->what == DO_CORRECT)
		amend(x, d, o, symbol);
	else if (flags != 0 && alive(x, o))
		effect(x, (struct effect){ .kind = EFFECT_MISCHIEF, .order = o, .flags = flags,
					   .account = p->account });
}

/* ---- the market, the account, the broker */

static const struct { enum fault_what what; enum market_mischief kind; } market_kinds[] = {
	{ DO_SKIP_BARS, MISCHIEF_NO_BARS }, { DO_REPEAT_BARS, MISCHIEF_BARS_TWICE },
	{ DO_OFF_GRID, MISCHIEF_OFF_GRID }, { DO_ZERO, MISCHIEF_ZERO },
	{ DO_NEGATIVE, MISCHIEF_NEGATIVE }, { DO_CROSS, MISCHIEF_CROSSED },
	{ DO_TIMES_TEN, MISCHIEF_TENFOLD }, { DO_FREEZE, MISCHIEF_STALE }
};

static void in_market(struct exchange *x, struct str symbol, const struct fault_do *d)
{
	struct effect e = { .kind = EFFECT_HALT, .until = x->now + d->span };

	for (size_t i = 0; i < COUNT(market_kinds); i++)
		if (market_kinds[i].what == d->what) {
			e.kind = EFFECT_MARKET;
			e.flags = market_kinds[i].kind;
		}
	if (d->what == DO_HALT && !str_copy(e.code, sizeof(e.code), d->a))
		return;
	for (uint32_t s = 0; s < x->symbols->n; s++) {
		e.asset = (uint16_t)s;
		if (symbol.n == 0 || faults_symbol(symbol, str_of(x->symbols->name[s])))
			effect(x, e);
	}
}

static void block(struct exchange *x, const struct fault_rule *r, const struct fault_do *d)
{
	struct faults *f = x->faults;
	bool off = d->span < 0;
	uint16_t account = 0;

	assert(off || r != NULL);
	if (off) {
		account = f->blocked.account;
		f->blocked.until = 0;
	} else {
		if (r->account.n > 0 && !who_is_named(x, r->account, &account))
			return;
		f->blocked.account = account;
		f->blocked.until = d->given ? x->now + d->span : INT64_MAX;
	}
	effect(x, (struct effect){ .kind = EFFECT_BLOCK, .account = account,
				   .flags = off ? 0 : XC_BLOCK_TRADING });
	faults_settle(x);
}

void faults_world(struct exchange *x, const struct fault_rule *r, const struct fault_do *d)
{
	struct faults *f = x->faults;
	struct str symbol = r != NULL ? r->symbol : (struct str){ "", 0 };
	ns until = d->given ? x->now + d->span : INT64_MAX;

	switch (d->what) {
	case DO_BLOCK:
		block(x, r, d);
		break;
	case DO_REVOKE:
		f->revoked = until;
		break;
	case DO_MAINTENANCE:
		until = x->now + d->span;
		if (d->given)
			f->orders_down = until;
		else
			f->down = until;
		break;
	case DO_CANCEL:
		cancel(x, (enum fault_which)d->form, symbol);
		break;
	case DO_BUST:
	case DO_CORRECT:
		amend(x, d, XC_NONE, symbol);
		break;
	default:
		in_market(x, symbol, d);
		break;
	}
}
