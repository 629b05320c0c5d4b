/* faults_inner.h: what the files that misbehave share, inside the serving half.
 *	faults.c         rules in force: /sim/faults, files, scenarios; rules that the clock fires
 *	faults_rest.c    which rules a request meets, and what it is then answered
 *	faults_answer.c  an answer's bytes: wrong in every way that HTTP allows, and some others
 *	faults_stream.c  what streams are told, or not; faults_message.c: one message
 *	faults_core.c    what befalls orders, accounts and the market; logged with the inputs
 *	faults_json.c    changed JSON
 * Nothing of it runs while there are no rules (x->faults->on). /sim/ is never disturbed. */
#ifndef EXCHANGE_FAULTS_INNER_H
#define EXCHANGE_FAULTS_INNER_H

#include "exchange/faults.h"
#include "exchange/serve_inner.h"

#define FAULT_LAGS      32		/* orders that reads do not find yet */
#define FAULT_STALE     8		/* paths whose last answer is kept */
#define FAULT_STALE_MAX (64 * 1024)	/* longer answers are not */
#define FAULT_LATE      256		/* messages that wait; when full they go at once */
#define FAULT_LATE_MAX  8192		/* a bracket with all its keys has 4,000 */

/* ---- faults_json.c */
enum fault_rows { ROWS_ANSWER, ROWS_ORDER };	/* where `add` adds */

/* `in` changed by one DO_DROP .. DO_DIGITS or DO_LOSE. False: it is no JSON, or too long. */
MUST_CHECK bool faults_edit(struct text *out, struct str in, const struct fault_do *d,
			    enum fault_rows rows);
/* A list without the rows whose "id" is hidden. False: it is no list, or too long. */
MUST_CHECK bool faults_hide(struct text *out, struct str in,
			    bool (*hidden)(void *ctx, struct str id), void *ctx);
bool faults_is_json(struct str s);

/* ---- state */
struct fault_late {			/* n 0: free */
	enum fault_what why;	/* DO_DELAY, DO_REORDER, DO_FRAME, DO_DUPLICATE (after reconnect) */
	ns       due;
	uint64_t serial;		/* in this order, when due together */
	conn_id  conn;			/* the stream, or 0: the next one with this key */
	uint64_t key;
	struct outgoing o;		/* but its bytes */
	size_t   n;
	char     bytes[FAULT_LATE_MAX];
};

struct fault_link {			/* of x->stream[i] */
	conn_id conn;			/* whose it is: else it is void */
	ns      silent;			/* market time until which nothing is said */
	struct fault_plan plan;		/* for when it has authenticated */
	bool    ready;
};

struct faults {
	bool     on;			/* there are rules, or something still goes on */
	bool     timed;			/* some rule waits for the clock */
	bool     busy;			/* inside of it: what it says itself is not filtered */
	struct fault_script script;
	struct text edit;
	struct { xc_oid order; ns until; } lag[FAULT_LAGS];
	uint32_t lags;
	struct { uint64_t path; int status; size_t n; char bytes[FAULT_STALE_MAX]; }
		 stale[FAULT_STALE];
	uint32_t stales;
	ns       down, orders_down;	/* maintenance until then */
	ns       revoked;
	struct { uint16_t account; ns until; } blocked;
	uint64_t serial;
	struct fault_link link[SERVER_CONNECTIONS];
	/* The decision about an event counts for all streams that are told. */
	uint64_t event;
	ptrdiff_t event_stream;
	struct fault_plan event_plan;
	uint32_t lates;
	struct fault_late late[FAULT_LATE];
};

/* ---- faults.c */
/* Adds what of the rules fires to the plan. */
void faults_match(struct exchange *x, const struct fault_case *c, struct fault_plan *plan);
void faults_settle(struct exchange *x);		/* sets `on` and `timed` */
const struct fault_do *faults_find(const struct fault_plan *p, enum fault_what what);

/* ---- faults_rest.c */
void faults_case_of_order(const struct exchange *x, xc_oid o, struct fault_case *k);

/* ---- faults_answer.c */
void faults_page(struct exchange *x, int status);	/* the proxy's, as HTML, into x->out */

/* ---- faults_stream.c */
void faults_streams(struct exchange *x, enum fault_stream which, const struct fault_do *d);
ns   faults_late_due(const struct exchange *x);
void faults_late(struct exchange *x);
void faults_forget(struct exchange *x);		/* messages that wait, silences */

/* ---- faults_message.c */
/* The message as the plan's words of text want it, in `memory`; false: it could not be read. */
bool faults_edited(struct exchange *x, const struct outgoing *o, const struct fault_plan *p,
		   char *memory, size_t size, struct str *out);
bool faults_changes_text(const struct fault_plan *p);
void faults_framed(struct exchange *x, struct stream *st, const struct outgoing *o,
		   enum fault_frame form);
/* Two messages in one: the one that waited and this one. False: none waited. */
bool faults_join(struct exchange *x, struct stream *st, const struct outgoing *o);

/* ---- faults_core.c */
void faults_fate(struct exchange *x, xc_oid o, const struct fault_do *d);
void faults_world(struct exchange *x, const struct fault_rule *r, const struct fault_do *d);

#endif
