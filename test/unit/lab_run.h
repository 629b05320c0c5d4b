/* lab_run.h: a run that never was, for the tests of lab/: the same on every machine, and in
 * test/golden/lab_figures.py, which draws it again and computes its figures by itself. */
#ifndef LAB_RUN_H
#define LAB_RUN_H

#include "lab/report.h"

#define RIG_DAYS   400
#define RIG_TRADES 240
#define RIG_NAMES  4

struct rig {
	struct lab_run run;
	struct lab_day day[RIG_DAYS];
	struct lab_trade trade[RIG_TRADES];
	struct lab_instance instance[2];
	struct lab_prices prices[RIG_NAMES];
	px close[RIG_NAMES][RIG_DAYS];
	struct symbols symbols;
	char memory[512 * 1024] __attribute__((aligned(16)));
	char text[512 * 1024];
	size_t text_n;
};

extern struct rig rig;

/* A run of so many sessions and trades; 0 trades leave the equity at the cash. */
void rig_run(uint32_t days, uint32_t trades);
const struct lab_report *rig_judge(void);
/* What a form prints, as one text. */
struct str rig_print(void (*form)(const struct lab_report *, const struct lab_sink *));
const struct lab_verdict *rig_said(const struct lab_report *r, const char *id);

#endif
