/* log.h: one event, one line, one write(2):
 *   2026-11-20T14:31:00.120Z info inst=1 order.submit sym=AAPL qty=10
 * to stderr, never longer than LOG_LINE_MAX. Under systemd (JOURNAL_STREAM) the
 * time is left out and the line begins with <N>. A full or closed stderr drops
 * the line and counts it: logging never blocks trading. The last LOG_KEEP lines
 * are kept for the dashboard. Secrets are never passed to this room. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/clock.h"
#include "base/text.h"

#define LOG_LINE_MAX 480	/* below PIPE_BUF, so lines never mix */
#define LOG_KEEP     256

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* clock may be NULL (wall time). Call once, before threads start. */
void log_init(enum log_level level, struct clock *clock, bool json);

/* The lines of the calling thread carry inst=N from now on; 0: none. */
void log_instance(int number);

/* event: dotted words ("order.submit"); fmt: printf-style "key=value …". */
void log_at(enum log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

uint64_t log_dropped(void);
uint64_t log_count(enum log_level level);	/* lines of that level so far */

/* Copies the kept lines from sequence `from` on, oldest first, each NUL-terminated;
 * returns the sequence behind the last one. */
uint64_t log_tail(uint64_t from, void (*each)(void *ctx, uint64_t seq, struct str line), void *ctx);

#endif
