/* journal_inner.h: the records' form, for both halves. */
#ifndef RUN_JOURNAL_INNER_H
#define RUN_JOURNAL_INNER_H

#include "run/journal.h"

struct journal_head { uint32_t crc; uint16_t n; uint8_t kind, event; };

struct journal_when { ns ts; uint32_t from, pad; };

/* How much of event.u each kind of event uses. */
struct journal_size { size_t n; };
extern const struct journal_size journal_events[EV_SPLIT + 1];

#endif
