/* parity.c: the days' files of an instance, in order, and what is found in all of them. */
#include "run/parity_inner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"

static const char *const causes[] = {
	[PARITY_NONE] = "none", [PARITY_DATA] = "data", [PARITY_CLOCK] = "clock",
	[PARITY_FILL] = "fill", [PARITY_ROUNDING] = "rounding", [PARITY_RULES] = "rules",
};

const char *parity_cause_text(enum parity_cause c)
{
	assert((unsigned)c < COUNT(causes));
	return causes[c];
}

struct hashing { uint64_t h; bool counts; };

/* Where it listens or logs has no part in what it decides. */
static void hash_line(void *ctx, const char *text)
{
	static const char *const sections[] = { "[market", "[risk", "[strategy", "[instance" };
	struct hashing *x = ctx;

	if (text[0] == '[') {
		x->counts = false;
		for (size_t i = 0; i < COUNT(sections); i++)
			x->counts |= str_starts(str_of(text), str_of(sections[i]));
	}
	if (x->counts)
		x->h = x->h * 1099511628211u ^ hash64(text, strlen(text));
}

uint64_t parity_config_hash(const struct config *c)
{
	struct hashing x = { 0, false };

	config_show(c, hash_line, &x);
	return x.h;
}

/* ---- files */

static bool path_of(char *out, size_t size, const char *folder, const char *instance, day date)
{
	char text[16];
	struct text t;

	text_init(&t, out, size - 1);
	text_cstr(&t, folder);
	text_cstr(&t, "/journal/");
	text_cstr(&t, instance);
	text_char(&t, '.');
	text_add(&t, (struct str){ text, date_text(text, date) });
	if (!t.full)
		(void)text_done(&t);
	return !t.full;
}

static int by_date(const void *a, const void *b)
{
	day x = *(const day *)a, y = *(const day *)b;

	return x < y ? -1 : x > y;
}

/* The days of which the instance has a file, up to `last`. */
static uint32_t find_days(const char *folder, const char *instance, day last,
			  day out[static DAYS_MAX])
{
	char path[FILE_PATH];
	struct text t;
	size_t own = strlen(instance);
	uint32_t n = 0;

	text_init(&t, path, sizeof path - 1);
	text_cstr(&t, folder);
	text_cstr(&t, "/journal");
	DIR *d = t.full ? NULL : opendir(text_done(&t));
	if (d == NULL)
		return 0;
	for (struct dirent *f = readdir(d); f != NULL && n < DAYS_MAX; f = readdir(d)) {
		struct str name = str_of(f->d_name);
		day date;
		if (name.n <= own || memcmp(name.s, instance, own) != 0 || name.s[own] != '.')
			continue;
		if (date_parse(&date, (struct str){ name.s + own + 1, name.n - own - 1 }) &&
		    date <= last)
			out[n++] = date;
	}
	(void)closedir(d);
	qsort(out, n, sizeof out[0], by_date);
	return n;
}

day parity_newest(const struct config *c, const char *folder)
{
	day days[DAYS_MAX], newest = 0;

	for (uint32_t i = 0; i < c->instances_n; i++) {
		uint32_t n = find_days(folder, c->instance[i].name, INT32_MAX, days);
		if (n > 0 && days[n - 1] > newest)
			newest = days[n - 1];
	}
	return newest;
}

static enum err map_file(struct recorded *f, const char *path, char *why, size_t size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*f = (struct recorded){ NULL, 0 };
	if (fd < 0 || fstat(fd, &st) != 0) {
		text_where(why, size, path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return ERR_IO;
	}
	f->size = (size_t)st.st_size;
	if (f->size > 0)
		f->map = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (f->map == MAP_FAILED) {
		text_where(why, size, path, strerror(errno));
		f->map = NULL;
		return ERR_IO;
	}
	return OK;
}

/* ---- one instance */

static enum err play_day(struct play *p, const char *folder, day date, char *why, size_t size)
{
	char path[FILE_PATH];
	struct recorded f;

	if (!path_of(path, sizeof path, folder, p->c.name, date))
		return ERR_IO;
	enum err e = map_file(&f, path, why, size);
	if (e != OK)
		return e;
	struct journal_reader r = { .at = f.map, .end = (const uint8_t *)f.map + f.size };
	e = play_file(p, &r, date == p->job->date);
	if (e == ERR_PARSE)
		text_where(why, size, path, r.why);
	if (f.map != NULL)
		(void)munmap(f.map, f.size);
	return e;
}

/* The run of the day began in one of the files before it: from there on everything counts. */
static enum err first_file(const char *folder, const char *instance, const day *days, uint32_t n,
			   uint32_t *from, char *why, size_t size)
{
	char path[FILE_PATH];
	struct recorded f;

	for (*from = n - 1;; --*from) {
		if (!path_of(path, sizeof path, folder, instance, days[*from]))
			return ERR_IO;
		enum err e = map_file(&f, path, why, size);
		if (e != OK)
			return e;
		struct journal_reader r = { .at = f.map };
		r.end = r.at + f.size;
		bool begins = play_begins(&r);
		if (f.map != NULL)
			(void)munmap(f.map, f.size);
		if (begins || *from == 0)
			return OK;
	}
}

static enum err play_instance(struct play *p, const char *folder, char *why, size_t size)
{
	day days[DAYS_MAX];
	uint32_t from, n = find_days(folder, p->c.name, p->job->date, days);

	if (n == 0 || days[n - 1] != p->job->date)
		return ERR_NOTFOUND;
	enum err e = first_file(folder, p->c.name, days, n, &from, why, size);
	for (uint32_t i = from; i < n && e == OK; i++)
		e = play_day(p, folder, days[i], why, size);
	return e == ERR_END ? OK : e;
}

static enum err pass(const struct parity_job *job, const struct engine_config *c, parity_bar bar,
		     struct parity_result *out, char *why, size_t size)
{
	struct play *p = play_open(job, c, bar, out);

	if (p == NULL) {
		text_where(why, size, c->name, "not enough memory");
		return ERR_IO;
	}
	enum err e = play_instance(p, job->folder, why, size);
	play_close(p);
	return e;
}

enum err parity_run(const struct parity_job *job, struct parity_result *out, char *why, size_t size)
{
	memset(out, 0, sizeof *out);
	for (uint32_t i = 0; i < job->config->instances_n; i++) {
		const struct engine_config *c = &job->config->instance[i];
		if (!job->config->instance_enabled[i] ||
		    (job->instance != NULL && strcmp(job->instance, c->name) != 0))
			continue;
		enum err e = pass(job, c, NULL, out, why, size);
		if (e == ERR_NOTFOUND) {
			out->missing++;
			continue;
		}
		if (e == OK && job->bar != NULL)
			e = pass(job, c, job->bar, out, why, size);
		if (e != OK)
			return e;
		out->instances++;
	}
	if (out->instances > 0)
		return OK;
	text_where(why, size, job->folder, "no instance has a record of that day: a running "
		   "gambler keeps one in journal/");
	return ERR_NOTFOUND;
}
