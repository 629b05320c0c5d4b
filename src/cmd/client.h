/* client.h: asks the running gambler over its API; when none runs, the store of the
 * configured folder answers the same questions with the same documents. */
#ifndef CMD_CLIENT_H
#define CMD_CLIENT_H

#include "base/json.h"
#include "base/text.h"
#include "cmd/cmd.h"

/* One at a time: the memory is static. Fills c and a; what goes wrong is told on
 * stderr. */
struct api {
	const char *command;		/* for messages */
	bool        running;
	int         status;		/* of the last answer */
	bool        told;		/* on stderr, that none runs */
};

/* Reads options and configuration and finds out whether gambler runs. 0, or the exit code. */
int api_open(struct api *a, struct options *o, int argc, char **argv, const char *const *flags,
	     bool *found);
const struct config *api_config(void);

/* GET. The document is valid until the next call. 0: status 200; or 404 when `absent_is_fine`.
 * Else told on stderr: the exit code. */
int api_get(struct api *a, const char *target, bool absent_is_fine, struct str *document);

/* POST to a running one. 0, or the exit code. */
int api_post(struct api *a, const char *target, struct str body, struct str *document);

/* "gambler status: none runs here; …" once, on stderr. */
void api_none_runs(struct api *a, const char *what);

/* The value of a key of the object that the document is, also "account.equity": false when it is
 * absent or null. Decoded, cut to fit. */
bool api_value(struct str document, const char *key, char *dst, size_t size);

/* The next value as text, decoded, cut to fit, without control characters; "" for null and what
 * has parts. */
void api_keep(struct json *j, char *dst, size_t size);

/* {"instance":"NAME"} of the words of the command, {} without one; EXIT_USAGE. */
int  api_target(const char *command, const struct options *o, struct text *body);

#endif
