/* core_rules.c: rules that depend on the hour, and on parts of a share. */
#include "exchange/core_inner.h"

/* ---- the hour: auctions take no orders from shortly before they are held until the evening */
#define EVENING    (19 * NS_HOUR)
#define OPG_CUTOFF (9 * NS_HOUR + 28 * NS_MINUTE)
#define CLS_BEFORE (10 * NS_MINUTE)	/* before the close: 15:50, and 12:50 on a half day */

static bool refuse_cls(ns cutoff, struct xc_refusal *why)
{
	char words[XC_MESSAGE_MAX];
	struct text t;
	int64_t minute = cutoff / NS_MINUTE;

	text_init(&t, words, sizeof(words));
	text_cstr(&t, "cls orders must be submitted after 7:00pm and before ");
	text_i64(&t, (minute / 60 + 11) % 12 + 1);
	text_char(&t, ':');
	text_char(&t, (char)('0' + minute % 60 / 10));
	text_char(&t, (char)('0' + minute % 10));
	text_cstr(&t, minute < 12 * 60 ? "am" : "pm");
	return xi_refuse(why, 403, XI_MONEY, text_done(&t));
}

bool xi_check_hour(const struct xc *x, enum tif tif, struct xc_refusal *why)
{
	if (tif != TIF_OPG && tif != TIF_CLS)
		return true;
	ns offset = (ns)ny_offset_s(x->now) * NS_SECOND, clock = (x->now + offset) % NS_DAY;
	ns cutoff = 16 * NS_HOUR - CLS_BEFORE;
	struct session s;

	assert(why != NULL && clock >= 0);
	if (tif == TIF_OPG && clock >= OPG_CUTOFF && clock < EVENING)
		return xi_refuse(why, 403, XI_MONEY,
				 "opg orders must be submitted after 7:00pm and before 9:28am");
	if (tif != TIF_CLS)
		return true;
	if (calendar_session(&x->cal, ny_date(x->now), &s))
		cutoff = (s.close + offset) % NS_DAY - CLS_BEFORE;
	return clock < cutoff || clock >= EVENING ? true : refuse_cls(cutoff, why);
}

/* ---- parts of a share, and orders by value */
static bool refuse_asset(const struct xc *x, uint16_t asset, const char *end,
			 struct xc_refusal *why)
{
	char words[XC_MESSAGE_MAX];
	struct text t;

	assert(asset < x->assets);
	text_init(&t, words, sizeof(words));
	text_cstr(&t, "asset \"");
	text_cstr(&t, x->asset[asset].pub.symbol);
	text_cstr(&t, end);
	return xi_refuse(why, 422, XI_RULE, text_done(&t));
}

bool xi_check_fraction(const struct xc *x, const struct xc_order *o, struct xc_refusal *why)
{
	int64_t position = xi_holding(x, o->account, o->asset)->pub.n.n;
	bool closes = xi_closes(o->side, position);

	/* What is left of a position may always be closed. */
	if ((o->notional.n == 0 && qty_whole(o->want)) ||
	    (closes && o->notional.n == 0 && o->want.n == xi_abs(position)))
		return true;
	if (!x->asset[o->asset].pub.fractionable)
		return refuse_asset(x, o->asset, "\" is not fractionable", why);
	if (o->side == SIDE_SELL && position <= 0)
		return xi_refuse(why, 422, XI_RULE, "fractional orders cannot be sold short");
	if (o->extended_hours)
		return refuse_asset(x, o->asset, "\" is not eligible for fractional orders in "
				    "extended hours", why);
	px at = o->limit.n > 0 ? o->limit : o->stop.n > 0 ? o->stop : xi_mark(x, o->asset);
	assert(o->want.n > 0);
	if (o->notional.n == 0 && at.n > 0 && xi_value(at, o->want.n).n < NUM_ONE)
		return xi_refuse(why, 403, XI_MONEY,
				 "cost basis must be >= minimal amount of order 1");
	return true;
}
