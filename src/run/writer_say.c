/* The log of what was traded: one line for each order that leaves, each fill, each round trip. */
#include "run/writer_inner.h"

#include "base/log.h"

static const char *name_of(const struct writer *w, sym s)
{
	const struct symbols *t = w->l->symbols;

	return s < t->n ? t->name[s] : "?";
}

/* A price that an order does not have is a dash. */
static const char *price(char text[static NUM_TEXT], px p)
{
	if (p.n == 0)
		return "-";
	num_text_fixed(text, p.n, 2);
	return text;
}

static void say_order(const struct writer *w, const struct order *o, const char *inst)
{
	char n[NUM_TEXT], stop[NUM_TEXT], target[NUM_TEXT];

	num_text(n, o->want.n);
	log_info(o->moved != MOVE_NONE ? "order.replace" : "order.submit", "inst=%s sym=%s "
		 "role=%s side=%s qty=%s type=%s stop=%s target=%s cid=%s", inst,
		 name_of(w, o->sym), role_text((enum order_role)o->role),
		 side_text((enum side)o->side), n, type_text((enum order_type)o->type),
		 price(stop, o->stop.n != 0 ? o->stop : o->stop_loss),
		 price(target, o->limit.n != 0 ? o->limit : o->take_profit), o->cid);
}

static void say_fill(const struct writer *w, const struct fill *f, const char *inst)
{
	char n[NUM_TEXT], at[NUM_TEXT];

	num_text(n, f->n.n);
	num_text_fixed(at, f->at.n, 2);
	log_info("fill", "inst=%s sym=%s role=%s side=%s qty=%s at=%s", inst, name_of(w, f->sym),
		 role_text((enum order_role)f->role), side_text((enum side)f->side), n, at);
}

static void say_trade(const struct writer *w, const struct trade *t, const char *inst)
{
	char pnl[NUM_TEXT];

	if (t->state != TRADE_CLOSED || t->in.n == 0)
		return;
	num_text_fixed(pnl, trade_pnl(t).n, 2);
	log_info("trade.closed", "inst=%s sym=%s pnl=%s reason=%s trade=%s", inst,
		 name_of(w, t->sym), pnl, exit_text((enum exit_reason)t->reason_out), t->id);
}

/* What the stop manager does beyond the ordinary, and what it cannot do, is worth a line. */
static void say_note(const struct writer *w, const struct note *n, const char *inst)
{
	bool odd = n->kind == NOTE_SYNC || (n->kind == NOTE_PROTECT && n->code == 0) ||
		   (n->kind == NOTE_EXIT && n->code == EXIT_UNPROTECTED);

	/* Else the log just ends, as if there had been nothing more to buy that day. */
	if (n->kind == NOTE_BREAKER && n->code != ALLOW)
		log_warn("breaker", "inst=%s what=%s effect=\"no entries\" why=\"%s\"", inst,
			 n->text, deny_help((enum deny)n->code));
	else if (n->kind == NOTE_BREAKER)
		log_info("breaker", "inst=%s what=%s", inst, n->text);
	else if (n->kind == NOTE_FILTER)
		log_info("filter", "inst=%s is=\"%s\"", inst, n->text);
	else if (odd)
		log_warn(note_text((enum note_kind)n->kind), "inst=%s sym=%s what=\"%s\" order=%s "
			 "trade=%s", inst, name_of(w, n->sym), n->text, n->order, n->trade);
}

void writer_say(const struct writer *w, uint8_t instance, const struct action *a)
{
	const char *inst = w->l->instance[instance].config.name;

	if ((a->kind == ACT_SUBMIT || a->kind == ACT_REPLACE) && a->u.order.stage != ORDER_DONE)
		say_order(w, &a->u.order, inst);
	else if (a->kind == ACT_FILL && !a->again)
		say_fill(w, &a->u.fill, inst);
	else if (a->kind == ACT_PUT_TRADE)
		say_trade(w, &a->u.trade, inst);
	else if (a->kind == ACT_NOTE)
		say_note(w, &a->u.note, inst);
}
