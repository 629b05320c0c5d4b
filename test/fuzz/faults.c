/* rooms: exchange */
/* Scripts of faults: whatever they hold, the reader ends, its errors are whole lines that name a
 * place, all rules are taken or none, and what was taken can be asked for its times; answers that
 * it changes stay within their memory. */
#include <stdlib.h>

#include "exchange/faults_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void ask(struct fault_rule *r, struct str input)
{
	static char memory[8192];
	struct text t;
	ns now = day_of(2024, 7, 2) * NS_DAY + 14 * NS_HOUR;
	struct fault_case c = {
		.on = r->on, .now = now, .method = STR("GET"), .path = STR("/v2/orders"),
		.symbol = STR("AAPL"), .side = -1, .type = -1, .cls = -1, .tif = -1
	};

	for (int i = 0; i < 4; i++)
		(void)faults_fires(r, &c);
	if (r->n == 0 || r->n > FAULT_DOES_MAX || r->fired > r->seen)
		abort();
	text_init(&t, memory, sizeof(memory));
	for (uint32_t i = 0; i < r->n; i++)
		(void)!faults_edit(&t, input, &r->does[i], ROWS_ANSWER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct fault_script s;
	static const char json[] =
		"{\"id\":\"a\",\"t\":\"2024-07-01T13:30:00.5Z\",\"l\":[{\"id\":1}]}";
	char memory[4096];
	struct str input = { (const char *)data, n };
	struct text why;

	s.n = 0;
	s.pool_n = 0;
	text_init(&why, memory, sizeof(memory));
	if (!faults_parse(&s, STR("fuzz"), input, &why)) {
		struct str rest = text_str(&why);
		if (s.n != 0 || s.pool_n != 0 || rest.n == 0)
			abort();
		while (rest.n > 0)
			if (!str_starts(str_cut(&rest, '\n'), STR("fuzz:")))
				abort();
		return 0;
	}
	faults_start(&s, 0, day_of(2024, 7, 1) * NS_DAY + 15 * NS_HOUR, 1);
	for (uint32_t i = 0; i < s.n; i++) {
		ask(&s.rule[i], str_of(json));
		ask(&s.rule[i], input);
	}
	return 0;
}
