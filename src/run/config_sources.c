/* Where entries come from: the file, the environment and the command line. */
#include "run/config_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"

/* ---- files */

/* A supervisor starts again what failed, and leaves alone what is not configured. */
bool config_later(void)
{
	return errno != ENOENT && errno != EACCES && errno != ELOOP && errno != ENOTDIR;
}

static void unreadable(struct reader *r)
{
	r->cannot = config_later();
	r->unread = true;
	config_problem(r, NULL, strerror(errno), NULL);
}

/* False: there is no such file. Any other trouble with it is told. */
static bool read_file(struct reader *r, const char *path)
{
	static char memory[FILE_MAX];
	size_t n = 0;
	ssize_t got;
	struct stat st;

	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return false;
	r->file = path;
	if (fd < 0 || fstat(fd, &st) != 0) {
		unreadable(r);
		if (fd >= 0)
			close(fd);
		return true;
	}
	if (!S_ISREG(st.st_mode)) {
		config_problem(r, NULL, "is not a file", NULL);
		r->unread = true;
		close(fd);
		return true;
	}
	r->exposed = (st.st_mode & S_IROTH) != 0;
	do {
		got = read(fd, memory + n, sizeof memory - n);
		if (got > 0)
			n += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	r->unread = n == sizeof memory;
	if (got < 0)
		unreadable(r);
	else if (n == sizeof memory)
		config_problem(r, NULL, "larger than 256 kB", NULL);
	else
		config_read_text(r, (struct str){ memory, n });
	close(fd);
	explicit_bzero(memory, n);	/* there may be a token in it */
	return true;
}

void config_find_file(struct reader *r, const char *path)
{
	if (path != NULL) {
		if (!read_file(r, path)) {
			r->file = path;
			config_problem(r, NULL, "there is no such file", NULL);
		}
	} else if (!read_file(r, "gambler.ini") && !read_file(r, "/etc/gambler/gambler.ini")) {
		r->file = "built in";
		config_read_text(r, asset_text("gambler.ini"));
	}
}

/* ---- command line and environment */

/* "exchange.speed" for "speed". */
static const char *path_of(struct str name, char *memory, size_t size)
{
	const struct key *k = config_find_key(config_keys, (struct str){ "", 0 }, name);
	struct text t;

	if (k == NULL)
		return NULL;
	text_init(&t, memory, size);
	text_cstr(&t, k->section);
	text_char(&t, '.');
	text_cstr(&t, k->name);
	return text_done(&t);
}

/* Columns are counted in the option's text. */
static void option(struct reader *r, struct str section, struct str name, const char *text,
		   struct str value)
{
	uint32_t before = r->n;

	config_add(r, section, name, value, LINE_OPTION);
	if (r->n == before || r->places == PLACES_MAX)
		return;
	r->place[r->places++] = (struct config_place){ .entry = before, .line = LINE_OPTION,
		.column = (uint32_t)(value.s - text) + 1 };
}

/* "risk.day_loss=5%", "instance.NAME.position=500": the key is behind the last point. */
void config_override(struct reader *r, const char *text)
{
	struct str value = str_of(text);
	struct str path = str_cut(&value, '=');
	bool whole = path.n < strlen(text);
	struct entry e = { .name = path = str_trim(path), .line = LINE_OPTION };
	size_t point = path.n;
	char section[SECTION_MAX], hint[64];
	struct text t;

	while (point > 0 && path.s[point - 1] != '.')
		point--;
	if (!whole || point < 2 || point == path.n) {
		config_problem(r, &e, "is not section.key=value",
			       whole && point == 0 ? path_of(path, hint, sizeof hint) : NULL);
		return;
	}
	struct str name = { path.s + point, path.n - point }, rest = { path.s, point - 1 };
	struct str first = str_cut(&rest, '.');
	text_init(&t, section, sizeof section);
	text_add(&t, first);
	if (rest.n > 0) {
		text_char(&t, ' ');	/* [instance NAME] */
		text_add(&t, rest);
	}
	if (t.full)
		config_problem(r, &e, "is too long for section.key=value", NULL);
	else
		option(r, text_str(&t), name, text, str_trim(value));
}

void config_environment(struct reader *r)
{
	static const struct str prefix = { "GAMBLER_", 8 };
	char lower[80];

	for (char **v = environ; v != NULL && *v != NULL; v++) {
		struct str value = str_of(*v), name = str_cut(&value, '=');
		if (!str_starts(name, prefix) || name.n - prefix.n > sizeof lower)
			continue;
		name = (struct str){ name.s + prefix.n, name.n - prefix.n };
		for (size_t i = 0; i < name.n; i++)
			lower[i] = name.s[i] >= 'A' && name.s[i] <= 'Z' ?
				(char)(name.s[i] + 'a' - 'A') : name.s[i];
		struct str key = { lower, name.n };
		struct str section = str_cut(&key, '_');
		if (key.n == 0 || !config_known_section(section))
			continue;	/* somebody else's, as GAMBLER_USER of the init script */
		config_add(r, section, key, value, LINE_ENVIRONMENT);
		const struct key *k = config_find_key(config_keys, section, key);
		if (k != NULL && k->type == KEY_SECRET)
			explicit_bzero(*v + (value.s - *v), value.n);
	}
}
