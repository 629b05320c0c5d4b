/* What a story's exchange answers, as lines that begin with "> ". */
#include <stdio.h>

#include "check.h"
#include "exchange_story.h"

void say_time(struct story *s, ns t)
{
	int64_t ms = t / NS_MS + (int64_t)ny_offset_s(t) * 1000;
	char b[32];

	ms %= 86400000;
	snprintf(b, sizeof(b), "%02d:%02d:%02d.%03d ", (int)(ms / 3600000), (int)(ms / 60000 % 60),
		 (int)(ms / 1000 % 60), (int)(ms % 1000));
	text_cstr(&s->out, b);
}

void say_events(struct story *s)
{
	struct xc_event e;

	while (xc_next_event(s->x, &e)) {
		text_cstr(&s->out, "> ");
		say_time(s, e.ts);
		text_cstr(&s->out, e.order < NAMES ? s->name[e.order] : "?");
		text_char(&s->out, ' ');
		text_cstr(&s->out, xc_event_text(e.kind));
		if (e.kind == XE_FILL || e.kind == XE_PARTIAL_FILL || e.previous[0] != '\0') {
			text_char(&s->out, ' ');
			text_num(&s->out, e.n.n);
			text_cstr(&s->out, " @ ");
			text_num(&s->out, e.at.n);
			text_cstr(&s->out, ", done ");
			text_num(&s->out, e.done.n);
			text_cstr(&s->out, ", position ");
			text_num(&s->out, e.position.n);
		}
		if (strcmp(status_text(e.status), xc_event_text(e.kind)) != 0) {
			text_cstr(&s->out, " (");
			text_cstr(&s->out, status_text(e.status));
			text_char(&s->out, ')');
		}
		text_char(&s->out, '\n');
	}
}

/* Ids are shown as names. */
static void say_value(struct story *s, const char *v)
{
	while (*v != '\0') {
		struct str id = { v, strlen(v) < 36 ? 0 : 36 };
		xc_oid i = id.n > 0 ? xc_find(s->x, 0, id) : XC_NONE;
		if (i != XC_NONE && i < NAMES) {
			text_cstr(&s->out, s->name[i]);
			v += 36;
		} else {
			text_char(&s->out, *v++);
		}
	}
}

void say_refusal(struct story *s, const struct xc_refusal *why)
{
	text_cstr(&s->out, "> refused ");
	text_i64(&s->out, why->http);
	text_char(&s->out, ' ');
	text_i64(&s->out, why->code);
	text_cstr(&s->out, ": ");
	say_value(s, why->message);
	for (uint32_t i = 0; i < why->extras; i++) {
		text_cstr(&s->out, i == 0 ? " {" : ", ");
		text_cstr(&s->out, why->extra[i].key);
		text_cstr(&s->out, why->extra[i].bare ? ": " : ": \"");
		say_value(s, why->extra[i].value);
		text_cstr(&s->out, why->extra[i].bare ? "" : "\"");
	}
	text_cstr(&s->out, why->extras > 0 ? "}\n" : "\n");
}

static void say_pair(struct story *s, const char *label, int64_t n)
{
	text_char(&s->out, ' ');
	text_cstr(&s->out, label);
	text_char(&s->out, ' ');
	text_num(&s->out, n);
}

void say_order(struct story *s, xc_oid i)
{
	if (i == XC_NONE)
		return;
	const struct xc_order *o = xc_order(s->x, i);

	text_cstr(&s->out, "> ");
	text_cstr(&s->out, s->name[i]);
	text_char(&s->out, ' ');
	text_cstr(&s->out, status_text(o->status));
	text_char(&s->out, ' ');
	text_num(&s->out, o->done.n);
	text_char(&s->out, '/');
	text_num(&s->out, o->want.n);
	say_pair(s, "value", o->done_value.n);
	if (o->limit.n > 0)
		say_pair(s, "limit", o->limit.n);
	if (o->stop.n > 0)
		say_pair(s, "stop", o->stop.n);
	if (o->hwm.n > 0)
		say_pair(s, "best", o->hwm.n);
	if (o->notional.n > 0)
		say_pair(s, "notional", o->notional.n);
	text_char(&s->out, ' ');
	text_cstr(&s->out, tif_text(o->tif));
	if (o->replaces != XC_NONE) {
		text_cstr(&s->out, " replaces ");
		text_cstr(&s->out, s->name[o->replaces]);
	}
	if (o->replaced_by != XC_NONE) {
		text_cstr(&s->out, " replaced by ");
		text_cstr(&s->out, s->name[o->replaced_by]);
	}
	text_char(&s->out, '\n');
}

void say_position(struct story *s, struct str symbol)
{
	uint16_t asset = 0;

	CHECK(xc_find_asset(s->x, symbol, &asset), "%s:%d: an asset", s->file, s->line);
	const struct xc_position *p = xc_position(s->x, 0, asset);

	text_cstr(&s->out, "> ");
	text_add(&s->out, symbol);
	if (p == NULL) {
		text_cstr(&s->out, " flat\n");
		return;
	}
	say_pair(s, "qty", p->n.n);
	say_pair(s, "cost", p->cost.n);
	say_pair(s, "held", p->held.n);
	say_pair(s, "intraday", p->intraday.n);
	text_char(&s->out, '\n');
}

void say_account(struct story *s)
{
	struct xc_figures f = xc_account(s->x, 0);

	text_char(&s->out, '>');
	say_pair(s, "cash", f.cash.n);
	say_pair(s, "equity", f.equity.n);
	say_pair(s, "long", f.long_value.n);
	say_pair(s, "short", f.short_value.n);
	say_pair(s, "power", f.buying_power.n);
	say_pair(s, "regt", f.regt_buying_power.n);
	say_pair(s, "initial", f.initial_margin.n);
	say_pair(s, "maintenance", f.maintenance_margin.n);
	say_pair(s, "last_equity", f.last_equity.n);
	say_pair(s, "fees", f.accrued_fees.n);
	text_char(&s->out, '\n');
}

void say_verdict(struct story *s)
{
	struct xc_verdict v = xc_judge(s->x, 0);

	text_cstr(&s->out, "> naked share-seconds ");
	text_i64(&s->out, v.naked_share_ns / 1000000);
	text_cstr(&s->out, ", longest ms ");
	text_i64(&s->out, v.longest_naked / NS_MS);
	text_cstr(&s->out, ", duplicates ");
	text_u64(&s->out, v.duplicate_cids);
	text_cstr(&s->out, ", oversells ");
	text_u64(&s->out, v.oversells);
	text_cstr(&s->out, ", wash trades ");
	text_u64(&s->out, v.wash_trades);
	text_cstr(&s->out, ", orders ");
	text_u64(&s->out, v.orders);
	text_cstr(&s->out, ", executions ");
	text_u64(&s->out, v.executions);
	text_char(&s->out, '\n');
}

