/* rooms: run */
/* Whatever is in gambler.ini: it is refused with words, or what is shown of it says the
 * same again. The first line may hold an override for the command line. */
#include <stdlib.h>

#include "run/config_inner.h"

static struct config c;
static struct config_problem problem[CONFIG_PROBLEMS];
static char shown[1 << 18], again[1 << 18];

static void add_line(void *ctx, const char *line)
{
	struct text *t = ctx;

	text_cstr(t, line);
	text_char(t, '\n');
}

static struct str show(char *memory)
{
	struct text t;

	text_init(&t, memory, sizeof shown);
	config_show(&c, add_line, &t);
	if (t.full)
		abort();
	return text_str(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1), set[256];
	struct str in = { copy, n };
	uint32_t problems;

	memcpy(copy, data, n);
	bool fits = str_copy(set, sizeof set, n > 0 && copy[0] == '!' ? str_cut(&in, '\n')
								       : (struct str){ "", 0 });
	const char *const sets[] = { fits && set[0] != 0 ? set + 1 : NULL, NULL };
	enum err e = config_load_text(&c, "x.ini", in, sets, problem, &problems);
	if ((e == OK) != (problems == 0) || problems > CONFIG_PROBLEMS)
		abort();
	for (uint32_t i = 0; i < problems; i++) {
		const char *words = problem[i].text;
		if (words[0] == 0 || memchr(words, 0, sizeof problem[i].text) == NULL)
			abort();
	}
	free(copy);
	/* A key file is not read again; its name could be a pipe's. */
	if (e != OK)
		return 0;
	struct str first = show(shown);
	if (config_load_text(&c, "x.ini", first, NULL, problem, &problems) != OK)
		abort();
	struct str second = show(again);
	if (!str_eq(first, second))
		abort();
	return 0;
}
