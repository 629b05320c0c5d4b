/* Modes, keys and addresses. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/run_config.h"

#define KEY    "PKTEST0123456789ABCD"
#define SECRET "a-secret-of-forty-characters-or-about-it"

static void give_keys(const char *key, const char *secret)
{
	clean_environment();
	setenv("APCA_API_KEY_ID", key, 1);
	setenv("APCA_API_SECRET_KEY", secret, 1);
}

/* ---- modes */

static void check_mode(const char *lines, bool keys, enum mode want, bool fell_back)
{
	static char text[1024];
	struct text t;

	text_init(&t, text, sizeof text);
	text_cstr(&t, CONFIG_BASE "[account]\n");
	text_cstr(&t, lines);
	if (keys)
		give_keys(KEY, SECRET);
	else
		clean_environment();
	const struct config *c = load_good(text_done(&t), NULL);
	CHECK_INT(c->mode, want, "%s with%s keys", lines, keys ? "" : "out");
	CHECK_INT(c->mode_fell_back, fell_back, "%s with%s keys", lines, keys ? "" : "out");
	text_init(&t, text, sizeof text);
	text_cstr(&t, "gambler.data/");
	text_cstr(&t, mode_text(want));
	CHECK_TEXT(c->folder, text_done(&t), "each mode has its folder");
	CHECK_TEXT(c->keys.id.text, want == MODE_SIM ? "PKSIM" : KEY,
		"the broker's key is only the broker's");
	CHECK_TEXT(c->trading_url, want == MODE_LIVE ? "https://api.alpaca.markets" :
		   "https://paper-api.alpaca.markets", "the address of %s", lines);
}

void test_config_modes(void)
{
	check_mode("mode = auto\n", false, MODE_SIM, false);
	check_mode("mode = auto\n", true, MODE_PAPER, false);
	check_mode("mode = sim\n", false, MODE_SIM, false);
	check_mode("mode = sim\n", true, MODE_SIM, false);
	check_mode("mode = paper\n", false, MODE_SIM, true);
	check_mode("mode = paper\n", true, MODE_PAPER, false);
	check_mode("mode = live\nlive = yes-i-mean-it\n", true, MODE_LIVE, false);
	check_mode("live = yes-i-mean-it\n", true, MODE_PAPER, false);
}

void test_config_live_is_refused(void)
{
	give_keys(KEY, SECRET);
	load(CONFIG_BASE "[account]\nmode = live\n", NULL);
	CHECK_STR(problems(), "x.ini:7: [account] mode: real money wants live = yes-i-mean-it "
		"beside it",
		  "live without the words");
	clean_environment();
	load(CONFIG_BASE "[account]\nmode = live\nlive = yes-i-mean-it\n", NULL);
	CHECK_STR(problems(), "x.ini:7: [account] mode: live needs keys: APCA_API_KEY_ID and "
		  "APCA_API_SECRET_KEY in the environment, or key_file", "live without keys");
	give_keys(KEY, SECRET);
	load(CONFIG_BASE "[account]\nmode = paper\ntrading_url = https://API.alpaca.markets./v2\n",
		NULL);
	CHECK_STR(problems(), "x.ini:8: [account] trading_url: there real money is traded: that "
		  "wants mode = live", "paper at the address of live");
}

void test_config_urls(void)
{
	static const struct { const char *url; bool good; } all[] = {
		{ "https://paper-api.alpaca.markets", true }, { "https://h:8443/x", true },
		{ "http://127.0.0.1:9190", true }, { "http://localhost:1", true },
		{ "http://example.org", false }, { "paper-api.alpaca.markets", false },
		{ "https://", false }, { "https:///x", false }, { "https://h:0", false },
		{ "https://h:65536", false }, { "https://h:x", false }, { "ftp://h", false },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		char memory[128];
		struct text t;
		text_init(&t, memory, sizeof memory);
		text_cstr(&t, "account.trading_url=");
		text_cstr(&t, all[i].url);
		const char *const sets[] = { text_done(&t), NULL };
		give_keys(KEY, SECRET);
		load(CONFIG_BASE, sets);
		CHECK_INT(loaded.err, all[i].good ? OK : ERR_CONFIG, "%s", all[i].url);
	}
	clean_environment();
}

/* ---- listen */

void test_config_listen(void)
{
	static const struct { const char *listen; bool plain, token; } all[] = {
		{ "", true, true }, { "127.0.0.1:9090", true, true }, { "127.0.0.1:0", true, true },
		{ "[::1]:80", true, true }, { "localhost:8080", true, true },
		{ "0.0.0.0:9090", false, true }, { ":9090", false, true }, { "[::]:9090", false,
		  true },
		{ "192.168.1.2:9090", false, true }, { "127.0.0.1", false, false },
		{ "127.0.0.1:", false, false }, { "127.0.0.1:65536", false, false },
		{ "127.0.0.1:9x", false, false }, { "9090", false, false },
		{ "example.org:9090", false, false }, { "127.evil.org:9090", false, false },
		{ "::1:9090", false, false }, { "[::1]9090", false, false }, { "1.2.3:9090", false,
		  false },
	};

	clean_environment();
	for (size_t i = 0; i < COUNT(all); i++) {
		char memory[128];
		struct text t;
		text_init(&t, memory, sizeof memory);
		text_cstr(&t, "server.listen=");
		text_cstr(&t, all[i].listen);
		const char *const sets[] = { text_done(&t), "server.token=0123456789012345678901",
			NULL };
		const char *const plain[] = { sets[0], NULL };
		load(CONFIG_BASE, plain);
		CHECK_INT(loaded.err, all[i].plain ? OK : ERR_CONFIG, "listen = %s", all[i].listen);
		load(CONFIG_BASE, sets);
		CHECK_INT(loaded.err, all[i].token ? OK : ERR_CONFIG, "listen = %s, with a token",
			  all[i].listen);
	}
}

/* ---- secrets */

void test_config_environment_is_wiped(void)
{
	static const char *const names[] = {
		"APCA_API_KEY_ID", "APCA_API_SECRET_KEY", "GAMBLER_SERVER_TOKEN",
	};

	give_keys(KEY, SECRET);
	setenv("GAMBLER_SERVER_TOKEN", "0123456789012345678901", 1);
	const char *seen[COUNT(names)];
	for (size_t i = 0; i < COUNT(names); i++)
		seen[i] = getenv(names[i]);
	load_good(CONFIG_BASE, NULL);
	CHECK_TEXT(loaded.c.keys.id.text, KEY, "the key is taken");
	CHECK_TEXT(loaded.c.keys.secret.text, SECRET, "the secret, too");
	CHECK_TEXT(loaded.c.token.text, "0123456789012345678901", "and the token");
	for (size_t i = 0; i < COUNT(names); i++)
		CHECK_TEXT(seen[i], "", "%s is wiped where it was", names[i]);
	clean_environment();
	setenv("ALPACA_API_KEY", KEY, 1);
	setenv("ALPACA_SECRET_KEY", "  " SECRET " ", 1);
	load_good(CONFIG_BASE, NULL);
	CHECK_TEXT(loaded.c.keys.id.text, KEY, "the other name");
	CHECK_TEXT(loaded.c.keys.secret.text, SECRET, "without blanks");
}

void test_config_half_a_pair(void)
{
	static char big[200];

	give_keys(KEY, SECRET);
	unsetenv("APCA_API_SECRET_KEY");
	load(CONFIG_BASE, NULL);
	CHECK_STR(problems(), "x.ini: environment: APCA_API_KEY_ID is set, but not "
		  "APCA_API_SECRET_KEY", "a key without its secret");
	memset(big, 'x', sizeof big - 1);
	give_keys(KEY, big);
	load(CONFIG_BASE, NULL);
	CHECK_STR(problems(), "x.ini: environment: a key of more than 127 characters",
		"a long one");
	give_keys("", "");
	load_good(CONFIG_BASE, NULL);
	CHECK_INT(loaded.c.mode, MODE_SIM, "empty ones are none");
	clean_environment();
}

static char folder[64];

static void new_folder(void)
{
	bool fits = str_copy(folder, sizeof folder, STR("/tmp/gambler-config-XXXXXX"));

	assert(fits);
	char *made = mkdtemp(folder);
	assert(made != NULL);
}

static void remove_folder(void)
{
	DIR *d = opendir(folder);
	const struct dirent *e;

	assert(d != NULL);
	while ((e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	CHECK_INT(rmdir(folder), 0, "nothing is left");
	clean_environment();
}

/* Writes folder/name with that mode, and says [account] key_file = of it. */
static const char *key_file(const char *name, const char *content, mode_t mode)
{
	static char set[128];
	struct text t;

	text_init(&t, set, sizeof set);
	text_cstr(&t, "account.key_file=");
	size_t at = t.n;
	text_cstr(&t, folder);
	text_cstr(&t, name);
	text_done(&t);
	FILE *f = fopen(set + at, "w");
	assert(f != NULL);
	fputs(content, f);
	fclose(f);
	int bad = chmod(set + at, mode);
	assert(bad == 0);
	return set;
}

static void check_key_file(const char *set, const char *want)
{
	const char *const sets[] = { set, NULL };

	load(CONFIG_BASE, sets);
	if (want == NULL) {
		CHECK_STR(problems(), "", "%s", set);
		CHECK_TEXT(loaded.c.keys.id.text, KEY, "the key of %s", set);
		CHECK_TEXT(loaded.c.keys.secret.text, SECRET, "the secret of %s", set);
		CHECK_INT(loaded.c.mode, MODE_PAPER, "keys are for paper");
		return;
	}
	CHECK_INT(loaded.n, 1, "one problem with %s", set);
	CHECK(strstr(loaded.problem[0].text, want) != NULL, "%s", loaded.problem[0].text);
	CHECK(strstr(loaded.problem[0].text, SECRET) == NULL, "the secret is not told");
}

#define LINES "APCA_API_KEY_ID=" KEY "\nAPCA_API_SECRET_KEY=" SECRET "\n"

void test_config_key_file(void)
{
	char link[128], target[128];
	struct text t;

	clean_environment();
	new_folder();
	check_key_file(key_file("/good", LINES, 0600), NULL);
	check_key_file(key_file("/export", "# of paper\r\n APCA_API_SECRET_KEY = " SECRET "\r\n\r\n"
				"ALPACA_API_KEY = " KEY "\r\n", 0400), NULL);
	check_key_file(key_file("/open", LINES, 0640),
		"/open: others can read the keys in it: chmod 600");
	check_key_file(key_file("/wide", LINES, 0604),
		"/wide: others can read the keys in it: chmod 600");
	check_key_file(key_file("/half", "APCA_API_KEY_ID=" KEY "\n", 0600),
		"/half: lacks APCA_API_KEY_ID");
	check_key_file(key_file("/empty", "", 0600), "/empty: lacks APCA_API_KEY_ID");
	text_init(&t, target, sizeof target);
	text_cstr(&t, folder);
	text_cstr(&t, "/good");
	text_done(&t);
	text_init(&t, link, sizeof link);
	text_cstr(&t, "account.key_file=");
	text_cstr(&t, folder);
	text_cstr(&t, "/link");
	text_done(&t);
	CHECK_INT(symlink(target, strchr(link, '/')), 0, "a link");
	check_key_file(link, "/link: is a symbolic link");
	CHECK_INT(unlink(strchr(link, '/')), 0, "no link");
	check_key_file(link, "/link: No such file");
	text_init(&t, link, sizeof link);
	text_cstr(&t, "account.key_file=");
	text_cstr(&t, folder);
	check_key_file(text_done(&t), "is not a small file of two lines");
	give_keys("PKOTHER", "other");
	const char *const sets[] = { key_file("/good", LINES, 0600), NULL };
	load_good(CONFIG_BASE, sets);
	CHECK_TEXT(loaded.c.keys.id.text, "PKOTHER", "the environment goes before the file");
	remove_folder();
}

/* A credential of systemd, whose access list shows as bits of the group. */
void test_config_credentials(void)
{
	clean_environment();
	new_folder();
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	load_good(CONFIG_BASE, NULL);
	CHECK_INT(loaded.c.mode, MODE_SIM, "a folder without keys");
	(void)key_file("/keys", LINES, 0440);
	load_good(CONFIG_BASE, NULL);
	CHECK_TEXT(loaded.c.keys.id.text, KEY, "keys of the service");
	(void)key_file("/keys", LINES, 0444);
	load(CONFIG_BASE, NULL);
	CHECK_INT(loaded.n, 1, "not when all can read them");
	remove_folder();
}

/* ---- files */

/* What fails for a moment is not what a supervisor leaves alone. */
static void no_descriptors(const char *path)
{
	struct rlimit before, none;

	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0, "the limit is read");
	none = before;
	none.rlim_cur = 3;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0, "and set");
	loaded.err = config_load(&loaded.c, path, NULL, loaded.problem, &loaded.n);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0, "and put back");
	CHECK_INT(loaded.err, ERR_IO, "a file that may be opened later is no bad configuration");
	CHECK_INT(loaded.n, 1, "and one sentence says so, not one about what is not in it");
}

void test_config_files(void)
{
	char path[128];
	struct text t;

	clean_environment();
	new_folder();
	text_init(&t, path, sizeof path);
	text_cstr(&t, folder);
	text_cstr(&t, "/a.ini");
	text_done(&t);
	loaded.err = config_load(&loaded.c, path, NULL, loaded.problem, &loaded.n);
	CHECK_INT(loaded.err, ERR_CONFIG, "a file that is not there");
	CHECK(strstr(loaded.problem[0].text, "/a.ini: there is no such file") != NULL, "%s",
	      loaded.problem[0].text);
	(void)key_file("/a.ini", CONFIG_BASE "[risk]\nday_loss = 2%\n", 0644);
	loaded.err = config_load(&loaded.c, path, NULL, loaded.problem, &loaded.n);
	CHECK_INT(loaded.err, OK, "a file");
	CHECK_INT(loaded.c.account_limits.day_loss_bp, 200, "is read");
	CHECK_TEXT(loaded.c.file, path, "and named");
	no_descriptors(path);
	loaded.err = config_load(&loaded.c, folder, NULL, loaded.problem, &loaded.n);
	CHECK(strstr(loaded.problem[0].text, ": is not a file") != NULL, "a folder: %s",
	      loaded.problem[0].text);
	remove_folder();
}
