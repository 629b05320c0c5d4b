/* momentum.c: buys what has risen fast on volume, if such rises have gone on often enough.
 *
 * A signal to buy, at the close of bar t:
 *   move     close / close[t-look] - 1 > min_move; with move = open: close / open[t-look] - 1 >=
 *            min_move, which for look = 4 is five bars from open to close
 *   volume   volume > vol_mult * mean of the vol_n bars before t
 * Shorts are the mirror. Stop and target: sl and tp times ATR(atr_n) of bar t from its close, or
 * parts of it (barriers = percent). Longest time: hold; 0: horizon bars.
 *
 * Continuation. Each signal of the past, whether traded or not, is judged by three barriers from
 * the open of the bar after it: 1 when the target's distance is reached before the stop's within
 * `horizon` bars, 0 when the stop's is or both are in one bar; neither: 1 when the last close is
 * beyond the open. It counts once all of its `horizon` bars have ended before t, however soon it
 * was settled: quick ends alone would be a biased sample. Of a symbol's signals in one half hour
 * the first counts; signals of all symbols in one 5-minute slot share one vote, their mean.
 * Longs and shorts are counted apart. With k won of n votes:
 *   beta     P(p > p_min) >= sure, p after Beta(12 + k, 12 + n - k): about even until shown
 *   wilson   the one-sided 95 % lower bound of Wilson's interval > p_min
 *   share    k / n >= p_min
 *   off      not asked
 * Fewer than votes_min votes: insufficient_history. Votes older than `days` do not count, nor,
 * for want of room, more than the newest 1,024. Half hours and slots are the clock's, by the
 * signal bar's start. */
#include "strategy/inside.h"

enum {
	P_LOOK, P_MOVE, P_MIN_MOVE, P_VOL_N, P_VOL_MULT, P_GATE, P_P_MIN, P_SURE, P_VOTES,
	P_DAYS, P_HORIZON, P_ATR_N, P_BARRIERS, P_TP, P_SL, P_TARGET, P_STOP, P_TRAIL,
	P_TRAIL_FROM, P_HOLD, P_WARMUP, P_COUNT
};

enum { GATE_BETA, GATE_WILSON, GATE_SHARE, GATE_OFF };

/* In the order of the parameters above. */
static const char table[] =
	"look" WHOLE("10 1 200") "bars of the move" END
	"move" CHOICE("0 close|open") "from the close or the open that many bars ago" END
	"min_move" PERCENT("0.02 0.0001 0.5") "the price has moved by this" END
	"vol_n" WHOLE("20 2 200") "bars of the mean volume" END
	"vol_mult" NUMBER("2 0 1000")
		"volume above this multiple of the mean of the bars before" END
	"continuation" CHOICE("0 beta|wilson|share|off")
		"how sure it must be that such moves go on" END
	"p_min" NUMBER("0.6 0.01 0.99") "part of them that goes on" END
	"sure" NUMBER("0.8 0.5 0.999") "beta: probability that it is more than p_min" END
	"votes_min" WHOLE("30 1 1000") "judged signals without which no trade" END
	"days" WHOLE("0 0 3650") "age of a vote at most; 0: any" END
	"horizon" WHOLE("30 1 240") "bars in which it goes on" END
	"atr_n" WHOLE("14 2 200") "bars of the average true range" END
	"barriers" CHOICE("0 atr|percent") "target and stop by tp and sl, or by target and stop" END
	"tp" NUMBER("1 0.1 20") "target in ATRs" END
	"sl" NUMBER("1 0.1 20") "stop in ATRs" END
	"target" PERCENT("0.04 0.001 1") "target above the signal's close" END
	"stop" PERCENT("0.02 0.001 0.5") "stop below the signal's close" END
	"trail" PERCENT("0 0 0.5") "trailing stop; 0%: none" END
	"trail_from" PERCENT("0.01 0 0.5") "it begins with this profit" END
	"hold" SECONDS("0 0 604800") "longest time; 0: horizon bars" END
	"warmup" WHOLE("250 0 5000") "bars before the first signal" END;
static struct param_spec params[P_COUNT];

static const struct preset presets[] = {
	{ "literal", "2 % in 10 bars on twice the volume, 80 % sure of 60 % continuation",
	  "look=10 move=close min_move=2% vol_mult=2 continuation=beta p_min=0.6 sure=0.8 "
	  "votes_min=30 days=0 horizon=30 barriers=atr tp=1 sl=1 trail=0% hold=0" },
	{ "strict", "the same, by the lower bound of Wilson's interval",
	  "look=10 move=close min_move=2% vol_mult=2 continuation=wilson p_min=0.6 "
	  "votes_min=30 days=0 horizon=30 barriers=atr tp=1 sl=1 trail=0% hold=0" },
	{ "classic", "2 % over 5 bars, 60 % of at least 100 past ones of 90 days went on",
	  "look=4 move=open min_move=2% vol_mult=2 continuation=share p_min=0.6 votes_min=100 "
	  "days=90 horizon=120 barriers=percent target=4% stop=2% trail=0% hold=120m" },
	{ "lively", "1 % in 10 bars on 1.5 times the volume, nothing asked of the past",
	  "look=10 move=close min_move=1% vol_mult=1.5 continuation=off barriers=percent "
	  "target=2% stop=1% trail=0.5% trail_from=1% hold=60m" },
};

enum { I_CLOSE, I_MOVE, I_VOLUME, I_ATR, I_COUNT };

static const char *const inputs[I_COUNT] = {
	[I_CLOSE] = "close", [I_MOVE] = "close / close[$look] - 1",
	[I_VOLUME] = "volume_ratio($vol_n)", [I_ATR] = "atr($atr_n)",
};

static const char *input(const struct params *p, uint32_t i)
{
	assert(i < I_COUNT);
	return i == I_MOVE && p->v[P_MOVE] > 0 ? "close / open[$look] - 1" : inputs[i];
}

enum { C_NO_VALUE, C_MOVE, C_VOLUME, C_HISTORY, C_CONTINUATION, C_COUNT };

static const char *const conditions[C_COUNT] = {
	[C_NO_VALUE] = "no_value", [C_MOVE] = "move", [C_VOLUME] = "volume",
	[C_HISTORY] = "insufficient_history", [C_CONTINUATION] = "continuation",
};

static const char *const values[] = { "close", "move", "volume_ratio", "atr" };
static const uint8_t value_input[] = { I_CLOSE, I_MOVE, I_VOLUME, I_ATR };

#define HALF_HOUR 1800
#define SLOT      300

/* Signals of a symbol that are not judged yet. One in a half hour waits for `horizon` bars: of
 * 5 minutes 20 half hours at most, of 15 minutes or longer up to 32; what comes beyond is not
 * counted. */
#define WAITING 32

struct waiting {
	double   distance_up, distance_down;	/* of target and stop, in dollars */
	double   from;				/* the open after the signal; 0: not yet */
	uint32_t slot;				/* of the signal, in SLOTs since 1970 */
	uint16_t bars;				/* of the horizon, still to come */
	int8_t   side, won;			/* 1, -1; won: 1, 0, and -1 not settled */
};

struct state {
	struct waiting w[WAITING];
	uint32_t n, pad;
	uint32_t half_hour[2];			/* the last with a signal to buy, to sell */
};

#define VOTES 1024

/* One 5-minute slot of the market. What is fresh was settled at `now` and counts later. */
struct vote { uint32_t slot; uint8_t won, n, fresh_won, fresh_n; };
struct ring { uint32_t n, newest; struct vote v[VOTES]; };
struct shared { ns now; uint64_t fresh; struct ring side[2]; };

static bool check(const struct params *p, char *why, size_t size)
{
	(void)p; (void)why; (void)size;
	return true;
}

static uint32_t warmup(const struct params *p)
{
	double need = p->v[P_LOOK] + p->v[P_VOL_N] + p->v[P_ATR_N];

	return (uint32_t)(p->v[P_WARMUP] < need ? need : p->v[P_WARMUP]);
}

/* ---- the past */

/* The slots of signals come nearly in order: the newest few are looked at first. */
static struct vote *vote_at(struct ring *r, uint32_t slot)
{
	for (uint32_t i = 0; i < r->n; i++) {
		struct vote *v = &r->v[(r->newest + VOTES - i) % VOTES];
		if (v->slot == slot)
			return v;
	}
	r->newest = (r->newest + 1) % VOTES;
	r->n += r->n < VOTES;
	r->v[r->newest] = (struct vote){ .slot = slot };
	return &r->v[r->newest];
}

/* What was settled at an earlier moment counts from now on. */
static void freshen(struct shared *s, ns now)
{
	if (s->now == now)
		return;
	s->now = now;
	for (uint32_t side = 0; side < 2 && s->fresh > 0; side++) {
		for (uint32_t i = 0; i < VOTES; i++) {
			struct vote *v = &s->side[side].v[i];
			v->won = (uint8_t)(v->won + v->fresh_won);
			v->n = (uint8_t)(v->n + v->fresh_n);
			v->fresh_won = v->fresh_n = 0;
		}
	}
	s->fresh = 0;
}

static void judge(struct waiting *w, const struct bar *b)
{
	double high = px_f64(b->high), low = px_f64(b->low), close = px_f64(b->close);

	assert(w->bars > 0);
	if (w->from <= 0)
		w->from = px_f64(b->open);
	w->bars--;
	if (w->won >= 0)
		return;
	bool up = w->side > 0;
	bool stopped = up ? low <= w->from - w->distance_down : high >= w->from + w->distance_down;
	bool reached = up ? high >= w->from + w->distance_up : low <= w->from - w->distance_up;
	if (stopped || reached)
		w->won = !stopped;
	else if (w->bars == 0)
		w->won = up ? close > w->from : close < w->from;
}

static void settle(struct state *s, struct shared *all, const struct bar *b)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		struct waiting *w = &s->w[i];
		judge(w, b);
		if (w->bars > 0) {
			s->w[kept++] = *w;
			continue;
		}
		struct vote *v = vote_at(&all->side[w->side < 0], w->slot);
		/* Of more symbols than a byte counts, the first 255 share the vote. */
		if (v->n + v->fresh_n < UINT8_MAX) {
			v->fresh_won = (uint8_t)(v->fresh_won + w->won);
			v->fresh_n++;
			all->fresh++;
		}
	}
	s->n = kept;
}

/* 1 a signal to buy, -1 to sell; 0 none. */
static int signal_at(const struct params *p, const struct view *v)
{
	double move = view_in(v, I_MOVE), least = p->v[P_MIN_MOVE];
	bool buy = p->v[P_MOVE] > 0 ? move >= least : move > least;
	bool sell = p->v[P_MOVE] > 0 ? move <= -least : move < -least;

	if (!buy && !sell)
		return 0;
	return !(view_in(v, I_VOLUME) > p->v[P_VOL_MULT]) ? 0 : buy ? 1 : -1;
}

/* Distances of target and stop from a price. */
static double distance(const struct params *p, double atr, double price, bool target)
{
	if (p->v[P_BARRIERS] > 0)
		return price * p->v[target ? P_TARGET : P_STOP];
	return atr * p->v[target ? P_TP : P_SL];
}

static void remember(struct state *s, const struct params *p, const struct view *v,
		     const struct bar *b, int side)
{
	uint32_t start = (uint32_t)(b->open_ts / NS_SECOND);
	double atr = view_in(v, I_ATR), close = px_f64(b->close);
	uint32_t *last = &s->half_hour[side < 0];

	if (!ta_defined(atr) || *last == start / HALF_HOUR || s->n == WAITING)
		return;
	*last = start / HALF_HOUR;
	s->w[s->n++] = (struct waiting){
		.distance_up = distance(p, atr, close, true),
		.distance_down = distance(p, atr, close, false),
		.slot = start / SLOT, .bars = (uint16_t)p->v[P_HORIZON],
		.side = (int8_t)side, .won = -1,
	};
}

static void update(void *state, void *shared, const struct params *p, const struct view *v)
{
	struct state *s = state;

	if (p->v[P_GATE] >= GATE_OFF)
		return;
	freshen(shared, v->now);
	int side = signal_at(p, v);
	if (s->n == 0 && side == 0)
		return;
	struct bar b = chart_bar(v->chart, v->slot, 0);
	settle(s, shared, &b);
	if (side != 0)
		remember(s, p, v, &b, side);
}

/* ---- the decision */

/* Votes that count, and their sum. */
static double votes(const struct ring *r, const struct params *p, ns now, double *won)
{
	double n = 0;
	int64_t oldest = p->v[P_DAYS] > 0 ?
		now / NS_SECOND / SLOT - (int64_t)p->v[P_DAYS] * (86400 / SLOT) : 0;

	*won = 0;
	/* From the newest on: the same sum wherever the ring begins. */
	for (uint32_t i = 0; i < r->n; i++) {
		const struct vote *v = &r->v[(r->newest + VOTES - i) % VOTES];
		if (v->n == 0 || v->slot < oldest)
			continue;
		*won += (double)v->won / v->n;
		n += 1;
	}
	return n;
}

/* Of the side that has more. */
static bool judged(const void *shared, const struct params *p, ns now, uint32_t *have,
		   uint32_t *want)
{
	const struct shared *all = shared;
	double won, longs = votes(&all->side[0], p, now, &won);
	double shorts = votes(&all->side[1], p, now, &won);

	*have = (uint32_t)(longs > shorts ? longs : shorts);
	*want = (uint32_t)p->v[P_VOTES];
	return p->v[P_GATE] < GATE_OFF;
}

static uint8_t continues(const struct ask *a)
{
	const struct params *p = a->p;
	const struct shared *all = a->shared;
	double won, p_min = p->v[P_P_MIN];
	double n = votes(&all->side[a->up < 0], p, a->v->now, &won);

	if (n < p->v[P_VOTES])
		return C_HISTORY;
	double gate = p->v[P_GATE];
	bool passes = gate < GATE_WILSON ?
		odds_beta_above(12 + won, 12 + n - won, p_min) >= p->v[P_SURE] :
		gate < GATE_SHARE ? odds_wilson_low(won, n, 1.6448536269514722) > p_min :
		won / n >= p_min;
	return passes ? C_COUNT : C_CONTINUATION;
}

static uint8_t side(const struct ask *a, struct decision *out)
{
	const struct params *p = a->p;
	double move = a->up * view_in(a->v, I_MOVE), least = p->v[P_MIN_MOVE];

	if (!ta_defined(move))
		return C_NO_VALUE;
	if (!(p->v[P_MOVE] > 0 ? move >= least : move > least))
		return C_MOVE;
	double volume = view_in(a->v, I_VOLUME), atr = view_in(a->v, I_ATR);
	if (!ta_defined(volume + atr))
		return C_NO_VALUE;
	if (!(volume > p->v[P_VOL_MULT]))
		return C_VOLUME;
	uint8_t failed = p->v[P_GATE] < GATE_OFF ? continues(a) : C_COUNT;
	if (failed != C_COUNT)
		return failed;
	double hold = p->v[P_HOLD] > 0 ? p->v[P_HOLD] : p->v[P_HORIZON] * a->v->timeframe_s;
	uint8_t passed = strategy_levels(a, distance(p, atr, a->close, false),
					 distance(p, atr, a->close, true), hold, out);
	out->stop_is = out->target_is = p->v[P_BARRIERS] > 0 ? LEVEL_PART : LEVEL_DISTANCE;
	out->trail = a->close * p->v[P_TRAIL];
	out->trail_from = p->v[P_TRAIL] > 0 ? a->close * p->v[P_TRAIL_FROM] : 0;
	return passed;
}

static void decide(const void *state, const void *shared, const struct params *p,
		   const struct view *v, struct decision *out)
{
	struct ask a = { p, v, state, shared, 0, view_in(v, I_CLOSE) };

	if (v->trade == NULL)
		strategy_enter(&a, side, out);
}

const struct strategy momentum = {
	.name = "momentum",
	.about = "buys what has risen fast on high volume, if such rises have gone on",
	.table = table, .params = params, .params_n = P_COUNT,
	.presets = presets, .presets_n = COUNT(presets),
	.inputs = inputs, .inputs_n = I_COUNT, .input = input,
	.conditions = conditions, .conditions_n = C_COUNT,
	.values = values, .value_input = value_input, .values_n = COUNT(values),
	.state_size = sizeof(struct state), .shared_size = sizeof(struct shared),
	.version = 1, .judged = judged,
	.check = check, .warmup = warmup, .update = update, .decide = decide,
};
