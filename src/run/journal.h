/* journal.h: what an instance was told and what it asked for, as it happened: enough to play
 * a day again with the same engine (`gambler parity`). A file a day and instance,
 * FOLDER/journal/NAME.2024-01-02, appended by the instance's thread behind the step, so that no
 * order waits for it. It is a record, not a promise: what a crash cuts off is missing.
 *
 * A file is a row of segments. One begins with each start of the program and with each session,
 * and says what the engine knew then: JOURNAL_BEGIN, a STATE, TRADEs and ORDERs; behind it
 * EVENTs, each followed by the SUBMITs and CANCELs that it caused. SAVED: a checkpoint was kept
 * (checkpoint.c), from which a later segment may go on. A record: crc32c u32 of what
 * follows, length u16, kind u8, event kind u8, content; little-endian as this machine is. Content
 * is structs as they lie in memory, each run of zeros as a zero and its length: a file is of one
 * build, whose number stands in BEGIN. */
#ifndef RUN_JOURNAL_H
#define RUN_JOURNAL_H

#include "base/arena.h"
#include "engine/engine.h"

#define JOURNAL_FORMAT 3
#define JOURNAL_KEEP   30	/* files of an instance: the newest days; older ones are removed */

enum journal_kind { JOURNAL_BEGIN, JOURNAL_STATE, JOURNAL_TRADE, JOURNAL_ORDER, JOURNAL_EVENT,
		JOURNAL_SUBMIT, JOURNAL_CANCEL, JOURNAL_SAVED, JOURNAL_KINDS };

struct journal_begin {
	uint32_t format, event_size;
	ns       ts;
	bool     goes_on;	/* a session later in the same run: the bars before count on */
	ns       resumed;	/* what the checkpoint knew from which the run went on; 0 */
	char     version[16];
	uint64_t config;	/* hash of the configuration */
	int32_t  timeframe_s;
	uint32_t symbols;	/* every `sym` of the segment is an index into these */
	char     symbol[SYMBOLS_MAX][SYMBOL_TEXT];	/* only so many are written */
};

/* What a SUBMIT or CANCEL keeps: what two runs of a day are compared by. */
struct journal_order {
	char    cid[CID_TEXT];
	uint8_t side, type, cls, role;
	sym     sym;
	qty     want;
	px      limit, stop, take_profit, stop_loss;
};
void journal_order_of(struct journal_order *k, const struct order *o);

struct journal;
size_t journal_size(void);
/* folder: of the store; made when missing. Trouble is logged once, and then nothing is kept.
 * memory: journal_size() bytes. config: hash of the configuration. resumed: as in BEGIN. */
void journal_open(struct journal *j, const char *folder, const struct engine_config *c,
		  const struct symbols *symbols, uint64_t config, ns resumed);
/* Around each engine_step: before it a new day's segment begins; behind it the step is kept.
 * woken: the step was due by the engine's own wish. */
void journal_before(struct journal *j, const struct engine *e, const struct event *ev);
void journal_behind(struct journal *j, const struct event *ev, bool woken,
		    const struct actions *out);
void journal_saved(struct journal *j);
void journal_close(struct journal *j);

/* ---- reading */
struct journal_record {
	enum journal_kind kind;
	union {
		struct journal_begin begin;
		struct instance_state state;
		struct trade trade;
		struct order order;
		struct event event;
		struct journal_order submit;
	} u;
};

#define JOURNAL_BODY sizeof(struct journal_begin)	/* the longest content */

struct journal_reader {
	const uint8_t *at, *end;
	const char    *why;		/* of an error */
	uint64_t       n;		/* records read */
	uint8_t        body[JOURNAL_BODY];
};

/* OK; ERR_END; ERR_PARSE: damaged or of another build; what is behind cannot be read. */
MUST_CHECK enum err journal_next(struct journal_reader *r, struct journal_record *out);

#endif
