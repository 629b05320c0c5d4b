/* server_wrong.c: a server that misbehaves, for the embedded exchange and tests. */
#include <sys/socket.h>

#include "base/clock.h"
#include "net/server_inside.h"

#define STEP      (50 * NS_MS)	/* a pace is kept in pieces of so much time */
#define PAD_PIECE (256 * 1024)

void server_cut(struct server *s, conn_id conn)
{
	struct slot *c = slot_of(s, conn);
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	if (c == NULL)
		return;
	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	slot_drop(s, c);
}

void server_deaf(struct server *s, conn_id conn)
{
	struct slot *c = slot_of(s, conn);

	if (c == NULL)
		return;
	if (c->state == SLOT_ASKED)
		c->notify = false;	/* nobody holds it */
	c->state = SLOT_DEAF;
	c->deadline = c->write_by = NEVER;
	c->out_at = c->out_n = c->in_n = 0;
	c->pad = 0;
	c->more = c->again = false;
}

void server_pace(struct server *s, conn_id conn, ns delay, int64_t rate)
{
	struct slot *c = slot_of(s, conn);

	assert(delay >= 0 && rate >= 0);
	if (c == NULL)
		return;
	if (delay > 0)
		c->pace_at = mono_ns() + delay;
	if (rate > 0) {
		c->pace = rate;
		c->pace_at = c->pace_at != 0 ? c->pace_at : mono_ns();
	}
}

size_t slot_allowed(struct slot *c)
{
	int64_t most = c->pace * STEP / NS_SECOND;

	if (mono_ns() < c->pace_at)
		return 0;
	if (c->pace == 0) {
		c->pace_at = 0;		/* the delay is over */
		return SIZE_MAX;
	}
	return most < 1 ? 1 : (size_t)most;
}

void slot_went(struct slot *c, size_t n)
{
	if (n == 0)		/* the socket takes no more for now */
		c->pace_at = mono_ns() + STEP;
	else if (c->pace > 0)
		c->pace_at = mono_ns() + (ns)n * NS_SECOND / c->pace;
}

void slot_pad(struct server *s, struct slot *c)
{
	char blanks[4096];
	uint64_t left = c->pad < PAD_PIECE ? c->pad : PAD_PIECE;

	memset(blanks, ' ', sizeof(blanks));
	c->pad -= left;
	while (left > 0) {
		size_t n = left < sizeof(blanks) ? (size_t)left : sizeof(blanks);
		if (!slot_queue(s, c, (struct str){ blanks, n }))
			return;
		left -= n;
	}
}

void server_raw(struct server *s, conn_id conn, const struct str *piece, size_t n, uint64_t pad,
		bool keep)
{
	struct slot *c = slot_of(s, conn);

	if (c == NULL || (c->state != SLOT_ASKED && c->state != SLOT_HELD))
		return;
	c->pad = pad;
	for (size_t i = 0; i < n; i++)
		if (!slot_queue(s, c, piece[i]))
			return;
	c->notify = false;
	if (keep && pad == 0 && c->keep && !c->eof) {
		slot_idle(s, c);
	} else {
		c->keep = c->more = false;
		slot_finish(s, c);
	}
}

void server_ws_raw(struct server *s, conn_id conn, struct str bytes)
{
	struct slot *c = slot_of(s, conn);

	if (c != NULL && c->state == SLOT_WEBSOCKET && !c->closing_ws)
		(void)slot_queue(s, c, bytes);
}
