/* bars.h: what `import`, `export` and `fetch` share: the folder of kept bars. */
#ifndef CMD_BARS_H
#define CMD_BARS_H

#include "cmd/cmd.h"
#include "feed/stored.h"

/* "data/sim/bars": in the store's folder, which is the mode's own. False: too long. */
bool bars_folder(char out[static CONFIG_TEXT], const struct config *c);
/* "AAPL 5m: 78 bars added, 2 changed: 7,800 from 2024-01-02 to 2024-06-28" on stdout; as JSON a
 * line of an object. */
void bars_tell(const char *symbol, uint32_t span_s, const struct stored_did *did, bool json);

int  cmd_import(int argc, char **argv);
int  cmd_export(int argc, char **argv);
int  cmd_fetch(int argc, char **argv);
void import_options_help(void);
void export_options_help(void);
void fetch_options_help(void);

#endif
