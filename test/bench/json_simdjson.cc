// simdjson on demand, asked for the fields in the order of the document: its fastest way.
#include <simdjson.h>

#include "json.h"

using namespace simdjson;

size_t bench_simdjson(struct bench_bar *bars, const char *text, size_t n)
{
	static ondemand::parser parser;
	auto doc = parser.iterate(text, n, n + SIMDJSON_PADDING);
	size_t count = 0;

	for (ondemand::object b : doc["bars"].get_array()) {
		bench_bar *bar = &bars[count++];
		bar->c = b.find_field("c").get_double();
		bar->h = b.find_field("h").get_double();
		bar->l = b.find_field("l").get_double();
		bar->n = b.find_field("n").get_int64();
		bar->o = b.find_field("o").get_double();
		std::string_view t = b.find_field("t").get_string();
		bar->t = bench_time(t.data(), t.size());
		bar->v = b.find_field("v").get_int64();
		bar->vw = b.find_field("vw").get_double();
	}
	return count;
}
