/* journal_read.c: the reading half. Nothing of a record is believed before its sum is right. */
#include "base/crc.h"
#include "run/journal_inner.h"

static enum err fail(struct journal_reader *r, const char *why)
{
	r->why = why;
	r->at = r->end;
	return ERR_PARSE;
}

static enum err take(struct journal_reader *r, void *out, size_t n, const uint8_t *body, size_t got)
{
	if (got != n)
		return fail(r, "is of another build of gambler");
	memcpy(out, body, n);
	return OK;
}

static enum err take_begin(struct journal_reader *r, struct journal_begin *b, const uint8_t *body,
			   size_t n)
{
	size_t fixed = offsetof(struct journal_begin, symbol);

	memset(b, 0, sizeof *b);
	if (n < fixed)
		return fail(r, "is of another build of gambler");
	memcpy(b, body, fixed);
	if (b->format != JOURNAL_FORMAT || b->event_size != sizeof(struct event) ||
	    b->symbols > SYMBOLS_MAX || n != fixed + b->symbols * sizeof b->symbol[0])
		return fail(r, "is of another build of gambler");
	memcpy(b->symbol, body + fixed, n - fixed);
	b->version[sizeof b->version - 1] = 0;
	for (uint32_t i = 0; i < b->symbols; i++)
		b->symbol[i][SYMBOL_TEXT - 1] = 0;
	return OK;
}

static enum err take_event(struct journal_reader *r, struct event *ev, uint8_t kind,
			   const uint8_t *body, size_t n)
{
	struct journal_when when;

	memset(ev, 0, sizeof *ev);
	if (kind > EV_SPLIT || n != sizeof when + journal_events[kind].n)
		return fail(r, "is of another build of gambler");
	memcpy(&when, body, sizeof when);
	ev->ts = when.ts;
	ev->from = when.from;
	ev->kind = kind;
	memcpy(&ev->u, body + sizeof when, journal_events[kind].n);
	return OK;
}

/* Zeros as they were; how much that makes, or SIZE_MAX: no record is like that. */
static size_t unfold(uint8_t *out, const uint8_t *in, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		bool zeros = in[i] == 0;
		if (zeros && ++i == n)
			return SIZE_MAX;
		size_t run = zeros ? in[i] : 1;
		if (k + run > JOURNAL_BODY)
			return SIZE_MAX;
		memset(out + k, zeros ? 0 : in[i], run);
		k += run;
	}
	return k;
}

enum err journal_next(struct journal_reader *r, struct journal_record *out)
{
	struct journal_head h;

	if (r->at == r->end)
		return ERR_END;
	if ((size_t)(r->end - r->at) < sizeof h)
		return fail(r, "ends within a record");
	memcpy(&h, r->at, sizeof h);
	if ((size_t)(r->end - r->at) < sizeof h + h.n)
		return fail(r, "ends within a record");
	if (crc32c(0, r->at + sizeof h.crc, sizeof h - sizeof h.crc + h.n) != h.crc)
		return fail(r, "is damaged: a record's sum is wrong");
	const uint8_t *body = r->body;
	size_t n = unfold(r->body, r->at + sizeof h, h.n);
	r->at += sizeof h + h.n;
	r->n++;
	out->kind = (enum journal_kind)h.kind;
	switch (out->kind) {
	case JOURNAL_BEGIN:
		return take_begin(r, &out->u.begin, body, n);
	case JOURNAL_STATE:
		return take(r, &out->u.state, sizeof out->u.state, body, n);
	case JOURNAL_TRADE:
		return take(r, &out->u.trade, sizeof out->u.trade, body, n);
	case JOURNAL_ORDER:
		return take(r, &out->u.order, sizeof out->u.order, body, n);
	case JOURNAL_EVENT:
		return take_event(r, &out->u.event, h.event, body, n);
	case JOURNAL_SUBMIT:
	case JOURNAL_CANCEL:
		return take(r, &out->u.submit, sizeof out->u.submit, body, n);
	case JOURNAL_SAVED:
		if (n == 0)
			return OK;
		break;
	case JOURNAL_KINDS:
		break;
	}
	return fail(r, "is of another build of gambler");
}
