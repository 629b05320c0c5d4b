/* What each answer to each request leads to: test/golden/run_answers.txt; ANSWERS=1 prints it as it
 * is. And a key that is not taken any more. */
#include <stdio.h>
#include <stdlib.h>

#include "test/check.h"
#include "test/unit/alpaca_doc.h"
#include "test/unit/run_rig.h"

static char sheet[16384];
static struct text made;

static const struct { const char *name, *head, *body; } answers[] = {
	{ "200, its order", "200 OK", NULL },
	{ "200, another order", "200 OK", "{\"id\":\"" OTHER "\",\"client_order_id\":\"gb-1\"}" },
	{ "200, a page", "200 OK", "<html><h1>Maintenance</h1></html>" },
	{ "200, half of it", "200 OK", "{\"id\":\"" BID "\",\"client_ord" },
	{ "200, nothing", "200 OK", "" },
	{ "204", "204 No Content", "" },
	{ "301, elsewhere", "301 Moved\r\nLocation: https://example.com/", "" },
	{ "307, elsewhere", "307 Moved\r\nLocation: https://example.com/", "" },
	{ "400, words", "400 Bad", "{\"code\":40010001,\"message\":\"invalid limit\"}" },
	{ "401, words", "401 No", "{\"code\":40110000,\"message\":\"not authorized\"}" },
	{ "401, a page", "401 No", "<html>401</html>" },
	{ "403, no code", "403 No", "{\"message\":\"forbidden.\"}" },
	{ "403, funds", "403 No",
	  "{\"code\":40310000,\"message\":\"insufficient buying power\"}" },
	{ "403, shares are held", "403 No", "{\"code\":40310000,\"message\":\"insufficient qty "
	  "available for order (requested: 2, available: 0)\"}" },
	{ "403, wash trade", "403 No",
	  "{\"code\":40310000,\"message\":\"potential wash trade detected\"}" },
	{ "403, restricted", "403 No",
	  "{\"code\":40310000,\"message\":\"account is not allowed to short\"}" },
	{ "404", "404 No", "{\"code\":40410000,\"message\":\"order not found\"}" },
	{ "408", "408 Late", "" },
	{ "409", "409 Conflict", "" },
	{ "422, known already", "422 No", TWICE },
	{ "422, price", "422 No", "{\"code\":42210000,\"message\":\"invalid limit_price 1.234\"}" },
	{ "422, over already", "422 No",
	  "{\"code\":42210000,\"message\":\"order is already in \\\"filled\\\" state\"}" },
	{ "422, not to be replaced", "422 No",
	  "{\"code\":42210000,\"message\":\"unable to replace order, order is not open\"}" },
	{ "429", "429 Slow", "{\"message\":\"too many requests.\"}" },
	{ "429, in 7 s", "429 Slow\r\nRetry-After: 7", "" },
	{ "500", "500 No", "{\"code\":50010000,\"message\":\"internal server error occurred.\"}" },
	{ "502, a page", "502 No", "<html>502</html>" },
	{ "503", "503 No", "" },
	{ "504", "504 No", "" },
};

enum { ENTRY, EXIT, REPLACE, CANCEL, ASK, CLOCK, BARS, REQUESTS };
static const char *const columns[] = { "entry", "exit", "replace", "cancel", "ask", "clock",
				       "bars" };
static const enum wire_client client[] = { CLIENT_ORDERS, CLIENT_EXITS, CLIENT_EXITS,
					   CLIENT_EXITS, CLIENT_READS, CLIENT_READS, CLIENT_DATA };

static struct order sent(int column)
{
	struct wire_msg m = { .kind = WIRE_REPLACE };

	rig_begin();
	struct order o = rig_order(column == ENTRY ? ROLE_ENTRY : ROLE_EXIT,
				   column == ENTRY ? 'e' : 'x', column == CANCEL ? BID : "");
	if (column == REPLACE) {
		o.moved = MOVE_ASKED;
		m.u.order = o;
		memcpy(m.u.replace.old, OTHER, sizeof m.u.replace.old);
		wire_msg(&wire, &m);
	} else if (column == CLOCK) {
		(void)wire_task(&wire, TASK_CLOCK, BUCKET_RECONCILE);
	} else if (column == BARS) {
		(void)wire_ask_bars(&wire, 60, wire_now(&wire) - NS_MINUTE, wire_now(&wire));
	} else {
		rig_tell(column == CANCEL ? WIRE_CANCEL : column == ASK ? WIRE_ASK : WIRE_SUBMIT,
			 &o);
	}
	wire_dispatch(&wire);
	CHECK(wire.current[client[column]] != NULL, "%s is under way", columns[column]);
	return o;
}

static const char *clock_says(void)
{
	static char text[64], at[RFC3339_TEXT];
	struct text t;

	rfc3339_text(at, wall_ns());
	text_init(&t, text, sizeof text);
	text_cstr(&t, "{\"timestamp\":\"");
	text_cstr(&t, at);
	text_cstr(&t, "\",\"is_open\":true}");
	return text_done(&t);
}

/* The document that each of them waits for. */
static const char *wanted(int column, const struct order *o)
{
	return column == CLOCK ? clock_says()
	       : column == BARS	 ? "{\"bars\":{},\"next_page_token\":null}"
				 : rig_accepted(o, BID);
}

static void answered(int column, const char *line, const char *body)
{
	static struct http_head head;
	static char text[256];
	struct http_client *c = &wire.client[client[column]];
	struct task *t = wire.current[client[column]];
	struct text h;

	text_init(&h, text, sizeof text);
	text_cstr(&h, "HTTP/1.1 ");
	text_cstr(&h, line);
	text_cstr(&h, "\r\n\r\n");
	CHECK(http_parse_response(&head, text_str(&h)) > 0, "an answer: %s", line);
	struct http_result r = { .status = head.status, .body = str_of(body), .sent = true,
				 .head = &head, .why = "" };
	wire.current[client[column]] = NULL;
	http_client_close(c);
	wire_result(&wire, t, &r);
}

static void cell(int column, const char *line, const char *body)
{
	static const char *const replies[] = {
		[REPLY_ACCEPTED] = "taken", [REPLY_REFUSED] = "REFUSED", [REPLY_ABSENT] = "absent",
		[REPLY_CANCEL_OK] = "taken", [REPLY_CANCEL_REFUSED] = "no-cancel",
		[REPLY_DENIED] = "denied",
	};
	struct order o = sent(column);
	uint8_t kind = wire.current[client[column]]->kind;

	answered(column, line, body != NULL ? body : wanted(column, &o));
	int reply = rig_reply();
	size_t from = made.n;
	if (reply >= 0)
		text_cstr(&made, replies[reply]);
	else if (rig_tasks(kind) == 0)
		text_cstr(&made, rig_tasks(TASK_ASK) > 0 ? "in-doubt"
				 : body == NULL		 ? "read" : "given-up");
	else
		text_cstr(&made, "again");
	text_cstr(&made, wire.key_refused ? " key" : wire.link.refused_429 > 0 ? " wait" : "");
	while (made.n < from + 13)
		text_char(&made, ' ');
	/* An order that may have arrived is never taken for one that has not. */
	bool doubt = line[0] == '5' || line[0] == '3' || strncmp(line, "408", 3) == 0 ||
		     strncmp(line, "409", 3) == 0;
	CHECK(!doubt || column > REPLACE || (reply < 0 && rig_tasks(TASK_ASK) == 1),
	      "%s, answered with %s: asked for", columns[column], line);
	rig_end();
}

static void compare(void)
{
	static char line[256];
	struct str rest = text_str(&made);
	int n = 0;
	FILE *f = fopen(check_golden("run_answers.txt"), "r");

	if (!CHECK(f != NULL, "there is a table"))
		return;
	while (fgets(line, sizeof line, f) != NULL) {
		struct str want = str_of(line), got = str_cut(&rest, '\n');
		want.n -= want.n > 0 && want.s[want.n - 1] == '\n';
		n++;
		CHECK(str_eq(want, got), "line %d of the table: wanted \"%.*s\", got \"%.*s\"", n,
		      (int)want.n, want.s, (int)got.n, got.s);
	}
	CHECK_INT(rest.n, 0, "the table has every line");
	fclose(f);
}

static void end_line(void)
{
	while (made.s[made.n - 1] == ' ')
		made.n--;
	text_char(&made, '\n');
}

void test_run_answers(void)
{
	text_init(&made, sheet, sizeof sheet);
	text_cstr(&made, "What an answer (row) to a request (column) leads to:\n"
		  "  taken      it stands at the broker; a cancel: it will be cancelled\n"
		  "  REFUSED    and nothing of it is at the broker\n"
		  "  absent     it certainly is not there; an entry is decided afresh\n"
		  "  in-doubt   it may be there: it is asked for by its name, and not sent again\n"
		  "  again      the same request once more, later\n"
		  "  no-cancel  the order is asked for, what it is now\n"
		  "  read       the answer is what was wanted\n"
		  "  given-up   indicators warm up from live bars, and it is said why\n"
		  "Behind it, key: only the clock is asked for until the key is taken again;\n"
		  "wait: nothing is sent for as long as the broker says, or ten seconds.\n\n");
	for (size_t n = 0; n < 26; n++)
		text_char(&made, ' ');
	for (int c = 0; c < REQUESTS; c++) {
		text_cstr(&made, columns[c]);
		for (size_t n = strlen(columns[c]); n < 13; n++)
			text_char(&made, ' ');
	}
	end_line();
	for (size_t a = 0; a < COUNT(answers); a++) {
		text_cstr(&made, answers[a].name);
		for (size_t n = strlen(answers[a].name); n < 26; n++)
			text_char(&made, ' ');
		for (int c = 0; c < REQUESTS; c++)
			cell(c, answers[a].head, answers[a].body);
		end_line();
	}
	CHECK(!made.full, "the table fits its buffer");
	if (getenv("ANSWERS") != NULL)
		fwrite(made.s, 1, made.n, stdout);
	else
		compare();
}

/* Whatever is wrong with the document of an order that was taken: it is taken, or asked for; never
 * refused, and never sent again. */
void test_run_reply_spoiled(void)
{
	static const char *const instead[] = { NULL, "null", "4", "-4.5e3", "\"\"", "\"word\"",
		"true", "[]", "{}", "[[[[{}]]]]", "99999999999999999999999" };
	char cid[CID_TEXT + 24], body[1024];
	const char *const members[] = {
		"\"id\":\"" BID "\"", cid, "\"symbol\":\"AAPL\"", "\"status\":\"new\"",
		"\"side\":\"sell\"", "\"qty\":\"10\"", "\"filled_qty\":\"0\"",
		"\"type\":\"market\"", "\"legs\":null", "\"replaced_by\":null",
	};
	struct text t;

	for (size_t m = 0; m < COUNT(members); m++)
		for (size_t k = 0; k < COUNT(instead); k++) {
			struct order o = sent(ENTRY);
			text_init(&t, cid, sizeof cid);
			text_cstr(&t, "\"client_order_id\":\"");
			text_cstr(&t, o.cid);
			text_cstr(&t, "\"");
			(void)text_done(&t);
			struct str doc = doc_spoiled(body, sizeof body - 1, members, COUNT(members),
						     m, instead[k]);
			body[doc.n] = 0;
			answered(ENTRY, "200 OK", body);
			/* Without our id it is another order's; the broker's may be any word. */
			bool named = m == 1 || (m == 0 && k != 5);
			CHECK_INT(rig_reply(), named ? -1 : REPLY_ACCEPTED, "%s as %s: the reply",
				  members[m], instead[k] != NULL ? instead[k] : "-");
			CHECK_INT(rig_tasks(TASK_ASK), named, "%s: asked for", members[m]);
			CHECK_INT(rig_tasks(TASK_SUBMIT), 0, "%s: not sent again", members[m]);
			rig_end();
		}
}

void test_run_reason(void)
{
	CHECK_TEXT(wire_reason(302), "a redirect, which is not followed", "302");
	CHECK_TEXT(wire_reason(503), "Service Unavailable", "503");
	sent(CLOCK);
	answered(CLOCK, "307 Moved\r\nLocation: https://example.com/", "");
	CHECK_TEXT(wire.link.why, "307 a redirect, which is not followed", "is said");
	rig_end();
}

/* What closes waits for a key that is taken; nothing else is sent but one question. */
void test_run_key_refused(void)
{
	sent(CLOCK);
	wire.link.synced = true;
	answered(CLOCK, "401 No", "");
	CHECK(wire.key_refused && !wire.link.synced, "no entries");
	struct order x = rig_order(ROLE_EXIT, 'x', ""), c = rig_order(ROLE_STOP, 's', BID);
	rig_tell(WIRE_SUBMIT, &x);
	rig_tell(WIRE_CANCEL, &c);
	rig_time_passes();
	CHECK_INT(rig_under_way(CLIENT_EXITS), -1, "nothing is sent to the account");
	CHECK_INT(rig_under_way(CLIENT_READS), TASK_CLOCK, "but the question for its clock");
	answered(ASK, "401 No", "");
	rig_time_passes();
	CHECK_INT(rig_under_way(CLIENT_READS), TASK_CLOCK, "again");
	answered(ASK, "200 OK", clock_says());
	CHECK(!wire.key_refused && wire.sync_wanted, "it is taken again: everything is reconciled");
	rig_time_passes();
	CHECK_INT(rig_under_way(CLIENT_EXITS), TASK_CANCEL, "what waited goes");
	rig_end();

	sent(EXIT);
	answered(EXIT, "401 No", "");
	CHECK_INT(rig_reply(), -1, "an exit that the key kept out is not refused");
	CHECK_INT(rig_tasks(TASK_SUBMIT), 1, "but waits");
	rig_end();

	sent(BARS);
	answered(BARS, "401 No", "");
	CHECK(!wire.key_refused, "what the data says of the key is not the account's word");
	rig_end();
}

static void set_keys(struct keys *k, const char *id)
{
	bool fits = str_copy(k->id.text, sizeof k->id.text, str_of(id)) &&
		    str_copy(k->secret.text, sizeof k->secret.text, STR("s3cret"));

	assert(fits);
}

void test_run_keys_fresh(void)
{
	rig_begin();
	set_keys(&config.keys, "PKOLD");
	set_keys(&config.fresh, "PKNEW");
	wire_keys_fresh(&wire);
	CHECK_TEXT(config.keys.id.text, "PKOLD", "nothing was read yet");
	atomic_store(&live.keys_fresh, 1);
	wire.data.retry_at = wire.orders.retry_at = INT64_MAX;
	wire.rest_wait[CLIENT_READS] = INT64_MAX;
	wire_keys_fresh(&wire);
	CHECK_TEXT(config.keys.id.text, "PKNEW", "they are taken");
	CHECK(config.fresh.secret.text[0] == 0 && atomic_load(&live.keys_fresh) == 0,
	      "once, and nothing is left of them in between");
	CHECK(wire.data.retry_at == 0 && wire.orders.retry_at == 0, "the streams come at once");
	CHECK(wire.sync_wanted, "and everything is reconciled");
	(void)wire_task(&wire, TASK_ACCOUNT, BUCKET_RECONCILE);
	wire_dispatch(&wire);
	CHECK(strstr(rig_out[CLIENT_READS], "APCA-API-KEY-ID: PKNEW\r\n") != NULL,
	      "the next request has them");
	rig_end();
}
