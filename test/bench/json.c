/* Parses a page of 5000 one-minute bars as the broker sends it, again and again,
 * with our reader and with those that this machine has. Best of many runs. */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/text.h"

#ifdef HAVE_CJSON
#include <cjson/cJSON.h>
#endif
#ifdef HAVE_YYJSON
#include <yyjson.h>
#endif

#define BARS 5000
#define DOCUMENT_MAX (1 << 20)
#define RUNS 300

int64_t bench_time(const char *s, size_t n)
{
	ns t;

	if (rfc3339_parse(&t, (struct str){ s, n }) != OK)
		abort();
	return t;
}

static void read_bar(struct json *j, struct bench_bar *bar)
{
	struct str key, time;

	for (json_enter_object(j); json_next_key(j, &key);)
		if (str_eq(key, STR("t"))) {
			if (json_read_str(j, &time))
				bar->t = bench_time(time.s, time.n);
		} else if (str_eq(key, STR("o"))) {
			json_read_num(j, &bar->eo);
		} else if (str_eq(key, STR("h"))) {
			json_read_num(j, &bar->eh);
		} else if (str_eq(key, STR("l"))) {
			json_read_num(j, &bar->el);
		} else if (str_eq(key, STR("c"))) {
			json_read_num(j, &bar->ec);
		} else if (str_eq(key, STR("vw"))) {
			json_read_num(j, &bar->evw);
		} else if (str_eq(key, STR("v"))) {
			json_read_num(j, &bar->v);
		} else if (str_eq(key, STR("n"))) {
			json_read_num(j, &bar->n);
		} else {
			json_skip(j);
		}
}

size_t bench_gambler(struct bench_bar *bars, const char *text, size_t n)
{
	struct json j;
	struct str key;
	size_t count = 0;

	json_open(&j, (struct str){ text, n });
	for (json_enter_object(&j); json_next_key(&j, &key);)
		if (str_eq(key, STR("bars")))
			for (json_enter_array(&j); json_next_item(&j);)
				read_bar(&j, &bars[count++]);
		else
			json_skip(&j);
	return json_done(&j) == OK ? count : 0;
}

/* The same walk without looking at anything: what strictness itself costs. */
static size_t bench_skip(struct bench_bar *bars, const char *text, size_t n)
{
	struct json j;

	bars[0].t = 0;
	json_open(&j, (struct str){ text, n });
	json_skip(&j);
	return json_done(&j) == OK ? BARS : 0;
}

#ifdef HAVE_CJSON
size_t bench_cjson(struct bench_bar *bars, const char *text, size_t n)
{
	cJSON *doc = cJSON_ParseWithLength(text, n), *b;
	size_t count = 0;

	cJSON_ArrayForEach(b, cJSON_GetObjectItemCaseSensitive(doc, "bars")) {
		struct bench_bar *bar = &bars[count++];
		const char *t = cJSON_GetObjectItemCaseSensitive(b, "t")->valuestring;
		bar->t = bench_time(t, strlen(t));
		bar->o = cJSON_GetObjectItemCaseSensitive(b, "o")->valuedouble;
		bar->h = cJSON_GetObjectItemCaseSensitive(b, "h")->valuedouble;
		bar->l = cJSON_GetObjectItemCaseSensitive(b, "l")->valuedouble;
		bar->c = cJSON_GetObjectItemCaseSensitive(b, "c")->valuedouble;
		bar->vw = cJSON_GetObjectItemCaseSensitive(b, "vw")->valuedouble;
		bar->v = (int64_t)cJSON_GetObjectItemCaseSensitive(b, "v")->valuedouble;
		bar->n = (int64_t)cJSON_GetObjectItemCaseSensitive(b, "n")->valuedouble;
	}
	cJSON_Delete(doc);
	return count;
}
#endif

#ifdef HAVE_YYJSON
size_t bench_yyjson(struct bench_bar *bars, const char *text, size_t n)
{
	yyjson_doc *doc = yyjson_read(text, n, 0);
	yyjson_val *list = yyjson_obj_get(yyjson_doc_get_root(doc), "bars"), *b;
	size_t i, max, count = 0;

	yyjson_arr_foreach(list, i, max, b) {
		struct bench_bar *bar = &bars[count++];
		yyjson_val *t = yyjson_obj_get(b, "t");
		bar->t = bench_time(yyjson_get_str(t), yyjson_get_len(t));
		bar->o = yyjson_get_num(yyjson_obj_get(b, "o"));
		bar->h = yyjson_get_num(yyjson_obj_get(b, "h"));
		bar->l = yyjson_get_num(yyjson_obj_get(b, "l"));
		bar->c = yyjson_get_num(yyjson_obj_get(b, "c"));
		bar->vw = yyjson_get_num(yyjson_obj_get(b, "vw"));
		bar->v = yyjson_get_sint(yyjson_obj_get(b, "v"));
		bar->n = yyjson_get_sint(yyjson_obj_get(b, "n"));
	}
	yyjson_doc_free(doc);
	return count;
}
#endif

/* Prices with two to four decimals, a mean with six, keys in alphabetical order. */
static size_t write_document(char *memory, size_t size)
{
	struct text t;
	struct rng r;
	int64_t price = 226210000000, cent = 10000000;

	rng_seed(&r, 1);
	text_init(&t, memory, size);
	json_object(&t);
	json_key(&t, "bars");
	json_array(&t);
	for (int i = 0; i < BARS; i++) {
		price += ((int64_t)rng_below(&r, 41) - 20) * cent;
		int64_t high = price + (int64_t)rng_below(&r, 30) * cent;
		int64_t low = price - (int64_t)rng_below(&r, 3000) * 100000;
		json_object(&t);
		json_key(&t, "c");
		json_num(&t, low + (high - low) / cent / 2 * cent);
		json_key(&t, "h");
		json_num(&t, high);
		json_key(&t, "l");
		json_num(&t, low);
		json_key(&t, "n");
		json_i64(&t, (int64_t)rng_below(&r, 9000) + 1);
		json_key(&t, "o");
		json_num(&t, price);
		json_key(&t, "t");
		json_time(&t, 1727789400 * NS_SECOND + i * NS_MINUTE);
		json_key(&t, "v");
		json_i64(&t, (int64_t)rng_below(&r, 400000) + 100);
		json_key(&t, "vw");
		json_num(&t, price + (int64_t)rng_below(&r, 100000) * 1000);
		json_end_object(&t);
	}
	json_end_array(&t);
	json_key(&t, "next_page_token");
	json_cstr(&t, "QUFQTHxNfDE3Mjc4MDYyNjAwMDAwMDAwMDA=");
	json_key(&t, "symbol");
	json_cstr(&t, "AAPL");
	json_end_object(&t);
	text_done(&t);
	return t.n;
}

static struct bench_bar bars[BARS_MAX], ours[BARS_MAX];

static double best_ns(size_t (*f)(struct bench_bar *, const char *, size_t),
		      struct bench_bar *out, const char *text, size_t n)
{
	ns best = INT64_MAX;

	for (int i = 0; i < RUNS; i++) {
		ns start = mono_ns();
		if (f(out, text, n) != BARS)
			abort();
		ns took = mono_ns() - start;
		best = took < best ? took : best;
	}
	return (double)best;
}

static void compare(const char *name, size_t (*f)(struct bench_bar *, const char *, size_t),
		    const char *text, size_t n, double our_ns)
{
	double took = best_ns(f, bars, text, n);

	for (int i = 0; i < BARS; i++)
		if (bars[i].t != ours[i].t || (f != bench_skip && bars[i].v != ours[i].v / NUM_ONE))
			if (f != bench_skip)
				abort();
	printf("%-18s %7.1f us %6.0f MB/s  %5.2f times our time\n", name, took / 1e3,
	       (double)n * 1e3 / took, took / our_ns);
}

int main(void)
{
	/* simdjson reads up to 64 bytes behind the end. */
	char *text = calloc(1, DOCUMENT_MAX + 64);
	if (text == NULL)
		return 1;

	size_t n = write_document(text, DOCUMENT_MAX);
	double our_ns = best_ns(bench_gambler, ours, text, n);
	printf("%zu bytes, %d bars, best of %d runs\n", n, BARS, RUNS);
	printf("%-18s %7.1f us %6.0f MB/s\n", "gambler", our_ns / 1e3, (double)n * 1e3 / our_ns);
	compare("gambler, skipping", bench_skip, text, n, our_ns);
#ifdef HAVE_CJSON
	compare("cJSON", bench_cjson, text, n, our_ns);
#endif
#ifdef HAVE_YYJSON
	compare("yyjson", bench_yyjson, text, n, our_ns);
#endif
#ifdef HAVE_SIMDJSON
	compare("simdjson", bench_simdjson, text, n, our_ns);
#endif
	free(text);
	return 0;
}
