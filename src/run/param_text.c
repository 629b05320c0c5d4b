/* A strategy's parameter as it is written in the ini. */
#include "run/config_inner.h"

void duration_text(struct text *t, ns d)
{
	static const struct { ns unit; const char *name; } units[] = {
		{ NS_DAY, "d" }, { NS_HOUR, "h" }, { NS_MINUTE, "m" }, { NS_SECOND, "s" },
		{ NS_MS, "ms" },
	};
	size_t i = 0;

	assert(d >= 0 && d % NS_MS == 0);
	while (d % units[i].unit != 0)
		i++;
	text_i64(t, d == 0 ? 0 : d / units[i].unit);
	text_cstr(t, d == 0 ? "" : units[i].name);
}

static void seconds_text(struct text *t, double v)
{
	duration_text(t, (ns)(v * 1000 + 0.5) * NS_MS);
}

void param_text(struct text *t, const struct strategy *s, uint32_t i, double v)
{
	struct str rest, one = { "", 0 };

	switch (s->params[i].type) {
	case PARAM_NUMBER:
	case PARAM_COUNT:
		text_f64(t, v, 9);
		break;
	case PARAM_PERCENT:
		text_f64(t, v * 100, 9);
		text_char(t, '%');
		break;
	case PARAM_DURATION:
		seconds_text(t, v);
		break;
	case PARAM_BOOL:
		text_cstr(t, v != 0 ? "yes" : "no");
		break;
	case PARAM_CHOICE:
		rest = str_of(s->params[i].choices);
		for (int k = 0; k <= (int)v; k++)
			one = str_cut(&rest, '|');
		text_add(t, one);
		break;
	}
}

void param_bounds(struct text *t, const struct strategy *s, uint32_t i)
{
	const struct param_spec *p = &s->params[i];

	if (p->type == PARAM_BOOL) {
		text_cstr(t, "yes or no");
	} else if (p->type == PARAM_CHOICE) {
		text_cstr(t, p->choices);
	} else {
		param_text(t, s, i, p->min);
		text_cstr(t, " to ");
		param_text(t, s, i, p->max);
	}
}
