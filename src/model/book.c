/* book.c: the words of book.h, and what a trade has earned. */
#include "model/book.h"

static const char *const roles[] = {
	[ROLE_ENTRY] = "entry", [ROLE_STOP] = "stop", [ROLE_TARGET] = "target", [ROLE_EXIT] =
			"exit",
};

static const char *const trade_states[] = {
	[TRADE_ENTERING] = "entering", [TRADE_OPEN] = "open", [TRADE_EXITING] = "exiting",
	[TRADE_CLOSED] = "closed",
};

static const char *const exits[] = {
	[EXIT_NONE] = "none",
	[EXIT_STOP] = "stop",
	[EXIT_TARGET] = "target",
	[EXIT_SIGNAL] = "signal",
	[EXIT_TIME] = "time",
	[EXIT_SESSION_END] = "session_end",
	[EXIT_OPERATOR] = "operator",
	[EXIT_UNPROTECTED] = "unprotected",
	[EXIT_GONE] = "gone",
	[EXIT_NOT_FILLED] = "not_filled",
	[EXIT_REFUSED] = "refused", [EXIT_TRAIL] = "trail",
};

static const char *const runs[] = {
	[RUN_STOPPED] = "stopped", [RUN_RUNNING] = "running", [RUN_PAUSED] = "paused",
	[RUN_HALTED] = "halted", [RUN_ERROR] = "error",
};

static const char *const kills[] = {
	[KILL_RUN] = "run", [KILL_REDUCE_ONLY] = "reduce_only", [KILL_FLATTEN] = "flatten",
	[KILL_HALT] = "halt",
};

static const char *const notes[] = {
	[NOTE_SIGNAL] = "signal",
	[NOTE_GATE] = "gate",
	[NOTE_GUARD] = "guard",
	[NOTE_SENT] = "sent",
	[NOTE_REPLY] = "reply",
	[NOTE_STATUS] = "status",
	[NOTE_EXIT] = "exit",
	[NOTE_PROTECT] = "protect",
	[NOTE_BREAKER] = "breaker",
	[NOTE_COMMAND] = "command",
	[NOTE_SYNC] = "sync", [NOTE_FILTER] = "filter",
};

static const char *const sessions[] = {
	[SESSION_ACTIVE] = "active", [SESSION_COMPLETED] = "completed", [SESSION_CRASHED] =
			"crashed",
};

/* Records come from a file too: a word for what no table knows. */
static const char *word(const char *const *words, size_t n, unsigned v)
{
	assert(n > 0);
	return v < n ? words[v] : "unknown";
}

const char *role_text(enum order_role r)   { return word(roles, COUNT(roles), r); }
const char *exit_text(enum exit_reason r)  { return word(exits, COUNT(exits), r); }
const char *run_state_text(enum run_state s) { return word(runs, COUNT(runs), s); }
const char *kill_text(enum kill_state k)   { return word(kills, COUNT(kills), k); }
const char *note_text(enum note_kind k)    { return word(notes, COUNT(notes), k); }

const char *trade_state_text(enum trade_state s)
{
	return word(trade_states, COUNT(trade_states), s);
}

const char *session_status_text(enum session_status s)
{
	return word(sessions, COUNT(sessions), s);
}

usd trade_pnl(const struct trade *t)
{
	int64_t share = t->in_value.n;

	assert(t->in.n >= 0 && t->out.n >= 0);
	if (t->out.n < t->in.n)
		share = num_muldiv(t->in_value.n, t->out.n, t->in.n, ROUND_NEAR);
	int64_t gain = t->out_value.n - share;
	return (usd){ (t->side == SIDE_BUY ? gain : -gain) - t->fees.n };
}
