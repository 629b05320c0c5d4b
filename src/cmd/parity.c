/* parity.c: `gambler parity`: a recorded day, played again. */
#include "run/parity.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/parity_bars.h"
#include "cmd/rows.h"

#define TOLERANCE_BP 25		/* spread and slippage of a bad minute */

struct setup {
	struct options o;
	const char *instance, *bars;
	int32_t tolerance_bp;
	day     date;
};

static const char *read_date(void *setup, const char *value)
{
	struct setup *s = setup;

	if (s->date != 0)
		return "takes one date only";
	return date_parse(&s->date, str_of(value)) ? NULL : "a date as 2024-10-01 is wanted";
}

#define MEMBER(m) ROW_MEMBER(struct setup, m)

static const struct row rows[] = {
	{ WORDS, "DATE", .read = read_date },
	{ TEXT, "--instance NAME", MEMBER(instance) },
	{ TEXT, "--bars DIR", MEMBER(bars) },
	{ NUMBER, "--tolerance BP", MEMBER(tolerance_bp), 0, 1000, 1 },
	{ TEXT, "-c FILE", MEMBER(o.config) },
	{ OTHER, "--set KEY=VALUE", .read = rows_set },
	{ FLAG, "--json", MEMBER(o.json), true },
};

static int job_of(const struct setup *s, const struct config *c, struct parity_job *job)
{
	*job = (struct parity_job){ .config = c, .folder = c->folder, .instance = s->instance,
				    .date = s->date, .tolerance_bp = s->tolerance_bp };
	bool known = s->instance == NULL;
	for (uint32_t i = 0; i < c->instances_n && !known; i++)
		known = strcmp(s->instance, c->instance[i].name) == 0;
	if (!known)
		return usage_error("parity", "the configuration has no instance", s->instance);
	if (job->date == 0)
		job->date = parity_newest(c, c->folder);
	return 0;
}

static void show_json(const struct parity_job *job, const struct parity_result *r, struct text *t)
{
	const struct parity_difference *d = &r->first;
	char date[16];

	json_object(t);
	json_key(t, "date");
	json_str(t, (struct str){ date, date_text(date, job->date) });
	json_key(t, "same");
	json_bool(t, d->cause == PARITY_NONE);
	json_key(t, "difference");
	if (d->cause == PARITY_NONE) {
		json_null(t);
	} else {
		json_object(t);
		json_key(t, "cause");
		json_cstr(t, parity_cause_text(d->cause));
		json_key(t, "time");
		json_time(t, d->ts);
		json_key(t, "instance");
		json_cstr(t, d->instance);
		json_key(t, "symbol");
		json_cstr(t, d->symbol);
		json_key(t, "text");
		json_cstr(t, d->text);
		json_end_object(t);
	}
	const struct { const char *key; uint64_t n; } counts[] = {
		{ "instances", r->instances }, { "instances_without_record", r->missing },
		{ "bars", r->bars }, { "decisions", r->decisions }, { "fills", r->fills },
		{ "bars_changed", r->bars_changed },
	};
	for (size_t i = 0; i < COUNT(counts); i++) {
		json_key(t, counts[i].key);
		json_i64(t, (int64_t)counts[i].n);
	}
	json_key(t, "entry_cost_bp_mean");
	json_f64(t, r->fill_bp_n > 0 ? r->fill_bp_sum / r->fill_bp_n : NAN, 2);
	json_key(t, "entry_cost_bp_worst");
	json_f64(t, r->fill_bp_n > 0 ? r->fill_bp_worst : NAN, 2);
	json_key(t, "configuration_changed");
	json_bool(t, r->other_config);
	json_end_object(t);
	text_char(t, '\n');
}

static void show_text(const struct parity_job *job, const struct parity_result *r, struct text *t)
{
	const struct parity_difference *d = &r->first;
	char date[16];

	text_add(t, (struct str){ date, date_text(date, job->date) });
	const struct { const char *word; uint64_t n; } counts[] = {
		{ " instances, ", r->instances }, { " bars, ", r->bars },
		{ " orders asked for, ", r->decisions }, { " fills: ", r->fills },
	};
	text_cstr(t, ": ");
	for (size_t i = 0; i < COUNT(counts); i++) {
		text_u64(t, counts[i].n);
		text_cstr(t, counts[i].word);
	}
	if (d->cause == PARITY_NONE) {
		text_cstr(t, "no difference\n");
	} else {
		text_cstr(t, "a difference\n");
		text_time(t, d->ts);
		text_char(t, ' ');
		text_cstr(t, d->instance);
		text_char(t, ' ');
		text_cstr(t, d->symbol);
		text_cstr(t, ": ");
		text_cstr(t, parity_cause_text(d->cause));
		text_cstr(t, ": ");
		text_cstr(t, d->text);
		text_char(t, '\n');
	}
	if (r->bars_changed > 0) {
		text_u64(t, r->bars_changed);
		text_cstr(t, " bars are not what they were when they were seen\n");
	}
	if (r->fill_bp_n > 0) {
		text_cstr(t, "entries cost ");
		text_f64(t, r->fill_bp_sum / r->fill_bp_n, 2);
		text_cstr(t, " bp against the open of their minute, the worst ");
		text_f64(t, r->fill_bp_worst, 2);
		text_char(t, '\n');
	}
	if (r->missing > 0) {
		text_u64(t, r->missing);
		text_cstr(t, " instances have no record of that day\n");
	}
	if (r->other_config)
		text_cstr(t, "the configuration is not the one of that day\n");
	if (r->began[0] != 0) {
		text_cstr(t, r->began);
		text_char(t, '\n');
	}
}

int cmd_parity(int argc, char **argv)
{
	static struct config c;
	static struct parity_bars bars;
	static struct parity_result r;
	static char page[4096];
	struct setup s = { .tolerance_bp = TOLERANCE_BP };
	struct parity_job job;
	struct text t;
	char why[512] = "";

	int code = rows_read("parity", rows, COUNT(rows), &s, argc, argv);
	if (code == 0)
		code = options_config(&s.o, &c);
	if (code == 0)
		code = job_of(&s, &c, &job);
	if (code != 0)
		return code;
	if (s.bars != NULL) {
		if (!parity_bars_load(&bars, s.bars, &c.symbols, job.date, why, sizeof why)) {
			fprintf(stderr, "gambler parity: %s\n", why);
			return EXIT_FAILED;
		}
		job.bar = parity_bars_find;
		job.bar_ctx = &bars;
	}
	enum err e = parity_run(&job, &r, why, sizeof why);
	parity_bars_free(&bars);
	if (e != OK) {
		fprintf(stderr, "gambler parity: %s\n", why);
		return EXIT_FAILED;
	}
	text_init(&t, page, sizeof page);
	if (s.o.json)
		show_json(&job, &r, &t);
	else
		show_text(&job, &r, &t);
	fwrite(page, 1, t.n, stdout);
	return r.first.cause == PARITY_NONE ? EXIT_DONE : EXIT_FAILED;
}
