/* stream_data.c: the dialogue of the data stream: who it is, and what is wanted. */
#include "exchange/serve_inner.h"

static const char *const channel_name[CH_COUNT] = {
	"trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds",
	"corrections", "cancelErrors", "imbalances", "simClock"
};

/* Known to the broker's other streams; asked of this one they are an error. */
static const char *const foreign[] = { "news", "orderbooks" };

static const struct { int code; const char *words; } errors[] = {
	{ 400, "invalid syntax" }, { 401, "not authenticated" }, { 402, "auth failed" },
	{ 403, "already authenticated" }, { 404, "auth timeout" },
	{ 405, "symbol limit exceeded" }, { 406, "connection limit exceeded" },
	{ 407, "slow client" }, { 408, "v2 not enabled" }, { 409, "insufficient subscription" },
	{ 410, "invalid subscribe action for this feed" }, { 411, "insufficient scope" },
	{ 412, "option messages are only available in MsgPack format" },
	{ 413, "star is not allowed for option quotes" }, { 500, "internal error" },
};

static void data_success(struct exchange *x, struct stream *st, const char *words)
{
	struct text *t = stream_begin(x, st);

	json_object(t);
	key_text(t, "T", "success");
	key_text(t, "msg", words);
	json_end_object(t);
	stream_say(x, st, "success");
}

void data_error(struct exchange *x, struct stream *st, int code)
{
	struct text *t = stream_begin(x, st);
	const char *words = "error";

	for (size_t i = 0; i < COUNT(errors); i++)
		if (errors[i].code == code)
			words = errors[i].words;
	json_object(t);
	key_text(t, "T", "error");
	key_i64(t, "code", code);
	key_text(t, "msg", words);
	json_end_object(t);
	stream_say(x, st, "error");
}

static void fail(struct exchange *x, struct stream *st, int code, const char *words)
{
	data_error(x, st, code);
	stream_end(x, st, words);
}

void data_slow(struct exchange *x, struct stream *st)
{
	st->slow = true;
	fail(x, st, 407, "slow client");
}

/* ---- who */

/* The test stream is one of its own. */
static bool key_in_use(const struct exchange *x, const struct stream *me, uint64_t key)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		const struct stream *st = &x->stream[i];
		if (st != me && st->kind == STREAM_DATA && st->authed && !st->over &&
		    st->key == key &&
		    (st->source == SOURCE_TEST) == (me->source == SOURCE_TEST))
			return true;
	}
	return false;
}

static void authenticate(struct exchange *x, struct stream *st, struct str id, struct str secret)
{
	uint64_t key = hash64(id.s, id.n);
	uint16_t account;

	if (st->authed) {
		data_error(x, st, 403);
	} else if (!who_is(x, id, secret, &account)) {
		fail(x, st, 402, "auth failed");
	} else if (key_in_use(x, st, key)) {
		fail(x, st, 406, "connection limit exceeded");
	} else if (st->refused || (x->c.plan_basic && st->source == SOURCE_SIP)) {
		fail(x, st, 409, "insufficient subscription");
	} else {
		st->authed = true;
		st->key = key;
		st->account = account;
		data_success(x, st, "authenticated");
	}
}

void data_open(struct exchange *x, struct stream *st, const struct http_head *h)
{
	char id[128], secret[128];

	data_success(x, st, "connected");
	if (rest_credentials(h, id, secret))
		authenticate(x, st, str_of(id), str_of(secret));
}

/* ---- what is wanted */

bool stream_wants(const struct stream *st, enum channel ch, sym s)
{
	if (st->sub.star[ch])
		return true;
	return s != SYM_NONE && (st->sub.on[ch][s / 64] >> (s % 64) & 1) != 0;
}

bool stream_wants_other(const struct stream *st, enum channel ch, struct str name)
{
	const struct subscription *u = &st->sub;

	for (uint32_t i = 0; i < u->others; i++)
		if (str_eq(str_of(u->other[i].name), name))
			return u->star[ch] || (u->other[i].on >> ch & 1) != 0;
	return u->star[ch];
}

static void list_channel(const struct exchange *x, struct text *t, const struct subscription *u,
			 int ch)
{
	json_key(t, channel_name[ch]);
	json_array(t);
	if (u->star[ch])
		json_cstr(t, "*");
	for (uint32_t s = 0; s < x->symbols->n; s++)
		if (u->on[ch][s / 64] >> (s % 64) & 1)
			json_cstr(t, x->symbols->name[s]);
	for (uint32_t i = 0; i < u->others; i++)
		if (u->other[i].on >> ch & 1)
			json_cstr(t, u->other[i].name);
	json_end_array(t);
}

static bool used(const struct subscription *u, int ch)
{
	bool any = u->star[ch];

	for (size_t i = 0; i < COUNT(u->on[ch]); i++)
		any = any || u->on[ch][i] != 0;
	for (uint32_t i = 0; i < u->others; i++)
		any = any || (u->other[i].on >> ch & 1) != 0;
	return any;
}

/* The complete state; channels that the broker does not list unasked only when they are used. */
static void say_subscription(struct exchange *x, struct stream *st)
{
	struct text *t = stream_begin(x, st);

	static_assert(XS_MESSAGE > CH_COUNT * (SYMBOLS_MAX + XS_OTHERS) * (SYMBOL_TEXT + 2),
		      "a subscription to everything by name is one message");
	json_object(t);
	key_text(t, "T", "subscription");
	for (int ch = 0; ch < CH_COUNT; ch++)
		if (ch < CH_IMBALANCES || used(&st->sub, ch))
			list_channel(x, t, &st->sub, ch);
	json_end_object(t);
	stream_say(x, st, "subscription");
}

/* A name that the market does not know is kept all the same: it is told back, as the broker
 * does, and nothing ever comes of it. A code of an error, or 0. */
static int change_other(struct subscription *u, int ch, struct str name, bool on)
{
	uint32_t i = 0;

	while (i < u->others && !str_eq(str_of(u->other[i].name), name))
		i++;
	if (i == u->others) {
		if (!on)
			return 0;
		if (i == XS_OTHERS)
			return 405;
		u->other[i].on = 0;
		if (!str_copy(u->other[i].name, SYMBOL_TEXT, name))
			return 400;
		u->others++;
	}
	uint16_t bit = (uint16_t)(1 << ch);
	u->other[i].on = (uint16_t)(on ? u->other[i].on | bit : u->other[i].on & ~bit);
	if (u->other[i].on == 0)
		u->other[i] = u->other[--u->others];
	return 0;
}

/* One name of one channel; a code of an error, or 0. */
static int change(const struct exchange *x, struct subscription *u, int ch, struct str name,
		  bool on)
{
	if (str_eq(name, STR("*"))) {
		u->star[ch] = on;
		return 0;
	}
	if (!symbol_ok(name))
		return 400;
	sym s = symbols_find(x->symbols, name);
	if (s == SYM_NONE)
		return change_other(u, ch, name, on);
	uint64_t bit = (uint64_t)1 << (s % 64);
	if (on)
		u->on[ch][s / 64] |= bit;
	else
		u->on[ch][s / 64] &= ~bit;
	return 0;
}

static int change_list(const struct exchange *x, struct subscription *u, int ch, struct json *j,
		       bool on)
{
	struct str name;
	int code = 0;

	for (json_enter_array(j); json_next_item(j);) {
		if (!json_read_str(j, &name))
			return 400;
		if (code == 0)
			code = change(x, u, ch, name, on);
		/* Corrections and cancelled trades come along with trades. */
		if (code == 0 && ch == CH_TRADES) {
			code = change(x, u, CH_CORRECTIONS, name, on);
			if (code == 0)
				code = change(x, u, CH_CANCELS, name, on);
		}
	}
	return code;
}

/* The free plan: so many different symbols, and not all trades or quotes. */
static bool over_plan(const struct exchange *x, const struct subscription *u)
{
	int n = (int)u->others;

	if (!x->c.plan_basic)
		return false;
	for (size_t w = 0; w < SYMBOLS_MAX / 64; w++) {
		uint64_t any = 0;
		for (int ch = 0; ch < CH_COUNT; ch++)
			any |= u->on[ch][w];
		n += __builtin_popcountll(any);
	}
	return n > XS_BASIC || u->star[CH_TRADES] || u->star[CH_QUOTES];
}

static int channel_of(struct str key)
{
	int ch = 0;

	while (ch < CH_COUNT && !str_eq(key, str_of(channel_name[ch])))
		ch++;
	return ch;
}

static int other_key(struct str key)
{
	for (size_t i = 0; i < COUNT(foreign); i++)
		if (str_eq(key, str_of(foreign[i])))
			return 410;
	return 0;	/* "action", and whatever a client adds */
}

static void subscribe(struct exchange *x, struct stream *st, struct str m, bool on)
{
	struct subscription before = st->sub;	/* a message counts wholly or not at all */
	struct json j;
	struct str key;
	int code = 0;

	json_open(&j, m);
	for (json_enter_object(&j); json_next_key(&j, &key);) {
		int ch = channel_of(key), bad;
		if (ch < CH_COUNT && json_peek(&j) == JSON_ARRAY) {
			bad = change_list(x, &st->sub, ch, &j, on);
		} else {
			bad = json_peek(&j) == JSON_ARRAY ? other_key(key) : 0;
			(void)json_skip(&j);
		}
		code = code != 0 ? code : bad;
	}
	if (json_done(&j) != OK)
		code = 400;
	if (code == 0 && on && over_plan(x, &st->sub))
		code = 405;
	if (code != 0) {
		st->sub = before;
		data_error(x, st, code);
		return;
	}
	say_subscription(x, st);
}

void data_message(struct exchange *x, struct stream *st, struct str m)
{
	struct said s;

	if (!stream_said(m, &s))
		data_error(x, st, 400);
	else if (str_eq(s.action, STR("auth")))
		authenticate(x, st, s.key, s.secret);
	else if (!st->authed)
		data_error(x, st, 401);
	else if (str_eq(s.action, STR("subscribe")))
		subscribe(x, st, m, true);
	else if (str_eq(s.action, STR("unsubscribe")))
		subscribe(x, st, m, false);
	else
		data_error(x, st, 400);
}
