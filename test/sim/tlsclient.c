/* One connection after the other to a TLS server, for test/sim/tls.sh.
 *	tlsclient [-n TIMES] [-t UNIXTIME] [-u BYTES] [-p] CA_FILE HOST PORT
 * CA_FILE "-": the embedded roots. -u: sends so many bytes; -p: plain TCP. Prints
 * one line per connection, "ok ..." or "error CODE: words", and at the end, with
 * -n, what it cost. Exit status 0 when every connection was ok. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "net/conn.h"
#include "net/say.h"
#include "net/tls.h"
#include "net/tls_inner.h"

static char in[4096], out[65536];

struct job {
	long times, upload;
	const char *file, *host;
	uint16_t port;
	bool plain;
};

/* Adler-32, to see that a large body arrives whole. */
static uint32_t add(uint32_t sum, const char *s, size_t n)
{
	uint32_t a = sum & 0xffff, b = sum >> 16;
	for (size_t i = 0; i < n; i++) {
		a = (a + (unsigned char)s[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static enum err ask(struct conn *c, long upload)
{
	char head[256];
	int n = snprintf(head, sizeof head, "GET / HTTP/1.1\r\nHost: %s\r\nContent-Length: %ld\r\n"
			 "\r\n", c->host, upload);
	return conn_send(c, (struct str){ head, (size_t)n });
}

/* To the end of the stream, or to an error. */
static enum err run(struct conn *c, long upload, uint32_t *sum, uint64_t *bytes)
{
	char block[1024];
	enum err e = conn_open(c);
	memset(block, 'u', sizeof block);
	*sum = 1;
	*bytes = 0;
	if (e == OK)
		e = ask(c, upload);
	while (e == OK && !c->eof) {
		int fd;
		short events;
		while (upload > 0 && conn_send(c, (struct str){ block, sizeof block }) == OK)
			upload -= (long)sizeof block;
		if (conn_poll(c, &fd, &events)) {
			struct pollfd p = { .fd = fd, .events = events };
			ns wait = c->deadline == 0 ? 8 * NS_SECOND : c->deadline - mono_ns();
			int ms = wait < 0 ? 0 : (int)(wait / NS_MS) + 1;
			if (poll(&p, 1, ms) == 0 && c->deadline == 0) {
				net_say(c->why, sizeof c->why, "nothing happened for 8 s");
				return ERR_TIMEOUT;
			}
		}
		e = conn_step(c);
		*sum = add(*sum, c->in, c->in_n);
		*bytes += c->in_n;
		if (c->in_n > 0)
			conn_eat(c, c->in_n);
	}
	return e;
}

static long peak_kb(void)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kb;
}

static int usage(void)
{
	fprintf(stderr, "usage: tlsclient [-n N] [-t TIME] [-u BYTES] [-p] CA_FILE|- HOST PORT\n");
	return 2;
}

static int perform(const struct job *j)
{
	char why[CONN_WHY];
	struct tls_roots *authorities = NULL;
	struct tls *tls = NULL;
	const char *file = strcmp(j->file, "-") == 0 ? NULL : j->file;
	int failed = 0;
	if (tls_roots_open(&authorities, file, why, sizeof why) != OK) {
		printf("error roots: %s\n", why);
		return 1;
	}
	if (!j->plain && tls_new(&tls, authorities) != OK)
		return 1;
	for (long i = 0; i < j->times; i++) {
		struct conn c;
		uint32_t sum;
		uint64_t bytes;
		conn_init(&c, j->host, j->port, tls, in, sizeof in, out, sizeof out);
		enum err e = run(&c, j->upload, &sum, &bytes);
		bool resumed = tls != NULL && tls_resumed(tls);
		if (e == OK)
			printf("ok resumed=%d bytes=%llu sum=%08x\n", resumed,
			       (unsigned long long)bytes, (unsigned)sum);
		else
			printf("error %d: %s [bytes=%llu]\n", e, c.why, (unsigned long long)bytes);
		failed |= e != OK;
		conn_close(&c);
	}
	if (j->times > 1) {
		struct rusage r;
		getrusage(RUSAGE_SELF, &r);
		long us = (long)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000
			+ r.ru_utime.tv_usec + r.ru_stime.tv_usec;
		printf("cost: %ld us of CPU per connection, peak memory %ld kB\n", us / j->times,
		       peak_kb());
	}
	tls_free(tls);
	tls_roots_close(authorities);
	return failed;
}

int main(int argc, char **argv)
{
	struct job j = { .times = 1 };
	int i = 1;
	for (; i + 1 < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
		char option = argv[i][1];
		if (option == 'p') {
			j.plain = true;
			continue;
		}
		long value = strtol(argv[++i], NULL, 10);
		if (option == 'n')
			j.times = value;
		else if (option == 'u')
			j.upload = value - value % 1024;
		else if (option == 't')
			tls_test_time((ns)value * NS_SECOND);
		else
			return usage();
	}
	if (argc - i != 3)
		return usage();
	j.file = argv[i];
	j.host = argv[i + 1];
	j.port = (uint16_t)strtol(argv[i + 2], NULL, 10);
	return perform(&j);
}
