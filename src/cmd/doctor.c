/* doctor.c: `gambler doctor`: is this machine, this configuration and this folder as trading wants
 * them; a line each, with the remedy. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/keys.h"
#include "base/log.h"
#include "base/time.h"
#include "cmd/client.h"
#include "net/client.h"
#include "net/tls.h"
#include "net/url.h"
#include "run/sandbox.h"
#include "store/store.h"

#define DISK_MIN  ((uint64_t)200 << 20)	/* a year of a busy store, and its backup */
#define FILES_MIN 256u			/* 64 browsers, the streams, the store; twice */
#define SKEW_MAX  (2 * NS_SECOND)	/* bars are decided on within seconds of their end */
#define PATIENCE  (10 * NS_SECOND)

enum verdict { GOOD, POOR, BAD };	/* POOR: it trades, but know it */

struct doctor { struct text json; bool as_json; enum verdict worst; char memory[8192]; };

static void say(struct doctor *d, const char *what, enum verdict v, const char *is,
		const char *remedy)
{
	static const char *const words[] = { "good", "poor", "BAD" };

	if (v > d->worst)
		d->worst = v;
	if (!d->as_json) {
		printf("%-4s  %-9s %s%s%s\n", words[v], what, is, v != GOOD ? "; " : "",
		       v != GOOD ? remedy : "");
		return;
	}
	json_object(&d->json);
	key_text(&d->json, "check", what);
	key_text(&d->json, "verdict", v == BAD ? "bad" : words[v]);
	key_text(&d->json, "is", is);
	key_text(&d->json, "remedy", v != GOOD ? remedy : NULL);
	json_end_object(&d->json);
}

/* ---- the sandbox, tried from within */

enum { READ_FILE = 1, EXECUTED = 2, TRACED = 4, RAW_SOCKET = 8, FORKED = 16, CONNECTED = 32 };
static const char *const could[] = { "read /etc/passwd", "start a program", "trace a process",
				     "open a raw socket", "make a process", "connect anywhere" };

static int try_all(const struct config *c)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = 0x0900 };	/* 9, discard */
	int can = 0;

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!sandbox_open(c, 0))
		return 0x40;
	sandbox_enter();
	can |= open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? READ_FILE : 0;
	can |= socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0 ? RAW_SOCKET : 0;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (connect(fd, (const struct sockaddr *)&any, sizeof any) == 0 ||
			errno != EACCES))
		can |= CONNECTED;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0 && waitpid(pid, NULL, 0) == pid)
		can |= FORKED;
	/* In a way that does nothing when it works: there is no such program. */
	(void)execl("/nothing/there", "nothing", (char *)NULL);
	can |= errno != EPERM ? EXECUTED : 0;
	/* The last: who is traced stops at each signal. */
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? can | TRACED : can;
}

static void sandbox(struct doctor *d, const struct config *c)
{
	char memory[300];
	struct text t;
	int status = 0;

	text_init(&t, memory, sizeof memory);
	(void)fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(try_all(c));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		say(d, "sandbox", BAD, "could not be tried", "see `gambler log`");
		return;
	}
	int can = WEXITSTATUS(status);
	bool wanted = sandbox_open(c, 0);
	text_cstr(&t, sandbox_text());
	text_cstr(&t, can == 0 ? ": what it must not do it cannot" : ": within it one can");
	for (size_t i = 0; i < COUNT(could); i++)
		if ((can & 1 << i) != 0) {
			text_cstr(&t, " ");
			text_cstr(&t, could[i]);
			text_cstr(&t, ",");
		}
	if (!sandbox_whole())
		text_cstr(&t, "; instances that are programs stay outside");
	say(d, "sandbox", can == 0 ? GOOD : wanted ? POOR : BAD, text_done(&t),
	    c->sandbox == SANDBOX_OFF ? "[run] sandbox = auto" :
	    "Linux 6.7 or newer with CONFIG_SECURITY_LANDLOCK and CONFIG_SECCOMP_FILTER");
}

/* What the one that runs says of itself. */
static void running(struct doctor *d, struct api *a)
{
	char word[40];
	struct str document;

	if (!a->running)
		say(d, "running", GOOD, "none", "");
	else if (api_get(a, "/status", false, &document) != 0)
		say(d, "running", POOR, "it does not tell", "what it said above");
	else if (!api_value(document, "sandbox", word, sizeof word) ||
		 !str_starts(str_of(word), STR("seccomp, Landlock")))
		say(d, "running", POOR, "one runs, with less than the whole sandbox",
		    "[run] sandbox = auto, and a newer kernel");
	else
		say(d, "running", GOOD, "one runs, in its sandbox", "");
}

/* ---- the process and the machine */

static void limits(struct doctor *d)
{
	struct rlimit files = { 0, 0 }, core = { 1, 1 };
	char memory[80];
	struct text t;
	uint8_t some;

	(void)getrlimit(RLIMIT_NOFILE, &files);
	(void)getrlimit(RLIMIT_CORE, &core);
	text_init(&t, memory, sizeof memory);
	text_u64(&t, files.rlim_cur);
	text_cstr(&t, " descriptors");
	say(d, "limits", files.rlim_cur >= FILES_MIN ? GOOD : BAD, text_done(&t),
	    "ulimit -n 1024; LimitNOFILE= in the unit");
	bool none = core.rlim_cur == 0 && prctl(PR_GET_DUMPABLE) == 0;
	say(d, "core", none ? GOOD : BAD, none ? "no core files, and no other process may look in" :
	    "a crash would leave the keys in a file", "ulimit -c 0; LimitCORE=0 in the unit");
	bool chance = getrandom(&some, 1, GRND_NONBLOCK) == 1;
	say(d, "chance", chance ? GOOD : BAD, chance ? "the kernel has random numbers" :
	    "the kernel has gathered no random numbers yet", "wait; a hardware generator");
}

static void disk(struct doctor *d, const char *folder)
{
	char memory[CONFIG_TEXT + 60], path[CONFIG_TEXT];
	struct statvfs v;
	struct text t;

	/* Where it will be, when it is not there yet. */
	bool fits = str_copy(path, sizeof path, str_of(folder)), there;
	assert(fits);
	while (!(there = statvfs(path, &v) == 0) && strrchr(path, '/') != NULL)
		*strrchr(path, '/') = '\0';
	if (!there && statvfs(".", &v) != 0) {
		say(d, "disk", BAD, strerror(errno), "[store] folder on a disk that is there");
		return;
	}
	uint64_t room = (uint64_t)v.f_bavail * v.f_frsize;
	text_init(&t, memory, sizeof memory);
	text_u64(&t, room >> 20);
	text_cstr(&t, " MB free for ");
	text_cstr(&t, folder);
	if ((v.f_flag & ST_RDONLY) != 0)
		text_cstr(&t, ", read-only");
	say(d, "disk", (v.f_flag & ST_RDONLY) != 0 ? BAD : room >= DISK_MIN ? GOOD : POOR,
	    text_done(&t), "200 MB or more, and writable");
}

static void store(struct doctor *d, const char *folder)
{
	char why[STORE_WHY] = "", memory[80];
	struct store_stats figures;
	struct store *s;
	struct text t;

	/* Modes, symbolic links, each page and each record are looked at on the way. */
	enum err e = store_open(&s, folder, STORE_READ, why);
	if (e == ERR_NOTFOUND) {
		say(d, "store", GOOD, "none yet: the first run makes it", "");
		return;
	}
	if (e != OK) {
		say(d, "store", BAD, why, "what it says, or another [store] folder");
		return;
	}
	store_figures(s, &figures);
	store_close(s);
	text_init(&t, memory, sizeof memory);
	text_u64(&t, figures.records);
	text_cstr(&t, " records, all as they were written; modes as they should be");
	say(d, "store", GOOD, text_done(&t), "");
}

/* ---- the broker */

static void keys(struct doctor *d, const struct config *c)
{
	static const char *const from[] = {
		"none are needed: the exchange is inside",
		"from the environment, where this user's other processes could read them before",
		"from a file of mode 0600", "from systemd's credentials",
	};

	say(d, "keys", c->keys_from == KEYS_ENVIRONMENT ? POOR : GOOD, from[c->keys_from],
	    "[account] key_file, or LoadCredential= in the unit");
}

static void user(struct doctor *d)
{
	bool root = geteuid() == 0;

	say(d, "user", root ? POOR : GOOD, root ? "root, who may do everything until the sandbox "
	    "is entered" : "not root", "a user of its own: gambler init systemd, or openrc");
}

static const char *ask(const struct config *c, ns *theirs, ns *ours)
{
	static struct http_client http;
	static char in[65536], out[8192], why[200];
	char host[CONN_HOST], head[600], word[64];
	struct tls_roots *roots = NULL;
	struct http_result r = { .err = OK };
	struct tls *tls = NULL;
	uint16_t port;
	bool secure;
	struct text t;

	if (!url_parts(c->trading_url, host, &port, &secure))
		return "trading_url is no address";
	if (secure && (tls_roots_open(&roots, c->ca_file[0] != '\0' ? c->ca_file : NULL, why,
				      sizeof why) != OK || tls_new(&tls, roots) != OK))
		return why;
	http_client_init(&http, host, port, tls, in, sizeof in, out, sizeof out);
	text_init(&t, head, sizeof head);
	text_cstr(&t, "GET /v2/clock HTTP/1.1\r\nAPCA-API-KEY-ID: ");
	text_cstr(&t, c->keys.id.text);
	text_cstr(&t, "\r\nAPCA-API-SECRET-KEY: ");
	text_cstr(&t, c->keys.secret.text);
	text_cstr(&t, "\r\n");
	if (t.full || http_client_send(&http, text_str(&t), STR(""), true, PATIENCE) != OK)
		return http.conn.why;
	explicit_bzero(head, sizeof head);
	while (!http_client_step(&http, &r)) {
		struct pollfd p = { -1, 0, 0 };
		ns deadline = 0;
		bool wait = http_client_poll(&http, &p.fd, &p.events, &deadline);
		(void)poll(&p, 1, wait ? 20 : 1);
	}
	*ours = wall_ns();
	if (r.err != OK)
		return r.why;
	if (r.status == 401 || r.status == 403)
		return "it does not take these keys (paper and live have their own)";
	if (r.status != 200 || !api_value(r.body, "timestamp", word, sizeof word) ||
	    rfc3339_parse(theirs, str_of(word)) != OK)
		return "it answers, but not as Alpaca does";
	return NULL;
}

static void broker(struct doctor *d, const struct config *c)
{
	char memory[CONFIG_TEXT + 240];
	ns theirs = 0, ours = 0;
	struct text t;

	text_init(&t, memory, sizeof memory);
	if (c->mode == MODE_SIM) {
		say(d, "broker", GOOD, "the exchange is inside, or on this machine", "");
		return;
	}
	const char *why = ask(c, &theirs, &ours);
	text_cstr(&t, c->trading_url);
	text_cstr(&t, why == NULL ? " answers and takes the keys" : ": ");
	text_cstr(&t, why == NULL ? "" : why);
	say(d, "broker", why == NULL ? GOOD : BAD, text_done(&t),
	    "network, name server, clock and keys");
	if (why != NULL)
		return;
	text_init(&t, memory, sizeof memory);
	ns skew = ours - theirs;
	text_i64(&t, skew / NS_MS);
	text_cstr(&t, " ms ahead of the broker's");
	say(d, "clock", skew < SKEW_MAX && skew > -SKEW_MAX ? GOOD : BAD, text_done(&t),
	    "timedatectl set-ntp true, or chronyd");
}

static void listens(struct doctor *d, const struct config *c)
{
	bool token = c->token.text[0] != '\0';

	if (c->listen[0] == '\0')
		say(d, "dashboard", GOOD, "none", "");
	else
		say(d, "dashboard", GOOD, token ? "wants its token" : "for this machine only", "");
}

static struct doctor doctor;

int cmd_doctor(int argc, char **argv)
{
	struct doctor *d = &doctor;
	struct options o;
	struct api a;

	guard_process();
	int code = api_open(&a, &o, argc, argv, NULL, NULL);
	if (code == 0 && o.argc > 0)
		code = usage_error("doctor", "takes no words", o.argv[0]);
	if (code != 0)
		return code;
	const struct config *c = api_config();
	log_init(LOG_ERROR, NULL, false);
	d->as_json = o.json;
	text_init(&d->json, d->memory, sizeof d->memory);
	json_array(&d->json);
	running(d, &a);
	sandbox(d, c);
	limits(d);
	disk(d, c->folder);
	store(d, c->folder);
	keys(d, c);
	user(d);
	listens(d, c);
	broker(d, c);
	json_end_array(&d->json);
	if (d->as_json)
		puts(text_done(&d->json));
	return d->worst == BAD ? EXIT_FAILED : EXIT_DONE;
}
