/* near.c: distances between words. */
#include "base/near.h"

#include <limits.h>

/* Levenshtein, on short words. */
static int distance(struct str a, const char *b)
{
	enum { MAX = 40 };
	int row[MAX + 1];
	size_t bn = strlen(b);

	if (bn > MAX || a.n > MAX)
		return INT_MAX;		/* no word of ours */
	for (size_t j = 0; j <= bn; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= a.n; i++) {
		int corner = row[0];
		row[0] = (int)i;
		for (size_t j = 1; j <= bn; j++) {
			int up = row[j];
			int best = corner + (a.s[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			corner = up;
		}
	}
	return row[bn];
}

static int same_beginning(struct str a, const char *b)
{
	int n = 0;

	while ((size_t)n < a.n && b[n] != 0 && a.s[n] == b[n])
		n++;
	return n;
}

/* Of two that are as near, the one that begins more alike. */
const char *word_nearest(struct str word, const char *(*each)(void *ctx, uint32_t i), void *ctx)
{
	const char *best = NULL, *w;
	int least = (int)word.n / 2 + 1, alike = 0;

	for (uint32_t i = 0; (w = each(ctx, i)) != NULL; i++) {
		int d = distance(word, w), same = same_beginning(word, w);
		if (d < least || (d == least && best != NULL && same > alike)) {
			least = d;
			alike = same;
			best = w;
		}
	}
	return best;
}
