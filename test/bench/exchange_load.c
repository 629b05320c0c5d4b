/* exchange_load.c: COUNT data streams at PORT, each subscribed to all bars, trades and quotes in
 * MessagePack, that read for SECONDS. Prints: objects, bytes, messages, and the market's minutes
 * that went by (bars of one stream over SYMBOLS). For exchange.sh. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msgpack.h"
#include "net/ws.h"

#define MOST 64

static struct pollfd p[MOST];
static char in[MOST][1 << 18];
static size_t have[MOST];
static uint64_t objects, bytes, messages, bars;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int dial(int port)
{
	static const char ask[] =
		"GET /v2/sip HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
		"Content-Type: application/msgpack\r\n\r\n";
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) < 0)
		die("exchange_load: connect");
	return fd;
}

static void say(int fd, const struct text *t)
{
	static const uint8_t mask[4];
	char frame[512];
	size_t n = ws_write(frame, sizeof(frame), WS_BINARY, text_str(t), mask);

	if (n == 0 || send(fd, frame, n, MSG_NOSIGNAL) != (ssize_t)n)
		die("exchange_load: send");
}

static void begin(int fd, int number)
{
	char memory[256], key[16];
	struct text t;
	struct pack pack;

	(void)snprintf(key, sizeof(key), "LOAD%d", number);
	msgpack_init(&t, &pack, memory, sizeof(memory));
	json_object(&t);
	json_key(&t, "action");
	json_cstr(&t, "auth");
	json_key(&t, "key");
	json_cstr(&t, key);
	json_key(&t, "secret");
	json_cstr(&t, "x");
	json_end_object(&t);
	say(fd, &t);
	static const char *const channel[] = { "bars", "trades", "quotes" };
	msgpack_init(&t, &pack, memory, sizeof(memory));
	json_object(&t);
	json_key(&t, "action");
	json_cstr(&t, "subscribe");
	for (size_t i = 0; i < COUNT(channel); i++) {
		json_key(&t, channel[i]);
		json_array(&t);
		json_cstr(&t, "*");
		json_end_array(&t);
	}
	json_end_object(&t);
	say(fd, &t);
}

/* How many objects begin with {"T":"b"; only the first stream is looked at so closely. */
static uint64_t bars_in(const uint8_t *s, size_t n)
{
	uint64_t count = 0;

	for (const uint8_t *at = s; (at = memmem(at, n - (size_t)(at - s), "\xa1T\xa1"
								    "b", 4)) != NULL; at += 4)
		count++;
	return count;
}

/* The whole frames of s; how many bytes they took. */
static size_t frames(int stream, const uint8_t *s, size_t n)
{
	size_t at = 0;

	for (;;) {
		size_t size, head = 2;
		if (n - at < 10)
			return at;
		size = s[at + 1] & 127;
		if (size == 126) {
			size = (size_t)s[at + 2] << 8 | s[at + 3];
			head = 4;
		}
		if (size == 127)
			die("exchange_load: a message that is too large");
		if (n - at < head + size)
			return at;
		const uint8_t *m = s + at + head;
		if (s[at] == 0x88) {
			fprintf(stderr, "exchange_load: closed: %.*s\n", (int)size, m + 2);
			exit(1);
		}
		objects += m[0] == 0xdc ? (uint64_t)(m[1] << 8 | m[2]) : m[0] & 15u;
		bytes += head + size;
		messages++;
		if (stream == 0)
			bars += bars_in(m, size);
		at += head + size;
	}
}

static void receive(int i)
{
	ssize_t r = recv(p[i].fd, in[i] + have[i], sizeof(in[i]) - have[i], MSG_DONTWAIT);

	if (r == 0)
		die("exchange_load: closed");
	if (r < 0)
		return;
	have[i] += (size_t)r;
	if (have[i] >= 4 && memcmp(in[i], "HTTP", 4) == 0) {	/* the answer to the upgrade */
		char *end = memmem(in[i], have[i], "\r\n\r\n", 4);
		if (end == NULL)
			return;
		have[i] -= (size_t)(end + 4 - in[i]);
		memmove(in[i], end + 4, have[i]);
	}
	size_t used = frames(i, (const uint8_t *)in[i], have[i]);
	have[i] -= used;
	memmove(in[i], in[i] + used, have[i]);
}

int main(int argc, char **argv)
{
	int count = argc == 5 ? (int)strtol(argv[2], NULL, 10) : 0;

	if (count < 1 || count > MOST) {
		fprintf(stderr, "usage: exchange_load PORT COUNT SECONDS SYMBOLS\n");
		return 100;
	}
	for (int i = 0; i < count; i++) {
		p[i].fd = dial((int)strtol(argv[1], NULL, 10));
		p[i].events = POLLIN;
		begin(p[i].fd, i);
	}
	ns until = mono_ns() + strtol(argv[3], NULL, 10) * NS_SECOND;
	while (mono_ns() < until && poll(p, (nfds_t)count, 100) >= 0)
		for (int i = 0; i < count; i++)
			if (p[i].revents != 0)
				receive(i);
	printf("%llu %llu %llu %.1f\n", (unsigned long long)objects, (unsigned long long)bytes,
	       (unsigned long long)messages, (double)bars / strtod(argv[4], NULL));
	return 0;
}
