/* near.h: the word that was probably meant, for "did you mean". */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include "base/base.h"

/* Of the words that each(ctx, 0), each(ctx, 1) … give until NULL, the nearest one to `word`,
 * or NULL when none is near. */
const char *word_nearest(struct str word, const char *(*each)(void *ctx, uint32_t i), void *ctx);

#endif
