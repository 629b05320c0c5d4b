/* commands.c: what people say: to the wire at once, to the engines, into the store and, when it
 * halts all, into the file FOLDER/kill. From the http thread, and from main. */
#include "run/live.h"

#include <errno.h>

#include "base/log.h"
#include "run/latch.h"

#define COPY_BEHIND (2 * NS_SECOND)	/* the writer has it in the store by then */

static const uint8_t kill_of[] = { [CMD_HALT] = KILL_HALT, [CMD_FLATTEN] = KILL_FLATTEN,
				   [CMD_REDUCE_ONLY] = KILL_REDUCE_ONLY, [CMD_STOP] = KILL_RUN };

/* What the wire looks at, at once: the engines, which decide, may be slow to hear it. */
static void latch(struct live *l, int index, enum command what)
{
	for (int i = 0; i < (int)l->instances_n; i++) {
		_Atomic int *at = &l->instance[i].kill;
		if (index >= 0 && index != i)
			continue;
		if (what == CMD_RESUME || kill_of[what] > atomic_load(at))
			atomic_store(at, kill_of[what]);
	}
}

/* A store that is damaged, and comes back as it was an hour ago, does not undo what people said. */
static void keep(struct live *l, int index, enum command what)
{
	enum command before;

	if (what != CMD_STOP)
		atomic_store(&l->copy_at, mono_ns() + COPY_BEHIND);
	if (index >= 0 || kill_of[what] == KILL_RUN)
		return;
	/* All is sold also after a halt, as in the engines; else the worse word stays. */
	if (what != CMD_FLATTEN && latch_read(l->config->folder, &before) &&
	    kill_of[before] >= kill_of[what])
		return;
	if (!latch_write(l->config->folder, what))
		log_error("kill.file", "file=%s/kill why=\"%s\" effect=\"only the store knows\"",
			  l->config->folder, strerror(errno));
}

enum err live_command(void *ctx, int index, enum command what, const char *who)
{
	struct live *l = ctx;
	struct wire_msg m;

	if (index >= (int)l->instances_n)
		return ERR_NOTFOUND;
	if (index < 0 && what == CMD_RESUME && !latch_remove(l->config->folder)) {
		log_error("kill.file", "file=%s/kill why=\"%s\" effect=\"halted as before\"",
			  l->config->folder, strerror(errno));
		return ERR_IO;
	}
	latch(l, index, what);
	keep(l, index, what);
	memset(&m, 0, sizeof m);
	m.kind = WIRE_COMMAND;
	m.instance = index < 0 ? 0xff : (uint8_t)index;
	m.u.command.what = what;
	if (!str_copy(m.u.command.who, sizeof m.u.command.who, str_of(who)))
		m.u.command.who[0] = 0;
	if (!ring_try(&l->wire_in, &m))
		return ERR_FULL;
	log_info("command", "what=%s instance=%d who=%s", command_text(what), index, who);
	if (index >= 0 || what == CMD_PAUSE || what == CMD_STOP)
		return OK;
	struct writer_msg w;
	memset(&w, 0, sizeof w);
	w.kind = WRITE_KILL;
	w.last = true;
	w.u.kill.kill = kill_of[what];
	memcpy(w.u.kill.who, m.u.command.who, sizeof w.u.kill.who);
	w.u.kill.ts = clock_now(&l->clock);
	if (!ring_try(&l->writer_in, &w))
		return ERR_FULL;
	if (what == CMD_FLATTEN || kill_of[what] >= kill_of[atomic_load(&l->latched)])
		atomic_store(&l->latched, (int)what);
	return OK;
}

/* The file that halts: heard though the page, the network, or an instance is dead. */
void live_watch_latch(struct live *l)
{
	enum command c;

	if (!latch_read(l->config->folder, &c))
		atomic_store(&l->latched, CMD_STOP);
	else if ((int)c != atomic_load(&l->latched)) {
		if (c != CMD_RESUME)
			latch(l, -1, c);
		if (atomic_load(&l->instances_up) && live_command(l, -1, c, "file kill") == OK)
			atomic_store(&l->latched, (int)c);
	}
}
