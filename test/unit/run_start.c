/* As live_run does it, without its threads; see run_start.h. */
#include "test/unit/run_start.h"

#include <ftw.h>
#include <stdio.h>

#include "base/log.h"
#include "test/unit/run_config.h"

struct start start;

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

bool start_begin(void)
{
	(void)snprintf(start.root, sizeof start.root, "/tmp/gambler-restore-XXXXXX");
	return CHECK(mkdtemp(start.root) != NULL, "a folder");
}

void start_done(void)
{
	(void)nftw(start.root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct config *start_configured(const char *more)
{
	char text[512];
	struct text t;

	clean_environment();
	text_init(&t, text, sizeof text);
	text_cstr(&t, "[account]\nmode = sim\n[strategy s]\nuse = mean_reversion\n[instance bull]\n"
		  "strategy = s\nsymbols = AAPL\n");
	text_cstr(&t, more);
	(void)load_good(text_done(&t), NULL);
	(void)snprintf(loaded.c.folder, sizeof loaded.c.folder, "%s/data", start.root);
	loaded.c.mode = MODE_PAPER;
	return &loaded.c;
}

struct live *start_opened(struct config *c)
{
	struct live *l = &start.l;

	memset(l, 0, sizeof *l);
	log_init(LOG_ERROR, NULL, false);
	CHECK_INT(arena_open(&start.arena, (size_t)512 << 20), OK, "memory");
	CHECK_INT(store_open(&l->store, c->folder, STORE_WRITE, start.why), OK, "%s", start.why);
	start.symbols = c->symbols;
	CHECK_INT(store_symbols(l->store, &start.symbols), OK, "symbols");
	l->arena = start.arena;
	l->config = l->own = c;
	l->symbols = &start.symbols;
	l->lockstep = true;
	clock_init(&l->clock);
	return l;
}

void start_closed(void)
{
	struct live *l = &start.l;

	for (uint32_t i = 0; i < l->instances_n; i++)
		if (l->instance[i].in.memory != NULL)
			ring_free(&l->instance[i].in);
	store_close(l->store);
	l->store = NULL;
	if (l->engines.memory != NULL)
		arena_close(&l->engines);
	arena_close(&start.arena);
}
