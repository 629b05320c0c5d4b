/* http_serve.c: the server with one answer of 12 kB, for http.sh. Prints its port. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/server.h"

static char body[12288];

static void request(void *ctx, struct server *s, const struct request *rq)
{
	(void)ctx;
	server_reply(s, rq->conn, 200, "text/html", "Cache-Control: no-store\r\n",
		     (struct str){ body, sizeof(body) });
}

int main(void)
{
	struct server_hooks hooks = { .request = request };
	struct pollfd p[SERVER_CONNECTIONS + 1];
	struct server *s;
	char why[160];

	memset(body, 'x', sizeof(body));
	if (server_open(&s, "127.0.0.1:0", &hooks, why, sizeof(why)) != OK) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	printf("%d %d\n", (int)getpid(), server_port(s));
	fflush(stdout);
	for (;;) {
		ns deadline, now;
		size_t n = server_poll(s, p, &deadline);
		now = mono_ns();
		int ms = deadline <= now ? 0 : deadline - now > 1000 * NS_MS ? 1000 :
			 (int)((deadline - now) / NS_MS) + 1;
		(void)poll(p, n, ms);
		server_step(s, p, n);
	}
}
