/* model_book.c: what a trade has earned; words for every value of every table. */
#include "model/book.h"
#include "test/check.h"

void test_book_words(void)
{
	for (int i = 0; i < EXIT_REASONS; i++)
		CHECK(exit_text((enum exit_reason)i)[0] != '\0', "reason %d has a word", i);
	for (int i = 0; i < NOTE_KINDS; i++)
		CHECK(note_text((enum note_kind)i)[0] != '\0', "note %d has a word", i);
	CHECK_TEXT(role_text(ROLE_EXIT), "exit", "roles");
	CHECK_TEXT(trade_state_text(TRADE_CLOSED), "closed", "states of trades");
	CHECK_TEXT(run_state_text(RUN_ERROR), "error", "states of instances");
	CHECK_TEXT(kill_text(KILL_REDUCE_ONLY), "reduce_only", "kill states");
	CHECK_TEXT(session_status_text(SESSION_CRASHED), "crashed", "sessions");
	CHECK_TEXT(exit_text((enum exit_reason)200), "unknown", "what no table knows");
}

static int64_t pnl(enum side side, int64_t in, int64_t in_value, int64_t out, int64_t out_value,
		   int64_t fees)
{
	struct trade t = { .side = (uint8_t)side, .in = qty_shares(in), .out = qty_shares(out),
			   .in_value = { in_value * NUM_ONE }, .out_value = { out_value * NUM_ONE },
			   .fees = { fees * NUM_ONE } };

	return trade_pnl(&t).n / NUM_ONE;
}

void test_trade_pnl(void)
{
	CHECK_INT(pnl(SIDE_BUY, 100, 10000, 100, 10500, 0), 500, "a long that rose");
	CHECK_INT(pnl(SIDE_SELL, 100, 10000, 100, 10500, 0), -500, "a short that rose");
	CHECK_INT(pnl(SIDE_BUY, 100, 10000, 40, 4200, 0), 200,
			"a part: its share of what was paid");
	CHECK_INT(pnl(SIDE_SELL, 100, 10000, 40, 3800, 1), 199, "a short's part, less fees");
	CHECK_INT(pnl(SIDE_BUY, 100, 10000, 0, 0, 0), 0, "nothing is realised while all is held");
	CHECK_INT(pnl(SIDE_BUY, 0, 0, 0, 0, 0), 0, "nor when there was nothing");
	CHECK_INT(pnl(SIDE_BUY, 3, 100, 1, 40, 0), 6, "40 less a third of 100, rounded at 10^-9");
	CHECK_INT(pnl(SIDE_BUY, 100, 10000, 200, 20500, 0), 10500,
			"too much out: the rest is owed");
}
