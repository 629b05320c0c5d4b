/* rest_meta.c: what the letters of trades and quotes mean, and corporate actions. */
#include "exchange/serve_inner.h"

#define ACTIONS_LIMIT 100	/* a page, unless asked for more */
#define ACTIONS_MOST  1000

/* ---- letters */

struct meaning { char tapes[4]; char letter; const char *text; };

static const struct meaning trade_conditions[] = {
	{ "C", '@', "Regular Sale" }, { "AB", ' ', "Regular Sale" },
	{ "ABC", '4', "Derivatively Priced" }, { "ABC", '5', "Market Center Reopening Trade" },
	{ "ABC", '6', "Market Center Closing Trade" }, { "ABC", '7', "Qualified Contingent Trade" },
	{ "ABC", '9', "Corrected Consolidated Close Price as per the Market Center" },
	{ "C", 'A', "Acquisition" }, { "ABC", 'B', "Average Price Trade" },
	{ "ABC", 'C', "Cash Trade (Same Day Clearing)" }, { "C", 'D', "Distribution" },
	{ "AB", 'E', "Automatic Execution" }, { "ABC", 'F', "Intermarket Sweep Order" },
	{ "C", 'G', "Bunched Sold Trade" }, { "ABC", 'H', "Price Variation Trade" },
	{ "ABC", 'I', "Odd Lot Trade" }, { "AB", 'K', "Rule 127 or Rule 155 Trade" },
	{ "ABC", 'L', "Sold Last (Late Reporting)" },
	{ "ABC", 'M', "Market Center Official Close" },
	{ "ABC", 'N', "Next Day Trade (Next Day Clearing)" },
	{ "ABC", 'O', "Market Center Opening Trade" }, { "ABC", 'P', "Prior Reference Price" },
	{ "ABC", 'Q', "Market Center Official Open" }, { "ABC", 'R', "Seller" },
	{ "C", 'S', "Split Trade" }, { "ABC", 'T', "Extended Hours Trade (Form T)" },
	{ "ABC", 'U', "Extended Hours Sold (Out Of Sequence)" },
	{ "ABC", 'V', "Contingent Trade" },
	{ "C", 'W', "Average Price Trade" }, { "ABC", 'X', "Cross Trade" },
	{ "C", 'Y', "Yellow Flag Regular Trade" }, { "ABC", 'Z', "Sold (Out Of Sequence)" },
};

static const struct meaning quote_conditions[] = {
	{ "ABC", 'A', "Slow Quote, Offer Side" }, { "ABC", 'B', "Slow Quote, Bid Side" },
	{ "AB", 'C', "Closing Quote" }, { "ABC", 'F', "Fast Trading" },
	{ "ABC", 'H', "Slow Quote, Both Sides" }, { "ABC", 'L', "Closed Quote" },
	{ "ABC", 'N', "Non-Firm Quote" }, { "ABC", 'O', "Opening Quote" },
	{ "ABC", 'R', "Regular, Two-Sided Open" },
	{ "AB", 'W', "Slow Quote, Set Slow List" }, { "C", 'Y', "Regular, One-Sided Open" },
};

static const struct meaning exchanges[] = {
	{ "", 'A', "NYSE American (AMEX)" }, { "", 'B', "NASDAQ OMX BX" },
	{ "", 'C', "National Stock Exchange" }, { "", 'D', "FINRA ADF" },
	{ "", 'E', "Market Independent" }, { "", 'H', "MIAX" },
	{ "", 'I', "International Securities Exchange" }, { "", 'J', "Cboe EDGA" },
	{ "", 'K', "Cboe EDGX" }, { "", 'L', "Long Term Stock Exchange" },
	{ "", 'M', "Chicago Stock Exchange" }, { "", 'N', "New York Stock Exchange" },
	{ "", 'P', "NYSE Arca" }, { "", 'Q', "NASDAQ OMX" }, { "", 'S', "NASDAQ Small Cap" },
	{ "", 'T', "NASDAQ Int" }, { "", 'U', "Members Exchange" }, { "", 'V', "IEX" },
	{ "", 'W', "CBOE" }, { "", 'X', "NASDAQ OMX PSX" }, { "", 'Y', "Cboe BYX" },
	{ "", 'Z', "Cboe BZX" },
};

/* tape '\0': all of them. */
static int write_meanings(struct exchange *x, const struct meaning *m, size_t n, char tape)
{
	json_object(&x->out);
	for (size_t i = 0; i < n; i++) {
		char key[2] = { m[i].letter, '\0' };
		if (tape == '\0' || strchr(m[i].tapes, tape) != NULL)
			key_text(&x->out, key, m[i].text);
	}
	json_end_object(&x->out);
	return 200;
}

int meta_conditions(struct exchange *x, const struct call *c)
{
	char tape[8];
	size_t n;

	if (rest_get(c, "tape", tape, sizeof(tape), &n) <= 0)
		return rest_fail(x, 400, 0, "tape is required", STR(""));
	if (n != 1 || !rest_listed(STR("A,B,C"), (struct str){ tape, n }))
		return rest_fail(x, 400, 0, "invalid tape: ", (struct str){ tape, n });
	if (str_eq(c->param, STR("trade")))
		return write_meanings(x, trade_conditions, COUNT(trade_conditions), tape[0]);
	if (str_eq(c->param, STR("quote")))
		return write_meanings(x, quote_conditions, COUNT(quote_conditions), tape[0]);
	return rest_fail(x, 400, 0, "invalid ticktype: ", c->param);
}

int meta_exchanges(struct exchange *x, const struct call *c)
{
	(void)c;
	return write_meanings(x, exchanges, COUNT(exchanges), '\0');
}

/* Nothing is ever in the papers of a made-up market. */
int meta_news(struct exchange *x, const struct call *c)
{
	(void)c;
	text_cstr(&x->out, "{\"news\":[],\"next_page_token\":null}");
	return 200;
}

/* ---- corporate actions */

enum ca { CA_DIVIDEND, CA_FORWARD, CA_REVERSE, CA_COUNT };
static const char *const ca_lists[] = { "cash_dividends", "forward_splits", "reverse_splits" };
static const char *const ca_types[] = { "cash_dividend", "forward_split", "reverse_split" };

struct actions_page {
	sym      sym[SYMBOLS_MAX];
	uint32_t n;
	bool     type[CA_COUNT];
	day      from, to;
	int64_t  limit, first;		/* the token is the number of the first one */
	bool     desc;
	bool     nothing;		/* by CUSIP, which none here has, or of another region */
	char     ids[XS_VALUE_MAX];
	size_t   ids_n;			/* 0: any */
};

static enum ca kind_of(const struct xc_action *a)
{
	return a->kind == XA_DIVIDEND ? CA_DIVIDEND : a->num >= a->den ? CA_FORWARD : CA_REVERSE;
}

static void action_id(char out[static UUID_TEXT], const struct xc_action *a)
{
	int64_t of[] = { a->ex, a->pay, a->asset, a->kind, a->num, a->den, a->cash.n };
	uint64_t h = hash64(of, sizeof(of));
	struct text id;

	text_init(&id, out, UUID_TEXT);
	text_hex(&id, h >> 32, 8);
	text_char(&id, '-');
	text_hex(&id, h >> 16 & 0xffff, 4);
	text_cstr(&id, "-4");
	text_hex(&id, h & 0xfff, 3);
	text_cstr(&id, "-8");
	text_hex(&id, h >> 12 & 0xfff, 3);
	text_char(&id, '-');
	text_hex(&id, (uint64_t)(uint32_t)a->ex, 12);
	(void)text_done(&id);
}

static bool asked(const struct exchange *x, const struct actions_page *p, uint32_t i)
{
	const struct xc_action *a = &x->actions.a[i];
	bool named = p->n == 0;

	for (uint32_t k = 0; k < p->n && !named; k++)
		named = p->sym[k] == a->asset;
	if (p->ids_n > 0) {
		char id[UUID_TEXT];
		action_id(id, a);
		named = named && rest_listed((struct str){ p->ids, p->ids_n }, str_of(id));
	}
	return named && !p->nothing && p->type[kind_of(a)] && a->ex >= p->from && a->ex <= p->to;
}

static int read_actions(struct exchange *x, const struct call *c, struct actions_page *p)
{
	char v[XS_VALUE_MAX];
	size_t n;

	p->to = ny_date(serve_now(x));
	p->from = day_of(1970, 1, 1);
	if (rest_get(c, "start", v, sizeof(v), &n) != 0 &&
	    !rest_date((struct str){ v, n }, &p->from))
		return rest_fail(x, 400, 0, "invalid start: ", (struct str){ v, n });
	if (rest_get(c, "end", v, sizeof(v), &n) != 0 && !rest_date((struct str){ v, n }, &p->to))
		return rest_fail(x, 400, 0, "invalid end: ", (struct str){ v, n });
	p->limit = ACTIONS_LIMIT;
	if (!rest_number(c, "limit", 1, ACTIONS_MOST, &p->limit))
		return rest_fail(x, 400, 0, "invalid limit: ", STR("1 to 1000"));
	if (!rest_number(c, "page_token", 0, XC_ACTIONS_MAX, &p->first))
		return rest_fail(x, 400, 0, "invalid page_token", STR(""));
	if (rest_get(c, "sort", v, sizeof(v), &n) != 0) {
		p->desc = str_eq((struct str){ v, n }, STR("desc"));
		if (!p->desc && !str_eq((struct str){ v, n }, STR("asc")))
			return rest_fail(x, 400, 0, "invalid sort: ", (struct str){ v, n });
	}
	if (rest_get(c, "ids", p->ids, sizeof(p->ids), &p->ids_n) < 0)
		return rest_fail(x, 400, 0, "invalid ids", STR(""));
	p->nothing = rest_get(c, "cusips", v, sizeof(v), &n) != 0;
	if (rest_get(c, "region", v, sizeof(v), &n) != 0)
		p->nothing = p->nothing || str_eq((struct str){ v, n }, STR("non_us"));
	bool any = rest_get(c, "types", v, sizeof(v), &n) != 0;
	for (int k = 0; k < CA_COUNT; k++)
		p->type[k] = !any || rest_listed((struct str){ v, n }, str_of(ca_types[k]));
	if (rest_get(c, "symbols", v, sizeof(v), &n) == 0)
		return 0;
	int status = data_symbols(x, (struct str){ v, n }, p->sym, &p->n);
	if (status == 0 && p->n == 0)	/* only names that are not known */
		p->to = p->from - 1;
	return status;
}

static void key_day(struct text *t, const char *key, day d)
{
	char text[16];
	size_t n = date_text(text, d);

	json_key(t, key);
	json_str(t, (struct str){ text, n });
}

static void write_action(struct exchange *x, const struct xc_action *a)
{
	struct text *t = &x->out;
	enum ca kind = kind_of(a);
	char id[UUID_TEXT];

	action_id(id, a);
	json_object(t);
	key_text(t, "id", id);
	key_text(t, "symbol", x->symbols->name[a->asset]);
	if (kind == CA_REVERSE) {
		key_text(t, "old_cusip", "000000000");
		key_text(t, "new_cusip", "000000001");
	} else {
		key_text(t, "cusip", "000000000");
	}
	if (kind == CA_DIVIDEND) {
		json_key(t, "rate");
		json_num(t, a->cash.n);
		key_bool(t, "special", false);
		key_bool(t, "foreign", false);
		key_day(t, "payable_date", a->pay);
	} else {
		key_i64(t, "new_rate", a->num);
		key_i64(t, "old_rate", a->den);
	}
	key_day(t, "process_date", kind == CA_DIVIDEND ? a->pay : a->ex);
	key_day(t, "ex_date", a->ex);
	key_day(t, "record_date", a->ex);
	json_end_object(t);
}

/* Three lists of one page: the page counts over all of them, in the order of the table. */
int meta_actions(struct exchange *x, const struct call *c)
{
	struct actions_page p = { 0 };
	struct text *t = &x->out;
	int status = read_actions(x, c, &p);
	int64_t met = 0;

	if (status != 0)
		return status;
	json_object(t);
	json_key(t, "corporate_actions");
	json_object(t);
	for (int k = 0; k < CA_COUNT; k++) {
		bool open = false;
		met = 0;
		for (uint32_t j = 0; j < x->actions.n; j++) {
			uint32_t i = p.desc ? x->actions.n - 1 - j : j;
			if (!asked(x, &p, i))
				continue;
			bool here = met >= p.first && met < p.first + p.limit &&
				    kind_of(&x->actions.a[i]) == (enum ca)k;
			met++;
			if (here && !open) {
				json_key(t, ca_lists[k]);
				json_array(t);
				open = true;
			}
			if (here)
				write_action(x, &x->actions.a[i]);
		}
		if (open)
			json_end_array(t);
	}
	json_end_object(t);
	json_key(t, "next_page_token");
	if (met > p.first + p.limit) {
		text_char(t, '"');
		text_i64(t, p.first + p.limit);
		text_char(t, '"');
	} else {
		json_null(t);
	}
	json_end_object(t);
	return 200;
}
