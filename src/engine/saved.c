/* saved.c: what decisions hang on beside the books, as bytes: the chart and the strategy's states.
 * Both follow from bars alone, so that a copy need not be new: whoever goes on from it plays the
 * bars behind it again, and is where he would be without a break. */
#include "base/crc.h"
#include "base/version.h"
#include "engine/inside.h"

/* What the bytes behind it mean, and until when they are told. */
struct head {
	char     version[16];	/* of the program: states lie as they do in its memory */
	uint64_t print, size;
	ns       decided, known;
};

static void mix(uint64_t *print, const void *data, size_t n)
{
	*print = *print * 0x100000001b3 ^ hash64(data, n);
}

/* Of everything that gives a state its meaning; what the chart is, it knows itself. */
static uint64_t print_of(const struct engine_config *c)
{
	const struct strategy *s = c->strategy;
	uint64_t print = s->version;

	mix(&print, s->name, strlen(s->name));
	mix(&print, c->params.v, s->params_n * sizeof c->params.v[0]);
	for (uint32_t i = 0; i < c->symbols_n; i++)
		mix(&print, c->symbol_name[i], strlen(c->symbol_name[i]));
	return print;
}

static struct head head_of(const struct engine *e, size_t chart)
{
	size_t states = e->c.symbols_n * e->stride;
	struct head h = {
		.version = VERSION, .print = print_of(&e->c), .decided = e->s.last_decision,
		.known = e->s.last_bar,
		.size = sizeof h + chart + states + e->c.strategy->shared_size,
	};

	static_assert(sizeof VERSION <= sizeof h.version, "a version fits");
	return h;
}

size_t engine_save(const struct engine *e, void *out, size_t room)
{
	size_t chart = chart_save(e->chart, NULL, 0), states = e->c.symbols_n * e->stride;
	struct head h = head_of(e, chart);
	char *at = (char *)out + sizeof h;

	assert(!e->waiting);
	if (room < h.size)
		return (size_t)h.size;
	memcpy(out, &h, sizeof h);
	chart_save(e->chart, at, chart);
	memcpy(at + chart, e->states, states);
	memcpy(at + chart + states, e->shared, e->c.strategy->shared_size);
	return (size_t)h.size;
}

bool engine_at_rest(const struct engine *e)
{
	assert(!e->started || !e->waiting);
	return e->started && e->data_up;
}

const char *engine_load(struct engine *e, const struct instance_state *s, const void *from,
			size_t n, ns *known)
{
	size_t chart = chart_save(e->chart, NULL, 0), states = e->c.symbols_n * e->stride;
	struct head h, own = head_of(e, chart);
	const char *at = (const char *)from + sizeof h;

	assert(!e->started && e->own_chart && e->s.last_bar == 0);
	if (n < sizeof h)
		return "it is cut off";
	memcpy(&h, from, sizeof h);
	if (memcmp(h.version, own.version, sizeof h.version) != 0)
		return "another version of gambler wrote it";
	if (h.print != own.print || h.size != own.size || n != own.size)
		return "the strategy, its parameters or the symbols have changed";
	if (h.decided > s->last_decision)
		return "it is newer than the books";
	if (!chart_load(e->chart, at, chart))
		return "what is to be computed has changed";
	memcpy(e->states, at + chart, states);
	memcpy(e->shared, at + chart + states, e->c.strategy->shared_size);
	e->gap_until = NEVER;	/* of a slice that was being built the rest comes as history */
	*known = h.known;
	return NULL;
}

/* What was computed before a stretch of missing bars is forgotten as a beginning is. */
void saved_hole(struct engine *e)
{
	for (uint32_t i = 0; i < e->c.symbols_n; i++)
		e->since[i] = chart_count(e->chart, e->at[i]);
	e->holes = true;
	assert(e->own_chart);
}

/* What follows from bars is as at the beginning; the books stay. Until the next reconciliation has
 * ended nothing is decided, and its beginning walks over the past, in order of time. */
void saved_anew(struct engine *e)
{
	assert(e->own_chart);
	chart_clear(e->chart);
	memset(e->states, 0, e->c.symbols_n * e->stride);
	memset(e->shared, 0, e->c.strategy->shared_size);
	memset(e->since, 0, sizeof e->since);
	e->waiting = e->started = false;
}
