/* journal.c: the writing half: records into a buffer, the buffer behind a file. */
#include "run/journal_inner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"

#define BUFFER (32 * 1024)	/* some steps; written out at the end of each instant */
#define PATH   400

struct journal {
	bool     broken;
	int      file;		/* -1: none */
	day      date;		/* of the file */
	bool     begun;		/* this run has a segment */
	size_t   n;
	uint64_t config;
	ns       resumed;
	const struct engine_config *c;
	const struct symbols *symbols;
	char     folder[PATH];
	struct journal_begin begin;
	uint8_t  buffer[BUFFER];
};

const struct journal_size journal_events[EV_SPLIT + 1] = {
	[EV_BAR] = { sizeof(struct bar) }, [EV_CLOCK] = { sizeof(bool) },
	[EV_ORDER] = { sizeof(struct report) }, [EV_REPLY] = { sizeof(struct reply) },
	[EV_POSITION] = { 16 + sizeof(qty) }, [EV_ACCOUNT] = { 0 }, [EV_SYNC] = { 4 },
	[EV_LINK] = { 2 }, [EV_COMMAND] = { 44 }, [EV_BARRIER] = { 0 },
	[EV_INTENT] = { sizeof(struct intent) }, [EV_SPLIT] = { sizeof(struct split) },
};

size_t journal_size(void)
{
	return sizeof(struct journal);
}

static void trouble(struct journal *j, const char *what)
{
	log_warn("journal", "inst=%s what=\"%s\" why=\"%s\" effect=\"no parity for this day\"",
		 j->c->name, what, strerror(errno));
	j->broken = true;
	j->n = 0;
}

static void flush(struct journal *j)
{
	if (!j->broken && !write_all(j->file, j->buffer, j->n))
		trouble(j, "write");
	j->n = 0;
}

/* A run of zeros, of which ids and names leave many, is a zero and its length. */
static void squeeze(struct journal *j, const void *from, size_t n)
{
	const uint8_t *in = from;

	for (size_t i = 0; i < n;) {
		size_t run = 0;
		while (i + run < n && in[i + run] == 0 && run < UINT8_MAX)
			run++;
		j->buffer[j->n++] = run > 0 ? 0 : in[i];
		if (run > 0)
			j->buffer[j->n++] = (uint8_t)run;
		i += run > 0 ? run : 1;
	}
}

/* A record of two parts. */
static void put(struct journal *j, enum journal_kind kind, uint8_t event, const void *a, size_t an,
		const void *b, size_t bn)
{
	struct journal_head h = { 0, 0, (uint8_t)kind, event };
	size_t most = sizeof h + 2 * (an + bn);	/* every second byte a zero */

	assert(an + bn <= JOURNAL_BODY && most <= BUFFER && most <= UINT16_MAX);
	if (j->n + most > BUFFER)
		flush(j);
	size_t begin = j->n;
	j->n += sizeof h;
	squeeze(j, a, an);
	squeeze(j, b, bn);
	uint8_t *at = j->buffer + begin;
	h.n = (uint16_t)(j->n - begin - sizeof h);
	memcpy(at, &h, sizeof h);
	h.crc = crc32c(0, at + sizeof h.crc, sizeof h - sizeof h.crc + h.n);
	memcpy(at, &h, sizeof h);
}

/* ---- files */

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* "NAME.2024-01-02": dates sort by their text, so that the first ones are the oldest. */
#define DATED (INSTANCE_NAME + sizeof ".2024-01-02")

static void remove_old(const struct journal *j, const char *folder)
{
	char name[4 * JOURNAL_KEEP][DATED], path[PATH + DATED + 16];
	size_t own = strlen(j->c->name), n = 0;
	DIR *d = opendir(folder);

	if (d == NULL)
		return;
	for (struct dirent *f = readdir(d); f != NULL && n < COUNT(name); f = readdir(d)) {
		if (strncmp(f->d_name, j->c->name, own) != 0 ||
		    strlen(f->d_name) != own + sizeof ".2024-01-02" - 1 || f->d_name[own] != '.')
			continue;
		n += str_copy(name[n], sizeof name[n], str_of(f->d_name));
	}
	(void)closedir(d);
	qsort(name, n, sizeof name[0], by_name);
	for (size_t i = 0; i + JOURNAL_KEEP < n; i++) {
		struct text t;
		text_init(&t, path, sizeof path);
		text_cstr(&t, folder);
		text_char(&t, '/');
		text_cstr(&t, name[i]);
		(void)unlink(text_done(&t));
	}
}

static void open_file(struct journal *j, day date)
{
	char path[PATH + INSTANCE_NAME + 32], text[16];
	struct text t;

	if (j->file >= 0) {
		flush(j);
		(void)close(j->file);
		j->file = -1;
	}
	j->date = date;
	text_init(&t, path, sizeof path - 1);
	text_cstr(&t, j->folder);
	text_cstr(&t, "/journal");
	(void)text_done(&t);
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		trouble(j, "folder");
		return;
	}
	text_char(&t, '/');
	text_cstr(&t, j->c->name);
	text_char(&t, '.');
	text_add(&t, (struct str){ text, date_text(text, date) });
	j->file = open(text_done(&t), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->file < 0) {
		trouble(j, "open");
		return;
	}
	path[strlen(j->folder) + sizeof "/journal" - 1] = 0;
	remove_old(j, path);
}

/* ---- segments */

static void put_begin(struct journal *j, ns ts)
{
	struct journal_begin *b = &j->begin;
	bool fits = str_copy(b->version, sizeof b->version, STR(VERSION));

	assert(fits && j->symbols->n <= SYMBOLS_MAX);
	b->format = JOURNAL_FORMAT;
	b->event_size = sizeof(struct event);
	b->ts = ts;
	b->goes_on = j->begun;
	b->resumed = j->begun ? 0 : j->resumed;
	b->config = j->config;
	b->timeframe_s = j->c->timeframe_s;
	b->symbols = j->symbols->n;
	memcpy(b->symbol, j->symbols->name, b->symbols * sizeof b->symbol[0]);
	put(j, JOURNAL_BEGIN, 0, b, offsetof(struct journal_begin, symbol) +
	    b->symbols * sizeof b->symbol[0], NULL, 0);
	j->begun = true;
}

static void begin_segment(struct journal *j, const struct engine *e, ns ts)
{
	const struct trade *trade;
	const struct order *order;

	put_begin(j, ts);
	put(j, JOURNAL_STATE, 0, engine_state(e), sizeof(struct instance_state), NULL, 0);
	uint32_t n = engine_trades(e, &trade);
	for (uint32_t i = 0; i < n; i++)
		put(j, JOURNAL_TRADE, 0, &trade[i], sizeof trade[i], NULL, 0);
	n = engine_orders(e, &order);
	for (uint32_t i = 0; i < n; i++)
		put(j, JOURNAL_ORDER, 0, &order[i], sizeof order[i], NULL, 0);
}

void journal_open(struct journal *j, const char *folder, const struct engine_config *c,
		  const struct symbols *symbols, uint64_t config, ns resumed)
{
	memset(j, 0, sizeof *j);
	j->file = -1;
	j->c = c;
	j->symbols = symbols;
	j->config = config;
	j->resumed = resumed;
	if (!str_copy(j->folder, sizeof j->folder, str_of(folder))) {
		errno = ENAMETOOLONG;
		trouble(j, "folder");
	}
}

void journal_order_of(struct journal_order *k, const struct order *o)
{
	memset(k, 0, sizeof *k);
	if (o->cid[0] != 0)
		memcpy(k->cid, o->cid, sizeof k->cid);
	else
		memcpy(k->cid, o->bid, sizeof o->bid);
	k->side = o->side;
	k->type = o->type;
	k->cls = o->cls;
	k->role = o->role;
	k->sym = o->sym;
	k->want = o->want;
	k->limit = o->limit;
	k->stop = o->stop;
	k->take_profit = o->take_profit;
	k->stop_loss = o->stop_loss;
}

static void put_order(struct journal *j, enum journal_kind kind, const struct order *o)
{
	struct journal_order k;

	journal_order_of(&k, o);
	put(j, kind, 0, &k, sizeof k, NULL, 0);
}

static void put_step(struct journal *j, const struct event *ev, const struct actions *out)
{
	uint8_t when[sizeof(struct journal_when)] = { 0 };

	memcpy(when + offsetof(struct journal_when, ts), &ev->ts, sizeof ev->ts);
	memcpy(when + offsetof(struct journal_when, from), &ev->from, sizeof ev->from);
	put(j, JOURNAL_EVENT, (uint8_t)ev->kind, when, sizeof when, &ev->u,
	    journal_events[ev->kind].n);
	for (uint32_t i = 0; i < out->n; i++) {
		if (out->a[i].kind == ACT_SUBMIT || out->a[i].kind == ACT_REPLACE)
			put_order(j, JOURNAL_SUBMIT, &out->a[i].u.order);
		else if (out->a[i].kind == ACT_CANCEL)
			put_order(j, JOURNAL_CANCEL, &out->a[i].u.order);
	}
}

void journal_before(struct journal *j, const struct engine *e, const struct event *ev)
{
	day date = ny_date(ev->ts);

	if (j->broken || (j->file >= 0 && date == j->date))
		return;
	open_file(j, date);
	if (!j->broken)
		begin_segment(j, e, ev->ts);
}

void journal_behind(struct journal *j, const struct event *ev, bool woken,
		    const struct actions *out)
{
	bool clock = ev->kind == EV_CLOCK;

	assert(ev->kind < COUNT(journal_events));
	/* Time that passed and moved nothing needs no record. */
	if (j->broken || ev->kind == EV_BARRIER || ev->kind == EV_ACCOUNT ||
	    (clock && !ev->u.clock.complete && !woken && out->n == 0))
		return;
	put_step(j, ev, out);
	if (clock || out->n > 0)
		flush(j);
}

void journal_saved(struct journal *j)
{
	if (j->broken || j->file < 0)
		return;
	put(j, JOURNAL_SAVED, 0, NULL, 0, NULL, 0);
	flush(j);
}

void journal_close(struct journal *j)
{
	if (j->file >= 0) {
		flush(j);
		(void)close(j->file);
	}
	j->file = -1;
	j->broken = true;
}
