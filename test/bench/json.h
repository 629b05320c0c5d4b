/* What each parser has to fill from the same document. */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stddef.h>
#include <stdint.h>

#define BARS_MAX 8192

struct bench_bar {
	int64_t t;			/* nanoseconds, by rfc3339_parse for all */
	double  o, h, l, c, vw;		/* of the others */
	int64_t eo, eh, el, ec, evw;	/* of ours: exact */
	int64_t v, n;
};

#ifdef __cplusplus
extern "C" {
#endif

/* Each returns how many bars it found; 0 when it did not like the document. */
size_t bench_gambler(struct bench_bar *bars, const char *text, size_t n);
size_t bench_cjson(struct bench_bar *bars, const char *text, size_t n);
size_t bench_yyjson(struct bench_bar *bars, const char *text, size_t n);
size_t bench_simdjson(struct bench_bar *bars, const char *text, size_t n);
int64_t bench_time(const char *s, size_t n);

#ifdef __cplusplus
}
#endif

#endif
