#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "net/dns_inner.h"
#include "test/check.h"

#define PATIENCE (20 * NS_SECOND)	/* far more than anything here takes */

static char why[96];

static enum err wait_answer(int ticket, struct dns_answer *a, ns patience)
{
	ns end = mono_ns() + patience;
	enum err e = dns_answer(ticket, a, why, sizeof why);
	while (e == ERR_AGAIN && mono_ns() < end) {
		struct pollfd p = { .fd = dns_fd(ticket), .events = POLLIN };
		poll(&p, 1, 20);
		e = dns_answer(ticket, a, why, sizeof why);
	}
	if (e == ERR_AGAIN)
		dns_forget(ticket);
	return e;
}

static void expect(const char *host, uint32_t n, const char *first, uint16_t port)
{
	struct dns_answer a = { 0 };
	char text[INET6_ADDRSTRLEN] = "?";
	int ticket = dns_ask(host, port);
	CHECK(ticket >= 0, "%s gets a ticket", host);
	struct pollfd p = { .fd = dns_fd(ticket), .events = POLLIN };
	CHECK_INT(poll(&p, 1, 0), 1, "%s: the descriptor is readable at once", host);
	CHECK_INT(dns_answer(ticket, &a, why, sizeof why), OK, "%s is answered at once", host);
	CHECK_INT(a.n, n, "addresses of %s", host);
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	memcpy(&v4, a.address[0], sizeof v4);
	memcpy(&v6, a.address[0], sizeof v6);
	if (v4.sin_family == AF_INET) {
		inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
		CHECK_INT(ntohs(v4.sin_port), port, "port of %s", host);
	} else {
		inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
		CHECK_INT(ntohs(v6.sin6_port), port, "port of %s", host);
	}
	CHECK_TEXT(text, first, "first address of %s", host);
}

void test_dns_answers_at_once(void)
{
	expect("203.0.113.5", 1, "203.0.113.5", 443);
	expect("2001:db8::7", 1, "2001:db8::7", 1);
	expect("[2001:db8::7]", 1, "2001:db8::7", 65535);
	expect("localhost", 2, "127.0.0.1", 80);
	expect("a.b.localhost", 2, "127.0.0.1", 80);
	expect("localhost.", 2, "127.0.0.1", 80);
}

/* ---- with a resolver of our own */

static _Atomic int lookups, mode;	/* 0 good, 1 no such name, 2 hangs for `slow` */
static _Atomic int64_t slow;

static enum err fake(const char *host, struct dns_answer *a, char *text, size_t size)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	(void)host;
	atomic_fetch_add(&lookups, 1);
	*a = (struct dns_answer){ 0 };
	(void)!str_copy(text, size, STR(""));
	if (atomic_load(&mode) == 2)
		sleep_until(mono_ns() + atomic_load(&slow));
	if (atomic_load(&mode) != 0) {
		(void)!str_copy(text, size, STR("no such name"));
		return ERR_NOTFOUND;
	}
	v4.sin_addr.s_addr = htonl(0xcb007105);
	a->n = 1;
	memcpy(a->address[0], &v4, sizeof v4);
	return OK;
}

static void use_fake(int how, ns hang)
{
	atomic_store(&mode, how);
	atomic_store(&slow, hang);
	dns_test_lookup(fake);
}

static uint16_t port_of(const struct dns_answer *a)
{
	struct sockaddr_in v4;
	memcpy(&v4, a->address[0], sizeof v4);
	return ntohs(v4.sin_port);
}

void test_dns_keeps_the_last_good_answer(void)
{
	struct dns_answer a = { 0 };
	use_fake(0, 0);
	CHECK_INT(wait_answer(dns_ask("kept.example", 443), &a, PATIENCE), OK, "a good answer");
	CHECK_INT(a.stale, 0, "a fresh answer is not called stale");
	CHECK_INT(port_of(&a), 443, "the port is filled in");
	use_fake(1, 0);
	CHECK_INT(wait_answer(dns_ask("kept.example", 80), &a, PATIENCE), OK,
		  "a failed lookup of a known name gives the last good answer");
	CHECK_INT(a.stale, 1, "which is called stale");
	CHECK_INT(port_of(&a), 80, "with the port that was asked for this time");
	CHECK_INT(wait_answer(dns_ask("never.example", 80), &a, PATIENCE), ERR_NOTFOUND,
		  "a name that never resolved is not found");
	CHECK_TEXT(why, "no such name", "in words");
	dns_test_lookup(NULL);
}

void test_dns_does_not_wait_for_a_slow_server(void)
{
	struct dns_answer a = { 0 };
	use_fake(0, 0);
	CHECK_INT(wait_answer(dns_ask("slow.example", 443), &a, PATIENCE), OK, "a good answer");
	use_fake(2, 3 * NS_SECOND);
	ns begin = mono_ns();
	CHECK_INT(wait_answer(dns_ask("slow.example", 443), &a, PATIENCE), OK,
		  "a name server that hangs: the last good answer");
	ns took = mono_ns() - begin;
	CHECK(took >= DNS_PATIENCE && took < DNS_PATIENCE + NS_SECOND,
	      "after the patience, not after the server: %lld ms", (long long)(took / NS_MS));
	CHECK_INT(a.stale, 1, "which is called stale");
	/* The thread still hangs in the forgotten lookup; it must not write into a new one. */
	int ticket = dns_ask("fresh.example", 1);
	CHECK_INT(dns_answer(ticket, &a, why, sizeof why), ERR_AGAIN, "the next one waits");
	dns_forget(ticket);
	use_fake(0, 0);
	CHECK_INT(wait_answer(dns_ask("fresh.example", 1), &a, PATIENCE), OK,
		  "the thread goes on after a hang");
	dns_test_lookup(NULL);
}

void test_dns_table_is_bounded(void)
{
	struct dns_answer a = { 0 };
	int ticket[64], n = 0;
	use_fake(2, 200 * NS_MS);
	int before = atomic_load(&lookups);
	while (n < 64 && (ticket[n] = dns_ask("many.example", 443)) >= 0)
		n++;
	CHECK(n >= 8 && n < 64, "the table is bounded, but not tiny: %d", n);
	CHECK_INT(ticket[n], ERR_FULL, "one too many is refused");
	for (int i = 1; i < n; i++)
		dns_forget(ticket[i]);
	CHECK_INT(wait_answer(ticket[0], &a, PATIENCE), ERR_NOTFOUND, "the first is answered");
	sleep_until(mono_ns() + 50 * NS_MS);
	CHECK(atomic_load(&lookups) - before <= 2, "one lookup serves all who asked: %d",
	      atomic_load(&lookups) - before);
	use_fake(0, 0);
	for (int i = 0; i < 40; i++) {
		ns end = mono_ns() + PATIENCE;
		while ((ticket[0] = dns_ask("many.example", 443)) < 0 && mono_ns() < end)
			sleep_until(mono_ns() + NS_MS);
		CHECK(ticket[0] >= 0, "tickets come back (round %d)", i);
		if (ticket[0] < 0)
			break;
		dns_forget(ticket[0]);
	}
	dns_test_lookup(NULL);
}

void test_dns_really_fails(void)
{
	struct dns_answer a = { 0 };
	enum err e = wait_answer(dns_ask("no-such-host.invalid", 443), &a, 25 * NS_SECOND);
	CHECK(e == ERR_NOTFOUND || e == ERR_TIMEOUT, "\".invalid\" resolves to nothing: %d", e);
	CHECK(e == OK || why[0] != '\0', "and there are words for it");
}
