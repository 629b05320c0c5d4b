/* The life of an order as a table: what was last known of it, what is told next, and what it is
 * then: all statuses of the broker, one that nobody knows, and all that may become of a request.
 * The table is test/golden/engine_states.txt; STATES=1 prints it as it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "test/unit/engine_rig.h"

#define REPLIES (REPLY_DENIED + 1)
#define ROWS    (2 + ST_UNKNOWN)	/* sent, and each status */

static struct rig rig;
static char sheet[16384];
static struct text made;

static const char *const reply_words[REPLIES] = {
	"accepted", "refused", "never arrived", "cancel accepted", "cancel refused", "denied",
};

static void tell(const struct order *o, int status, int64_t done, int64_t extra)
{
	struct event ev = { .kind = EV_ORDER, .u.order = {
		.status = (uint8_t)status, .side = o->side, .type = o->type, .sym = o->sym,
		.want = { o->want.n + extra }, .done = qty_shares(done), .average = rig_px(100) } };

	memcpy(ev.u.order.cid, o->cid, sizeof ev.u.order.cid);
	memcpy(ev.u.order.bid, "broker's", 9);
	if (o->role == ROLE_STOP)
		memcpy(ev.u.order.bid, "the stop's", 11);
	rig_step(&rig, &ev);
}

static void reply(const struct order *o, int kind)
{
	struct event ev = { .kind = EV_REPLY, .u.reply = {
		.kind = (uint8_t)kind, .http = kind == REPLY_REFUSED ? 403 : 0, .near = o->sym } };

	memcpy(ev.u.reply.cid, o->cid, sizeof ev.u.reply.cid);
	rig_step(&rig, &ev);
}

/* An entry of a hundred shares that was sent; or the stop of the fifty that it has bought. */
static struct order begin(enum order_role role)
{
	rig_enter(&rig, rig_time(10, 10, 0));
	struct order o = *rig_stored(&rig, rig.store.trade[0].id);
	if (role == ROLE_ENTRY)
		return o;
	tell(&o, ST_CANCELED, 50, 0);
	const struct order *stop = rig_submitted(&rig, 0);
	CHECK(stop != NULL, "what is held gets a stop");
	return stop != NULL ? *stop : o;
}

static int64_t done_with(const struct order *o, int status)
{
	return status == ST_FILLED ? o->want.n / NUM_ONE : status == ST_PARTIALLY_FILLED ? 20 : 0;
}

static char outcome(const struct order *was, const struct order *is)
{
	for (uint32_t i = 0; i < rig.out.n; i++)
		if (rig.out.a[i].kind == ACT_SUBMIT &&
		    strcmp(rig.out.a[i].u.order.cid, was->cid) == 0)
			return '>';
	if (is->stage == ORDER_DONE && was->stage != ORDER_DONE)
		return 'x';
	if (is->stage != was->stage || is->status != was->status)
		return '+';
	for (uint32_t i = 0; i < rig.out.n; i++)
		if (rig.out.a[i].kind == ACT_ASK &&
		    strcmp(rig.out.a[i].u.order.cid, was->cid) == 0)
			return '?';
	return '.';
}

/* column: a status, then the replies */
static char cell(enum order_role role, int row, int column)
{
	struct order o = begin(role);
	int64_t done = row > 0 ? done_with(&o, row - 1) : 0;

	if (row > 0)
		tell(&o, row - 1, done, 0);
	struct order was = *rig_stored(&rig, o.cid);
	if (column > ST_UNKNOWN)
		reply(&o, column - ST_UNKNOWN - 1);
	else if (done_with(&o, column) > done)
		tell(&o, column, done_with(&o, column), 0);
	else
		tell(&o, column, done, 0);
	char c = outcome(&was, rig_stored(&rig, o.cid));
	rig_close(&rig);
	return c;
}

static void put_row(enum order_role role, int row)
{
	char line[80];

	text_cstr(&made, row == 0 ? "(sent)" : status_text((enum order_status)(row - 1)));
	size_t n = row == 0 ? 6 : strlen(status_text((enum order_status)(row - 1)));
	for (; n < 22; n++)
		text_char(&made, ' ');
	for (int c = 0; c <= ST_UNKNOWN + REPLIES; c++) {
		line[c] = cell(role, row, c);
		if (c == ST_UNKNOWN + 1)
			text_char(&made, ' ');
		text_char(&made, line[c]);
	}
	text_char(&made, '\n');
}

static void put_table(enum order_role role)
{
	text_cstr(&made, role == ROLE_ENTRY ? "\nan entry" : "\na stop");
	text_cstr(&made, role == ROLE_ENTRY ? "              " : "                ");
	for (int c = 0; c <= ST_UNKNOWN + REPLIES; c++) {
		if (c == ST_UNKNOWN + 1)
			text_char(&made, ' ');
		text_char(&made, (char)(c > ST_UNKNOWN ? '1' + c - ST_UNKNOWN - 1 : 'a' + c));
	}
	text_char(&made, '\n');
	for (int row = 0; row < ROWS; row++)
		put_row(role, row);
}

/* Shares count whatever the status says, and also when all seemed to be over. */
static void put_shares(void)
{
	text_cstr(&made, "\nshares of 100 that are booked when a status comes with 40, and what "
		  "becomes of the trade\n");
	for (int row = 0; row < ROWS; row++) {
		struct order o = begin(ROLE_ENTRY);
		const char *name = row == 0 ? "(late)" : status_text((enum order_status)(row - 1));
		if (row == 0)
			tell(&o, ST_CANCELED, 0, 0);
		tell(&o, row == 0 ? ST_CANCELED : row - 1, 40, 0);
		text_cstr(&made, name);
		for (size_t n = strlen(name); n < 22; n++)
			text_char(&made, ' ');
		text_i64(&made, rig.store.trade[0].in.n / NUM_ONE);
		text_char(&made, ' ');
		text_cstr(&made, trade_state_text((enum trade_state)rig.store.trade[0].state));
		text_char(&made, '\n');
		rig_close(&rig);
	}
}

static void compare(FILE *f)
{
	static char line[256];
	struct str rest = text_str(&made);
	int number = 0;

	while (fgets(line, sizeof line, f) != NULL) {
		struct str want = str_of(line), got = str_cut(&rest, '\n');
		want.n -= want.n > 0 && want.s[want.n - 1] == '\n';
		number++;
		CHECK(str_eq(want, got), "line %d of the table: wanted \"%.*s\", got \"%.*s\"",
		      number, (int)want.n, want.s, (int)got.n, got.s);
	}
	CHECK_INT(rest.n, 0, "the table has every line");
}

void test_engine_states(void)
{
	text_init(&made, sheet, sizeof sheet);
	text_cstr(&made, "What is known of an order (row), what is told next (column), and then:\n"
		  "  . it stays    + it is open, as told    x it is over\n"
		  "  ? it is asked for    > it is sent again\n\n");
	for (int c = 0; c <= ST_UNKNOWN; c++) {
		text_char(&made, (char)('a' + c));
		text_char(&made, ' ');
		text_cstr(&made, status_text((enum order_status)c));
		text_char(&made, '\n');
	}
	for (int c = 0; c < REPLIES; c++) {
		text_char(&made, (char)('1' + c));
		text_cstr(&made, " the request: ");
		text_cstr(&made, reply_words[c]);
		text_char(&made, '\n');
	}
	put_table(ROLE_ENTRY);
	put_table(ROLE_STOP);
	put_shares();
	CHECK(!made.full, "the table fits its buffer");
	if (getenv("STATES") != NULL) {
		fwrite(made.s, 1, made.n, stdout);
		return;
	}
	FILE *f = fopen(check_golden("engine_states.txt"), "r");
	if (!CHECK(f != NULL, "there is a table"))
		return;
	compare(f);
	fclose(f);
}
