/* A configuration from a text, and its problems. */
#ifndef TEST_RUN_CONFIG_H
#define TEST_RUN_CONFIG_H

#include <stdlib.h>

#include "run/config_inner.h"
#include "test/check.h"

#define CONFIG_BASE \
	"[strategy s]\nuse = mean_reversion\n[instance a]\nstrategy = s\nsymbols = AAPL\n"

struct loaded {
	struct config c;
	struct config_problem problem[CONFIG_PROBLEMS];
	uint32_t n;
	enum err err;
};

static struct loaded loaded;	/* 30 kB */

/* Nothing of whoever runs the tests. */
static inline void clean_environment(void)
{
	static const char *const names[] = {
		"APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "ALPACA_API_KEY", "ALPACA_SECRET_KEY",
		"CREDENTIALS_DIRECTORY", "GAMBLER_RISK_DAY_LOSS", "GAMBLER_RISK_DAY_LOS",
		"GAMBLER_SERVER_TOKEN", "GAMBLER_EXCHANGE_SPEED", "GAMBLER_USER", "GAMBLER_LOG",
		"GAMBLER_ACCOUNT_MODE",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		unsetenv(names[i]);
}

static inline const struct config *load(const char *text, const char *const *sets)
{
	loaded.err = config_load_text(&loaded.c, "x.ini", str_of(text), sets, loaded.problem,
				      &loaded.n);
	return &loaded.c;
}

static inline const struct config *load_good(const char *text, const char *const *sets)
{
	load(text, sets);
	for (uint32_t i = 0; i < loaded.n; i++)
		CHECK(false, "%s", loaded.problem[i].text);
	return &loaded.c;
}

/* All problems, a line each. */
static inline struct str problems(void)
{
	static char memory[CONFIG_PROBLEMS * sizeof(struct config_problem)];
	struct text t;

	text_init(&t, memory, sizeof memory);
	for (uint32_t i = 0; i < loaded.n; i++) {
		text_cstr(&t, i > 0 ? "\n" : "");
		text_cstr(&t, loaded.problem[i].text);
	}
	return text_str(&t);
}

/* Lines of config_sample or config_show as one text. */
static inline void add_line(void *ctx, const char *line)
{
	struct text *t = ctx;

	text_cstr(t, line);
	text_char(t, '\n');
}

#endif
