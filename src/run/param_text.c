/* A strategy's parameter as it is written in the ini. */
#include "run/config_inner.h"

void param_text(struct text *t, const struct strategy *s, uint32_t i, double v)
{
	struct str rest, one = { "", 0 };

	switch (s->params[i].type) {
	case PARAM_NUMBER:
	case PARAM_COUNT:
		text_f64(t, v, 6);
		break;
	case PARAM_PERCENT:
		text_f64(t, v * 100, 6);
		text_char(t, '%');
		break;
	case PARAM_DURATION:
		text_f64(t, v, 3);
		text_char(t, 's');
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
