/* rest_reference.c: tables of the market data API: what condition codes and exchanges' letters
 * mean, and the corporate actions of the exchange's file. */
#include "exchange/serve_inner.h"

#define ACTIONS_DEFAULT 100
#define ACTIONS_MOST    1000

/* Codes of the consolidated tapes; of both kinds of tape, New York's (A, B) and Nasdaq's (C). */
static const struct condition {
	const char *tapes, *code, *name;
} trade_conditions[] = {
	{ "AB",  " ", "Regular Sale" },
	{ "C",   "@", "Regular Sale" },
	{ "C",   "A", "Acquisition" },
	{ "AB",  "B", "Average Price Trade" },
	{ "C",   "B", "Bunched Trade" },
	{ "ABC", "C", "Cash Sale" },
	{ "C",   "D", "Distribution" },
	{ "AB",  "E", "Automatic Execution" },
	{ "ABC", "F", "Intermarket Sweep" },
	{ "C",   "G", "Bunched Sold Trade" },
	{ "ABC", "H", "Price Variation Trade" },
	{ "ABC", "I", "Odd Lot Trade" },
	{ "ABC", "K", "Rule 127 or 155 Trade" },
	{ "ABC", "L", "Sold Last" },
	{ "ABC", "M", "Market Center Official Close" },
	{ "ABC", "N", "Next Day" },
	{ "ABC", "O", "Opening Trade" },
	{ "ABC", "P", "Prior Reference Price" },
	{ "ABC", "Q", "Market Center Official Open" },
	{ "ABC", "R", "Seller" },
	{ "C",   "S", "Split Trade" },
	{ "ABC", "T", "Extended Hours Trade" },
	{ "ABC", "U", "Extended Hours Trade, Out Of Sequence" },
	{ "ABC", "V", "Contingent Trade" },
	{ "C",   "W", "Average Price Trade" },
	{ "ABC", "X", "Cross Trade" },
	{ "C",   "Y", "Yellow Flag Regular Trade" },
	{ "ABC", "Z", "Sold Out Of Sequence" },
	{ "C",   "1", "Stopped Stock" },
	{ "ABC", "4", "Derivatively Priced" },
	{ "ABC", "5", "Reopening Trade" },
	{ "ABC", "6", "Closing Trade" },
	{ "ABC", "7", "Qualified Contingent Trade" },
	{ "ABC", "9", "Corrected Consolidated Close" },
}, quote_conditions[] = {
	{ "AB",  "A", "Slow Quote Offer Side" },
	{ "C",   "A", "Manual Ask, Automated Bid" },
	{ "AB",  "B", "Slow Quote Bid Side" },
	{ "C",   "B", "Manual Bid, Automated Ask" },
	{ "AB",  "C", "Closing Quote" },
	{ "C",   "F", "Fast Trading" },
	{ "ABC", "H", "Manual Bid And Ask" },
	{ "C",   "I", "Order Imbalance" },
	{ "ABC", "L", "Closed Quote" },
	{ "ABC", "N", "Non-Firm Quote" },
	{ "ABC", "O", "Opening Quote" },
	{ "ABC", "R", "Regular Quote" },
	{ "C",   "Y", "Regular Quote, One Side" },
	{ "C",   "Z", "No Open, No Resume" },
	{ "ABC", "4", "Intraday Auction" },
};

static const struct { const char *code, *name; } exchanges[] = {
	{ "A", "NYSE American" },	{ "B", "Nasdaq BX" },
	{ "C", "NYSE National" },	{ "D", "FINRA ADF" },
	{ "H", "MIAX Pearl" },		{ "I", "Nasdaq ISE" },
	{ "J", "Cboe EDGA" },		{ "K", "Cboe EDGX" },
	{ "L", "Long-Term Stock Exchange" }, { "M", "NYSE Texas" },
	{ "N", "New York Stock Exchange" }, { "P", "NYSE Arca" },
	{ "Q", "Nasdaq" },		{ "S", "Nasdaq Small Cap" },
	{ "T", "Nasdaq Int" },		{ "U", "Members Exchange" },
	{ "V", "IEX" },			{ "W", "Cboe" },
	{ "X", "Nasdaq PSX" },		{ "Y", "Cboe BYX" },
	{ "Z", "Cboe BZX" },
};

static int invalid(struct exchange *x, const char *words, struct str v)
{
	return rest_fail(x, 400, 0, words, v);
}

int data_conditions(struct exchange *x, const struct call *c)
{
	bool quotes = str_eq(c->param, STR("quote"));
	const struct condition *table = quotes ? quote_conditions : trade_conditions;
	size_t n, length = quotes ? COUNT(quote_conditions) : COUNT(trade_conditions);
	char tape[8] = "";

	if (!quotes && !str_eq(c->param, STR("trade")))
		return invalid(x, "invalid ticktype: ", c->param);
	if (rest_get(c, "tape", tape, sizeof(tape), &n) == 0)
		return invalid(x, "tape is required", STR(""));
	if (n != 1 || tape[0] < 'A' || tape[0] > 'C')
		return invalid(x, "invalid tape: ", (struct str){ tape, n });
	json_object(&x->out);
	for (size_t i = 0; i < length; i++)
		if (strchr(table[i].tapes, tape[0]) != NULL)
			key_text(&x->out, table[i].code, table[i].name);
	json_end_object(&x->out);
	return 200;
}

int data_exchanges(struct exchange *x, const struct call *c)
{
	(void)c;
	json_object(&x->out);
	for (size_t i = 0; i < COUNT(exchanges); i++)
		key_text(&x->out, exchanges[i].code, exchanges[i].name);
	json_end_object(&x->out);
	return 200;
}

/* ---- corporate actions */

enum type { FORWARD, REVERSE, CASH, TYPES };
static const char *const type_of[] = { "forward_split", "reverse_split", "cash_dividend" };

struct wish {
	char     symbols[XS_VALUE_MAX], types[512], ids[XS_VALUE_MAX];
	size_t   symbols_n, types_n, ids_n;
	bool     nothing;		/* of another region, or by CUSIP, which none here has */
	day      from, to;		/* of the day on which it is processed */
	int64_t  limit, skip;
	bool     desc;
};

static enum type type_of_action(const struct xc_action *a)
{
	return a->kind == XA_DIVIDEND ? CASH : a->num > a->den ? FORWARD : REVERSE;
}

static day processed(const struct xc_action *a)
{
	return a->kind == XA_DIVIDEND && a->pay > a->ex ? a->pay : a->ex;
}

static void action_id(const struct exchange *x, uint32_t i, char out[static UUID_TEXT])
{
	static const int groups[] = { 8, 4, 4, 4, 12 };
	uint64_t of[3] = { x->c.core.seed, i, 0 };
	struct text t;

	text_init(&t, out, UUID_TEXT);
	for (size_t g = 0; g < COUNT(groups); g++) {
		of[2] = g;
		uint64_t v = hash64(of, sizeof(of)) >> (64 - 4 * groups[g]);
		if (g == 2)
			v = (v & 0x0fff) | 0x4000;
		if (g == 3)
			v = (v & 0x3fff) | 0x8000;
		if (g > 0)
			text_char(&t, '-');
		text_hex(&t, v, groups[g]);
	}
	(void)text_done(&t);
}

static bool wanted(const struct exchange *x, const struct wish *w, uint32_t i)
{
	const struct xc_action *a = &x->actions.a[i];
	struct str name = str_of(x->symbols->name[a->asset]);
	char id[UUID_TEXT];

	if (processed(a) < w->from || processed(a) > w->to)
		return false;
	if (w->symbols_n > 0 && !rest_listed((struct str){ w->symbols, w->symbols_n }, name))
		return false;
	if (w->types_n > 0 && !rest_listed((struct str){ w->types, w->types_n },
					   str_of(type_of[type_of_action(a)])))
		return false;
	action_id(x, i, id);
	return w->ids_n == 0 || rest_listed((struct str){ w->ids, w->ids_n }, str_of(id));
}

static void key_date(struct text *t, const char *key, day d)
{
	char word[16];

	date_text(word, d);
	key_text(t, key, word);
}

static void write_action(struct exchange *x, uint32_t i)
{
	const struct xc_action *a = &x->actions.a[i];
	enum type type = type_of_action(a);
	struct text *t = &x->out;
	char id[UUID_TEXT];

	action_id(x, i, id);
	json_object(t);
	key_text(t, "id", id);
	key_text(t, "symbol", x->symbols->name[a->asset]);
	/* Symbols that are made up have no CUSIP. */
	key_text(t, type == REVERSE ? "old_cusip" : "cusip", "");
	if (type == REVERSE)
		key_text(t, "new_cusip", "");
	if (type == CASH) {
		json_key(t, "rate");
		json_num(t, a->cash.n);
		key_bool(t, "special", false);
		key_bool(t, "foreign", false);
	} else {
		key_i64(t, "new_rate", a->num);
		key_i64(t, "old_rate", a->den);
	}
	key_date(t, "process_date", processed(a));
	key_date(t, "ex_date", a->ex);
	key_date(t, "record_date", a->ex);	/* the same day since trades settle on the next */
	key_date(t, "payable_date", processed(a));
	json_end_object(t);
}

static int read_day(struct exchange *x, const struct call *c, const char *name, day *out)
{
	char v[32];
	size_t n;

	if (rest_get(c, name, v, sizeof(v), &n) != 0 && !rest_date((struct str){ v, n }, out))
		return invalid(x, "invalid date: ", (struct str){ v, n });
	return 0;
}

static int read_wish(struct exchange *x, const struct call *c, struct wish *w)
{
	char v[32];
	size_t n;

	*w = (struct wish){ .limit = ACTIONS_DEFAULT };
	w->from = w->to = ny_date(serve_now(x));
	int status = read_day(x, c, "start", &w->from);
	if (status == 0)
		status = read_day(x, c, "end", &w->to);
	if (status != 0)
		return status;
	if (rest_get(c, "symbols", w->symbols, sizeof(w->symbols), &w->symbols_n) < 0 ||
	    rest_get(c, "types", w->types, sizeof(w->types), &w->types_n) < 0 ||
	    rest_get(c, "ids", w->ids, sizeof(w->ids), &w->ids_n) < 0)
		return invalid(x, "a list is too long or badly coded", STR(""));
	w->nothing = rest_get(c, "cusips", v, sizeof(v), &n) != 0;
	if (rest_get(c, "region", v, sizeof(v), &n) != 0)
		w->nothing = w->nothing || str_eq((struct str){ v, n }, STR("non_us"));
	if (!rest_number(c, "limit", 1, ACTIONS_MOST, &w->limit))
		return invalid(x, "limit must be between 1 and 1000", STR(""));
	if (!rest_number(c, "page_token", 1, XC_ACTIONS_MAX, &w->skip))
		return invalid(x, "invalid page_token", STR(""));
	if (rest_get(c, "sort", v, sizeof(v), &n) == 0)
		return 0;
	w->desc = str_eq((struct str){ v, n }, STR("desc"));
	if (!w->desc && !str_eq((struct str){ v, n }, STR("asc")))
		return invalid(x, "invalid sort: ", (struct str){ v, n });
	return 0;
}

/* Sorted by the day, of one day as in the table; the token is how many went before. */
int data_corporate_actions(struct exchange *x, const struct call *c)
{
	static const char *const groups[] = { "forward_splits", "reverse_splits",
					      "cash_dividends" };
	uint16_t list[XC_ACTIONS_MAX];
	struct wish w;
	int64_t all = 0;
	int status = read_wish(x, c, &w);

	if (status != 0)
		return status;
	for (uint32_t i = 0; i < x->actions.n && !w.nothing; i++) {
		if (!wanted(x, &w, i))
			continue;
		int64_t at = all++;
		day d = processed(&x->actions.a[i]);
		while (at > 0 && (w.desc ? processed(&x->actions.a[list[at - 1]]) < d
					 : processed(&x->actions.a[list[at - 1]]) > d)) {
			list[at] = list[at - 1];
			at--;
		}
		list[at] = (uint16_t)i;
	}
	int64_t end = w.skip + w.limit < all ? w.skip + w.limit : all;
	json_object(&x->out);
	json_key(&x->out, "corporate_actions");
	json_object(&x->out);
	for (int type = 0; type < TYPES; type++) {
		bool any = false;
		for (int64_t k = w.skip; k < end; k++) {
			if ((int)type_of_action(&x->actions.a[list[k]]) != type)
				continue;
			if (!any) {
				json_key(&x->out, groups[type]);
				json_array(&x->out);
			}
			any = true;
			write_action(x, list[k]);
		}
		if (any)
			json_end_array(&x->out);
	}
	json_end_object(&x->out);
	json_key(&x->out, "next_page_token");
	if (end < all) {
		char token[24];
		struct text t;
		text_init(&t, token, sizeof(token));
		text_i64(&t, end);
		json_cstr(&x->out, text_done(&t));
	} else {
		json_null(&x->out);
	}
	json_end_object(&x->out);
	return 200;
}
