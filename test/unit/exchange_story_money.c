/* The words of stories that are about accounts (see exchange_core_story.c):
 *
 *	split SYMBOL DATE NEW:OLD	dividend SYMBOL DATE CASH [PAYDATE]	before any time
 *	settings [suspend] [no_shorting] [whole] [multiplier=N]
 *	block [trading] [account] [opening] [inactive]
 *	reset CASH
 *	bust NAME	correct NAME PRICE	the order's last execution
 *	figures		activities */
#include "check.h"
#include "exchange_story.h"

static struct xc_actions actions;

static void do_action(struct story *s, struct str line, bool split)
{
	struct xc_action a = { .kind = split ? XA_SPLIT : XA_DIVIDEND };

	if (xc_now(s->x) == 0 && xc_orders(s->x) == 0 && s->actions == 0)
		actions.n = 0;
	CHECK(xc_find_asset(s->x, word(&line), &a.asset), "%s:%d: an asset", s->file, s->line);
	CHECK(date_parse(&a.ex, word(&line)), "%s:%d: a date", s->file, s->line);
	struct str value = word(&line), pay = word(&line);
	a.pay = a.ex;
	if (split) {
		struct str num = str_cut(&value, ':');
		a.num = (int32_t)(number(s, num) / NUM_ONE);
		a.den = (int32_t)(number(s, value) / NUM_ONE);
	} else {
		a.cash.n = number(s, value);
		CHECK(pay.n == 0 || date_parse(&a.pay, pay), "%s:%d: a date", s->file, s->line);
	}
	CHECK_INT(actions_add(&actions, &a), OK, "%s:%d: an action", s->file, s->line);
	s->actions++;
	xc_set_actions(s->x, &actions);
}

static void do_settings(struct story *s, struct str line)
{
	struct xc_settings set = { .fractional_trading = true, .max_multiplier = 4 };

	for (struct str w = word(&line); w.n > 0; w = word(&line)) {
		if (str_eq(w, STR("suspend")))
			set.suspend_trade = true;
		else if (str_eq(w, STR("no_shorting")))
			set.no_shorting = true;
		else if (str_eq(w, STR("whole")))
			set.fractional_trading = false;
		else
			set.max_multiplier = (uint8_t)(w.s[w.n - 1] - '0');
	}
	xc_set_settings(s->x, s->now, 0, &set);
}

static void do_block(struct story *s, struct str line)
{
	uint32_t flags = 0;

	for (struct str w = word(&line); w.n > 0; w = word(&line))
		flags |= str_eq(w, STR("trading")) ? XC_BLOCK_TRADING :
			 str_eq(w, STR("account")) ? XC_BLOCK_ACCOUNT :
			 str_eq(w, STR("opening")) ? XC_BLOCK_OPENING : XC_BLOCK_INACTIVE;
	xc_set_blocked(s->x, 0, flags);
}

static void do_amend(struct story *s, struct str line, bool bust)
{
	struct str name = word(&line);
	uint32_t i = xc_executions(s->x);
	bool done = false;

	while (i > 0 && !str_eq(str_of(s->name[xc_execution(s->x, i - 1)->order]), name))
		i--;
	if (i > 0)
		done = bust ? xc_bust(s->x, s->now, i - 1) :
			xc_correct(s->x, s->now, i - 1, (px){ number(s, word(&line)) });
	if (!done)
		text_cstr(&s->out, "> not done\n");
}

static void pair(struct story *s, const char *label, int64_t n)
{
	text_cstr(&s->out, label);
	text_num(&s->out, n);
}

static void date(struct story *s, const char *label, day d)
{
	char b[16];

	date_text(b, d);
	text_cstr(&s->out, label);
	text_cstr(&s->out, b);
}

static void say_figures(struct story *s)
{
	struct xc_figures f = xc_account(s->x, 0);
	struct xc_verdict v = xc_judge(s->x, 0);

	pair(s, "> multiplier ", f.multiplier * NUM_ONE);
	pair(s, " unsettled ", f.unsettled.n);
	pair(s, " non_marginable ", f.non_marginable_buying_power.n);
	pair(s, " sma ", f.sma.n);
	date(s, " as of ", f.balance_asof);
	pair(s, " last_maintenance ", f.last_maintenance_margin.n);
	pair(s, " day trades ", f.day_trades * NUM_ONE);
	text_cstr(&s->out, f.shorting ? " may short" : " may not short");
	pair(s, " overshot ", v.overshot_shares.n);
	text_char(&s->out, '\n');
}

static void say_activities(struct story *s)
{
	for (uint32_t i = xc_since(s->x, 0).activity; i < xc_activities(s->x); i++) {
		const struct xc_activity *a = xc_activity(s->x, i);
		date(s, "> ", a->date);
		text_char(&s->out, ' ');
		say_time(s, a->ts);
		text_cstr(&s->out, xc_activity_text(a));
		text_char(&s->out, ' ');
		text_cstr(&s->out, xc_activity_sub(a));
		if (a->asset != XC_NO_ASSET) {
			text_char(&s->out, ' ');
			text_cstr(&s->out, xc_asset(s->x, a->asset)->symbol);
			pair(s, " qty ", a->n.n);
		}
		if (a->each.n != 0)
			pair(s, " at ", a->each.n);
		pair(s, " amount ", a->amount.n);
		text_char(&s->out, '\n');
	}
}

bool story_money(struct story *s, struct str w, struct str line)
{
	if (str_eq(w, STR("split")) || str_eq(w, STR("dividend")))
		do_action(s, line, str_eq(w, STR("split")));
	else if (str_eq(w, STR("settings")))
		do_settings(s, line);
	else if (str_eq(w, STR("block")))
		do_block(s, line);
	else if (str_eq(w, STR("reset")))
		xc_reset(s->x, s->now, 0, (usd){ number(s, word(&line)) });
	else if (str_eq(w, STR("bust")) || str_eq(w, STR("correct")))
		do_amend(s, line, str_eq(w, STR("bust")));
	else if (str_eq(w, STR("figures")))
		say_figures(s);
	else if (str_eq(w, STR("activities")))
		say_activities(s);
	else
		return false;
	return true;
}
