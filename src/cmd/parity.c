/* parity.c: `gambler parity`: a recorded day, played again. */
#include "run/parity.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/parity_bars.h"

#define TOLERANCE_BP 25		/* spread and slippage of a bad minute */

struct parity_words {
	const char *instance, *bars, *tolerance;
	int argc;
	char *argv[64];
};

/* Takes this command's own options out of the line. */
static int own_options(struct parity_words *w, int argc, char **argv)
{
	const struct { const char *name; const char **at; } own[] = {
		{ "--instance", &w->instance }, { "--bars", &w->bars },
		{ "--tolerance", &w->tolerance },
	};

	memset(w, 0, sizeof *w);
	for (int i = 0; i < argc; i++) {
		size_t k = 0;
		while (k < COUNT(own) && strcmp(argv[i], own[k].name) != 0)
			k++;
		if (k < COUNT(own)) {
			if (i + 1 == argc)
				return usage_error("parity", "this option needs a value", argv[i]);
			*own[k].at = argv[++i];
			continue;
		}
		if (w->argc == (int)COUNT(w->argv))
			return usage_error("parity", "too many words", argv[i]);
		w->argv[w->argc++] = argv[i];
	}
	return 0;
}

static int read_words(const struct parity_words *w, const struct options *o,
		      const struct config *c, struct parity_job *job)
{
	int64_t bp = TOLERANCE_BP * NUM_ONE;

	*job = (struct parity_job){ .config = c, .folder = c->folder, .instance = w->instance };
	if (o->argc > 1)
		return usage_error("parity", "takes one date, not also", o->argv[1]);
	if (o->argc == 1 && !date_parse(&job->date, str_of(o->argv[0])))
		return usage_error("parity", "a date as 2024-10-01 is wanted, not", o->argv[0]);
	if (w->tolerance != NULL && (num_parse(&bp, str_of(w->tolerance)) != OK || bp < 0 ||
				     bp > 1000 * NUM_ONE || bp % NUM_ONE != 0))
		return usage_error("parity", "--tolerance is 0 to 1000, not", w->tolerance);
	job->tolerance_bp = (int)(bp / NUM_ONE);
	bool known = w->instance == NULL;
	for (uint32_t i = 0; i < c->instances_n && !known; i++)
		known = strcmp(w->instance, c->instance[i].name) == 0;
	if (!known)
		return usage_error("parity", "the configuration has no instance", w->instance);
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
	static struct parity_words w;
	static struct parity_bars bars;
	static struct parity_result r;
	static char page[4096];
	struct parity_job job;
	struct options o;
	struct text t;
	char why[512] = "";

	int code = own_options(&w, argc, argv);
	if (code == 0)
		code = options_read(&o, w.argc, w.argv, NULL, NULL);
	if (code == 0)
		code = options_config(&o, &c);
	if (code == 0)
		code = read_words(&w, &o, &c, &job);
	if (code != 0)
		return code;
	if (w.bars != NULL) {
		if (!parity_bars_load(&bars, w.bars, &c.symbols, job.date, why, sizeof why)) {
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
	if (o.json)
		show_json(&job, &r, &t);
	else
		show_text(&job, &r, &t);
	fwrite(page, 1, t.n, stdout);
	return r.first.cause == PARITY_NONE ? EXIT_DONE : EXIT_FAILED;
}
