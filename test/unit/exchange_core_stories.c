/* The stories: how orders live, one a file, and what is refused and when. */
#include "exchange_story.h"

void test_exchange_story_orders(void)
{
	story("exchange_orders.txt");
}

void test_exchange_story_groups(void)
{
	story("exchange_groups.txt");
}

void test_exchange_story_changes(void)
{
	story("exchange_changes.txt");
}

void test_exchange_story_refusals(void)
{
	story("exchange_refusals.txt");
}

void test_exchange_story_money(void)
{
	story("exchange_money.txt");
}

void test_exchange_story_sessions(void)
{
	story("exchange_sessions.txt");
}

void test_exchange_story_standing(void)
{
	story("exchange_standing.txt");
}
