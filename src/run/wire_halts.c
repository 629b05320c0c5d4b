/* wire_halts.c: symbols in which nothing is to be entered: halted, at the end of their band, or not
 * traded by the broker any more. It is looked at where the order leaves; exits and stops are not
 * asked. Shares that have another name now are looked after under it. */
#include "run/wire_inner.h"

#include "base/log.h"

#define HALT_QUIET (60 * NS_SECOND)	/* market time without entries after a halt */

/* After a halt prices jump: entries wait until they have settled. Stops stay where they are. */
static void quiet(struct wire *w, sym s, const char *code)
{
	if (w->halt[s].until <= wire_now(w) || w->halt[s].until == INT64_MAX)
		log_warn("symbol.trades", "symbol=%s code=%s entries=\"in a minute\"",
			 w->l->symbols->name[s], code);
	w->halt[s].until = wire_now(w) + HALT_QUIET;
}

void wire_status(struct wire *w, sym s, const char *code)
{
	enum alpaca_status what = alpaca_status(code);

	if (s == SYM_NONE || what == AS_NONE)
		return;
	if (what != AS_HALT) {
		if (what == AS_TRADES || w->halt[s].until != INT64_MAX)
			quiet(w, s, code);
		return;
	}
	log_warn("symbol.halted", "symbol=%s code=%s entries=no", w->l->symbols->name[s], code);
	w->halt[s].at = wire_now(w);
	w->halt[s].until = INT64_MAX;
}

void wire_band(struct wire *w, const struct bar *band)
{
	sym s = band->sym;

	if (s == SYM_NONE || w->fall.last[s].n == 0 || w->halt[s].until == INT64_MAX)
		return;
	int64_t last = w->fall.last[s].n;
	if ((band->high.n > 0 && last >= band->high.n) || last <= band->low.n)
		quiet(w, s, "band");
}

void wire_traded(struct wire *w, const struct bar *b)
{
	if (w->halt[b->sym].until == INT64_MAX && b->open_ts > w->halt[b->sym].at)
		quiet(w, b->sym, "bar");	/* its resumption was not heard */
}

/* ---- what the broker says of it, once a day */

static const char *const no_words[] = {
	"", "the broker does not lend it: no short sales", "the broker does not trade it"
};

static void refuse(struct wire *w, sym s, enum no_entry no)
{
	if (no > w->no_entry[s])
		log_warn("symbol.refused", "symbol=%s why=\"%s\"", w->l->symbols->name[s],
			 no_words[no]);
	w->no_entry[s] = (uint8_t)no;
}

void wire_assets(struct wire *w, ns now)
{
	if (!w->sim && ny_date(now) != w->assets_day &&
	    wire_task(w, TASK_ASSETS, BUCKET_HISTORY) != NULL)
		w->assets_day = ny_date(now);
}

void wire_asset(struct wire *w, struct task *t, const struct http_result *r)
{
	struct alpaca_asset a;
	sym s = t->symbol_at;

	if (r->status == 404 || symbols_name(w->l->symbols, s) != w->l->symbols->name[s])
		refuse(w, s, NO_TRADES);
	else if (alpaca_read_asset(r->body, &a) == OK)
		refuse(w, s, !a.active || !a.tradable ? NO_TRADES
			     : a.shortable ? NO_NONE : NO_SHORTS);
	t->tries = t->fails = 0;
	t->used = ++t->symbol_at < w->l->config->symbols.n;
}

const struct alpaca_error *wire_no_entry(struct wire *w, const struct task *t)
{
	static const struct alpaca_error killed = { DENY_KILL, "halted" };
	static const struct alpaca_error halted = {
		DENY_SYMBOL, "trading in it is halted, or was a moment ago"
	};
	static struct alpaca_error refused = { DENY_SYMBOL, "" };
	const struct order *o = &t->order;

	if (t->kind != TASK_SUBMIT || o->role != ROLE_ENTRY)
		return NULL;
	/* A kill state is looked at here, where nothing comes between it and the socket. */
	if (atomic_load(&w->l->instance[t->instance].kill) != KILL_RUN)
		return &killed;
	if (wire_now(w) < w->halt[o->sym].until)
		return &halted;
	uint8_t no = w->no_entry[o->sym];
	if (no == NO_NONE || (no == NO_SHORTS && o->side == SIDE_BUY))
		return NULL;
	bool fits = str_copy(refused.message, sizeof refused.message, str_of(no_words[no]));
	assert(fits);
	return &refused;
}

/* ---- splits, and other names */

ns wire_splits_from(struct wire *w)
{
	ns oldest = atomic_load(&w->l->oldest_open), shares = ny_time(w->shares_of, 12, 0);

	return oldest < shares ? oldest : shares;
}

/* Of what is held, or drawn in charts, since an earlier day. */
bool wire_splits_due(struct wire *w, ns now)
{
	day today = ny_date(now - SPLITS_FROM);

	return w->splits_known < today && now >= w->splits_next &&
	       mono_ns() >= w->rest_wait[CLIENT_DATA] &&
	       ny_date(wire_splits_from(w)) < today;
}

static void read_anew(struct wire *w, sym s)
{
	for (uint32_t i = 0; i < w->l->instances_n; i++)
		w->reread |= w->anew[i] |= wire_charts(&w->l->instance[i].config, s);
}

/* Under the new name the broker tells the bars of both, under the old one none from then on. */
static void rename_symbol(struct wire *w, sym s, const char *name)
{
	if (!symbols_rename(w->l->symbols, s, str_of(name)))
		return;
	log_error("symbol.renamed", "symbol=%s name=%s effect=\"no entries; what is held is "
		  "closed under its new name\" remedy=\"the new name in the instance, once it is "
		  "closed\"", w->l->symbols->name[s], name);
	w->no_entry[s] = NO_TRADES;
	read_anew(w, s);
	wire_subscribe(w);
}

static void give_split(void *ctx, const struct alpaca_split *x)
{
	struct wire *w = ctx;
	struct event ev;

	if (x->name[0] != 0) {
		rename_symbol(w, x->sym, x->name);
		return;
	}
	if (x->ex > w->shares_of)
		read_anew(w, x->sym);
	memset(&ev, 0, sizeof ev);
	ev.kind = EV_SPLIT;
	ev.ts = wire_now(w);
	ev.u.split = (struct split){ x->sym, x->ex, x->after, x->before };
	wire_give(w, 0xff, &ev);
}

void wire_splits(struct wire *w, const struct task *t, struct str body)
{
	uint32_t names = w->l->symbols->renamed_n;

	if (alpaca_read_splits(body, w->l->symbols, give_split, w) == OK) {
		if (w->shares_of < ny_date(t->to))
			w->shares_of = ny_date(t->to);
		if (w->l->symbols->renamed_n == names)	/* else what a new name has seen is asked */
			w->splits_known = ny_date(t->to);
		return;
	}
	log_warn("data.splits", "why=\"no answer that can be read\" effect=\"shares that were "
		 "split overnight are taken for other people's\" next=\"asked again\"");
	w->splits_next = wire_now(w) + SPLITS_AGAIN;
}
