/* engine_lives.c: lives of trades as text: test/golden/engine_lives.txt, and those of their stops:
 * engine_protect.txt. A line that begins
 * with ">" is what happens; the lines below are all that the engine answers, but for the
 * checkpoints. LIVES=print shows the file as it would be now. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "test/unit/engine_rig.h"

#define TEXT_MAX (64 << 10)

static struct rig rig;
static char made_memory[TEXT_MAX], line_memory[1024];
static struct text made;

/* ---- what the engine said, as text */

static const char *tail(const struct order *o)
{
	const char *dash = strrchr(o->cid, '-');

	if (order_of_broker(o))
		return o->bid;
	return dash != NULL ? dash + 1 : o->cid;
}

static void money(const char *before, px p)
{
	if (p.n == 0)
		return;
	text_cstr(&made, before);
	text_num(&made, p.n);
}

static void say_order(const char *verb, const struct order *o)
{
	text_cstr(&made, verb);
	text_char(&made, ' ');
	text_cstr(&made, tail(o));
}

static void say_submit(const struct order *o)
{
	say_order("submit", o);
	text_char(&made, ' ');
	text_cstr(&made, side_text(o->side));
	text_char(&made, ' ');
	text_num(&made, o->want.n);
	text_char(&made, ' ');
	text_cstr(&made, rig_symbol[o->sym]);
	text_char(&made, ' ');
	text_cstr(&made, type_text(o->type));
	text_char(&made, ' ');
	text_cstr(&made, tif_text(o->tif));
	money(" stop ", o->stop);
	if (o->cls == CLASS_BRACKET) {
		money(" bracket ", o->stop_loss);
		money(" to ", o->take_profit);
	}
}

static void say_replace(const struct order *o)
{
	say_order("replace", o);
	text_char(&made, ' ');
	text_num(&made, o->want.n);
	money(" stop ", o->stop);
	money(" limit ", o->limit);
}

static void say_put(const struct order *o)
{
	static const char *const stages[] = { "intent", "live", "done" };

	say_order("order", o);
	text_char(&made, ' ');
	text_cstr(&made, stages[o->stage]);
	text_char(&made, ' ');
	text_cstr(&made, status_text(o->status));
	if (o->done.n != 0) {
		text_char(&made, ' ');
		text_num(&made, o->done.n);
		text_char(&made, '/');
		text_num(&made, o->want.n);
	}
}

static void say_trade(const struct trade *t)
{
	text_cstr(&made, "trade ");
	text_cstr(&made, rig_symbol[t->sym]);
	text_char(&made, ' ');
	text_cstr(&made, trade_state_text(t->state));
	text_cstr(&made, " in ");
	text_num(&made, t->in.n);
	text_cstr(&made, " out ");
	text_num(&made, t->out.n);
	if (t->naked_since != 0)
		text_cstr(&made, " naked");
	if (t->reason_out != EXIT_NONE) {
		text_char(&made, ' ');
		text_cstr(&made, exit_text(t->reason_out));
	}
	if (t->state != TRADE_CLOSED)
		return;
	text_cstr(&made, " pnl ");
	text_num(&made, trade_pnl(t).n);
}

static void say_note(const struct note *n)
{
	text_cstr(&made, "note ");
	text_cstr(&made, note_text(n->kind));
	text_char(&made, ' ');
	text_cstr(&made, n->text);
}

static void say_fill(const struct fill *f)
{
	text_cstr(&made, "fill ");
	text_cstr(&made, role_text(f->role));
	text_char(&made, ' ');
	text_num(&made, f->n.n);
	text_cstr(&made, " at ");
	text_num(&made, f->at.n);
	if (f->from_snapshot)
		text_cstr(&made, " (snapshot)");
}

static void say_actions(void)
{
	for (uint32_t i = 0; i < rig.out.n; i++) {
		const struct action *a = &rig.out.a[i];
		if (a->kind == ACT_PUT_STATE)
			continue;
		if (a->kind == ACT_NOTE && (a->u.note.kind == NOTE_SENT ||
					    (a->u.note.kind == NOTE_GATE && a->u.note.code == 0)))
			continue;
		switch ((enum action_kind)a->kind) {
		case ACT_PUT_ORDER: say_put(&a->u.order); break;
		case ACT_PUT_TRADE: say_trade(&a->u.trade); break;
		case ACT_PUT_STATE: break;
		case ACT_FILL: say_fill(&a->u.fill); break;
		case ACT_NOTE: say_note(&a->u.note); break;
		case ACT_SUBMIT: say_submit(&a->u.order); break;
		case ACT_REPLACE: say_replace(&a->u.order); break;
		case ACT_CANCEL: say_order("cancel", &a->u.order); break;
		case ACT_ASK: say_order("ask", &a->u.order); break;
		case ACT_SYNC: text_cstr(&made, "please sync"); break;
		}
		text_char(&made, '\n');
	}
	rig.out.n = 0;
}

/* ---- what happens, from text */

static struct str word(struct str *line)
{
	*line = str_trim(*line);
	return str_cut(line, ' ');
}

static int64_t number(struct str s)
{
	int64_t n = 0;

	CHECK(num_parse(&n, s) == OK, "a number in the lives: %.*s", (int)s.n, s.s);
	return n;
}

static ns clock_of(struct str s)
{
	int hour = (int)(number(str_cut(&s, ':')) / NUM_ONE);
	int minute = (int)((s.s[0] - '0') * 10 + (s.s[1] - '0'));
	int second = s.n > 3 ? (int)((s.s[3] - '0') * 10 + (s.s[4] - '0')) : 0;

	return rig_time(hour, minute, second);
}

static void full_name(char out[CID_TEXT], struct str name)
{
	static char id[CID_TEXT] = "none-e";

	if (rig.store.trades_n > 0)
		memcpy(id, rig.store.trade[rig.store.trades_n - 1].id, CID_TEXT);
	size_t n = (size_t)(strrchr(id, '-') + 1 - id);

	memset(out, 0, CID_TEXT);
	if (name.n > 3 || name.n == 0) {	/* a leg, by the broker's name */
		memcpy(out, name.s, name.n);
		return;
	}
	memcpy(out, id, n);
	memcpy(out + n, name.s, name.n);
}

static sym symbol_of(struct str s)
{
	for (sym i = 0; i < RIG_SYMBOLS; i++)
		if (str_eq(s, str_of(rig_symbol[i])))
			return i;
	CHECK(0, "a symbol of the lives: %.*s", (int)s.n, s.s);
	return 0;
}

/* slice 10:01 AAPL=100 MSFT=50!long */
static void do_slice(struct str line)
{
	ns end = clock_of(word(&line));

	rig.now = end > rig.now ? end : rig.now;
	while (line.n > 0) {
		struct str what = word(&line);
		sym s = symbol_of(str_cut(&what, '='));
		double close = (double)number(str_cut(&what, '!')) / 1e9;
		if (what.n > 0)
			rig_tell[s] = str_eq(what, STR("long")) ? TELL_LONG :
				str_eq(what, STR("short")) ? TELL_SHORT : TELL_EXIT;
		rig_bar(&rig, s, end, close);
		say_actions();
	}
	rig_clock(&rig, end, true);
}

static enum report_source source_of(struct str s)
{
	return str_eq(s, STR("asked")) ? FROM_ASK : str_eq(s, STR("synced")) ? FROM_SYNC :
		str_eq(s, STR("replied")) ? FROM_REPLY : FROM_STREAM;
}

/* One of the broker's for each of ours. */
static void broker_name(char out[UUID_TEXT], struct str first)
{
	char name[CID_TEXT];

	full_name(name, first);
	memset(out, 0, UUID_TEXT);
	if (first.n > 3) {
		memcpy(out, name, UUID_TEXT - 1);
		return;
	}
	out[0] = 'B';
	memcpy(out + 1, name + 12, strlen(name + 12));
}

/* order e|leg-stop filled 100 at 100.02 [+n] [by r1] [stop 99] [of 60] [asked|synced|replied] */
static void do_order(struct str line)
{
	struct event ev = { .kind = EV_ORDER };
	struct report *r = &ev.u.order;
	char name[CID_TEXT];
	struct str first = word(&line);

	full_name(name, first);
	bool leg = first.n > 3;
	if (leg) {
		memcpy(r->bid, name, UUID_TEXT - 1);
		memcpy(r->cid, "broker-", 7);
		memcpy(r->cid + 7, name, UUID_TEXT - 1);
	} else {
		memcpy(r->cid, name, CID_TEXT);
		broker_name(r->bid, first);
	}
	const struct order *o = rig_stored(&rig, name);
	static struct order last;
	if (o == NULL && !leg)
		o = &last;	/* the store was lost, the broker remembers */
	if (o != NULL) {
		last = *o;
		bool ours = str_eq(first, STR("e")) || strcmp(o->cid, name) == 0 || leg;
		r->side = ours ? o->side : (uint8_t)side_other((enum side)o->side);
		r->type = o->type;
		r->want = o->want;
		r->sym = o->sym;
	}
	r->status = (uint8_t)status_parse(word(&line));
	while (line.n > 0) {
		struct str w = word(&line);
		if (str_eq(w, STR("at")))
			r->average.n = number(word(&line));
		else if (str_eq(w, STR("by")))
			broker_name(r->replaced_by, word(&line));
		else if (str_eq(w, STR("stop")))
			r->stop.n = number(word(&line));
		else if (str_eq(w, STR("of")))
			r->want.n = number(word(&line));
		else if (w.s[0] == '+')
			r->n.n = number((struct str){ w.s + 1, w.n - 1 }), r->at = r->average;
		else if (w.s[0] >= '0' && w.s[0] <= '9')
			r->done.n = number(w);
		else
			r->source = (uint8_t)source_of(w);
	}
	r->ts = rig.now;
	rig_step(&rig, &ev);
}

/* legs held 100 [asked|synced]: the two legs of the entry as a nested document shows them */
static void do_legs(struct str line)
{
	struct str status = word(&line), n = word(&line), source = word(&line);
	char name[CID_TEXT];

	full_name(name, STR("e"));
	const struct order *entry = rig_stored(&rig, name);
	static struct order last;
	if ((entry == NULL || entry->stop_loss.n == 0) && strcmp(last.cid, name) == 0)
		entry = &last;	/* as it was before the store was lost */
	else if (entry != NULL)
		last = *entry;
	for (int leg = 0; leg < 2 && entry != NULL; leg++) {
		struct event ev = { .kind = EV_ORDER, .u.order = {
			.status = leg == 0 && str_eq(status, STR("armed")) ? ST_NEW : ST_HELD,
			.side = (uint8_t)side_other(entry->side),
			.source = (uint8_t)source_of(source),
			.type = leg == 0 ? TYPE_LIMIT : TYPE_STOP, .sym = entry->sym,
			.want = { number(n) } } };
		memcpy(ev.u.order.parent, name, CID_TEXT);
		memcpy(ev.u.order.bid, leg == 0 ? "leg-target" : "leg-stop", leg == 0 ? 11 : 9);
		memcpy(ev.u.order.cid, leg == 0 ? "broker-leg-target" : "broker-leg-stop",
				leg == 0 ? 18 : 16);
		ev.u.order.limit = leg == 0 ? entry->take_profit : (px){ 0 };
		ev.u.order.stop = leg == 1 ? entry->stop_loss : (px){ 0 };
		rig_step(&rig, &ev);
		say_actions();
	}
}

static void do_reply(struct str line)
{
	static const char *const kinds[] = { "accepted", "refused", "absent", "cancel_ok",
					     "cancel_refused", "denied" };
	struct event ev = { .kind = EV_REPLY };
	struct str name = word(&line), kind = word(&line);

	if (name.n > 3)
		memcpy(ev.u.reply.bid, name.s, name.n);
	else
		full_name(ev.u.reply.cid, name);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(kind, str_of(kinds[i])))
			ev.u.reply.kind = (uint8_t)i;
	if (ev.u.reply.kind == REPLY_REFUSED) {
		ev.u.reply.http = 403;
		ev.u.reply.code = 40310000;
		memcpy(ev.u.reply.text, "insufficient qty", 17);
	}
	if (ev.u.reply.kind == REPLY_DENIED)
		ev.u.reply.code = DENY_MARGIN;
	rig_step(&rig, &ev);
}

static void do_command(struct str what)
{
	for (int i = 0; i <= CMD_STOP; i++)
		if (str_eq(what, str_of(command_text((enum command)i))))
			rig_command(&rig, (enum command)i);
}

/* set fill: levels of the fill; set overnight: it is held */
static void do_set(struct str what)
{
	rig.config.level_base = str_eq(what, STR("fill")) ? LEVEL_FILL : rig.config.level_base;
	rig.config.hold_overnight |= str_eq(what, STR("overnight"));
	rig_hold = rig.config.hold_overnight ? 0 : rig_hold;
	rig_restart(&rig);
	rig_ready(&rig);
	rig.out.n = 0;
}

/* split AAPL 2 1: two shares for one, the day after the lives' own */
static void do_split(struct str line)
{
	struct event ev = { .kind = EV_SPLIT, .u.split.ex = day_of(2024, 10, 2) };

	ev.u.split.sym = symbol_of(word(&line));
	ev.u.split.after = number(word(&line));
	ev.u.split.before = number(word(&line));
	rig_step(&rig, &ev);
}

static void happen(struct str line)
{
	struct str verb = word(&line);

	if (str_eq(verb, STR("slice")))
		do_slice(line);
	else if (str_eq(verb, STR("clock")))
		rig_clock(&rig, clock_of(word(&line)), false);
	else if (str_eq(verb, STR("order")))
		do_order(line);
	else if (str_eq(verb, STR("legs")))
		do_legs(line);
	else if (str_eq(verb, STR("reply")))
		do_reply(line);
	else if (str_eq(verb, STR("set")))
		do_set(word(&line));
	else if (str_eq(verb, STR("split")))
		do_split(line);
	else if (str_eq(verb, STR("command")))
		do_command(word(&line));
	else if (str_eq(verb, STR("sync")))
		rig_sync(&rig, str_eq(word(&line), STR("begin")) ? SYNC_BEGIN : SYNC_END);
	else if (str_eq(verb, STR("link")))
		rig_link(&rig, true, str_eq(word(&line), STR("up")));
	else if (str_eq(verb, STR("position"))) {
		sym s = symbol_of(word(&line));
		int64_t shares = number(word(&line)) / NUM_ONE;
		rig_position(&rig, s, shares, line.n > 0);
	} else if (str_eq(verb, STR("restart"))) {
		rig_restart(&rig);
	} else if (str_eq(verb, STR("forget"))) {
		rig.store = (struct rig_store){ 0 };
		rig_restart(&rig);
	}
	else
		CHECK(0, "nobody knows how to do: %.*s", (int)verb.n, verb.s);
	say_actions();
}

static void begin_life(void)
{
	rig_close(&rig);
	rig_open(&rig);
	rig_ready(&rig);
	rig.out.n = 0;
}

static void play(FILE *f)
{
	while (fgets(line_memory, sizeof line_memory, f) != NULL) {
		struct str line = str_of(line_memory);
		line.n -= line.n > 0 && line.s[line.n - 1] == '\n';
		bool keeps = line.n == 0 || line.s[0] == '#' || line.s[0] == '=' ||
				line.s[0] == '>';
		if (!keeps)
			continue;
		text_add(&made, line);
		text_char(&made, '\n');
		if (line.n > 0 && line.s[0] == '=')
			begin_life();
		if (line.n > 0 && line.s[0] == '>')
			happen((struct str){ line.s + 1, line.n - 1 });
	}
}

static void compare(FILE *f)
{
	struct str rest = text_str(&made);
	struct str life = { "", 0 };
	int number_of = 0;

	while (fgets(line_memory, sizeof line_memory, f) != NULL) {
		struct str want = str_of(line_memory), got = str_cut(&rest, '\n');
		want.n -= want.n > 0 && want.s[want.n - 1] == '\n';
		number_of++;
		if (got.n > 0 && got.s[0] == '=')
			life = got;
		if (!str_eq(want, got)) {
			CHECK(0, "line %d of the lives, in \"%.*s\": wanted \"%.*s\", got \"%.*s\"",
			      number_of, (int)life.n, life.s, (int)want.n, want.s, (int)got.n,
					got.s);
			return;
		}
	}
	CHECK_INT(rest.n, 0, "the lives say everything that the engine says");
}

static void live(const char *golden)
{
	FILE *f = fopen(check_golden(golden), "r");

	CHECK(f != NULL, "there are lives to play: %s", golden);
	if (f == NULL)
		return;
	text_init(&made, made_memory, sizeof made_memory);
	rig_open(&rig);
	play(f);
	rewind(f);
	CHECK(!made.full, "the lives fit their buffer");
	if (getenv("LIVES") != NULL)
		fwrite(made.s, 1, made.n, stdout);
	else
		compare(f);
	fclose(f);
	rig_close(&rig);
}

void test_engine_lives(void)
{
	live("engine_lives.txt");
}

void test_engine_lives_of_stops(void)
{
	live("engine_protect.txt");
}
