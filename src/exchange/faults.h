/* faults.h: the language in which the exchange is told to misbehave, one rule a line:
 *
 *	WHEN: WHAT, then WHAT
 *	request POST /v2/orders #3: act, then cut
 *
 * Here: what a rule is, reading rules from text, and whether an occasion is a rule's. Pure:
 * no clock, no sockets. faults_words.c has the words of the language, from which the reader
 * (faults_parse.c) and its errors are made; the manual is in src/cmd/help.txt; what the words do
 * is in faults_rest.c, faults_stream.c and faults_core.c. */
#ifndef EXCHANGE_FAULTS_H
#define EXCHANGE_FAULTS_H

#include "base/rng.h"
#include "base/text.h"
#include "model/model.h"

#define FAULT_RULES_MAX 256		/* in force at once: a long scenario has ten */
#define FAULT_DOES_MAX  8		/* what one rule does */
#define FAULT_TEXT_MAX  (128 * 1024)	/* all scripts that were read, with their names */

/* What a rule waits for. */
enum fault_on {
	ON_REQUEST, ON_ORDER, ON_REPLACE, ON_CANCEL, ON_EVENT, ON_MESSAGE, ON_CONNECT,
	ON_STREAM, ON_AT, ON_EVERY, ON_COUNT
};

enum fault_what {
	/* the answer to a request */
	DO_ACT, DO_STATUS, DO_CODE, DO_MESSAGE, DO_RETRY_AFTER, DO_BODY, DO_EMPTY, DO_CUT, DO_CLOSE,
	DO_STALL, DO_HALF_OPEN, DO_SLOW, DO_LENGTH, DO_CHUNKS, DO_GZIP, DO_REDIRECT, DO_REPEAT,
	DO_INTERIM, DO_PAD, DO_LAG, DO_STALE, DO_LOSE, DO_SHORT, DO_STRANGER, DO_EARLY,
	/* text of an answer or a message */
	DO_DROP, DO_NULL, DO_SET, DO_ADD, DO_RENAME, DO_RETYPE, DO_TWICE, DO_SHIFT, DO_OFFSET,
	DO_DIGITS, DO_TRUNCATE,
	/* messages of the streams, and the streams themselves */
	DO_DELAY, DO_DUPLICATE, DO_REORDER, DO_FRAME, DO_SILENCE, DO_ERROR, DO_FLOOD,
	/* what becomes of an order */
	DO_STICK, DO_LATE_FILL, DO_REJECT, DO_NEVER_FILL, DO_OVERFILL, DO_SPLIT, DO_LOSE_STOP,
	DO_LOSE_LEGS, DO_KEEP_LEGS, DO_SUSPEND, DO_STOPPED, DO_CALCULATE, DO_DONE, DO_EXPIRE,
	DO_CANCEL, DO_BUST, DO_CORRECT,
	/* the market, the account, the broker as a whole */
	DO_HALT, DO_SKIP_BARS, DO_REPEAT_BARS, DO_OFF_GRID, DO_ZERO, DO_NEGATIVE, DO_CROSS,
	DO_TIMES_TEN, DO_FREEZE, DO_BLOCK, DO_REVOKE, DO_MAINTENANCE, DO_COUNT
};

/* Forms of DO_STATUS (`form`), and which headers of the rate limit it has. */
enum fault_page { PAGE_JSON, PAGE_HTML, PAGE_EMPTY, PAGE_NO_CODE };
enum fault_heads { HEADS_USUAL, HEADS_NONE, HEADS_LIMIT };
enum fault_frame {
	FRAME_TEXT, FRAME_BINARY, FRAME_FRAGMENTS, FRAME_JOINED, FRAME_GARBAGE, FRAME_BAD_UTF8,
	FRAME_HUGE, FRAME_MASKED, FRAME_RESERVED, FRAME_COUNT
};
enum fault_which { WHICH_THIS, WHICH_STOPS, WHICH_TARGETS, WHICH_ENTRIES, WHICH_ORDERS };

struct fault_do {
	enum fault_what what;
	uint8_t    form, heads;		/* enum fault_page, fault_frame or fault_which */
	bool       given;		/* an optional value was */
	int64_t    n;			/* a count, a code, bytes */
	ns         span;
	struct str a, b;		/* key and value; words */
};

/* A time of the market. */
enum fault_clock { CLOCK_NONE, CLOCK_DAILY, CLOCK_DATE, CLOCK_OPEN, CLOCK_CLOSE, CLOCK_SINCE };
struct fault_time {
	enum fault_clock kind;
	ns t;	/* into the day, an instant, or from the open, the close, the rule's start */
};

enum fault_role { FR_ANY, FR_ENTRY, FR_STOP, FR_TARGET, FR_EXIT };
enum fault_stream { FS_ANY, FS_DATA, FS_TRADING };

struct fault_rule {
	enum fault_on on;
	struct str text, file;		/* as it was written, and where */
	uint32_t   line;

	struct str method, path;	/* n 0: any */
	struct str name;		/* of an event, or the type of a message */
	struct str symbol, client, account;
	int8_t     side, type, cls, tif;	/* of model.h; -1: any */
	enum fault_role   role;
	enum fault_stream stream;

	struct fault_time at, after, until;
	ns         lasts;		/* `for`; 0: not given */
	ns         each;		/* ON_EVERY */
	uint32_t   from, to;		/* #N-M, counted from 1 */
	uint32_t   nth;			/* every N */
	uint32_t   times;		/* at most; 0: no bound */
	int64_t    p;			/* of NUM_ONE */
	uint64_t   seed;
	bool       seeded;		/* by itself, not by the exchange */
	uint32_t   n;
	struct fault_do does[FAULT_DOES_MAX];

	/* as it goes */
	ns         since;		/* in force from then on */
	ns         next;		/* at, every: when it is due; INT64_MAX: never again */
	ns         last;		/* fired; 0: not yet */
	uint64_t   seen, fired;
	struct rng rng;
};

struct fault_script {
	uint32_t n;
	size_t   pool_n;
	struct fault_rule rule[FAULT_RULES_MAX];
	char     pool[FAULT_TEXT_MAX];
};

/* Adds the rules of `text`, all or none. False: each line of `why` is an error,
 * "FILE:LINE:COLUMN: words"; as many as fit. */
MUST_CHECK bool faults_parse(struct fault_script *s, struct str file, struct str text,
			     struct text *why);

/* The rules count from here on: `now` is market time, and chance comes from `seed` where a
 * rule has none of its own. For those from `first` on. */
void faults_start(struct fault_script *s, uint32_t first, ns now, uint64_t seed);

/* Something that rules may be about. What does not apply is empty, -1 or 0. */
struct fault_case {
	enum fault_on on;
	ns         now;
	struct str method, path, name, symbol, client;
	uint16_t   account;
	struct str account_key;
	int8_t     side, type, cls, tif;
	enum fault_role   role;
	enum fault_stream stream;
};

/* Counts the case, and says whether the rule fires. */
bool faults_fires(struct fault_rule *r, const struct fault_case *c);

/* For at and every: the first instant behind `now` at which it is due. */
ns   faults_next(const struct fault_rule *r, ns now);

/* "GET /v2/orders" and "*": one or several segments, parts of one, or nothing. */
bool faults_glob(struct str pattern, struct str s);
bool faults_symbol(struct str wanted, struct str s);	/* "AAPL", "AAPL,SPY", "*" */

/* ---- the words */
enum fault_shape {	/* what follows a word */
	SHAPE_NONE, SHAPE_STATUS, SHAPE_NUMBER, SHAPE_NUMBER_OR_NOT, SHAPE_SIGNED, SHAPE_SIZE,
	SHAPE_SPAN, SHAPE_SPAN_OR_NOT, SHAPE_SPAN_SIGNED, SHAPE_WORDS, SHAPE_KEY,
	SHAPE_KEY_OR_NOT, SHAPE_KEY_VALUE, SHAPE_CUT, SHAPE_ERROR, SHAPE_OFFSET, SHAPE_FLOOD,
	SHAPE_FRAME, SHAPE_DUPLICATE, SHAPE_CANCEL, SHAPE_HALT, SHAPE_BUST, SHAPE_MAINTENANCE
};

struct fault_word {
	uint8_t     what, shape;	/* enum fault_what, fault_shape */
	uint16_t    on;			/* bit per enum fault_on */
	int64_t     low, high;		/* of its number */
	const char *name;
};
extern const struct fault_word fault_words[];
extern const size_t fault_words_n;
extern const char *const fault_on_name[ON_COUNT];
extern const char *const fault_frames[FRAME_COUNT + 1];
extern const char *const fault_events[], *const fault_messages[];	/* NULL behind the last */

#endif
