/* faults_words.c: the words of the language of faults, and its manual. */
#include "exchange/faults.h"

#define BIT(on)  (1u << ON_##on)
#define CHANGES  (BIT(ORDER) | BIT(REPLACE) | BIT(CANCEL))
#define ANSWERS  (BIT(REQUEST) | CHANGES)
#define SENT     (BIT(EVENT) | BIT(MESSAGE))
#define TIMED    (BIT(AT) | BIT(EVERY))
#define STREAMS  (TIMED | BIT(STREAM))
#define LINKS    (ANSWERS | SENT | BIT(CONNECT) | STREAMS)
#define FATES    (BIT(ORDER) | BIT(EVENT))

const char *const fault_on_name[ON_COUNT] = {
	"request", "order", "replace", "cancel", "event", "message", "connect", "stream", "at",
	"every"
};

const char *const fault_frames[FRAME_COUNT + 1] = {
	"text", "binary", "fragments", "joined", "garbage", "bad-utf8", "huge", "masked",
	"reserved", NULL
};

const char *const fault_events[] = {
	"new", "fill", "partial_fill", "canceled", "expired", "done_for_day", "replaced",
	"rejected", "accepted", "held", "pending_new", "pending_cancel", "pending_replace",
	"stopped", "suspended", "calculated", "restated", "order_replace_rejected",
	"order_cancel_rejected", "trade_bust", "trade_correct", NULL
};

const char *const fault_messages[] = {
	"t", "q", "b", "d", "u", "c", "x", "s", "l", "i", NULL
};

#define DAY_SPAN  (10 * NS_DAY)
#define BIG       INT64_C(1000000000)

/* Three texts in one: the word, what follows it, what it is about. Pointers are dear in a
 * binary that can be loaded anywhere. */
#define W(name, form, about) name "\0" form "\0" about

const struct fault_word fault_words[] = {
	{ DO_ACT, SHAPE_NONE, ANSWERS, 0, 0,
	  W("act", "", "it is carried out, whatever is answered") },
	{ DO_STATUS, SHAPE_STATUS, ANSWERS | BIT(CONNECT), 200, 599,
	  W("status", "CODE [html|empty|nocode] [bare|headers]",
	    "the answer; without `act` nothing else happens") },
	{ DO_CODE, SHAPE_NUMBER, ANSWERS, 0, 99999999,
	  W("code", "N", "the code in its body") },
	{ DO_MESSAGE, SHAPE_WORDS, ANSWERS, 0, 0,
	  W("message", "\"WORDS\"", "and the words") },
	{ DO_RETRY_AFTER, SHAPE_NUMBER, ANSWERS, 0, 86400,
	  W("retry-after", "SECONDS", "that header") },
	{ DO_BODY, SHAPE_WORDS, ANSWERS, 0, 0,
	  W("body", "\"TEXT\"", "this body instead") },
	{ DO_EMPTY, SHAPE_NONE, ANSWERS, 0, 0,
	  W("empty", "", "no body") },
	{ DO_STALL, SHAPE_NONE, ANSWERS | BIT(CONNECT), 0, 0,
	  W("stall", "", "never answers") },
	{ DO_EARLY, SHAPE_NONE, CHANGES, 0, 0,
	  W("early", "", "its first event comes before the answer") },
	{ DO_LAG, SHAPE_SPAN, BIT(ORDER) | BIT(REPLACE), 1, DAY_SPAN,
	  W("lag", "SPAN", "reads do not find the order yet: 404") },
	{ DO_STALE, SHAPE_NONE, BIT(REQUEST), 0, 0,
	  W("stale", "", "what this path answered the last time") },
	{ DO_LOSE, SHAPE_NUMBER, BIT(REQUEST), 1, BIG,
	  W("lose", "N", "a list without its last N rows") },
	{ DO_SHORT, SHAPE_NUMBER, BIT(REQUEST), 1, 10000,
	  W("short", "N", "pages of market data hold N at most") },
	{ DO_STRANGER, SHAPE_NONE, BIT(REQUEST), 0, 0,
	  W("stranger", "", "the answer is another account's") },
	{ DO_LENGTH, SHAPE_SIGNED, ANSWERS, -BIG, BIG,
	  W("length", "+N|-N", "Content-Length is wrong by N") },
	{ DO_CHUNKS, SHAPE_NONE, ANSWERS, 0, 0,
	  W("chunks", "", "chunked, and broken") },
	{ DO_GZIP, SHAPE_NONE, ANSWERS, 0, 0,
	  W("gzip", "", "compressed, unasked") },
	{ DO_REDIRECT, SHAPE_WORDS, ANSWERS, 0, 0,
	  W("redirect", "URL", "307 to there") },
	{ DO_REPEAT, SHAPE_NONE, ANSWERS, 0, 0,
	  W("repeat", "", "answered twice") },
	{ DO_INTERIM, SHAPE_NONE, ANSWERS, 0, 0,
	  W("interim", "", "a 103 goes before") },
	{ DO_PAD, SHAPE_SIZE, ANSWERS, 1, 4 * BIG,
	  W("pad", "100MB", "so many blanks follow") },
	{ DO_DROP, SHAPE_KEY_OR_NOT, ANSWERS | SENT, 0, 0,
	  W("drop", "[KEY]", "the key; without one the whole event or message") },
	{ DO_NULL, SHAPE_KEY, ANSWERS | SENT, 0, 0,
	  W("null", "KEY", "the key's value is null") },
	{ DO_SET, SHAPE_KEY_VALUE, ANSWERS | SENT, 0, 0,
	  W("set", "KEY=VALUE", "where there is that key") },
	{ DO_ADD, SHAPE_KEY_VALUE, ANSWERS | SENT, 0, 0,
	  W("add", "KEY=VALUE", "a key more: in the answer, each row, the event's order") },
	{ DO_RENAME, SHAPE_KEY_VALUE, ANSWERS | SENT, 0, 0,
	  W("rename", "KEY=NEW", "") },
	{ DO_RETYPE, SHAPE_KEY, ANSWERS | SENT, 0, 0,
	  W("retype", "KEY", "a string becomes a number or true, anything else a string") },
	{ DO_TWICE, SHAPE_KEY, ANSWERS | SENT, 0, 0,
	  W("twice", "KEY", "the key stands there twice, first with null") },
	{ DO_SHIFT, SHAPE_SPAN_SIGNED, ANSWERS | SENT, -DAY_SPAN, DAY_SPAN,
	  W("shift", "+SPAN|-SPAN", "all times in it are wrong by that") },
	{ DO_OFFSET, SHAPE_OFFSET, ANSWERS | SENT, 0, 0,
	  W("offset", "-04:00", "all times in it are written so") },
	{ DO_DIGITS, SHAPE_NUMBER, ANSWERS | SENT, 0, 9,
	  W("digits", "N", "their seconds have N decimals") },
	{ DO_TRUNCATE, SHAPE_NUMBER_OR_NOT, ANSWERS | SENT, 0, BIG,
	  W("truncate", "[N]", "ends after N bytes, else after half") },
	{ DO_DELAY, SHAPE_SPAN, ANSWERS | SENT, 1, DAY_SPAN,
	  W("delay", "SPAN", "answers: real time; events and messages: market time") },
	{ DO_DUPLICATE, SHAPE_DUPLICATE, SENT, 0, 0,
	  W("duplicate", "[after reconnect]", "told twice") },
	{ DO_REORDER, SHAPE_NONE, SENT, 0, 0,
	  W("reorder", "", "comes after the next one") },
	{ DO_FRAME, SHAPE_FRAME, SENT, 0, 0,
	  W("frame", "KIND",
	    "text, binary, fragments (one event in many), joined (two in one), garbage, "
	    "bad-utf8, huge, masked, reserved") },
	{ DO_CUT, SHAPE_CUT, LINKS, 0, BIG,
	  W("cut", "[after N]", "the connection is reset; answers: after N bytes it ends") },
	{ DO_CLOSE, SHAPE_NUMBER_OR_NOT, LINKS, 1000, 4999,
	  W("close", "[CODE]", "it is closed; streams: with this code (1006: without one)") },
	{ DO_HALF_OPEN, SHAPE_NONE, LINKS, 0, 0,
	  W("half-open", "", "it stays, and nothing comes or is read any more") },
	{ DO_SLOW, SHAPE_NUMBER, ANSWERS | BIT(CONNECT) | STREAMS, 1, BIG,
	  W("slow", "N", "N bytes a second") },
	{ DO_SILENCE, SHAPE_SPAN_OR_NOT, BIT(CONNECT) | STREAMS, 1, DAY_SPAN,
	  W("silence", "[SPAN]",
	    "the stream is open and says nothing; lost is what it would have said") },
	{ DO_ERROR, SHAPE_ERROR, BIT(CONNECT) | STREAMS, 400, 599,
	  W("error", "CODE [\"WORDS\"]", "the stream says so, then closes") },
	{ DO_FLOOD, SHAPE_FLOOD, BIT(CONNECT) | STREAMS, 1, 100000,
	  W("flood", "N", "N messages at once") },
	{ DO_STICK, SHAPE_NONE, CHANGES | BIT(EVENT), 0, 0,
	  W("stick", "", "pending_cancel for ever") },
	{ DO_LATE_FILL, SHAPE_NONE, CHANGES | BIT(EVENT), 0, 0,
	  W("late fill", "", "a cancel loses to a fill, where the price allows one") },
	{ DO_REJECT, SHAPE_NONE, BIT(ORDER) | BIT(REPLACE), 0, 0,
	  W("reject", "", "accepted, then rejected; replace: order_replace_rejected") },
	{ DO_NEVER_FILL, SHAPE_NONE, FATES, 0, 0,
	  W("never fill", "", "") },
	{ DO_OVERFILL, SHAPE_NONE, FATES, 0, 0,
	  W("overfill", "", "more is filled than was asked") },
	{ DO_SPLIT, SHAPE_NONE, FATES, 0, 0,
	  W("split", "", "filled in four parts") },
	{ DO_LOSE_STOP, SHAPE_NONE, FATES, 0, 0,
	  W("lose stop", "", "its stop leg is canceled, and nobody is told") },
	{ DO_LOSE_LEGS, SHAPE_NONE, FATES, 0, 0,
	  W("lose legs", "", "both legs") },
	{ DO_KEEP_LEGS, SHAPE_NONE, FATES, 0, 0,
	  W("keep legs", "", "one exit fills, the other stays, and may fill too") },
	{ DO_SUSPEND, SHAPE_NONE, FATES, 0, 0,
	  W("suspend", "", "status suspended") },
	{ DO_STOPPED, SHAPE_NONE, FATES, 0, 0,
	  W("stopped", "", "status stopped, then as usual") },
	{ DO_CALCULATE, SHAPE_NONE, FATES, 0, 0,
	  W("calculate", "", "status calculated") },
	{ DO_DONE, SHAPE_NONE, FATES, 0, 0,
	  W("done_for_day", "", "that status, and no fills on this day") },
	{ DO_EXPIRE, SHAPE_NONE, FATES, 0, 0,
	  W("expire", "", "expires at once") },
	{ DO_CANCEL, SHAPE_CANCEL, TIMED | BIT(EVENT), 0, 0,
	  W("cancel", "stops|targets|entries|orders|this", "the broker cancels them") },
	{ DO_BUST, SHAPE_BUST, TIMED | BIT(EVENT), 0, 0,
	  W("bust", "[last]", "that execution, or the last one, is undone") },
	{ DO_CORRECT, SHAPE_SIGNED, TIMED | BIT(EVENT), -100000, 100000,
	  W("correct", "+N|-N", "its price becomes so many cents more or less") },
	{ DO_HALT, SHAPE_HALT, TIMED, 1, DAY_SPAN,
	  W("halt", "SPAN [REASON]", "trading in the symbol stops; REASON like T1, LUDP") },
	{ DO_SKIP_BARS, SHAPE_SPAN, TIMED, 1, DAY_SPAN,
	  W("skip bars", "SPAN", "no bars come") },
	{ DO_REPEAT_BARS, SHAPE_SPAN, TIMED, 1, DAY_SPAN,
	  W("repeat bars", "SPAN", "each bar comes twice") },
	{ DO_OFF_GRID, SHAPE_SPAN, TIMED, 1, DAY_SPAN,
	  W("off-grid", "SPAN", "prices are no multiple of a cent") },
	{ DO_ZERO, SHAPE_SPAN, TIMED, 1, DAY_SPAN,
	  W("zero", "SPAN", "prices are 0") },
	{ DO_NEGATIVE, SHAPE_SPAN, TIMED, 1, DAY_SPAN,
	  W("negative", "SPAN", "prices are below 0") },
	{ DO_CROSS, SHAPE_SPAN, TIMED, 1, DAY_SPAN,
	  W("cross", "SPAN", "bids are above asks") },
	{ DO_TIMES_TEN, SHAPE_SPAN, TIMED, 1, DAY_SPAN,
	  W("times-ten", "SPAN", "prices are ten times too high") },
	{ DO_FREEZE, SHAPE_SPAN, TIMED, 1, DAY_SPAN,
	  W("freeze", "SPAN", "the quote stands still, and nothing else comes") },
	{ DO_BLOCK, SHAPE_SPAN_OR_NOT, TIMED, 1, DAY_SPAN,
	  W("block", "[SPAN]", "the account may not trade") },
	{ DO_REVOKE, SHAPE_SPAN_OR_NOT, TIMED, 1, DAY_SPAN,
	  W("revoke", "[SPAN]", "the keys are good for nothing: 401") },
	{ DO_MAINTENANCE, SHAPE_MAINTENANCE, TIMED, 1, DAY_SPAN,
	  W("maintenance", "SPAN [orders]", "503 as HTML; orders: reads work, orders do not") },
};
const size_t fault_words_n = COUNT(fault_words);

static const char intro[] =
"Misbehaving on a script: gambler exchange --faults FILE, --scenario NAME\n"
"One rule a line, to be read aloud; behind # stands a comment.\n"
"\n"
"\tWHEN: WHAT, then WHAT\n"
"\n"
"\trequest POST /v2/orders #3: act, then cut\n"
"\torder #2 symbol=AAPL side=sell: act, then status 504\n"
"\trequest p=0.05 seed=7: status 429 bare\n"
"\trequest GET /v2/account after=10:30 for=2m: status 503 html\n"
"\tcancel every 3: stick\n"
"\tevent fill #4: delay 5s\n"
"\tstream data at=10:00: silence 10m\n"
"\tat 10:15 symbol=AAPL: halt 5m T1\n"
"\n"
"WHEN: what it waits for, and then in any order which of those\n"
"  request [METHOD] [PATH]   a request; PATH may hold *\n"
"  order | replace | cancel  a request that makes, changes or cancels an order\n"
"  event [NAME]              of the trading stream: new, fill, partial_fill, canceled, ...\n"
"  message [TYPE]            of the data stream: b or bars, t or trades, q, u, d, s, l, ...\n"
"  connect [trading|data]    a stream is opened\n"
"  stream [trading|data]     streams that are open; with at= or every=\n"
"  at TIME | every SPAN      the market's clock; every: in the session, from the open on\n"
"\n"
"  #3  #3-5  #3+             the third one of those that fit, counted from 1\n"
"  every 3                   each third one\n"
"  p=0.05 [seed=7]           by chance; the seed makes it repeat\n"
"  times=2                   not more often than that\n"
"  symbol=AAPL account=0 client=PREFIX* side=buy type=limit class=bracket tif=day\n"
"  role=entry|stop|target|exit    what the order is for; legs are stop and target\n"
"  stream=data|trading       for at and every\n"
"  at=TIME after=TIME until=TIME for=SPAN    market time\n"
"\n"
"TIME: 10:30 (New York, every day), 2024-07-01T10:30, open+5m, close-10m, +10m (from the\n"
"start of the rule). SPAN: 90s, 5m, 2h, 250ms. Values with blanks or commas: in quotes.\n"
"\n"
"WHAT: one or several, with commas or `then` between. Without `act`, a request that gets\n"
"`status`, `cut`, `close`, `stall` or `half-open` is not carried out. Rules are looked at in\n"
"the order in which they stand; all that fire do what they say. Orders count when they are\n"
"asked for, refused ones too; events when a stream is told.\n";

static const char outro[] =
"\n"
"Requests for /sim/ and the simulated clock are never disturbed; but a stream that is cut or\n"
"half-open takes its clock with it. With --state, what befell is kept;\n"
"rules are not: after a restart those of the options count anew.\n"
"Rules can come and go while it runs:\n"
"\tcurl --data-binary @FILE localhost:9190/sim/faults     adds; {\"rules\":\"...\"} and\n"
"\t                                                       {\"scenario\":\"NAME\"} too\n"
"\tcurl localhost:9190/sim/faults                         in force, how often each fired\n"
"\tcurl -X DELETE localhost:9190/sim/faults               clears\n"
"\n"
"Scenarios inside: gambler exchange --scenario list; as text: --scenario show NAME.\n"
"\n"
"The truth: GET /sim/ledger, and GET /sim/verdict, which judges the client:\n"
"  duplicates        orders like an earlier one of the account (symbol, side, quantity, type,\n"
"                    prices) under another client id: of one whose answer a fault withheld,\n"
"                    on the same day; or sent again within `within` seconds (10, market time)\n"
"                    while nothing had ended the first without a fill (within=0: not those)\n"
"  oversold          sales of shares that were not there, which happened\n"
"  longest_naked_seconds    a position without a stop at the broker, in the session\n"
"  requests_per_minute_max  the busiest minute of the market's clock (and _real)\n"
"  ignored_429       requests within a second of a 429, by real time and the market's\n"
"  hasty_retries     the same request again within 100 ms after it failed, twice in a row\n"
"  secrets_in_urls   keys or secrets of accounts in a path, a query or a Referer\n"
"and \"pass\" with \"failures\" in words. Limits are parameters, a number or `any`:\n"
"  /sim/verdict?naked=5&duplicates=0&oversold=0&requests=200&ignored_429=0&hasty=0&secrets=0\n"
"  account=N: of that account.\n";

static void each_line(const char *text, void (*line)(void *ctx, const char *text), void *ctx)
{
	char one[128];
	struct str rest = str_of(text);

	while (rest.n > 0)
		if (str_copy(one, sizeof(one), str_cut(&rest, '\n')))
			line(ctx, one);
}

/* As many words as fit in a line of it, then the next one. */
static void wrap(struct text *t, const char *words, void (*line)(void *, const char *), void *ctx)
{
	struct str rest = str_of(words);

	while (rest.n > 0) {
		struct str w = str_cut(&rest, ' ');
		if (t->n + w.n + 1 > 92) {
			line(ctx, text_done(t));
			t->n = 0;
			while (t->n < 29)
				text_char(t, ' ');
		}
		text_char(t, ' ');
		text_add(t, w);
	}
	line(ctx, text_done(t));
}

static void word_line(const struct fault_word *w, void (*line)(void *, const char *), void *ctx)
{
	const char *form = w->name + strlen(w->name) + 1, *about = form + strlen(form) + 1;
	char memory[128];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	text_cstr(&t, "  ");
	text_cstr(&t, w->name);
	text_char(&t, ' ');
	text_cstr(&t, form);
	if (t.n > 29) {
		line(ctx, text_done(&t));
		t.n = 0;
	}
	while (t.n < 29)
		text_char(&t, ' ');
	wrap(&t, about, line, ctx);
}

void faults_manual(void (*line)(void *ctx, const char *text), void *ctx)
{
	static const struct { enum fault_what first; const char *title; } part[] = {
		{ DO_ACT, "Answers (request, order, replace, cancel)" },
		{ DO_DROP, "What an answer, an event or a message says" },
		{ DO_DELAY, "Events and messages (and answers)" },
		{ DO_CUT, "Connections and streams" },
		{ DO_STICK, "What becomes of an order (order, replace, cancel, event)" },
		{ DO_HALT, "The market, the account, the broker (at, every)" }
	};

	each_line(intro, line, ctx);
	for (size_t i = 0; i < fault_words_n; i++) {
		for (size_t k = 0; k < COUNT(part); k++)
			if (fault_words[i].what == part[k].first) {
				line(ctx, "");
				line(ctx, part[k].title);
			}
		word_line(&fault_words[i], line, ctx);
	}
	each_line(outro, line, ctx);
}
