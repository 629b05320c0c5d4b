/* config_inner.h: the table of keys, private to the config_*.c files. */
#ifndef RUN_CONFIG_INNER_H
#define RUN_CONFIG_INNER_H

#include "base/text.h"
#include "run/config.h"

enum key_type {
	KEY_TEXT,	/* char[CONFIG_TEXT] or the size in `max` */
	KEY_SECRET,	/* struct secret: never printed */
	KEY_CHOICE,	/* int: index into choices */
	KEY_INT,	/* int */
	KEY_U64,	/* uint64_t */
	KEY_USD,	/* usd */
	KEY_BP,		/* int32_t basis points, written "5%" */
	KEY_BP_CENTI,	/* int: hundredths of a basis point, written "2bp" or "1.5bp" */
	KEY_BOOL,	/* bool */
	KEY_DURATION,	/* ns */
	KEY_DATE,	/* day; "" is 0 */
	KEY_SPEED,	/* int64_t thousandths, "max" is 0 */
	KEY_SYMBOLS,	/* struct symbol_list */
	KEY_WINDOW,	/* ns[2]: "09:30-12:00", "session" */
	KEY_TIMEFRAME,	/* int seconds: "1m", "5m" */
	KEY_REGIME,	/* uint32_t: REGIME_* of the words, "any" is 0 */
	KEY_SIDES	/* uint32_t: long, short, both */
};

struct key {
	const char *section, *name;
	enum key_type type;
	size_t      offset;		/* in struct config, or in struct draft */
	const char *value;		/* default */
	double      min, max;		/* in the unit in which it is written; text: size */
	const char *choices;		/* "a|b": a text or a choice must be one of them */
	const char *help;		/* in tests only: see config_keys.c */
};

#define LIST_SYMBOLS ENGINE_SYMBOLS

struct symbol_list { uint32_t n; char name[LIST_SYMBOLS][SYMBOL_TEXT]; };

/* An [instance NAME] while it is read. */
struct draft {
	struct engine_config c;
	struct symbol_list symbols;
	char strategy[64];		/* a [strategy NAME], or a built-in's own name */
	char benchmark[SYMBOL_TEXT];	/* "": that of [market]; "none" */
	bool enabled;
	usd  order_max;
};

/* ---- config_lines.c, config_sources.c: a file, the environment and the command line as
 * entries */
#define ENTRIES_MAX 1024
#define FILE_MAX    (256 * 1024)	/* a gambler.ini with 16 instances is about 20 kB */
#define SECTION_MAX 80

/* Where an entry is from; else the line of the file, from 1. */
enum { LINE_OPTION = 0, LINE_ENVIRONMENT = -1 };

struct entry { struct str section, name, value; int line; bool used; };

/* Where a piece of a value stands: values go on over lines that are indented. */
#define PLACES_MAX 2048
struct config_place { uint32_t entry, offset; int line; uint32_t column; };

struct reader {
	struct config *c;
	struct config_problem *problem;
	uint32_t *problems;
	const char *file;
	struct entry entry[ENTRIES_MAX];
	uint32_t n;
	char   pool[FILE_MAX];
	size_t pool_n;
	/* while inih reads */
	struct str input, raw, rest;	/* what follows; this line; what of it is still to come */
	const char *at;			/* in it: what inih has now */
	int    line;
	bool   in_value, more, added;	/* an indented line would go on; this one does; the entry
					 * that it goes on with is there */
	bool   exposed;			/* others may read the file */
	bool   unread;			/* the text has faults: nothing of it is an entry */
	bool   cannot;			/* the kernel's fault, not the text's: ERR_IO */
	uint32_t places;
	struct config_place place[PLACES_MAX];
	struct draft draft;
	struct params params;
};

/* e NULL: about the file as a whole. hint: what may have been meant, or NULL. */
void config_problem(struct reader *r, const struct entry *e, const char *what, const char *hint);
/* The same of one place in the value. */
void config_problem_at(struct reader *r, const struct entry *e, uint32_t offset, const char *what);
/* line: of the file, from 1; or LINE_OPTION or LINE_ENVIRONMENT. */
void config_add(struct reader *r, struct str section, struct str name, struct str value,
		int line);
void config_find_file(struct reader *r, const char *path);
void config_read_text(struct reader *r, struct str text);
void config_environment(struct reader *r);			/* GAMBLER_SECTION_KEY */
void config_override(struct reader *r, const char *text);	/* "section.key=value" */

/* ---- the tables */
extern const struct key config_keys[];		/* fixed sections; name NULL at the end */
extern const struct key instance_keys[];

/* section empty: whatever the table's is. NULL: there is none. */
const struct key *config_find_key(const struct key *table, struct str section, struct str name);
bool config_known_section(struct str section);

/* False with words in why (without file and line). */
bool config_read_value(const struct key *k, void *base, struct str value, char *why,
		       size_t why_size);
/* The value as it would be written; secrets as ***. */
void config_write_value(const struct key *k, const void *base, struct text *t);


/* In tests only: the sample, of which gambler.ini is a copy, and its last sections. */
extern const char *const shipped_strategies;
void config_sample_made(void (*each)(void *ctx, const char *text), void *ctx);

/* Keys from the environment, credentials or key_file; false with words. */
bool config_secrets(struct config *c, bool *cannot, char *why, size_t why_size);
/* errno says that a later try may have what this one had not. */
bool config_later(void);

/* What only shows together: mode, addresses, folder. config_rules.c */
void config_mode(struct reader *r);
void config_addresses(struct reader *r);
struct entry *config_entry(struct reader *r, struct str section, const char *name);

/* config_strategies.c: every section is checked, used or not; and what `strategy = NAME` of the
 * instance in d means. e: where that stands. */
void config_check_strategies(struct reader *r);
void config_strategy(struct reader *r, const struct entry *e, struct draft *d);

void param_text(struct text *t, const struct strategy *s, uint32_t i, double v);
void param_bounds(struct text *t, const struct strategy *s, uint32_t i);
void duration_text(struct text *t, ns d);	/* "30m", as duration_parse reads it */

#endif
