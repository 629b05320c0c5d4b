/* latch.h: FOLDER/kill, a word that takes hold of what runs when neither its page nor a network is
 * there, and of what is started next: run, reduce_only, flatten, halt. Anything else in it, or
 * nothing, halts: `touch gambler.data/live/kill` will do. */
#ifndef RUN_LATCH_H
#define RUN_LATCH_H

#include "engine/engine.h"

/* False: there is no such file. */
bool latch_read(const char *folder, enum command *c);
/* In one piece, so that nobody reads half of it. */
MUST_CHECK bool latch_write(const char *folder, enum command c);
MUST_CHECK bool latch_remove(const char *folder);

#endif
