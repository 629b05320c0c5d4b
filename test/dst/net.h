/* net.h: connections as net.c (what programs call) and line.c (what becomes of their bytes) know
 * them. */
#ifndef DST_NET_H
#define DST_NET_H

#include "sim.h"

#define LINKS  200
#define WINDOW ((uint64_t)256 * 1024)
#define CHUNKS 64		/* under way at once; more travel with the last */

enum { END_NO, END_FIN, END_RST };

struct pipe {			/* one direction */
	char    *bytes;
	uint64_t written, arrived, taken, window;
	struct { uint64_t upto; ns at; int end; } chunk[CHUNKS];
	uint32_t head, tail;
	ns       last;		/* no later chunk arrives before */
	bool     clogged, dead;
	int      sent, seen;	/* END_: by the writer, by the reader */
};

enum link_state { L_FREE, L_CONNECTING, L_OPEN, L_REFUSED };

struct link {
	enum link_state state;
	int64_t      serial;
	ns           latency;
	struct pipe  pipe[2];	/* of what side 0, 1 writes */
	struct fd   *end[2];	/* NULL: not yet, or closed */
	bool         gone[2];
	struct link *next;	/* of those that wait to be accepted */
	uint16_t     port;
	bool         local;	/* to the bot, on its own machine: no line, no faults of it */
	bool         crowd;	/* but those of the crowd at the dashboard */
};

struct weather { bool refuse, black_hole, bytes; ns slow; };
extern struct weather weather;

struct link *link_new(void);		/* NULL: there are too many */
void link_leave(struct link *l, int side);
/* What that side has written goes on its way, and with it that it writes no more. */
void link_post(struct link *l, int side, int end);
void link_end(struct link *l, int side, int end);

#endif
