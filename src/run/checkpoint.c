/* checkpoint.c: what an engine has made of the bars so far, kept so that a new start goes on from
 * there: FOLDER/checkpoint/NAME.0 and NAME.1 by turns, so that one is whole whenever the program
 * or the machine dies, and one is no newer than the books. It is written seldom: the bars behind
 * it are read again, as history. What cannot be used is dropped, in words, and the engine begins
 * with the usual history. */
#include "run/live.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/log.h"

#define FORMAT 1
#define PATH   (CONFIG_TEXT + 64)	/* the folder's, an instance's */
#define FILES  2
#define SLICES 130			/* decided between two: a file is of some megabytes */
#define OLDEST (30 * NS_DAY)		/* wall time: reading more history takes too long */

struct file_head {
	uint32_t crc, format;		/* CRC-32C of what follows it */
	uint64_t seq;
};

static const char *path_of(const struct instance *in, uint32_t file, char out[static PATH])
{
	struct text t;

	text_init(&t, out, PATH - 1);
	text_cstr(&t, in->live->config->folder);
	text_cstr(&t, "/checkpoint");
	if (file < FILES) {
		text_char(&t, '/');
		text_cstr(&t, in->config.name);
		text_char(&t, '.');
		text_u64(&t, file);
	}
	return text_done(&t);
}

static void trouble(struct instance *in, const char *what)
{
	log_warn("checkpoint.failed", "inst=%s what=\"%s\" why=\"%s\" effect=\"a new start goes on "
		 "from an older one, or from history\"", in->config.name, what, strerror(errno));
	in->saved_badly = true;
}

static void put_file(struct instance *in, const void *data, size_t n)
{
	char path[PATH];

	if (mkdir(path_of(in, FILES, path), 0700) != 0 && errno != EEXIST) {
		trouble(in, "folder");
		return;
	}
	int fd = open(path_of(in, in->saved_seq % FILES, path),
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		trouble(in, "open");
		return;
	}
	if (!write_all(fd, data, n) || fsync(fd) != 0)
		trouble(in, "write");
	else if (in->journal != NULL)
		journal_saved(in->journal);
	(void)close(fd);
}

static void save(struct instance *in)
{
	size_t n = engine_save(in->engine, NULL, 0);
	struct arena a;

	in->slices = 0;
	in->saved = true;
	if (in->saved_badly)
		return;
	if (arena_open(&a, sizeof(struct file_head) + n + 64) != OK) {
		trouble(in, "memory");
		return;
	}
	char *data = arena_alloc(&a, sizeof(struct file_head) + n);
	struct file_head h = { .format = FORMAT, .seq = ++in->saved_seq };
	memcpy(data, &h, sizeof h);
	engine_save(in->engine, data + sizeof h, n);
	n += sizeof h;
	h.crc = crc32c(0, data + sizeof h.crc, n - sizeof h.crc);
	memcpy(data, &h, sizeof h);
	put_file(in, data, n);
	arena_close(&a);
}

void checkpoint_step(struct instance *in)
{
	const struct instance_state *s = engine_state(in->engine);

	if (!engine_at_rest(in->engine))
		return;
	bool ends = false;
	if (s->last_decision != in->decided) {
		in->decided = s->last_decision;
		in->slices++;
		ends = calendar_last(&in->live->calendar, in->decided).close == in->decided;
	}
	if (!in->saved || ends || in->slices >= SLICES)
		save(in);
}

void checkpoint_close(struct instance *in)
{
	if (in->slices > 0 && engine_at_rest(in->engine))
		save(in);
}

/* ---- a new start */

struct found { char *data; size_t n; uint64_t seq; };

/* The whole file, in memory of the arena's; nothing of one that is damaged. */
static void read_file(const char *path, struct arena *a, struct found *out)
{
	struct stat st;
	struct file_head h;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*out = (struct found){ NULL, 0, 0 };
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > (off_t)sizeof h &&
	    arena_open(a, (size_t)st.st_size + 64) == OK) {
		size_t n = (size_t)st.st_size;
		char *data = arena_alloc(a, n);
		if (read(fd, data, n) == (ssize_t)n) {
			memcpy(&h, data, sizeof h);
			if (h.format == FORMAT &&
			    h.crc == crc32c(0, data + sizeof h.crc, n - sizeof h.crc))
				*out = (struct found){ data, n, h.seq };
		}
	}
	(void)close(fd);
}

static const char *use(struct instance *in, const struct instance_state *s, const struct found *f)
{
	ns known;
	const char *why = engine_load(in->engine, s, f->data + sizeof(struct file_head),
				      f->n - sizeof(struct file_head), &known);

	if (why == NULL)
		in->resumed = known;
	return why;
}

void checkpoint_load(struct instance *in, const struct instance_state *s)
{
	char path[PATH];
	struct arena a[FILES] = { { 0 } };
	struct found f[FILES];
	const char *why = NULL;

	for (uint32_t i = 0; i < FILES; i++)
		read_file(path_of(in, i, path), &a[i], &f[i]);
	uint32_t newer = f[1].seq > f[0].seq;
	in->saved_seq = f[newer].seq;
	for (uint32_t i = 0; i < FILES && in->resumed == 0; i++) {
		const struct found *x = &f[i == 0 ? newer : !newer];
		if (x->data != NULL)
			why = use(in, s, x);
	}
	for (uint32_t i = 0; i < FILES; i++)
		if (a[i].memory != NULL)
			arena_close(&a[i]);
	in->saved = in->resumed != 0;
	in->left_off = in->decided = s->last_decision;
	if (why != NULL)
		log_warn("checkpoint.dropped", "inst=%s why=\"%s\" effect=\"what it has made of "
			 "bars begins anew, with the history that is read\"", in->config.name, why);
}
