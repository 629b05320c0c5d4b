/* config.h: gambler.ini, described by one table from which come reading, checks,
 * the shipped gambler.ini, `gambler help ini` and `gambler check`. Unknown and
 * doubled keys, bad values and values out of bounds are refused with file:line, the
 * nearest key and the remedy; all problems of a file are told in one run.
 *
 * Sections: [account] [data] [market] [risk] [store] [server] [run] [log]
 * [exchange], [strategy NAME] (parameters of a strategy under a name of the user's), and
 * [instance NAME]. Secrets are not in it: environment (APCA_API_KEY_ID and
 * APCA_API_SECRET_KEY, also ALPACA_API_KEY and ALPACA_SECRET_KEY; FINNHUB_API_KEY), a systemd
 * credential folder, or a 0600 file named by `[account] key_file`. */
#ifndef RUN_CONFIG_H
#define RUN_CONFIG_H

#include "base/near.h"
#include "engine/engine.h"
#include "net/hash.h"
#include "strategy/rules.h"

enum fallback { FALLBACK_NONE, FALLBACK_YAHOO, FALLBACK_FINNHUB };
enum mode { MODE_SIM, MODE_PAPER, MODE_LIVE };
const char *mode_text(enum mode m);

#define CONFIG_TEXT 256
#define CONFIG_SYMBOLS_MAX 144	/* an instance of 128, and 16 benchmarks */

struct secret { char text[128]; };	/* no printer exists for it */
struct keys { struct secret id, secret, fallback; };	/* empty: none */

enum keys_from { KEYS_NONE, KEYS_ENVIRONMENT, KEYS_FILE, KEYS_CREDENTIAL };

struct config {
	char        file[CONFIG_TEXT];		/* "built in" when none was found */
	enum mode   mode;			/* what is run */
	int         mode_asked;			/* 0 auto, 1 sim, 2 paper, 3 live */
	bool        mode_fell_back;		/* paper was asked for, without keys: sim */
	char        live_word[32];
	struct keys keys;			/* the last one: of who stands in */
	struct keys fresh;			/* read anew while it runs, see live.h */
	int         keys_from;			/* enum keys_from */
	char        key_file[CONFIG_TEXT];
	char        trading_url[CONFIG_TEXT];	/* "https://paper-api.alpaca.markets" … */
	char        data_url[CONFIG_TEXT];	/* "https://data.alpaca.markets" */
	char        stream_url[CONFIG_TEXT];	/* "https://stream.data.alpaca.markets" */
	char        feed[16];			/* iex, sip */
	char        ca_file[CONFIG_TEXT];	/* "": embedded roots */
	int         requests_per_minute;
	/* [data]: who stands in for the broker's bars */
	int         fallback;			/* enum fallback */
	char        fallback_url[CONFIG_TEXT];	/* "": the provider's own */
	bool        fallback_trading;
	char        benchmark[SYMBOL_TEXT];
	/* [exchange]: the embedded one */
	char        exchange_connect[CONFIG_TEXT]; /* "": in this process, else ADDR:PORT */
	char        bars[CONFIG_TEXT];		/* folder of CSV; "": generated */
	char        scenario[40];		/* of the exchange in this process; "": none */
	char        faults[CONFIG_TEXT];	/* file of rules for it; "": none */
	uint64_t    seed;
	int64_t     speed_milli;		/* 0: max, lockstep */
	day         start, until;		/* 0: default */
	usd         cash;
	int         partial_pct, spread_bp_centi, slippage_bp_centi;
	bool        skip_closed;
	/* [store] */
	char        folder[CONFIG_TEXT];	/* with the mode's own folder appended */
	bool        journal;			/* what instances were told is kept */
	/* [server] */
	char        listen[CONFIG_TEXT];	/* "": no dashboard */
	struct secret token;			/* "": loopback only, without */
	struct secret read_token;		/* "": none; it commands nothing */
	int         sandbox;			/* [run]: enum sandbox_wish, see sandbox.h */
	/* [log] */
	int         log_level;
	bool        log_json;
	struct limits_account account_limits;
	struct symbols symbols;			/* of all instances and their benchmarks, at
						 * most CONFIG_SYMBOLS_MAX */
	uint32_t    instances_n;
	struct engine_config instance[INSTANCES_MAX];
	bool        instance_enabled[INSTANCES_MAX];
	struct rules rules[INSTANCES_MAX];	/* by instance; of those whose strategy is rules */
};

/* "gambler.ini:12: [risk] day_los: unknown key (did you mean day_loss?)" */
struct config_problem { char text[320]; };
#define CONFIG_PROBLEMS 32

/* path NULL: ./gambler.ini, then /etc/gambler/gambler.ini, then the built-in sample.
 * Overrides: "section.key=value" strings from the command line (NULL-ended), and the
 * environment GAMBLER_SECTION_KEY, which goes before the file but behind the command line.
 * ERR_CONFIG: *n problems are in problem[]. ERR_IO: so, too, but it may be read later (no memory,
 * no descriptor, a disk that failed). For one thread; wipes the broker's keys and
 * the token from the environment. */
MUST_CHECK enum err config_load(struct config *c, const char *path, const char *const *overrides,
				struct config_problem problem[static CONFIG_PROBLEMS], uint32_t *n);

/* The keys of key_file once more, into c->fresh. False, with words: there are none. */
bool config_keys_again(struct config *c, char *why, size_t why_size);

/* The same from a text that is called `file` in the problems. */
MUST_CHECK enum err config_load_text(struct config *c, const char *file, struct str text,
				     const char *const *overrides,
				     struct config_problem problem[static CONFIG_PROBLEMS],
				     uint32_t *n);

/* SHA-256 of a token, which may be written as that: "sha256:" and 64 digits. */
void config_digest(const struct secret *s, uint8_t out[static SHA256_SIZE]);
#define TOKEN_DIGEST STR("sha256:")

/* The sample that `gambler init ini` prints and that is shipped as gambler.ini: every key,
 * commented, with default, unit, bounds and a line of meaning. */
void config_sample(void (*line)(void *ctx, const char *text), void *ctx);
/* The same of one strategy: its presets, and every parameter, as in a [strategy NAME]. */
void config_sample_of(const struct strategy *s, void (*line)(void *ctx, const char *text),
		     void *ctx);
/* The effective configuration as an ini that says the same again; secrets are left out. */
void config_show(const struct config *c, void (*line)(void *ctx, const char *text), void *ctx);

#endif
