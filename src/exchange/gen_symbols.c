/* gen_symbols.c: the figures of well-known symbols, rounded from what they were in 2024
 * and 2025, and a guess for all others. */
#include "base/crc.h"
#include "exchange/gen.h"

/* Deviation of a 5-minute return of the factor, basis points. */
#define FACTOR_BP 7.5

struct known {
	char     name[6];
	uint8_t  kind;
	uint8_t  correlation;	/* with the factor, per cent */
	uint8_t  news;		/* jumps a year */
	int16_t  sd;		/* of a 5-minute return, tenths of a basis point */
	int16_t  gap;		/* overnight without news, basis points */
	int32_t  price;		/* cents */
	int32_t  volume;	/* of a session, thousand shares */
};

static const struct known table[] = {
	{ "SPY",   GEN_ETF,   99, 0,  75,  52, 53170,  45000 },
	{ "QQQ",   GEN_ETF,   93, 0, 106,  75, 44910,  30000 },
	{ "IWM",   GEN_ETF,   75, 0,  98,  59, 20620,  30000 },
	{ "DIA",   GEN_ETF,   82, 0,  60,  40, 39470,   3700 },
	{ "EEM",   GEN_ETF,   65, 0,  75,  62,  4210,  26000 },
	{ "FXI",   GEN_ETF,   35, 0, 110, 110,  2560,  34000 },
	{ "GLD",   GEN_ETF,   10, 0,  57,  55, 22450,   8900 },
	{ "TLT",   GEN_ETF,   10, 0,  65,  50,  9680,  36000 },
	{ "USO",   GEN_ETF,   12, 0, 120, 100,  7350,   4500 },
	{ "XLK",   GEN_ETF,   87, 0, 129,  92, 20540,   3900 },
	{ "AAPL",  GEN_STOCK, 55, 3, 143,  75, 21340,  42000 },
	{ "MSFT",  GEN_STOCK, 66, 3, 127,  75, 40480,  17000 },
	{ "GOOGL", GEN_STOCK, 59, 4, 152,  90, 16230,  22000 },
	{ "AMZN",  GEN_STOCK, 67, 4, 154,  80, 16660,  33000 },
	{ "TSLA",  GEN_STOCK, 38, 4, 235, 130, 20010,  75000 },
	{ "NVDA",  GEN_STOCK, 54, 4, 200, 120, 10470, 200000 },
	{ "META",  GEN_STOCK, 55, 4, 165,  95, 51720,  12000 },
	{ "AMD",   GEN_STOCK, 50, 4, 230, 130, 13420,  45000 },
	{ "ADBE",  GEN_STOCK, 50, 4, 153,  80, 52960,   2700 },
	{ "CSCO",  GEN_STOCK, 45, 3, 100,  55,  4570,  17000 },
	{ "INTC",  GEN_STOCK, 42, 4, 210, 130,  1990,  60000 },
	{ "QCOM",  GEN_STOCK, 52, 4, 175, 100, 16400,   7500 },
	{ "PYPL",  GEN_STOCK, 45, 4, 170,  95,  6490,  11000 },
	{ "AVGO",  GEN_STOCK, 55, 4, 205, 120, 14840,  28000 },
	{ "NFLX",  GEN_STOCK, 40, 4, 160,  75, 63390,   3000 },
	{ "ASML",  GEN_STOCK, 52, 3, 165, 120, 87150,   1200 },
	{ "GILD",  GEN_STOCK, 25, 3, 105,  50,  7410,   5600 },
	{ "ABNB",  GEN_STOCK, 45, 4, 170,  85, 11690,   4500 },
	{ "SBUX",  GEN_STOCK, 35, 3, 125,  60,  7490,   9000 },
	{ "COST",  GEN_STOCK, 48, 2, 131,  45, 84020,   1800 },
	{ "PEP",   GEN_STOCK, 12, 2, 114,  50, 17230,   5000 },
	{ "CMCSA", GEN_STOCK, 30, 3, 115,  55,  3960,  17000 },
	{ "TXN",   GEN_STOCK, 50, 3, 145,  75, 19320,   5000 },
	{ "ORCL",  GEN_STOCK, 52, 4, 140,  80, 13120,   8000 },
	{ "CRM",   GEN_STOCK, 48, 4, 150,  75, 24950,   5500 },
	{ "NOW",   GEN_STOCK, 48, 3, 165,  80, 81180,   1200 },
	{ "BAC",   GEN_STOCK, 49, 2, 117,  60,  3860,  30000 },
	{ "JPM",   GEN_STOCK, 49, 2, 119,  60, 20440,   8000 },
	{ "KO",    GEN_STOCK, 10, 1,  93,  40,  6870,  11000 },
	{ "PG",    GEN_STOCK, 12, 2, 100,  45, 16890,   5700 },
	{ "UNH",   GEN_STOCK, 14, 3, 150,  75, 56620,   3000 },
	{ "V",     GEN_STOCK, 33, 2, 110,  40, 26080,   4500 },
	{ "XOM",   GEN_STOCK, 18, 2, 127,  55, 11750,  11000 },
	{ "AZO",   GEN_THIN,  12, 2, 200,  60, 317330,    80 },
	{ "BKNG",  GEN_THIN,  42, 3, 160,  75, 336590,   140 },
	{ "ERIE",  GEN_THIN,   5, 2, 225,  45, 44570,     80 },
	{ "GWW",   GEN_THIN,  32, 2, 165,  60, 97000,    150 },
	{ "MTD",   GEN_THIN,  22, 2, 240,  65, 139380,    70 },
};

static void from_known(struct gen_symbol *out, const struct known *k)
{
	out->kind = (enum gen_kind)k->kind;
	out->price = k->price / 100.0;
	out->sd = k->sd * 1.05e-5;	/* most samples show less than the model: rare wild days */
	out->beta = k->correlation * 0.01 * (k->sd * 0.1) / FACTOR_BP;
	out->gap = k->gap * 1e-4;
	out->volume = k->volume * 1000.0;
	out->news = k->news;
}

/* A number in [from, to) out of some bits of the hash. */
static double pick(uint64_t *bits, double from, double to)
{
	double part = (double)(*bits & 1023) / 1024.0;

	*bits >>= 10;
	return from + (to - from) * part;
}

static void from_name(struct gen_symbol *out, struct str name)
{
	uint64_t bits = hash64(name.s, name.n);

	out->kind = GEN_STOCK;
	out->sd = pick(&bits, 10e-4, 20e-4);
	out->beta = pick(&bits, 0.2, 0.6) * out->sd / (FACTOR_BP * 1e-4);
	/* Most stocks cost less than the mean stock does. */
	double root = pick(&bits, 4.0, 17.0);
	out->price = root * root;
	out->gap = out->sd * pick(&bits, 4.0, 7.0);
	root = pick(&bits, 1.0, 4.0);
	out->volume = 1e6 * root * root;
	out->news = 3.0;
}

/* Funds trade on Arca, names of up to three letters in New York, others on Nasdaq, with few
 * exceptions. */
static char tape_of(const struct gen_symbol *s)
{
	static const char exception[][6] = { "CAMD", "CPEP", "CTXN", "AORCL", "CQQQ", "CTLT" };

	for (size_t i = 0; i < COUNT(exception); i++)
		if (strcmp(exception[i] + 1, s->name) == 0)
			return exception[i][0];
	return s->kind == GEN_ETF ? 'B' : strcspn(s->name, ".-") <= 3 ? 'A' : 'C';
}

void gen_symbol(struct gen_symbol *out, struct str name)
{
	bool fits = str_copy(out->name, sizeof(out->name), name);
	size_t i = 0;

	assert(fits);
	while (i < COUNT(table) && !str_eq(name, str_of(table[i].name)))
		i++;
	if (i < COUNT(table))
		from_known(out, &table[i]);
	else
		from_name(out, name);
	out->tape = tape_of(out);
}
