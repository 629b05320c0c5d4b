/* gambler.ini: what is refused, with which words, and what goes before what. */
#include <stdio.h>

#include "base/asset.h"
#include "test/unit/run_config.h"

/* ---- problems */

static const struct { const char *text, *want; } wrong[] = {
	{ CONFIG_BASE "[risk]\nday_los = 5%\n",
	  "x.ini:7: [risk] day_los: unknown key (did you mean day_loss?)" },
	{ CONFIG_BASE "[risk]\nbanana = 5%\n", "x.ini:7: [risk] banana: unknown key" },
	{ CONFIG_BASE "[risc]\nday_loss = 5%\n",
	  "x.ini:7: [risc] day_loss: unknown section (did you mean risk?)" },
	{ CONFIG_BASE "[instanz b]\nsymbols = F\n",
	  "x.ini:7: [instanz b] symbols: unknown section (did you mean instance NAME?)" },
	{ "day_loss = 5%\n" CONFIG_BASE,
	  "x.ini:1: day_loss: stands before the first [section]" },
	{ CONFIG_BASE "[risk]\n\n; a comment\nday_loss = 5%\n# another\nday_loss = 5%\n",
	  "x.ini:11: [risk] day_loss: given twice, first in line 9: one of them would be ignored" },
	{ CONFIG_BASE "[risk]\nday_loss = 5%\n[log]\njson = no\n[risk]\nday_loss = 4%\n",
	  "x.ini:11: [risk] day_loss: given twice, first in line 7: one of them would be ignored" },
	{ CONFIG_BASE "nonsense\n[risk\n[risk]\nalso nonsense\n",
	  "x.ini:6: neither [section] nor key = value, nor indented to go on\n"
	  "x.ini:7: a section that lacks its ]\n"
	  "x.ini:9: neither [section] nor key = value, nor indented to go on" },
	{ "[risk]\nday_loss = 5\nmargin_max = 500%\nmax_positions = 1.5\n[log]\njson = perhaps\n"
	  "level = loud\n",
	  "x.ini:2: [risk] day_loss: \"5\" is not a percentage such as 5% or 0.25%, of two "
	  "decimals\n"
	  "x.ini:3: [risk] margin_max: \"500%\" is out of bounds: 0% to 400%\n"
	  "x.ini:4: [risk] max_positions: \"1.5\" is not a whole number\n"
	  "x.ini:6: [log] json: \"perhaps\" is not yes or no\n"
	  "x.ini:7: [log] level: \"loud\" is not one of error, warn, info, debug\n"
	  "x.ini: there is no [instance NAME]: nothing would be traded (gambler init ini prints "
	  "five)" },
	{ "[instance a]\nenabled = yes\n",
	  "x.ini:2: [instance a] enabled: symbols = … is missing\n"
	  "x.ini:2: [instance a] enabled: strategy = … is missing" },
	{ CONFIG_BASE "enabled = no\n",
	  "x.ini: no [instance NAME] is enabled: nothing would be traded" },
	{ "[instance a]\nsymbols = AAPL\nstrategy = mean_revesion\n",
	  "x.ini:3: [instance a] strategy: there is no [strategy NAME] of that name (did you mean "
	  "mean_reversion?)" },
	{ CONFIG_BASE "[instance b]\nsymbols = F\nstrategy = t\n",
	  "x.ini:8: [instance b] strategy: there is no [strategy NAME] of that name" },
	{ CONFIG_BASE "[strategy over]\npreset = literal\n",
	  "x.ini:7: [strategy over] preset: this section lacks use = NAME of a strategy, "
	  "or enter_long or enter_short of rules" },
	{ CONFIG_BASE "[strategy over]\nuse = meanreversion\n",
	  "x.ini:7: [strategy over] use: there is no such strategy (did you mean "
	  "mean_reversion?)" },
	{ CONFIG_BASE "[strategy over]\nuse = mean_reversion\npreset = clasic\nbb_l = 4\n"
	  "rsi_n = x\n",
	  "x.ini:8: [strategy over] preset: there is no preset \"clasic\" of mean_reversion: there "
	  "are literal, classic, etf\n"
	  "x.ini:9: [strategy over] bb_l: unknown key (did you mean bb_n?)\n"
	  "x.ini:10: [strategy over] rsi_n: rsi_n: a whole number is wanted" },
	{ CONFIG_BASE "[instance b]\nstrategy = s\nsymbols = F F\n",
	  "x.ini:8: [instance b] symbols: F stands twice" },
	{ CONFIG_BASE "[instance b]\nstrategy = s\nsymbols = aapl\n",
	  "x.ini:8: [instance b] symbols: \"aapl\" is not a symbol such as AAPL or BRK.B" },
	{ CONFIG_BASE "[instance b]\nstrategy = s\nsymbols = ,\n",
	  "x.ini:8: [instance b] symbols: \",\" is not a list of symbols" },
	{ CONFIG_BASE "position = 60000\n",
	  "x.ini:4: [instance a] strategy: position is larger than capital: it could never trade" },
	{ CONFIG_BASE "order_max = 9999\n",
	  "x.ini:4: [instance a] strategy: position is larger than order_max: it could never "
	  "trade" },
	{ CONFIG_BASE "[instance a b]\nstrategy = s\nsymbols = F\n",
	  "x.ini:7: [instance a b] strategy: an instance's name has 1 to 31 of a-z A-Z 0-9 - _ ." },
	{ CONFIG_BASE "[market]\nbenchmark = spy\n",
	  "x.ini:7: [market] benchmark: a symbol has 1 to 11 of A-Z 0-9 . -, as AAPL or BRK.B" },
	{ CONFIG_BASE "[exchange]\nstart = 2024-01-03\nuntil = 2024-01-02\n",
	  "x.ini:8: [exchange] until: is before start" },
	{ CONFIG_BASE "[exchange]\nconnect = http://x\n",
	  "x.ini:7: [exchange] connect: is not ADDRESS:PORT, as 127.0.0.1:9190" },
	{ CONFIG_BASE "[store]\nfolder =\n", "x.ini:7: [store] folder: is empty or too long" },
	{ CONFIG_BASE "[account]\nfeed = otc\n",
	  "x.ini:7: [account] feed: \"otc\" is not one of iex, sip" },
};

void test_config_problems(void)
{
	clean_environment();
	for (size_t i = 0; i < COUNT(wrong); i++) {
		load(wrong[i].text, NULL);
		CHECK_INT(loaded.err, ERR_CONFIG, "%s", wrong[i].text);
		CHECK_STR(problems(), wrong[i].want, "%s", wrong[i].text);
	}
}

void test_config_lines(void)
{
	static char text[FILE_MAX];
	struct text t;

	clean_environment();
	load_good("\xef\xbb\xbf[risk]\r\n  day_loss = 7%   ; of a day\r\n\tmax_positions: 3\r\n"
		  CONFIG_BASE, NULL);
	CHECK_INT(loaded.c.account_limits.day_loss_bp, 700, "a mark, \\r\\n, blanks, a comment");
	CHECK_INT(loaded.c.account_limits.positions_max, 3, "an indented line is a line");
	text_init(&t, text, sizeof text);
	text_cstr(&t, CONFIG_BASE "[store]\nfolder = ");
	for (int i = 0; i < 200; i++)
		text_char(&t, 'x');
	load(text_done(&t), NULL);
	CHECK_STR(problems(), "x.ini:7: more than 196 bytes without a blank", "a long line");
	text_init(&t, text, sizeof text);
	for (int i = 0; i < 3000; i++) {
		text_cstr(&t, "[instance ");
		text_i64(&t, i);
		text_cstr(&t, "]\nposition = 1\n");
	}
	load(text_done(&t), NULL);
	CHECK_INT(loaded.n, CONFIG_PROBLEMS, "no more problems than there is room for");
	loaded.err = config_load_text(&loaded.c, "x.ini", STR("[a\0b]\n"), NULL, loaded.problem,
				      &loaded.n);
	CHECK_TEXT(loaded.problem[0].text, "x.ini:1: a NUL byte: this is no text file", "a NUL");
}

void test_config_values_go_on(void)
{
	static char text[FILE_MAX];
	struct text t;

	clean_environment();
	load_good("[instance a]\nstrategy = s\nsymbols = AAPL ; a remark\n    MSFT   ; another\n"
		  "; a remark of its own\n\tF\n  position = 5000\n[strategy s]\n"
		  "use = mean_reversion\n", NULL);
	CHECK_INT(loaded.c.instance[0].symbols_n, 3, "a list over three lines");
	CHECK_INT(loaded.c.instance[0].position.n / NUM_ONE, 5000, "an indented key is a key");
	load("[risk]\nmax_positions = 3\n  4\n\n  5\n", NULL);
	CHECK_STR(problems(), "x.ini:5: neither [section] nor key = value, nor indented to go on",
		  "an empty line ends a value");
	load("[risk]\nmax_positions = 3\n  4\n", NULL);
	CHECK_STR(problems(), "x.ini:2: [risk] max_positions: \"3 4\" is not a whole number\n"
		  "x.ini: there is no [instance NAME]: nothing would be traded (gambler init ini "
		  "prints five)", "the rest of a value is its rest");
	text_init(&t, text, sizeof text);
	text_cstr(&t, "[strategy s]\nuse = mean_reversion\n[instance a]\nstrategy = s\nsymbols =");
	for (int i = 0; i < 32; i++) {
		text_cstr(&t, i == 0 ? "           " : "         ");
		text_char(&t, (char)('A' + i % 26));
		text_char(&t, (char)('A' + i / 26));
	}
	text_cstr(&t, " ; and a remark that is not a symbol\nposition = 4000\n");
	load_good(text_done(&t), NULL);
	CHECK_INT(loaded.c.instance[0].symbols_n, 32, "a line of 400 bytes");
	CHECK_INT(loaded.c.instance[0].position.n / NUM_ONE, 4000, "and the line behind it");
}

/* ---- what goes before what */

void test_config_precedence(void)
{
	static const char text[] = "[risk]\nday_loss = 5%\n" CONFIG_BASE;
	static const char *const set[] = { "risk.day_loss=3%", NULL };
	static const char *const twice[] = { "risk.day_loss=3%", "risk.day_loss = 2%", NULL };

	clean_environment();
	load_good(CONFIG_BASE, NULL);
	CHECK_INT(loaded.c.account_limits.day_loss_bp, 1000, "the default");
	load_good(text, NULL);
	CHECK_INT(loaded.c.account_limits.day_loss_bp, 500, "the file goes before it");
	setenv("GAMBLER_RISK_DAY_LOSS", "4%", 1);
	setenv("GAMBLER_USER", "somebody", 1);
	setenv("GAMBLER_LOG", "/var/log/x", 1);
	load_good(text, NULL);
	CHECK_INT(loaded.c.account_limits.day_loss_bp, 400, "the environment goes before that");
	load_good(text, set);
	CHECK_INT(loaded.c.account_limits.day_loss_bp, 300, "the command line before all");
	load_good(text, twice);
	CHECK_INT(loaded.c.account_limits.day_loss_bp, 200, "and its last word counts");
	setenv("GAMBLER_RISK_DAY_LOSS", "lots", 1);
	setenv("GAMBLER_RISK_DAY_LOS", "4%", 1);
	load(CONFIG_BASE, NULL);
	CHECK(loaded.n == 2, "two problems with the environment, not %u", loaded.n);
	CHECK(strstr(loaded.problem[0].text, "environment: [risk] day_los") != NULL &&
	      strstr(loaded.problem[1].text, "environment: [risk] day_los") != NULL,
	      "which are told as such: %s, %s", loaded.problem[0].text, loaded.problem[1].text);
	clean_environment();
}

void test_config_sets(void)
{
	static const struct { const char *set, *want; } bad[] = {
		{ "speed=60", "--set: speed: is not section.key=value (did you mean "
		  "exchange.speed?)" },
		{ "banana=60", "--set: banana: is not section.key=value" },
		{ "exchange.speed", "--set: exchange.speed: is not section.key=value" },
		{ "", "--set: is not section.key=value" },
		{ "=", "--set: is not section.key=value" },
		{ ".speed=1", "--set: .speed: is not section.key=value" },
		{ "exchange.=1", "--set: exchange.: is not section.key=value" },
		{ "exchange.sped=1", "--set: [exchange] sped: unknown key (did you mean speed?)" },
		{ "exchage.speed=1",
		  "--set: [exchage] speed: unknown section (did you mean exchange?)" },
		{ "exchange.speed=fast",
		  "--set: [exchange] speed: \"fast\" is not a speed: 60 (a minute a second), or "
		  "max" },
		{ "instance.aa.position=500",
		  "--set: [instance aa] position: there is no such instance (did you mean a?)" },
		{ "instance.a.positon=500",
		  "--set: [instance a] positon: unknown key (did you mean position?)" },
		{ "strategy.s.preset=x", "--set: [strategy s] preset: there is no preset \"x\" of "
		  "mean_reversion: there are literal, classic, etf" },
	};

	clean_environment();
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *const sets[] = { bad[i].set, NULL };
		load(CONFIG_BASE, sets);
		CHECK_STR(problems(), bad[i].want, "--set %s", bad[i].set);
	}
	static const char *const good[] = {
		"instance.a.position=1e3", "instance.a.symbols=MSFT AAPL,F",
		"strategy.s.preset=etf",
		"strategy.s.need=2", "exchange.speed=max", "instance.b.c.strategy=mean_reversion",
		"instance.b.c.symbols=TSLA", "store.folder=/a=b", NULL,
	};
	const struct config *c = load_good(CONFIG_BASE, good);
	CHECK_INT(c->instance[0].position.n, 1000 * NUM_ONE, "an exponent in dollars");
	CHECK_INT(c->instance[0].symbols_n, 3, "symbols");
	CHECK_TEXT(c->instance[0].symbol_name[0], "AAPL", "sorted");
	CHECK_INT(c->speed_milli, 0, "lockstep");
	CHECK_INT(c->instances_n, 2, "an instance of the command line's own");
	CHECK_TEXT(c->instance[1].name, "b.c", "a name with a point");
	CHECK_TEXT(c->folder, "/a=b/sim", "a value with the sign in it");
}

/* ---- the sample */

static char sample[65536], shown[65536], again[65536];

static struct str sample_text(void)
{
	struct text t;

	text_init(&t, sample, sizeof sample);
	config_sample_made(add_line, &t);
	return text_str(&t);
}

void test_config_sample_is_shipped(void)
{
	struct str want = sample_text(), line;
	const char *file = getenv("GAMBLER_SAMPLE");
	FILE *out = file != NULL ? fopen(file, "w") : NULL;

	if (out != NULL) {
		fwrite(want.s, 1, want.n, out);
		fclose(out);
	}
	CHECK(str_eq(want, asset_text("gambler.ini")),
	      "gambler.ini is what the table of keys says: write it again with "
	      "GAMBLER_SAMPLE=gambler.ini make unit ROOM=run TEST=sample_is");
	for (int n = 1; want.n > 0; n++) {
		line = str_cut(&want, '\n');
		size_t columns = 0;
		for (size_t i = 0; i < line.n; i++)
			columns += ((unsigned char)line.s[i] & 0xc0) != 0x80;
		CHECK(columns <= 100, "line %d has %zu columns", n, columns);
		CHECK(line.n == 0 || line.s[line.n - 1] != ' ', "a blank ends line %d", n);
	}
}

static struct str show(const struct config *c, char *memory)
{
	struct text t;

	text_init(&t, memory, sizeof shown);
	config_show(c, add_line, &t);
	return text_str(&t);
}

/* Everything that looks like a key, without its semicolon, is what it was before. */
void test_config_sample_uncommented(void)
{
	static char text[65536];
	struct text t;
	struct str rest = sample_text();
	int keys = 0;

	clean_environment();
	load_good(sample, NULL);
	CHECK_INT(loaded.c.instances_n, 5, "five instances are shipped");
	struct str before = show(&loaded.c, shown);
	text_init(&t, text, sizeof text);
	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n'), value = line;
		struct str name = str_cut(&value, '=');
		if (str_starts(line, STR("; ====")))
			break;
		name = str_trim((struct str){ name.s + 1, name.n > 0 ? name.n - 1 : 0 });
		bool key = str_starts(line, STR("; ")) && name.n < line.n - 2 &&
			   config_find_key(config_keys, (struct str){ "", 0 }, name) != NULL;
		keys += key;
		text_add(&t, key ? (struct str){ line.s + 2, line.n - 2 } : line);
		text_char(&t, '\n');
	}
	int all = 0;
	while (config_keys[all].name != NULL)
		all++;
	CHECK_INT(keys, all, "every key is in the sample");
	text_cstr(&t, shipped_strategies);
	load_good(text_done(&t), NULL);
	CHECK_STR(show(&loaded.c, again), text_done(&(struct text){ shown, before.n, sizeof shown,
		  false, NULL }), "and its default is the default");
}

void test_config_sample_trades(void)
{
	const struct config *c = load_good(sample_text().s, NULL);

	static const struct { const char *name, *strategy; uint32_t symbols; } shipped[] = {
		{ "mean-reversion-bull", "mean_reversion", 8 },
		{ "mean-reversion-bear", "mean_reversion", 8 },
		{ "volatility-breakout", "volatility_breakout", 6 },
		{ "momentum", "momentum", 6 }, { "relative-strength", "adaptive", 6 },
	};

	CHECK_INT(c->instances_n, COUNT(shipped), "as many as there were");
	for (uint32_t i = 0; i < c->instances_n && i < COUNT(shipped); i++) {
		CHECK_TEXT(c->instance[i].name, shipped[i].name, "by name, in order");
		CHECK_TEXT(c->instance[i].strategy->name, shipped[i].strategy, "its strategy");
		CHECK_INT(c->instance[i].symbols_n, shipped[i].symbols, "its symbols");
		CHECK_INT(c->instance[i].timeframe_s, 60, "one-minute bars");
		CHECK_INT(c->instance[i].sides, SIDES_LONG, "long");
	}
}

/* ---- what is in force */

static void check_again(const char *text, const char *const *sets)
{
	load_good(text, sets);
	struct str first = show(&loaded.c, shown);
	load_good(text_done(&(struct text){ shown, first.n, sizeof shown, false, NULL }), NULL);
	struct str second = show(&loaded.c, again);
	/* The first line names the file. */
	CHECK_STR(second, shown, "what is shown says the same again");
}

void test_config_show_again(void)
{
	static const char *const sets[] = {
		"strategy.s.preset=etf", "strategy.s.hold=90s", "strategy.s.near=0.25%",
		"strategy.s.exit=none", "instance.a.window=09:45-12:05", "instance.a.sides=both",
		"instance.a.interval=90s", "instance.a.benchmark=none", "instance.a.enabled=no",
		"instance.a.day_loss=0.25%", "instance.a.order_max=12345.678", "exchange.speed=0.5",
		"exchange.spread=1.25bp", "exchange.start=2024-10-01", "risk.cash_min=0%",
		"instance.b.strategy=mean_reversion", "instance.b.symbols=F", "log.level=debug",
		"store.folder=/tmp/a b", "exchange.seed=9000000000", "server.listen=", NULL,
	};

	clean_environment();
	check_again(CONFIG_BASE, NULL);
	check_again(sample_text().s, NULL);
	check_again(CONFIG_BASE, sets);
}

void test_config_show_golden(void)
{
	static char want[65536];
	FILE *f = fopen(check_golden("config_show.txt"), "r");

	clean_environment();
	if (!CHECK(f != NULL, "the golden text is there"))
		return;
	size_t n = fread(want, 1, sizeof want - 1, f);
	fclose(f);
	want[n] = 0;
	load_good(CONFIG_BASE, NULL);
	CHECK_STR(show(&loaded.c, shown), want, "every key with its default");
}
