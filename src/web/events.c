/* /events: server-sent events. Each is the whole status, so that a page which missed some is
 * right again with the next; its id counts changes. */
#include "web/web_inner.h"

#include "base/clock.h"

static bool push_one(struct web *w, conn_id conn)
{
	struct text t;

	text_init(&t, w->reply, REPLY_MAX);
	text_cstr(&t, "id: ");
	text_u64(&t, w->seq);
	text_cstr(&t, "\nevent: status\ndata: ");
	status_json(w, &t);
	text_cstr(&t, "\n\n");
	return !t.full && server_send(w->server, conn, text_str(&t));
}

void events_open(struct web *w, const struct request *rq)
{
	if (w->streams_n == STREAMS_MAX) {
		server_reply(w->server, rq->conn, 503, "application/json", "Retry-After: 10\r\n",
			     STR("{\"error\":{\"code\":\"too_many_pages\",\"message\":"
				 "\"16 pages are open\"}}"));
		return;
	}
	server_stream(w->server, rq->conn, "text/event-stream", web_safety);
	w->stream[w->streams_n++] = rq->conn;
	(void)push_one(w, rq->conn);	/* false: closed() has been told */
}

void events_closed(struct web *w, conn_id conn)
{
	for (uint32_t i = 0; i < w->streams_n; i++)
		if (w->stream[i] == conn)
			w->stream[i--] = w->stream[--w->streams_n];
}

void events_push(struct web *w)
{
	ns now = mono_ns();
	ns due = w->pushed + (w->changed ? PUSH_EVERY : PUSH_LATEST);

	if (now < due)
		return;
	w->pushed = now;
	w->changed = false;
	conn_id copy[STREAMS_MAX];
	uint32_t n = w->streams_n;
	memcpy(copy, w->stream, n * sizeof copy[0]);	/* a slow one is closed while we walk */
	for (uint32_t i = 0; i < n; i++)
		if (!push_one(w, copy[i]))
			events_closed(w, copy[i]);
}
