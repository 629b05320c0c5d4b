/* Keys: from the environment (which is wiped), a systemd credential, or a 0600 file. */
#include "run/config_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(char *why, size_t size, const char *path, const char *words)
{
	text_where(why, size, path, words);
	return false;
}

void config_digest(const struct secret *s, uint8_t out[static SHA256_SIZE])
{
	struct str text = str_of(s->text), all = text;

	if (!str_starts(all, TOKEN_DIGEST)) {
		sha256_of(out, &text, 1);
		return;
	}
	(void)str_cut(&text, ':');
	assert(text.n == 2 * SHA256_SIZE);	/* config_read_value has seen to it */
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned char)text.s[i];
		digit = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
		out[i / 2] = (uint8_t)((i & 1) * 16u * out[i / 2] + digit);
	}
}

/* Copies the variable and overwrites it, so that /proc/PID/environ shows nothing. False:
 * it is longer than any key. */
static bool take(struct secret *s, const char *name)
{
	char *value = getenv(name);
	bool fits = true;

	if (value == NULL || value[0] == 0)
		return true;
	if (s->text[0] == 0)
		fits = str_copy(s->text, sizeof s->text, str_trim(str_of(value)));
	explicit_bzero(value, strlen(value));
	return fits;
}

static void take_line(struct keys *k, struct str line)
{
	struct str value = line;
	struct str name = str_trim(str_cut(&value, '='));
	struct secret *s = NULL;

	value = str_trim(value);
	if (value.n > 0 && value.s[value.n - 1] == '\r')
		value.n--;
	if (str_eq(name, STR("APCA_API_KEY_ID")) || str_eq(name, STR("ALPACA_API_KEY")))
		s = &k->id;
	else if (str_eq(name, STR("APCA_API_SECRET_KEY")) || str_eq(name, STR("ALPACA_SECRET_KEY")))
		s = &k->secret;
	else if (str_eq(name, STR("FINNHUB_API_KEY")))
		s = &k->fallback;
	if (s != NULL && s->text[0] == 0 && !str_copy(s->text, sizeof s->text, value))
		s->text[0] = 0;
}

/* forbidden: bits of the mode that would let others read it. */
static bool read_keys(struct keys *k, const char *path, mode_t forbidden, bool *cannot,
		      char *why, size_t size)
{
	char memory[2048];
	struct stat st;

	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		*cannot = config_later();
		return fail(why, size, path,
			    errno == ELOOP ? "is a symbolic link" : strerror(errno));
	}
	*cannot = fstat(fd, &st) != 0;
	bool ok = !*cannot && S_ISREG(st.st_mode);
	if (ok && (st.st_mode & forbidden) != 0) {
		close(fd);
		return fail(why, size, path, "others can read the keys in it: chmod 600 it");
	}
	ssize_t n = ok ? read(fd, memory, sizeof memory) : -1;
	*cannot |= ok && n < 0;
	close(fd);
	if (n < 0 || n == (ssize_t)sizeof memory)
		return fail(why, size, path, "is not a small file of two lines");
	struct str rest = { memory, (size_t)n };
	while (rest.n > 0)
		take_line(k, str_cut(&rest, '\n'));
	explicit_bzero(memory, sizeof memory);
	if (k->id.text[0] == 0 || k->secret.text[0] == 0)
		return fail(why, size, path, "lacks APCA_API_KEY_ID=… or APCA_API_SECRET_KEY=…");
	return true;
}

/* systemd's credential is a copy that it made at the start. */
bool config_keys_again(struct config *c, char *why, size_t why_size)
{
	struct keys *k = &c->fresh;
	bool cannot;

	explicit_bzero(k, sizeof *k);
	if (c->mode == MODE_SIM || c->keys_from != KEYS_FILE)
		return fail(why, why_size, "keys", "they are from no key_file: restart");
	bool ok = read_keys(k, c->key_file, 077, &cannot, why, why_size);
	if (!ok)
		explicit_bzero(k, sizeof *k);
	else if (k->fallback.text[0] == 0)
		k->fallback = c->keys.fallback;
	return ok;
}

bool config_secrets(struct config *c, bool *cannot, char *why, size_t why_size)
{
	char path[CONFIG_TEXT + 32];
	struct text t;
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct keys *k = &c->keys;
	const struct { struct secret *s; const char *name; } known[] = {
		{ &k->id, "APCA_API_KEY_ID" }, { &k->id, "ALPACA_API_KEY" },
		{ &k->secret, "APCA_API_SECRET_KEY" }, { &k->secret, "ALPACA_SECRET_KEY" },
		{ &k->fallback, "FINNHUB_API_KEY" },
	};
	bool fits = true;

	for (size_t i = 0; i < COUNT(known); i++)
		if (!take(known[i].s, known[i].name))
			fits = false;
	bool id = k->id.text[0] != 0, secret = k->secret.text[0] != 0;

	if (!fits)
		return fail(why, why_size, "environment", "a key of more than 127 characters");
	if (id && secret) {
		c->keys_from = KEYS_ENVIRONMENT;
		return true;
	}
	if (id || secret)		/* half of a pair and half of another would be a mess */
		return fail(why, why_size, "environment", id ?
			    "APCA_API_KEY_ID is set, but not APCA_API_SECRET_KEY" :
			    "APCA_API_SECRET_KEY is set, but not APCA_API_KEY_ID");
	c->keys_from = KEYS_FILE;
	if (c->key_file[0] != 0)
		return read_keys(k, c->key_file, 077, cannot, why, why_size);
	c->keys_from = KEYS_NONE;
	if (folder == NULL)
		return true;
	text_init(&t, path, sizeof path - 1);
	text_cstr(&t, folder);
	text_cstr(&t, "/keys");		/* LoadCredential=keys:… in the unit */
	path[t.n] = 0;
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return true;
	c->keys_from = KEYS_CREDENTIAL;
	/* systemd gives the file by an access list, which shows as the group's bits. */
	return read_keys(k, path, 07, cannot, why, why_size);
}
