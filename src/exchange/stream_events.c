/* stream_events.c: GET /v2/events/trades: the trading stream's updates as server-sent events,
 * which can also be asked for again: ?since, until (times) or since_id, until_id (of events).
 * The last XS_EVENTS updates of all accounts are kept for that. */
#include "exchange/serve_inner.h"

#define AHEAD (128 * 1024)	/* so much is queued for one reader; the rest when that is read */

/* A ULID: the time, then the number of the event and a hash, so that they sort as they came
 * and a seed gives the same ones again. */
static void name_event(char out[static EVENT_ID], ns ts, uint64_t n, uint64_t seed)
{
	static const char digit[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint64_t from[2] = { seed, n };
	uint64_t part[2] = { n & 0xffffffffff, hash64(from, sizeof(from)) & 0xffffffffff };
	uint64_t ms = (uint64_t)(ts / NS_MS);

	for (int i = 0; i < 10; i++)
		out[i] = digit[ms >> 5 * (9 - i) & 31];
	for (int i = 0; i < 16; i++)
		out[10 + i] = digit[part[i / 8] >> 5 * (7 - i % 8) & 31];
	out[EVENT_ID - 1] = '\0';
}

const struct kept_event *events_keep(struct exchange *x, const struct xc_event *e)
{
	struct kept_event *k = &x->kept[++x->events % XS_EVENTS];

	k->event = *e;
	name_event(k->id, e->ts, x->events, x->c.core.seed);
	return k;
}

/* ---- out */

static bool beyond(const struct stream *st, const struct kept_event *k)
{
	return (st->until != 0 && k->event.ts > st->until) ||
	       (st->until_id[0] != '\0' && strcmp(k->id, st->until_id) > 0);
}

static void finish(struct exchange *x, struct stream *st)
{
	st->over = true;
	server_finish(x->server, st->conn);
}

void events_pump(struct exchange *x, struct stream *st)
{
	if (x->events >= XS_EVENTS && st->cursor <= x->events - XS_EVENTS)
		st->cursor = x->events - XS_EVENTS + 1;
	while (!st->over && st->cursor <= x->events &&
	       server_waiting(x->server, st->conn) < AHEAD) {
		const struct kept_event *k = &x->kept[st->cursor++ % XS_EVENTS];
		if (beyond(st, k)) {
			finish(x, st);
		} else if (k->event.account == st->account &&
			   k->event.order >= xc_since(x->core, st->account).order) {
			view_event(stream_begin(x, st), x->core, &k->event, k->id);
			stream_tell(x, st, xc_event_text(k->event.kind), k->event.order);
		}
	}
	if (!st->over && st->cursor > x->events && st->until != 0 && serve_now(x) >= st->until)
		finish(x, st);
}

/* ---- in */

static int bad(struct exchange *x, const char *words)
{
	return rest_fail(x, 422, 42210000, words, STR(""));
}

/* 1 given, 0 absent, -1 not a time. */
static int get_time(const struct call *c, const char *name, ns *out)
{
	char text[64];
	size_t n;
	int given = rest_get(c, name, text, sizeof(text), &n);

	return given == 1 && !rest_instant((struct str){ text, n }, out) ? -1 : given;
}

static int get_id(const struct call *c, const char *name, char out[static EVENT_ID])
{
	size_t n;
	int given = rest_get(c, name, out, EVENT_ID, &n);

	if (given == 0)
		out[0] = '\0';
	return given == 1 && n != EVENT_ID - 1 ? -1 : given;
}

/* The number of the first event to be told. */
static uint64_t first(const struct exchange *x, ns since, const char *since_id)
{
	uint64_t n = x->events >= XS_EVENTS ? x->events - XS_EVENTS + 1 : 1;

	for (; n <= x->events; n++) {
		const struct kept_event *k = &x->kept[n % XS_EVENTS];
		if (since_id[0] != '\0' ? strcmp(k->id, since_id) > 0 : k->event.ts >= since)
			break;
	}
	return n;
}

int events_get(struct exchange *x, const struct call *c)
{
	struct stream st = {
		.conn = c->conn, .kind = STREAM_EVENTS, .authed = true, .account = c->account,
		.cursor = x->events + 1
	};
	char since_id[EVENT_ID];
	ns since = 0;
	int by_time = get_time(c, "since", &since), until = get_time(c, "until", &st.until);
	int by_id = get_id(c, "since_id", since_id), until_id = get_id(c, "until_id", st.until_id);

	if (by_time < 0 || until < 0)
		return bad(x, "since and until are RFC 3339 times");
	if (by_id < 0 || until_id < 0)
		return bad(x, "since_id and until_id are the event_id of an update");
	if (by_time + by_id == 2 || until > by_time || until_id > by_id)
		return bad(x, "since with until, or since_id with until_id");
	struct stream *free_one = stream_free(x);
	if (free_one == NULL)
		return rest_fail(x, 429, 0, "too many requests.", STR(""));
	if (by_time + by_id > 0)
		st.cursor = first(x, since, since_id);
	server_stream(x->server, c->conn, "text/event-stream", "Cache-Control: no-cache\r\n");
	if (str_eq(c->method, STR("HEAD")))
		return 0;
	*free_one = st;
	events_pump(x, free_one);
	return 0;
}
