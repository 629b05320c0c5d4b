/* Files and TCP, by Landlock; its numbers and forms are in the kernel's documentation, and musl
 * has no header for them. */
#include "run/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "net/url.h"

/* The same on every architecture. */
#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446

#define CAPABILITIES_OF_64_BITS 0x20080522
#define BIND_LOW_PORTS (1u << 10)

#define READ_FILE   (1u << 2)
#define READ_DIR    (1u << 3)
#define READ        (READ_FILE | READ_DIR)
/* Also what is for files alone: execute, write, truncate (3), ioctl of devices (5). */
#define OF_FILES    (1u << 0 | 1u << 1 | READ_FILE | 1u << 14 | 1u << 15)
/* Write and truncate files, remove and make files and folders, rename over folders. */
#define CHANGE      (READ | 1u << 1 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 8 | 1u << 13 | 1u << 14)
#define TCP_BIND    1u
#define TCP_CONNECT 2u
#define ALL_SCOPES  3u		/* abstract sockets, signals: to processes outside */
#define SIGNALS     2u

static struct {
	bool open, whole, inherited, calls, low_port;
	int  abi, files, names;		/* of Landlock; rulesets, or -1 */
} box = { .files = -1, .names = -1 };

static void allow_path(int set, const char *path, uint64_t access)
{
	struct __attribute__((packed)) { uint64_t access; int32_t fd; } rule;
	struct stat st;

	/* It stays open: what lies in /proc is forgotten by the kernel when nobody holds it. */
	int fd = path[0] != '\0' ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	rule.fd = fd;
	rule.access = access;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.access &= OF_FILES;
	/* What this kernel does not handle it need not allow, and does not take. */
	if (box.abi < 3)
		rule.access &= (1u << (box.abi < 2 ? 13 : 14)) - 1;
	if (syscall(ADD_RULE, set, 1, &rule, 0) != 0)
		log_warn("sandbox.path", "path=\"%.200s\" why=\"%s\"", path, strerror(errno));
}

static void allow_port(int set, uint64_t access, uint16_t port)
{
	const struct { uint64_t access, port; } rule = { access, port };

	if (box.abi >= 4 && syscall(ADD_RULE, set, 2, &rule, 0) != 0)
		log_warn("sandbox.port", "port=%u why=\"%s\"", (unsigned)port, strerror(errno));
}

static int new_ruleset(uint64_t scopes)
{
	const struct { uint64_t files, tcp, scopes; } all = {
		(1u << (box.abi < 2 ? 13 : box.abi < 3 ? 14 : box.abi < 5 ? 15 : 16)) - 1,
		TCP_BIND | TCP_CONNECT, scopes,
	};

	return (int)syscall(CREATE_RULESET, &all,
			    box.abi < 4 ? sizeof all.files :
			    box.abi < 6 ? 2 * sizeof all.files : sizeof all, 0);
}

static void allow_upstream(const struct config *c, uint16_t exchange_port)
{
	const char *const urls[] = { c->trading_url, c->data_url, c->stream_url,
				     c->fallback_url };
	char host[CONN_HOST];
	uint16_t port;
	bool tls;

	if (c->mode == MODE_SIM && c->exchange_connect[0] == '\0')
		allow_port(box.files, TCP_CONNECT, exchange_port);
	else if (c->mode == MODE_SIM && port_of(c->exchange_connect, &port) != NULL)
		allow_port(box.files, TCP_CONNECT, port);
	else if (c->mode != MODE_SIM)
		for (size_t i = 0; i < COUNT(urls); i++)
			if (urls[i][0] != '\0' && url_parts(urls[i], host, &port, &tls))
				allow_port(box.files, TCP_CONNECT, port);
}

static void make_rulesets(const struct config *c, uint16_t exchange_port)
{
	uint16_t port;

	/* The supervisor may listen at an abstract socket. */
	box.files = new_ruleset(SIGNALS);
	box.names = new_ruleset(ALL_SCOPES);
	if (box.files < 0 || box.names < 0) {
		box.abi = 0;
		return;
	}
	allow_path(box.files, c->folder, CHANGE);
	allow_path(box.files, c->mode == MODE_SIM ? c->bars : c->ca_file, READ);
	allow_path(box.files, "/proc/self", READ);
	if (c->mode != MODE_SIM)
		allow_path(box.files, c->key_file, READ);	/* SIGHUP reads it again */
	allow_upstream(c, exchange_port);
	if (port_of(c->listen, &port) != NULL)
		allow_port(box.files, TCP_BIND, port);
	allow_path(box.names, "/etc", READ);
	allow_path(box.names, "/run", READ);
	allow_port(box.names, TCP_CONNECT, 53);
}

static void ask_kernel(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, 1);	/* asks for the version */

	box.abi = abi > 0 ? (int)abi : 0;
	box.calls = sandbox_calls_there() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

bool sandbox_open(const struct config *c, uint16_t exchange_port)
{
	uint16_t port = 0;

	box.open = c->sandbox != SANDBOX_OFF;
	box.low_port = port_of(c->listen, &port) != NULL && port > 0 &&
		       port < 1024;
	box.whole = true;
	if (!box.open)
		return true;
	for (uint32_t i = 0; i < c->instances_n; i++)
		if (c->instance_enabled[i] && c->instance[i].strategy->outside)
			box.whole = false;
	ask_kernel();
	if (box.abi > 0)
		make_rulesets(c, exchange_port);
	if (box.abi >= 4 && box.calls) {
		log_info("sandbox", "has=\"%s\"%s", sandbox_text(),
			 box.whole ? "" : " without=\"instances that are programs, and main\"");
		return true;
	}
	log_at(c->sandbox == SANDBOX_REQUIRE ? LOG_ERROR : LOG_WARN, "sandbox.partly",
	       "has=\"%s\" why=\"this kernel has not all of it\" remedy=\"Linux 6.7 with "
	       "CONFIG_SECURITY_LANDLOCK and CONFIG_SECCOMP_FILTER\"", sandbox_text());
	return c->sandbox != SANDBOX_REQUIRE;
}

static bool keep_capabilities(uint32_t these)
{
	struct { uint32_t version; int32_t pid; } self = { CAPABILITIES_OF_64_BITS, 0 };
	struct { uint32_t effective, permitted, inherited; } left[2] = { { these, these, 0 } };

	if (syscall(SYS_capset, &self, left) == 0)
		return true;
	/* A service manager that forbids the call has left none. */
	int error = errno;
	bool none = these == 0 && syscall(SYS_capget, &self, left) == 0 &&
		    (left[0].permitted | left[1].permitted) == 0;
	errno = error;
	return none;
}

/* What root may beyond others: to read and change everybody's files, to trace, to load modules…
 * The page may be at a port that only root can listen at. */
static void drop_capabilities(void)
{
	if (!(box.low_port && keep_capabilities(BIND_LOW_PORTS)) && !keep_capabilities(0))
		log_error("sandbox.failed", "what=capabilities why=\"%s\"", strerror(errno));
}

static void enter(int set)
{
	drop_capabilities();
	if (box.abi > 0 && syscall(RESTRICT_SELF, set, 0) != 0)
		log_error("sandbox.failed", "what=Landlock why=\"%s\"", strerror(errno));
	if (box.calls && !sandbox_calls())
		log_error("sandbox.failed", "what=seccomp why=\"%s\"", strerror(errno));
}

void sandbox_enter(void)
{
	if (box.inherited)
		return;
	if (box.open)
		enter(box.files);
	if (box.whole)
		box.inherited = true;	/* by the threads that main makes then: it is the first */
}

void sandbox_enter_names(void)
{
	if (box.open)
		enter(box.names);
}

void sandbox_shut(void)
{
	box.open = true;
	ask_kernel();
	if (box.abi > 0)
		box.files = new_ruleset(ALL_SCOPES);
	if (box.files < 0)
		box.abi = 0;
	enter(box.files);
}

bool sandbox_whole(void)
{
	return box.whole;
}

const char *sandbox_text(void)
{
	static char words[40];
	struct text t;

	text_init(&t, words, sizeof words);
	if (box.open && box.abi > 0) {
		text_cstr(&t, box.calls ? "seccomp, Landlock " : "Landlock ");
		text_i64(&t, box.abi);
	} else {
		text_cstr(&t, !box.open ? "off" : box.calls ? "seccomp" : "none");
	}
	return text_done(&t);
}
