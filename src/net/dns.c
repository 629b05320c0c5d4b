#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/dns_inner.h"
#include "net/say.h"

#define DNS_TICKETS 16
#define DNS_NAMES   16		/* remembered */
#define DNS_HOST    128
#define DNS_STACK   ((size_t)512 * 1024)

/* FREE -> WAITING -> WORKING -> DONE -> FREE; a forgotten WORKING one becomes free
 * when the thread comes back with it. */
enum ticket_state { FREE, WAITING, WORKING, DONE };

struct ticket {
	enum ticket_state state;
	bool     forgotten, has_fd;
	int      fd;			/* eventfd, kept over uses */
	uint16_t port;
	ns       asked;
	char     host[DNS_HOST];
	enum err err;
	char     why[80];
	struct dns_answer answer;
};

struct remembered {
	char     host[DNS_HOST];	/* empty: unused */
	ns       when;
	struct dns_answer answer;	/* ports are those of the first who asked */
};

static struct {
	pthread_mutex_t   lock;
	pthread_cond_t    work;
	void            (*first)(void);
	bool              running;
	dns_lookup       *lookup;	/* tests' own */
	struct ticket     ticket[DNS_TICKETS];
	struct remembered name[DNS_NAMES];
} dns = { .lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };

union address {
	struct sockaddr     any;
	struct sockaddr_in  v4;
	struct sockaddr_in6 v6;
	uint8_t             bytes[28];
};

static_assert(sizeof(union address) == sizeof ((struct dns_answer *)0)->address[0],
	      "dns_answer holds either family");

static void lock(void)
{
	int e = pthread_mutex_lock(&dns.lock);
	assert(e == 0);
}

static void unlock(void)
{
	int e = pthread_mutex_unlock(&dns.lock);
	assert(e == 0);
}

static void add_address(struct dns_answer *a, const union address *one)
{
	if (a->n < DNS_ADDRESSES)
		memcpy(a->address[a->n++], one->bytes, sizeof one->bytes);
}

static void set_port(struct dns_answer *a, uint16_t port)
{
	for (uint32_t i = 0; i < a->n; i++) {
		union address one;
		memcpy(one.bytes, a->address[i], sizeof one.bytes);
		if (one.any.sa_family == AF_INET6)
			one.v6.sin6_port = htons(port);
		else
			one.v4.sin_port = htons(port);
		memcpy(a->address[i], one.bytes, sizeof one.bytes);
	}
}

static bool is_localhost(const char *host)
{
	const char *local = "localhost";
	size_t n = strlen(host), m = strlen(local);
	if (n > 1 && host[n - 1] == '.')
		n--;
	return n >= m && memcmp(host + n - m, local, m) == 0
		&& (n == m || host[n - m - 1] == '.');
}

/* Numeric addresses, also in [brackets], and what RFC 6761 reserves for loopback. */
static bool answer_at_once(const char *host, struct dns_answer *a)
{
	union address v4 = { .v4 = { .sin_family = AF_INET } };
	union address v6 = { .v6 = { .sin6_family = AF_INET6 } };
	*a = (struct dns_answer){ 0 };
	if (is_localhost(host)) {
		v4.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		v6.v6.sin6_addr = in6addr_loopback;
		add_address(a, &v4);
		add_address(a, &v6);
		return true;
	}
	if (inet_pton(AF_INET, host, &v4.v4.sin_addr) == 1) {
		add_address(a, &v4);
		return true;
	}
	char bare[DNS_HOST];
	size_t n = strlen(host);
	bool brackets = n > 2 && host[0] == '[' && host[n - 1] == ']';
	size_t from = brackets ? 1 : 0, len = brackets ? n - 2 : n;
	if (len >= sizeof bare)
		return false;
	memcpy(bare, host + from, len);
	bare[len] = '\0';
	if (inet_pton(AF_INET6, bare, &v6.v6.sin6_addr) == 1) {
		add_address(a, &v6);
		return true;
	}
	return false;
}

/* ---- memory of good answers; with the lock held */

static struct remembered *recall(const char *host)
{
	for (size_t i = 0; i < COUNT(dns.name); i++)
		if (dns.name[i].host[0] != '\0' && strcmp(dns.name[i].host, host) == 0)
			return &dns.name[i];
	return NULL;
}

static void remember(const char *host, const struct dns_answer *a)
{
	struct remembered *r = recall(host);
	if (r == NULL) {
		r = &dns.name[0];
		for (size_t i = 0; i < COUNT(dns.name); i++)
			if (dns.name[i].host[0] == '\0' || dns.name[i].when < r->when) {
				r = &dns.name[i];
				if (r->host[0] == '\0')
					break;
			}
		memcpy(r->host, host, strlen(host) + 1);
	}
	r->when = mono_ns();
	r->answer = *a;
}

/* ---- the thread */

static void collect(const struct addrinfo *list, struct dns_answer *a)
{
	/* The families take turns, so that one that is broken costs few attempts. */
	const struct addrinfo *next[2] = { list, list };
	int turn = list->ai_family == AF_INET6 ? 1 : 0, empty = 0;
	while (a->n < DNS_ADDRESSES && empty < 2) {
		int family = turn == 1 ? AF_INET6 : AF_INET;
		while (next[turn] != NULL && next[turn]->ai_family != family)
			next[turn] = next[turn]->ai_next;
		if (next[turn] == NULL) {
			empty++;
		} else {
			union address one = { 0 };
			if (next[turn]->ai_addrlen <= sizeof one) {
				memcpy(&one, next[turn]->ai_addr, next[turn]->ai_addrlen);
				add_address(a, &one);
			}
			next[turn] = next[turn]->ai_next;
			empty = 0;
		}
		turn = 1 - turn;
	}
}

static enum err look_up(const char *host, struct dns_answer *a, char *why, size_t why_size)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	*a = (struct dns_answer){ 0 };
	why[0] = '\0';
	int e = getaddrinfo(host, NULL, &hints, &list);
	if (e == 0) {
		if (list != NULL)
			collect(list, a);
		freeaddrinfo(list);
	}
	if (a->n > 0)
		return OK;
	if (e == EAI_AGAIN) {
		net_say(why, why_size, "no answer from the name server");
		return ERR_TIMEOUT;
	}
	if (e == 0 || e == EAI_NONAME || e == EAI_NODATA)
		net_say(why, why_size, "no such name");
	else
		net_say(why, why_size, "the name server failed (%s)", gai_strerror(e));
	return ERR_NOTFOUND;
}

static void signal_done(struct ticket *t)
{
	if (t->forgotten) {
		t->forgotten = false;
		t->state = FREE;
		return;
	}
	t->state = DONE;
	uint64_t one = 1;
	ssize_t n = write(t->fd, &one, sizeof one);
	assert(n == (ssize_t)sizeof one);
}

/* Everybody who waits for this name gets the answer. */
static void hand_out(const char *host, enum err e, const struct dns_answer *a, const char *why)
{
	struct dns_answer out = *a;
	if (e == OK) {
		remember(host, a);
	} else {
		const struct remembered *old = recall(host);
		if (old != NULL) {
			out = old->answer;
			out.stale = true;
			e = OK;
		}
	}
	for (size_t i = 0; i < COUNT(dns.ticket); i++) {
		struct ticket *t = &dns.ticket[i];
		if ((t->state != WORKING && t->state != WAITING) || strcmp(t->host, host) != 0)
			continue;
		t->err = e;
		t->answer = out;
		set_port(&t->answer, t->port);
		net_say(t->why, sizeof t->why, "%s", why);
		signal_done(t);
	}
}

static struct ticket *next_waiting(void)
{
	struct ticket *first = NULL;
	for (size_t i = 0; i < COUNT(dns.ticket); i++) {
		struct ticket *t = &dns.ticket[i];
		if (t->state == WAITING && (first == NULL || t->asked < first->asked))
			first = t;
	}
	return first;
}

static void *resolver(void *unused)
{
	(void)unused;
	if (dns.first != NULL)
		dns.first();
	for (;;) {
		char host[DNS_HOST], why[80];
		struct dns_answer answer;
		lock();
		struct ticket *t;
		while ((t = next_waiting()) == NULL) {
			int e = pthread_cond_wait(&dns.work, &dns.lock);
			assert(e == 0);
		}
		t->state = WORKING;
		memcpy(host, t->host, sizeof host);
		dns_lookup *lookup = dns.lookup != NULL ? dns.lookup : look_up;
		unlock();
		enum err e = lookup(host, &answer, why, sizeof why);
		lock();
		hand_out(host, e, &answer, why);
		unlock();
	}
	return NULL;
}

static bool start_thread(void)
{
	if (dns.running)
		return true;
	pthread_attr_t attr;
	pthread_t id;
	sigset_t all, before;
	if (pthread_attr_init(&attr) != 0)
		return false;
	sigfillset(&all);
	bool ok = pthread_attr_setstacksize(&attr, DNS_STACK) == 0
		&& pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0
		&& pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
	if (ok) {
		dns.running = pthread_create(&id, &attr, resolver, NULL) == 0;
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attr);
	return dns.running;
}

bool dns_begin(void (*first)(void))
{
	lock();
	dns.first = first;
	bool ok = start_thread();
	unlock();
	return ok;
}

/* ---- asking */

static int ask_locked(const char *host, uint16_t port, const struct dns_answer *known)
{
	int i = 0;
	while (i < DNS_TICKETS && dns.ticket[i].state != FREE)
		i++;
	if (i == DNS_TICKETS)
		return ERR_FULL;
	struct ticket *t = &dns.ticket[i];
	if (!t->has_fd) {
		t->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (t->fd < 0)
			return ERR_IO;
		t->has_fd = true;
	}
	uint64_t old;
	(void)!read(t->fd, &old, sizeof old);	/* empties it; EAGAIN when it is */
	memcpy(t->host, host, strlen(host) + 1);
	t->port = port;
	t->asked = mono_ns();
	t->forgotten = false;
	t->err = OK;
	t->why[0] = '\0';
	if (known != NULL) {
		t->answer = *known;
		set_port(&t->answer, port);
		signal_done(t);
		return i;
	}
	if (!start_thread())
		return ERR_IO;
	t->state = WAITING;
	pthread_cond_signal(&dns.work);
	return i;
}

int dns_ask(const char *host, uint16_t port)
{
	struct dns_answer known;
	size_t n = strlen(host);
	assert(n > 0 && n < DNS_HOST);
	bool at_once = answer_at_once(host, &known);
	lock();
	int ticket = ask_locked(host, port, at_once ? &known : NULL);
	unlock();
	return ticket;
}

static void forget_locked(struct ticket *t)
{
	assert(t->state != FREE && !t->forgotten);
	if (t->state == WORKING)
		t->forgotten = true;
	else
		t->state = FREE;
}

enum err dns_answer(int ticket, struct dns_answer *out, char *why, size_t why_size)
{
	assert(ticket >= 0 && ticket < DNS_TICKETS);
	struct ticket *t = &dns.ticket[ticket];
	enum err e = ERR_AGAIN;
	lock();
	assert(t->state != FREE && !t->forgotten);
	if (t->state == DONE) {
		e = t->err;
		*out = t->answer;
		net_say(why, why_size, "%s", t->why);
		t->state = FREE;
	} else if (mono_ns() - t->asked >= DNS_PATIENCE) {
		const struct remembered *old = recall(t->host);
		if (old != NULL) {
			*out = old->answer;
			set_port(out, t->port);
			out->stale = true;
			e = OK;
			forget_locked(t);
		}
	}
	unlock();
	return e;
}

void dns_forget(int ticket)
{
	assert(ticket >= 0 && ticket < DNS_TICKETS);
	lock();
	forget_locked(&dns.ticket[ticket]);
	unlock();
}

int dns_fd(int ticket)
{
	assert(ticket >= 0 && ticket < DNS_TICKETS);
	lock();
	int fd = dns.ticket[ticket].fd;
	unlock();
	return fd;
}

void dns_test_lookup(dns_lookup *lookup)
{
	lock();
	dns.lookup = lookup;
	unlock();
}
