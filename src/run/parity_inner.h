/* parity_inner.h: what parity.c and parity_play.c share. */
#ifndef RUN_PARITY_INNER_H
#define RUN_PARITY_INNER_H

#include <stdlib.h>

#include "base/text.h"
#include "run/journal.h"
#include "run/parity.h"

#define FILE_PATH 512
#define DAYS_MAX  128		/* files of one instance: JOURNAL_KEEP, and what was put there */

struct recorded { void *map; size_t size; };

#define STEP_ORDERS   64	/* an engine asks for fewer in one step: see ACTIONS_MAX */
#define FILLS_WAITING 64	/* until the bar in which they happened has closed */

struct waiting { bool used; sym sym; ns ts; px at; bool entry; uint8_t side; };

struct play {
	const struct parity_job *job;
	parity_bar bar;
	struct parity_result *out;
	struct engine_config c;
	struct arena memory;		/* this */
	struct arena arena;		/* the engine */
	bool     open;
	struct engine *engine;
	struct arena keeping;		/* checkpoints, by turns */
	void    *kept[2];
	size_t   kept_n[2], kept_max;
	bool     kept_at;
	struct actions did;
	sym      map[SYMBOLS_MAX];	/* the record's symbols as this configuration's */
	uint32_t symbols;
	/* of a segment's beginning, until its first event */
	bool     restoring, fresh;
	ns       resumed;
	struct instance_state state;
	uint32_t trades, orders;
	struct trade trade[ENGINE_TRADES];
	struct order order[ENGINE_TRADES * 16];
	/* of the step under way */
	bool     stepped, compare, differs;
	ns       now;
	uint32_t asked;
	struct journal_order ask[STEP_ORDERS];
	/* what one side asked for and the other did not: it may come yet */
	bool     late, late_ours;
	struct journal_order wanted;
	ns       wanted_at;
	struct waiting fill[FILLS_WAITING];
	struct { bool any; ns open_ts, ts; px was, is; char symbol[SYMBOL_TEXT]; } changed;
	struct journal_record record;
};

/* An engine that is told again what another one was told. NULL: no memory. */
struct play *play_open(const struct parity_job *job, const struct engine_config *c,
		       parity_bar bar, struct parity_result *out);
void play_close(struct play *p);
/* Whether a run begins in this file. */
bool play_begins(struct journal_reader *r);
/* The whole file; compare: differences count. */
MUST_CHECK enum err play_file(struct play *p, struct journal_reader *r, bool compare);

const char *play_symbol(const struct play *p, sym s);
/* The difference whose text is to be written; NULL: an earlier one is kept. */
struct parity_difference *play_first(struct play *p, enum parity_cause cause, ns ts, sym s);
void play_compare(struct play *p);		/* the step under way */
/* A wish of one side only is a difference when the other has not had it in time. */
void play_lonely_due(struct play *p, bool end);
void play_await_fill(struct play *p, const struct report *r);
void play_judge_fills(struct play *p, const struct bar *b);

#endif
