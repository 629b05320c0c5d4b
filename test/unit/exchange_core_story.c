/* Stories: test/golden/exchange_*.txt hold commands for the exchange's core and, behind
 * "> ", what it answered. A line that differs fails with its number. The words:
 *
 *	exchange [cash= partial= latency= slippage= shorting= multiplier= fees= collars=
 *	          orders= seed= volume=]		a new one, with AAPL and MSFT
 *	asset SYMBOL [unshortable] [hard] [untradable] [unfractionable] [unmarginable]
 *	at 2024-10-01T10:00:00		New York time; what is due happens
 *	wait 20ms
 *	quote SYMBOL BID ASK LAST [VOLUME]	of 100 shares
 *	place NAME buy|sell QTY SYMBOL [market|limit P|stop P|stop_limit STOP P|trailing_stop]
 *	      [day|gtc|...] [bracket|oto|oco] [tp=P] [sl=P] [sllimit=P] [cid=] [intent=N]
 *	      [notional=] [extended] [trail=P] [percent=N]
 *	cancel NAME	replace NAME NEWNAME [qty= limit= stop= cid= tif= trail=]
 *	close NAME SYMBOL [QTY]
 *	halt SYMBOL	resume SYMBOL	suspend NAME	release NAME	broker-cancel NAME
 *	mischief NAME WORD...			the words are enum xc_mischief's, in lower case
 *	order NAME	position SYMBOL		account		verdict
 *
 * and of accounts: exchange_story_money.c. After each line the books are audited.
 *
 * The legs of NAME are NAME.tp and NAME.sl. GOLDEN_UPDATE=1 writes the answers anew. */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "exchange_story.h"

/* ---- words */

static bool key(struct str w, const char *name, struct str *value)
{
	struct str k = str_of(name);

	if (!str_starts(w, k) || w.n <= k.n || w.s[k.n] != '=')
		return false;
	*value = (struct str){ w.s + k.n + 1, w.n - k.n - 1 };
	return true;
}

static xc_oid named(struct story *s, struct str name)
{
	uint32_t n = xc_orders(s->x) < NAMES ? xc_orders(s->x) : NAMES;

	while (n-- > 0)		/* the last one of that name */
		if (str_eq(str_of(s->name[n]), name))
			return n;
	CHECK(false, "%s:%d: there is no order %.*s", s->file, s->line, (int)name.n, name.s);
	return XC_NONE;
}

static void give_name(struct story *s, xc_oid i, struct str name, const char *suffix)
{
	if (i >= NAMES)
		return;
	snprintf(s->name[i], sizeof(s->name[i]), "%.*s%s", (int)name.n, name.s, suffix);
}

static uint16_t asset_of(struct story *s, struct str symbol)
{
	uint16_t a = 0;

	CHECK(xc_find_asset(s->x, symbol, &a), "%s:%d: %.*s is an asset", s->file, s->line,
	      (int)symbol.n, symbol.s);
	return a;
}

/* ---- commands */
static void do_exchange(struct story *s, struct str line)
{
	struct xc_config c = { .orders_max = 200, .accounts = 1, .seed = 7,
			       .cash = { 100000 * NUM_ONE }, .latency = 20 * NS_MS,
			       .shorting = true, .multiplier = 4 };
	struct str v;
	uint16_t i;

	for (struct str w = word(&line); w.n > 0; w = word(&line)) {
		if (key(w, "cash", &v))
			c.cash.n = number(s, v);
		else if (key(w, "partial", &v))
			c.partial_pct = (int32_t)(number(s, v) / NUM_ONE);
		else if (key(w, "latency", &v))
			CHECK_INT(duration_parse(&c.latency, v), OK, "a duration");
		else if (key(w, "slippage", &v))
			c.slippage_bp_centi = (int32_t)(number(s, v) / NUM_ONE);
		else if (key(w, "shorting", &v))
			c.shorting = number(s, v) != 0;
		else if (key(w, "multiplier", &v))
			c.multiplier = (int32_t)(number(s, v) / NUM_ONE);
		else if (key(w, "fees", &v))
			c.fees = number(s, v) != 0;
		else if (key(w, "collars", &v))
			c.collars = number(s, v) != 0;
		else if (key(w, "orders", &v))
			c.orders_max = (uint32_t)(number(s, v) / NUM_ONE);
		else if (key(w, "seed", &v))
			c.seed = (uint64_t)(number(s, v) / NUM_ONE);
		else if (key(w, "volume", &v))
			c.volume_share_pct = (int32_t)(number(s, v) / NUM_ONE);
		else
			CHECK(false, "%s:%d: unknown word %.*s", s->file, s->line, (int)w.n, w.s);
	}
	free(s->memory);
	s->memory = calloc(1, xc_size(&c));
	s->x = xc_init(s->memory, &c, NULL);
	s->now = 0;
	s->actions = 0;
	CHECK_INT(xc_add_asset(s->x, "AAPL", "Apple Inc.", &i), OK, "room for an asset");
	CHECK_INT(xc_add_asset(s->x, "MSFT", NULL, &i), OK, "room for an asset");
}

static void do_asset(struct story *s, struct str line)
{
	struct str symbol = word(&line);
	struct xc_asset flags = *xc_asset(s->x, asset_of(s, symbol));

	for (struct str w = word(&line); w.n > 0; w = word(&line)) {
		if (str_eq(w, STR("unshortable")))
			flags.shortable = false;
		else if (str_eq(w, STR("hard")))
			flags.easy_to_borrow = false;
		else if (str_eq(w, STR("unfractionable")))
			flags.fractionable = false;
		else if (str_eq(w, STR("unmarginable")))
			flags.marginable = false;
		else
			flags.tradable = false;
	}
	xc_set_asset(s->x, asset_of(s, symbol), &flags);
}

static void do_at(struct story *s, struct str w)
{
	char full[40];
	ns t = 0;

	snprintf(full, sizeof(full), "%.*sZ", (int)w.n, w.s);
	CHECK_INT(rfc3339_parse(&t, str_of(full)), OK, "%s:%d: a time", s->file, s->line);
	ns winter = t + 5 * NS_HOUR, summer = t + 4 * NS_HOUR;
	s->now = ny_offset_s(summer) == -4 * 3600 ? summer : winter;
	xc_time(s->x, s->now);
}

static void place_word(struct story *s, struct xc_request *rq, struct str w, struct str *line)
{
	struct str v;

	if (type_parse(&rq->type, w)) {
		if (rq->type == TYPE_STOP || rq->type == TYPE_STOP_LIMIT) {
			rq->stop.n = number(s, word(line));
			rq->has |= XC_STOP;
		}
		if (rq->type == TYPE_LIMIT || rq->type == TYPE_STOP_LIMIT) {
			rq->limit.n = number(s, word(line));
			rq->has |= XC_LIMIT;
		}
	} else if (class_parse(&rq->cls, w) || tif_parse(&rq->tif, w)) {
	} else if (key(w, "tp", &v)) {
		rq->tp_limit.n = number(s, v);
		rq->has |= XC_TP_LIMIT | XC_TAKE_PROFIT;
	} else if (key(w, "sl", &v)) {
		rq->sl_stop.n = number(s, v);
		rq->has |= XC_SL_STOP | XC_STOP_LOSS;
	} else if (key(w, "sllimit", &v)) {
		rq->sl_limit.n = number(s, v);
		rq->has |= XC_SL_LIMIT | XC_STOP_LOSS;
	} else if (key(w, "limit", &v)) {
		rq->limit.n = number(s, v);
		rq->has |= XC_LIMIT;
	} else if (key(w, "stop", &v)) {
		rq->stop.n = number(s, v);
		rq->has |= XC_STOP;
	} else if (key(w, "notional", &v)) {
		rq->notional.n = number(s, v);
		rq->has |= XC_NOTIONAL;
	} else if (key(w, "trail", &v)) {
		rq->trail_price.n = number(s, v);
		rq->has |= XC_TRAIL_PRICE;
	} else if (key(w, "percent", &v)) {
		rq->trail_percent = number(s, v);
		rq->has |= XC_TRAIL_PERCENT;
	} else if (key(w, "intent", &v)) {
		rq->position_intent = (uint8_t)(v.s[0] - '0');
		rq->has |= XC_INTENT;
	} else if (key(w, "cid", &v)) {
		rq->cid_n = v.n;
		rq->has |= XC_CID;
		if (v.n >= sizeof(rq->cid))
			v.n = sizeof(rq->cid) - 1;
		CHECK(str_copy(rq->cid, sizeof(rq->cid), v), "it was cut");
	} else if (str_eq(w, STR("bare"))) {
		rq->has &= ~(uint32_t)(XC_LIMIT | XC_STOP);
	} else if (str_eq(w, STR("notif"))) {
		rq->has &= ~(uint32_t)XC_TIF;
	} else {
		CHECK(str_eq(w, STR("extended")), "%s:%d: unknown word", s->file, s->line);
		rq->extended_hours = true;
	}
}

static void do_place(struct story *s, struct str line)
{
	struct xc_request rq = { .has = XC_TIF, .type = TYPE_MARKET };
	struct xc_refusal why;
	struct str name = word(&line);

	CHECK(side_parse(&rq.side, word(&line)), "%s:%d: a side", s->file, s->line);
	struct str n = word(&line);
	if (!str_eq(n, STR("-"))) {
		rq.qty.n = number(s, n);
		rq.has |= XC_QTY;
	}
	struct str symbol = word(&line);
	if (!str_eq(symbol, STR("-")))
		CHECK(str_copy(rq.symbol, sizeof(rq.symbol), symbol), "a symbol");
	for (struct str w = word(&line); w.n > 0; w = word(&line))
		place_word(s, &rq, w, &line);
	xc_oid i = xc_place(s->x, s->now, 0, &rq, &why);
	if (i == XC_NONE) {
		say_refusal(s, &why);
		return;
	}
	const struct xc_order *o = xc_order(s->x, i);
	give_name(s, i, name, "");
	if (o->leg[0] != XC_NONE)
		give_name(s, o->leg[0], name, ".tp");
	if (o->leg[1] != XC_NONE)
		give_name(s, o->leg[1], name, ".sl");
}

static void do_replace(struct story *s, struct str line)
{
	struct xc_change ch = { 0 };
	struct xc_refusal why;
	xc_oid old = named(s, word(&line));
	struct str name = word(&line), v;

	for (struct str w = word(&line); w.n > 0; w = word(&line)) {
		if (key(w, "qty", &v)) {
			ch.qty.n = number(s, v);
			ch.has |= XC_QTY;
		} else if (key(w, "limit", &v)) {
			ch.limit.n = number(s, v);
			ch.has |= XC_LIMIT;
		} else if (key(w, "stop", &v)) {
			ch.stop.n = number(s, v);
			ch.has |= XC_STOP;
		} else if (key(w, "trail", &v)) {
			ch.trail = number(s, v);
			ch.has |= XC_TRAIL;
		} else if (key(w, "tif", &v)) {
			CHECK(tif_parse(&ch.tif, v), "%s:%d: tif", s->file, s->line);
			ch.has |= XC_TIF;
		} else if (key(w, "cid", &v)) {
			CHECK(str_copy(ch.cid, sizeof(ch.cid), v), "fits");
			ch.cid_n = v.n;
			ch.has |= XC_CID;
		}
	}
	xc_oid i = xc_replace(s->x, s->now, 0, old, &ch, &why);
	if (i == XC_NONE)
		say_refusal(s, &why);
	else
		give_name(s, i, name, "");
}

static void do_close(struct story *s, struct str line)
{
	struct xc_refusal why;
	struct str name = word(&line);
	uint16_t asset = asset_of(s, word(&line));
	struct str n = word(&line);
	qty part = { n.n > 0 ? number(s, n) : 0 };
	xc_oid i = xc_close_position(s->x, s->now, 0, asset, part, &why);

	if (i == XC_NONE)
		say_refusal(s, &why);
	else
		give_name(s, i, name, "");
}

static void do_quote(struct story *s, struct str line)
{
	uint16_t asset = asset_of(s, word(&line));
	px bid = { number(s, word(&line)) }, ask = { number(s, word(&line)) };
	px last = { number(s, word(&line)) };
	struct str v = word(&line);
	int64_t volume = v.n > 0 ? number(s, v) : 100 * NUM_ONE;

	xc_quote(s->x, s->now, asset, bid, ask, last, (double)(volume / NUM_ONE));
}

static void do_mischief(struct story *s, struct str line)
{
	static const char *const name[] = {
		"stuck_cancel", "reject", "no_fill", "overfill", "lost_stop", "lost_legs",
		"replace_reject", "legs_keep", "suspend", "calculated", "stopped", "split_fills",
		"cancel_late_fill", "expire"
	};
	xc_oid i = named(s, word(&line));

	for (struct str w = word(&line); w.n > 0; w = word(&line)) {
		size_t k = 0;
		while (k < COUNT(name) && !str_eq(w, str_of(name[k])))
			k++;
		CHECK(k < COUNT(name), "%s:%d: unknown mischief", s->file, s->line);
		if (i != XC_NONE)
			xc_mischief(s->x, i, 1u << k);
	}
}

/* What the exchange does of its own; false: w is no such word. */
static bool do_own(struct story *s, struct str w, struct str line)
{
	bool halt = str_eq(w, STR("halt")), suspend = str_eq(w, STR("suspend"));

	if (halt || str_eq(w, STR("resume")))
		xc_halt(s->x, s->now, asset_of(s, word(&line)), halt);
	else if (suspend || str_eq(w, STR("release")))
		xc_suspend(s->x, s->now, named(s, word(&line)), suspend);
	else if (str_eq(w, STR("broker-cancel")))
		CHECK(xc_cancel_by_broker(s->x, s->now, named(s, word(&line))),
		      "%s:%d: the broker can cancel it", s->file, s->line);
	else if (str_eq(w, STR("mischief")))
		do_mischief(s, line);
	else
		return false;
	return true;
}

static void do_line(struct story *s, struct str line)
{
	struct xc_refusal why;
	struct str w = word(&line);
	ns d = 0;

	if (str_eq(w, STR("exchange"))) {
		do_exchange(s, line);
	} else if (str_eq(w, STR("asset"))) {
		do_asset(s, line);
	} else if (str_eq(w, STR("at"))) {
		do_at(s, word(&line));
	} else if (str_eq(w, STR("wait"))) {
		CHECK_INT(duration_parse(&d, word(&line)), OK, "%s:%d: wait", s->file, s->line);
		s->now += d;
		xc_time(s->x, s->now);
	} else if (str_eq(w, STR("quote"))) {
		do_quote(s, line);
	} else if (str_eq(w, STR("place"))) {
		do_place(s, line);
	} else if (str_eq(w, STR("replace"))) {
		do_replace(s, line);
	} else if (str_eq(w, STR("close"))) {
		do_close(s, line);
	} else if (str_eq(w, STR("cancel"))) {
		if (!xc_cancel(s->x, s->now, 0, named(s, word(&line)), &why))
			say_refusal(s, &why);
	} else if (str_eq(w, STR("order"))) {
		say_order(s, named(s, word(&line)));
	} else if (str_eq(w, STR("position"))) {
		say_position(s, word(&line));
	} else if (str_eq(w, STR("account"))) {
		say_account(s);
	} else if (str_eq(w, STR("verdict"))) {
		say_verdict(s);
	} else if (!story_money(s, w, line) && !do_own(s, w, line)) {
		CHECK(false, "%s:%d: unknown command %.*s", s->file, s->line, (int)w.n, w.s);
	}
	if (s->x != NULL) {
		say_events(s);
		CHECK(xc_audit(s->x, 0, why.message, sizeof(why.message)), "%s:%d: %s", s->file,
		      s->line, why.message);
	}
}

/* ---- playing a file */
static bool next_line(struct str *rest, struct str *line)
{
	if (rest->n == 0)
		return false;
	*line = str_cut(rest, '\n');
	return true;
}

/* Plays `text`; what the file should be goes to `wanted`. */
static void play(struct story *s, struct str text, struct text *wanted)
{
	struct str rest = text, line;

	while (next_line(&rest, &line)) {
		s->line++;
		if (str_starts(line, STR("> "))) {
			CHECK(false, "%s:%d: an answer too many: %.*s", s->file, s->line,
			      (int)line.n, line.s);
			continue;
		}
		text_add(wanted, line);
		text_char(wanted, '\n');
		if (line.n == 0 || line.s[0] == '#')
			continue;
		text_init(&s->out, s->answer, sizeof(s->answer));
		do_line(s, line);
		CHECK(!s->out.full, "%s:%d: the answer fits", s->file, s->line);
		text_add(wanted, text_str(&s->out));
		struct str said = text_str(&s->out), one;
		while (getenv("GOLDEN_UPDATE") == NULL && next_line(&said, &one)) {
			struct str before = rest;
			s->line++;
			if (!next_line(&rest, &line) || !str_eq(line, one)) {
				CHECK(false, "%s:%d: wanted: %.*s\n\tgot: %.*s", s->file, s->line,
				      (int)line.n, line.s, (int)one.n, one.s);
				rest = before;
				s->line--;
			}
		}
		while (getenv("GOLDEN_UPDATE") != NULL && str_starts(rest, STR("> ")))
			str_cut(&rest, '\n');
	}
}

void story(const char *name)
{
	static char text[1 << 18], fresh[1 << 19];
	struct story s = { .file = name };
	const char *path = check_golden(name);
	struct text wanted;
	FILE *f = fopen(path, "r");

	CHECK(f != NULL, "%s can be read", path);
	if (f == NULL)
		return;
	size_t n = fread(text, 1, sizeof(text), f);
	fclose(f);
	text_init(&wanted, fresh, sizeof(fresh));
	play(&s, (struct str){ text, n }, &wanted);
	CHECK(!wanted.full, "%s fits", name);
	if (getenv("GOLDEN_UPDATE") != NULL && (f = fopen(path, "w")) != NULL) {
		fwrite(wanted.s, 1, wanted.n, f);
		fclose(f);
	}
	free(s.memory);
}
