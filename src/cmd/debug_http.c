/* debug_http.c: one HTTP message, or one chunked body, from the beginning of the input. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/debug.h"
#include "net/http.h"

static void print_word(const char *key, struct str word)
{
	char memory[HTTP_LINE_MAX * 2];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	if (word.s != NULL)
		json_str(&t, word);
	else
		text_cstr(&t, "null");
	printf(",\"%s\":%.*s", key, (int)t.n, t.s);
}

static int print(const struct http_head *h, size_t consumed, struct str body)
{
	printf("{\"consumed\":%zu", consumed);
	print_word("method", h->method);
	print_word("target", h->target);
	if (h->status > 0)
		printf(",\"status\":%d", h->status);
	else
		fputs(",\"status\":null", stdout);
	fputs(",\"body_hex\":\"", stdout);
	debug_hex(body);
	puts("\"}");
	return EXIT_DONE;
}

static int incomplete(void)
{
	fputs("gambler debug: more bytes are needed\n", stderr);
	return DEBUG_INCOMPLETE;
}

/* The body is what is in `in` from head_n on, as far as h says. */
static int chunked_body(const struct http_head *h, size_t head_n, struct str in)
{
	char *body = (char *)(uintptr_t)in.s + head_n;
	struct http_chunks c;
	size_t used, n;

	http_chunks_init(&c);
	enum err e = http_chunks_eat(&c, body, in.n - head_n, &used, &n);
	if (e == ERR_AGAIN)
		return incomplete();
	if (e != OK)
		return debug_refuse("refused", "the chunks are broken");
	return print(h, head_n + used, (struct str){ body, n });
}

static int body_of(const struct http_head *h, bool request, size_t head_n, struct str in)
{
	size_t have = in.n - head_n, n = 0;

	if (!request && (h->status < 200 || h->status == 204 || h->status == 304))
		n = 0;
	else if (h->chunked)
		return chunked_body(h, head_n, in);
	else if (h->content_length > (int64_t)have)
		return incomplete();
	else if (h->content_length >= 0)
		n = (size_t)h->content_length;
	else if (!request)
		n = have;	/* up to the end of the connection */
	return print(h, head_n + n, (struct str){ in.s + head_n, n });
}

int debug_http(const char *call, struct str in)
{
	static struct http_head h;
	bool request = str_eq(str_of(call), STR("http-request"));

	if (str_eq(str_of(call), STR("http-chunked")))
		return chunked_body(&h, 0, in);
	int n = request ? http_parse_request(&h, in) : http_parse_response(&h, in);
	if (n == 0)
		return incomplete();
	if (n < 0) {
		fprintf(stderr, "gambler debug: refused: %d %s\n", -n, http_reason(-n));
		return DEBUG_REFUSED;
	}
	return body_of(&h, request, (size_t)n, in);
}
