/* The stories: how orders live, one a file, and what is refused and when. */
#include <stdio.h>

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

/* One life each: by type, by time in force, by class, and what the exchange does to them. */
void test_exchange_story_lives(void)
{
	static const char *const life[] = {
		"market", "limit", "stop", "stop_limit", "trailing_stop", "day_gtc", "opg", "cls",
		"ioc", "fok", "extended", "fraction", "bracket", "oco", "oto", "halt", "volume",
		"mischief"
	};
	char name[64];

	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		snprintf(name, sizeof(name), "exchange_life_%s.txt", life[i]);
		story(name);
	}
}
