/* words.c: the names of the refusals, and traces as rows of numbers. */
#include <math.h>

#include "risk/risk.h"

static const struct { const char *name, *help; } words[DENY_COUNT] = {
	[ALLOW] = { "allow", "Nothing speaks against it." },
	[DENY_KILL] = { "kill", "Halted, flattening or reduce-only: nothing new is opened until "
		"`gambler resume`." },
	[DENY_PAUSED] = { "paused", "Paused by the operator or a breaker: no entries; exits and "
		"stops go on." },
	[DENY_LINK] = { "link", "A stream is down, or the books are not yet compared with the "
		"broker's: wait." },
	[DENY_SESSION] = { "session", "The market is closed, or it is outside the instance's "
		"trading window." },
	[DENY_SYMBOL] = { "symbol", "The symbol is not on the instance's list, or the broker does "
		"not let it trade." },
	[DENY_QTY] = { "qty", "The quantity is not a positive number of whole shares." },
	[DENY_GRID] = { "grid", "A price is off the price grid, missing, or on the wrong side of "
		"the market." },
	[DENY_STALE] = { "stale", "The newest bar is too old to trade on: see the data stream." },
	[DENY_DUPLICATE] = { "duplicate", "The order's id is in use, or there is a position or an "
		"entry in this symbol already." },
	[DENY_NOTIONAL] = { "notional", "The order is larger than one order may be: see "
		"order_notional_max." },
	[DENY_CAPITAL] = { "capital", "Its positions and entries would exceed the instance's "
		"capital." },
	[DENY_POSITIONS] = { "positions", "The instance holds as many positions as it may." },
	[DENY_ORDER_RATE] = { "order_rate", "Too many orders in this minute or on this day: a "
		"strategy may be running away." },
	[DENY_DAY_LOSS] = { "day_loss", "The instance lost today what it may lose in a day." },
	[DENY_LOSS_STREAK] = { "loss_streak", "Too many losses in a row: look at the strategy, "
		"then resume." },
	[DENY_ACCOUNT] = { "account", "The account is unknown or blocked at the broker, or may not "
		"sell short." },
	[DENY_BUYING_POWER] = { "buying_power", "The account's buying power does not cover it." },
	[DENY_PORTFOLIO_POSITIONS] = { "portfolio_positions", "All instances together hold as many "
		"positions as they may." },
	[DENY_PORTFOLIO_LOSS] = { "portfolio_loss", "The account lost today what it may lose in a "
		"day." },
	[DENY_MARGIN] = { "margin", "The initial margin would be too large a part of the equity." },
	[DENY_CASH] = { "cash", "Too little of the equity would be left in cash." },
	[DENY_OPPOSITE] = { "opposite", "Another instance has an order on the other side of this "
		"symbol; the broker would refuse it as a wash trade." },
};

const char *deny_text(enum deny d)
{
	assert(words[DENY_COUNT - 1].name != NULL);
	return (unsigned)d < DENY_COUNT ? words[d].name : "unknown";
}

const char *deny_help(enum deny d)
{
	assert(words[DENY_COUNT - 1].help != NULL);
	return (unsigned)d < DENY_COUNT ? words[d].help : "";
}

/* A check that compares two numbers of its own has two places. */
static const uint8_t gate_pairs[] = {
	DENY_QTY, DENY_STALE, DENY_NOTIONAL, DENY_CAPITAL, DENY_POSITIONS, DENY_ORDER_RATE,
	DENY_ORDER_RATE, DENY_DAY_LOSS, DENY_LOSS_STREAK,
};

static const uint8_t guard_pairs[] = {
	DENY_ACCOUNT, DENY_BUYING_POWER, DENY_PORTFOLIO_POSITIONS, DENY_PORTFOLIO_LOSS,
	DENY_MARGIN, DENY_CASH, DENY_OPPOSITE,
};

enum deny gate_pair(uint32_t i)
{
	assert(COUNT(gate_pairs) * 2 <= NOTE_VALUES);
	return i < COUNT(gate_pairs) ? (enum deny)gate_pairs[i] : ALLOW;
}

enum deny guard_pair(uint32_t i)
{
	assert(COUNT(guard_pairs) * 2 <= NOTE_VALUES);
	return i < COUNT(guard_pairs) ? (enum deny)guard_pairs[i] : ALLOW;
}

static uint32_t fill_in(const struct gate_trace *t, const uint8_t *pairs, size_t n,
			double *value, uint32_t room)
{
	uint32_t line = 0, used = 0;

	assert(t->n <= COUNT(t->line) && room >= 2 * n);
	for (size_t i = 0; i < n; i++) {
		uint32_t at = line;
		while (at < t->n && t->line[at].check != pairs[i])
			at++;
		bool made = at < t->n;
		value[used++] = made ? t->line[at].value : (double)NAN;
		value[used++] = made ? t->line[at].limit : (double)NAN;
		if (made)
			line = at + 1;
	}
	return used;
}

uint32_t gate_values(const struct gate_trace *t, double *value, uint32_t room)
{
	assert(t != NULL);
	return fill_in(t, gate_pairs, COUNT(gate_pairs), value, room);
}

uint32_t guard_values(const struct gate_trace *t, double *value, uint32_t room)
{
	assert(t != NULL);
	return fill_in(t, guard_pairs, COUNT(guard_pairs), value, room);
}
