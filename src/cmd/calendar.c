/* calendar.c: `gambler calendar`: the sessions of a year, as they are built in. */
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/cmd.h"

static void one_day(day d, bool json, bool *first)
{
	struct session s;
	char date[16];
	int weekday = weekday_of(d);

	if (weekday == 0 || weekday == 6)
		return;
	bool open = calendar_session(NULL, d, &s);
	if (open && !s.half)
		return;
	date_text(date, d);
	int hour = open && s.close == ny_time(d, 14, 0) ? 14 : 13;
	if (!json && open)
		printf("%s  closes %d:00\n", date, hour);
	else if (!json)
		printf("%s  closed\n", date);
	else if (open)
		printf("%s{\"date\":\"%s\",\"closed\":false,\"close\":\"%d:00\"}",
		       *first ? "" : ",", date, hour);
	else
		printf("%s{\"date\":\"%s\",\"closed\":true,\"close\":null}", *first ? "" : ",",
		       date);
	*first = false;
}

int cmd_calendar(int argc, char **argv)
{
	struct options o;
	int64_t year = civil_of(ny_date(wall_ns())).year * NUM_ONE;
	bool first = true;

	int code = options_read(&o, argc, argv, NULL, NULL);
	if (code != 0)
		return code;
	if (o.argc > 1)
		return usage_error("calendar", "takes one year", "");
	if (o.argc == 1 && (num_parse(&year, str_of(o.argv[0])) != OK || year % NUM_ONE != 0 ||
			    year < 1990 * NUM_ONE || year > 2100 * NUM_ONE))
		return usage_error("calendar", "a year from 1990 to 2100 is wanted, not",
				   o.argv[0]);
	int y = (int)(year / NUM_ONE);
	if (o.json)
		fputs("[", stdout);
	for (day d = day_of(y, 1, 1); d < day_of(y + 1, 1, 1); d++)
		one_day(d, o.json, &first);
	if (o.json)
		puts("]");
	return EXIT_DONE;
}
