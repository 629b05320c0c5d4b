/* fn.h: the indicators by name, as rules, strategies, `gambler indicator`, the API and reports
 * call them: one table of functions, each an output of a family that is computed once.
 *
 * Two shapes. A WINDOW family is a pure function of the last window(arg) values: it has no
 * state, and costs nothing until somebody asks. A STEP family has flat state (no pointers, no
 * padding that matters: it may be copied and kept) and is stepped once a bar. "No value" is
 * TA_NONE (a NaN that no comparison is true of): while it warms up, where 0/0 would stand,
 * and wherever a value that it reads is none.
 *
 * Definitions follow Wilder 1978, Bollinger 2001, Chaikin; conventions at the start are those of
 * TA-Lib where TA-Lib and TradingView agree, and say so below where they do not. */
#ifndef TA_FN_H
#define TA_FN_H

#include "ta/ta.h"

struct ta_bar {
	double  open, high, low, close, volume;
	int64_t session;	/* differs from one session to the next: the date */
};

/* Each points to the oldest of a window's values; they are contiguous, newest last. */
struct ta_columns { const double *open, *high, *low, *close, *volume; };

#define TA_ARGS    3
#define TA_OUTPUTS 6

enum ta_shape { TA_STEP, TA_WINDOW };
/* What it reads: a series, which is the close or the volume unless another is given first;
 * or whole bars, and then no series can be given. */
enum ta_reads { TA_CLOSE, TA_VOLUME, TA_BARS };

struct ta_arg {
	const char *name;		/* "n" */
	double      usual;		/* when left out; TA_NONE: it may not be */
	double      min, max;
	bool        whole;
};

struct ta_family {
	const char *name;
	enum ta_shape shape;
	enum ta_reads reads;
	uint32_t    args, outputs;
	struct ta_arg arg[TA_ARGS];
	/* What is wrong with arguments that are each in bounds ("fast must be below slow"); NULL:
	 * nothing; the pointer may be NULL. */
	const char *(*check)(const double *arg);
	/* STEP: bytes, a multiple of 8; the state begins zeroed, then init. */
	uint32_t  (*size)(const double *arg);
	void      (*init)(void *state, const double *arg);
	/* b: the bar; x: the series' newest value (families that read bars: unused). */
	void      (*step)(void *state, const struct ta_bar *b, double x,
			  double out[TA_OUTPUTS]);
	/* WINDOW: how many values it reads, and what it makes of them. x: of the series, or
	 * NULL; c: of the bars, or NULL. */
	uint32_t  (*window)(const double *arg);
	void      (*of)(const double *arg, const double *x, const struct ta_columns *c,
			double out[TA_OUTPUTS]);
	/* Index, from 0, of the first value that output `out` can have; and from which on what was
	 * before the first bar no longer counts: the same for windows, five times as far for
	 * averages that never forget. */
	uint32_t  (*first)(const double *arg, uint32_t out);
	uint32_t  (*settled)(const double *arg, uint32_t out);
};

struct ta_fn {
	const char *name;		/* "bb_lower" */
	const struct ta_family *family;
	uint8_t     out;
	const char *about;
};

extern const struct ta_fn ta_fns[];	/* by name; name NULL at the end */
const struct ta_fn *ta_fn_find(struct str name);

#endif
