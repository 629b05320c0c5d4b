/* The whole life of a trade, and of a signal that became none, as the store tells it: against
 * test/golden/web_why.txt. WHY=1 prints it as it is. */
#include <stdio.h>
#include <stdlib.h>

#include "test/unit/web_rig.h"

static struct rig rig;
static uint64_t seq;

static struct note note(enum note_kind kind, const char *order, const char *text, uint16_t code)
{
	struct note n = { .ts = ny_time(day_of(2024, 10, 1), 10, 0) + (ns)seq * NS_SECOND,
			  .seq = seq, .kind = (uint8_t)kind, .code = code, .sym = 0 };

	seq++;
	memcpy(n.trade, rig.id, sizeof n.trade);
	(void)!str_copy(n.order, sizeof n.order, str_of(order));
	(void)!str_copy(n.text, sizeof n.text, str_of(text));
	return n;
}

static void put(struct note n)
{
	CHECK_INT(store_add_note(rig.control.store, &n), OK, "a note");
}

static void put_values(struct note n, double a, double b, double c)
{
	n.value[0] = a;
	n.value[1] = b;
	n.value[2] = c;
	n.n = 3;
	put(n);
}

static void fill(const char *order, enum order_role role, int64_t n, int64_t to, int64_t at,
		 const char *execution)
{
	struct fill f = { .side = role == ROLE_ENTRY ? SIDE_BUY : SIDE_SELL, .role = (uint8_t)role,
			  .from_snapshot = execution[0] == 0, .n = qty_shares(n),
			  .cumulative = qty_shares(to), .at = { at * NUM_ONE },
			  .value = { n * at * NUM_ONE },
			  .ts = ny_time(day_of(2024, 10, 1), 10, 1) + to * NS_SECOND };
	bool known;

	memcpy(f.trade, rig.id, sizeof f.trade);
	(void)!str_copy(f.order, sizeof f.order, str_of(order));
	(void)!str_copy(f.execution, sizeof f.execution, str_of(execution));
	CHECK_INT(store_add_fill(rig.control.store, &f, &known), OK, "a fill");
}

static void put_order(enum order_role role, const char *cid, const char *bid, int status)
{
	struct order o;

	rig_order(&rig, &o);
	o.role = (uint8_t)role;
	o.side = role == ROLE_ENTRY ? SIDE_BUY : SIDE_SELL;
	o.leg = role == ROLE_TARGET;
	o.type = role == ROLE_STOP ? TYPE_STOP : role == ROLE_TARGET ? TYPE_LIMIT : TYPE_MARKET;
	o.status = (uint8_t)status;
	if (role == ROLE_STOP)
		o.done = (qty){ 0 };
	(void)!str_copy(o.cid, sizeof o.cid, str_of(cid));
	(void)!str_copy(o.bid, sizeof o.bid, str_of(bid));
	CHECK_INT(store_put_order(rig.control.store, &o), OK, "an order");
}

/* From the signal to the last fill. */
static void whole_life(void)
{
	struct trade t;

	rig_trade(&rig, &t);
	CHECK_INT(store_put_trade(rig.control.store, &t), OK, "a trade");
	put_values(note(NOTE_SIGNAL, "", "long", 0), 24.5, -2.25, 100);
	struct note gate = note(NOTE_GATE, rig.id, "allow", ALLOW);
	for (uint16_t i = 0; i < 6; i++)
		gate.value[gate.n++] = i;
	put(gate);
	put_values(note(NOTE_SENT, rig.id, "entry", ROLE_ENTRY), 10, 99, 101);
	put(note(NOTE_STATUS, rig.id, "accepted", ST_ACCEPTED));
	put(note(NOTE_STATUS, rig.id, "partially_filled", ST_PARTIALLY_FILLED));
	put(note(NOTE_STATUS, rig.id, "filled", ST_FILLED));
	put_values(note(NOTE_PROTECT, "own stop", "the stop is moved", 0), 10, 99.5, 0);
	put(note(NOTE_REPLY, "own stop", "insufficient qty available for order", 403));
	put(note(NOTE_SYNC, rig.id, "the broker has taken an execution back", 0));
	put_values(note(NOTE_EXIT, "", "closed", EXIT_TARGET), 12.4, 10, 0);
	put_order(ROLE_ENTRY, rig.id, "id of the entry", ST_FILLED);
	put_order(ROLE_STOP, "own stop", "id of the stop", ST_REJECTED);
	put_order(ROLE_TARGET, "name of the target", "id of the target", ST_FILLED);
	fill(rig.id, ROLE_ENTRY, 4, 4, 100, "");
	fill(rig.id, ROLE_ENTRY, 4, 4, 100, "first execution");
	fill(rig.id, ROLE_ENTRY, 0, 6, 100, "second execution");
	fill(rig.id, ROLE_ENTRY, 6, 12, 100, "third execution");
	fill("id of the target", ROLE_TARGET, 10, 10, 101, "");
}

/* Each thing of a list on a line of its own. */
static void put_lines(FILE *f, struct str d)
{
	for (size_t i = 0; i < d.n; i++) {
		fputc(d.s[i], f);
		if (d.s[i] == ',' && i > 0 && (d.s[i - 1] == '}' || d.s[i - 1] == ']') &&
		    i + 1 < d.n && (d.s[i + 1] == '"' || strncmp(d.s + i + 1, "{\"at\"", 5) == 0 ||
				    strncmp(d.s + i + 1, "{\"client", 8) == 0))
			fputc('\n', f);
	}
	fputc('\n', f);
}

static void told(FILE *f, const char *id)
{
	char target[160];

	(void)snprintf(target, sizeof target, "/api/v1/why?id=%s", id);
	put_lines(f, rig_ask(&rig, target, 200));
}

static void compare(char *made)
{
	static char line[4096];
	FILE *f = fopen(check_golden("web_why.txt"), "r");
	struct str rest = str_of(made);
	int number = 0;

	if (!CHECK(f != NULL, "there is a life to compare"))
		return;
	while (fgets(line, sizeof line, f) != NULL) {
		struct str want = str_of(line), got = str_cut(&rest, '\n');
		want.n -= want.n > 0 && want.s[want.n - 1] == '\n';
		number++;
		CHECK(str_eq(want, got), "line %d of the life: wanted \"%.*s\", got \"%.*s\"",
		      number, (int)want.n, want.s, (int)got.n, got.s);
	}
	CHECK_INT(rest.n, 0, "all is told");
	fclose(f);
}

void test_web_why_tells_the_whole_life(void)
{
	static char made[32768];
	char why[STORE_WHY] = "", refused[CID_TEXT];
	FILE *f = fmemopen(made, sizeof made, "w");

	rig_open(&rig, "");
	seq = 1;
	CHECK_INT(store_begin(rig.control.store), OK, "begins");
	whole_life();
	memcpy(refused, rig.id, sizeof refused);
	refused[strlen(refused) - 3]++;		/* another minute's signal */
	struct note n = note(NOTE_SIGNAL, "", "short", 0);
	memcpy(n.trade, refused, sizeof n.trade);
	put(n);
	n = note(NOTE_GATE, refused, "positions", DENY_POSITIONS);
	memcpy(n.trade, refused, sizeof n.trade);
	put(n);
	CHECK_INT(store_commit(rig.control.store, why), OK, "%s", why);
	told(f, rig.id);
	told(f, "own%20stop");		/* each name leads to the same */
	told(f, refused);
	fclose(f);
	if (getenv("WHY") != NULL)
		fputs(made, stdout);
	else
		compare(made);
	(void)rig_ask(&rig, "/api/v1/why?id=nobody", 404);
	rig_done(&rig);
}
