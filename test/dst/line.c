/* line.c: bytes on their way, and what befalls the connections: they are cut, gone without a word,
 * or stand still and go on in any order. */
#include "net.h"

#include <stdlib.h>

static struct link links[LINKS];
static int64_t serials;
struct weather weather;

/* ---- bytes on their way */

static void deliver(void *arg, int64_t n)
{
	struct link *l = arg;

	if (l->state == L_FREE || l->serial != n / 2)
		return;
	struct pipe *p = &l->pipe[n % 2];
	struct fd *reader = l->end[1 - n % 2];
	if (p->clogged || p->dead)
		return;
	while (p->head != p->tail && p->chunk[p->head % CHUNKS].at <= sim.now) {
		p->arrived = p->chunk[p->head % CHUNKS].upto;
		if (p->chunk[p->head % CHUNKS].end > p->seen)
			p->seen = p->chunk[p->head % CHUNKS].end;
		p->head++;
	}
	if (reader != NULL)
		fd_notify(reader);
}

void link_post(struct link *l, int side, int end)
{
	struct pipe *p = &l->pipe[side];
	ns at = sim.now + l->latency + (ns)draw(RNG_NET, (uint64_t)l->latency / 4 + 1);

	if (p->dead)
		return;
	if (weather.slow > 0 && !l->local)
		at += (ns)draw(RNG_NET, (uint64_t)weather.slow);
	at = at > p->last ? at : p->last;
	p->last = at;
	if (p->tail - p->head == CHUNKS) {
		p->chunk[(p->tail - 1) % CHUNKS].upto = p->written;
		if (end != END_NO)
			p->chunk[(p->tail - 1) % CHUNKS].end = end;
		return;
	}
	uint32_t i = p->tail++ % CHUNKS;
	p->chunk[i].upto = p->written;
	p->chunk[i].at = at;
	p->chunk[i].end = end;
	at_time(at, deliver, l, l->serial * 2 + side);
}

void link_end(struct link *l, int side, int end)
{
	if (l->pipe[side].sent >= end)
		return;
	l->pipe[side].sent = end;
	link_post(l, side, end);
}

void link_leave(struct link *l, int side)
{
	l->end[side] = NULL;
	l->gone[side] = true;
	if (l->gone[1 - side])
		l->state = L_FREE;
}

static struct link *link_free(void)
{
	for (struct link *l = links; l < links + LINKS; l++)
		if (l->state == L_FREE)
			return l;
	return NULL;
}

/* Who waited at a server that is stopped for hours has left: only the server does not know. */
static void forget_left(void)
{
	for (int i = 0; i < FDS; i++) {
		struct link **at = &fds[i].link;
		while (fds[i].kind == FD_LISTEN && *at != NULL) {
			struct link *l = *at;
			if (l->gone[0]) {
				*at = l->next;
				link_leave(l, 1);
			} else {
				at = &l->next;
			}
		}
	}
}

struct link *link_new(void)
{
	static const uint64_t windows[] = { 8192, 65536, WINDOW };
	struct link *l = link_free();

	if (l == NULL) {
		forget_left();
		l = link_free();
	}
	if (l == NULL)
		return NULL;
	char *bytes[2] = { l->pipe[0].bytes, l->pipe[1].bytes };
	*l = (struct link){ .state = L_CONNECTING, .serial = ++serials,
			    .latency = draw_span(RNG_NET, NS_MS / 20, 40 * NS_MS) };
	for (int i = 0; i < 2; i++) {
		l->pipe[i].bytes = bytes[i] != NULL ? bytes[i] : malloc(WINDOW);
		l->pipe[i].window = windows[draw(RNG_NET, COUNT(windows))];
		assert(l->pipe[i].bytes != NULL);
	}
	return l;
}

/* ---- what befalls them */

static void kill_pipe(struct pipe *p)
{
	p->dead = true;
	p->head = p->tail;
}

void net_died(struct proc *p, bool power)
{
	for (struct link *l = links; power && l < links + LINKS; l++)
		if (l->state == L_OPEN && ((l->end[0] != NULL && l->end[0]->p == p)))
			kill_pipe(&l->pipe[0]);
}

/* A machine that is up again knows nothing of the connections it had. */
void net_restarted(struct proc *p)
{
	if (p != &bot)
		return;
	for (struct link *l = links; l < links + LINKS; l++)
		if (l->state == L_OPEN && l->gone[0] && l->pipe[0].dead) {
			l->pipe[0].dead = false;
			l->pipe[0].sent = END_NO;
			link_end(l, 0, END_RST);
		}
}

/* Its owner is about to close it, and the other side will not hear of that. */
void net_vanish(int fd)
{
	struct link *l = fds[fd].link;		/* NULL: there were too many */

	for (int i = 0; i < 2 && l != NULL && l->state == L_OPEN; i++)
		kill_pipe(&l->pipe[i]);
}

bool net_of_crowd(const struct fd *f)
{
	return f->link != NULL && f->link->crowd;
}

static bool struck(const struct link *l, bool of_crowd)
{
	return l->state == L_OPEN && (of_crowd ? l->crowd : !l->local);
}

static void heal(struct link *l)
{
	for (int i = 0; i < 2; i++) {
		struct pipe *p = &l->pipe[i];
		if (!p->clogged)
			continue;
		p->clogged = false;
		ns at = sim.now + (ns)draw(RNG_NET, (uint64_t)(2 * NS_SECOND));
		for (uint32_t k = p->head; k != p->tail; k++)
			p->chunk[k % CHUNKS].at = at;
		p->last = at > p->last ? at : p->last;
		at_time(at, deliver, l, l->serial * 2 + i);
	}
}

static void strike(struct link *l, enum net_fault what)
{
	uint64_t which = draw(RNG_NET, 4);	/* one direction alone, now and then */

	for (int i = 0; i < 2; i++) {
		struct pipe *p = &l->pipe[i];
		if (what == NET_RESET)
			link_end(l, i, END_RST);
		else if (what == NET_HALF_OPEN && which != (uint64_t)i)
			kill_pipe(p);
		else if (what == NET_CLOG && which != (uint64_t)i)
			p->clogged = true;
	}
}

void net_fault(enum net_fault what, enum net_links which)
{
	bool of_crowd = which == NET_CROWD;
	uint64_t n = 0;

	switch (what) {
	case NET_REFUSE:     weather.refuse = true; return;
	case NET_BLACK_HOLE: weather.black_hole = true; return;
	case NET_CONNECT:    weather.refuse = weather.black_hole = false; return;
	case NET_SLOW:       weather.slow = draw_span(RNG_NET, 100 * NS_MS, 4 * NS_SECOND); return;
	case NET_BYTES:      weather.bytes = true; return;
	case NET_PLAIN:      weather.bytes = false; weather.slow = 0; return;
	case NET_HEAL:
	case NET_RESET:
	case NET_HALF_OPEN:
	case NET_CLOG:
	case NET_FAULTS:     break;
	}
	for (struct link *l = links; l < links + LINKS; l++)
		n += struck(l, of_crowd) && l->end[0] != NULL;
	uint64_t only = n > 0 ? draw(RNG_NET, n) : 0;
	for (struct link *l = links; l < links + LINKS; l++)
		if (struck(l, of_crowd) && what == NET_HEAL)
			heal(l);
		else if (struck(l, of_crowd) && l->end[0] != NULL &&
			 (only-- == 0 || which == NET_ALL))
			strike(l, what);
}
