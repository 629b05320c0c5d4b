/* client.c: a question to the running gambler, over loopback; or to the store. */
#include "cmd/client.h"

#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "net/client.h"
#include "net/url.h"
#include "web/web.h"

#define PATIENCE   (5 * NS_SECOND)	/* for one answer */
#define ANSWER_MAX (2 * 1024 * 1024)
#define ASK_MAX    4096

static struct config config;
static struct http_client http;
static struct web *offline;
static char in[ANSWER_MAX], out[2 * ASK_MAX];

const struct config *api_config(void)
{
	return &config;
}

/* ---- one exchange over HTTP */

/* "0.0.0.0:9090", ":9090" and "[::]:9090" listen everywhere: on loopback too. */
static bool where(char host[static CONN_HOST], uint16_t *port)
{
	const char *colon = port_of(config.listen, port);

	if (colon == NULL || *port == 0)
		return false;
	struct str name = { config.listen, (size_t)(colon - config.listen) };
	if (name.n >= 2 && name.s[0] == '[')
		name = (struct str){ name.s + 1, name.n - 2 };
	if (name.n == 0 || str_eq(name, STR("0.0.0.0")) || str_eq(name, STR("localhost")))
		name = STR("127.0.0.1");
	if (str_eq(name, STR("::")))
		name = STR("::1");
	return str_copy(host, CONN_HOST, name);
}

static void exchange(const char *method, const char *target, struct str body, struct http_result *r)
{
	char head[ASK_MAX];
	struct text t;

	text_init(&t, head, sizeof head);
	text_cstr(&t, method);
	text_char(&t, ' ');
	text_cstr(&t, target);
	text_cstr(&t, " HTTP/1.1\r\n");
	if (config.token.text[0] != 0 && !str_starts(str_of(config.token.text), TOKEN_DIGEST)) {
		text_cstr(&t, "Authorization: Bearer ");
		text_cstr(&t, config.token.text);
		text_cstr(&t, "\r\n");
	}
	if (body.n > 0)
		text_cstr(&t, "Content-Type: application/json\r\n");
	*r = (struct http_result){ .err = ERR_FULL, .why = "the question is too long" };
	if (t.full)
		return;
	r->err = http_client_send(&http, text_str(&t), body, body.n == 0, PATIENCE);
	r->why = http.conn.why;
	if (r->err != OK)
		return;
	while (!http_client_step(&http, r)) {
		struct pollfd p = { -1, 0, 0 };
		ns deadline = 0;
		if (!http_client_poll(&http, &p.fd, &p.events, &deadline))
			deadline = mono_ns() + NS_MS;
		ns left = deadline - mono_ns();
		(void)poll(&p, 1, left > 0 ? (int)(left / NS_MS) + 1 : 0);
	}
}

/* ---- whether one runs */

static int say_other(const struct api *a)
{
	fprintf(stderr, "gambler %s: what answers at %s is not gambler. If gambler listens "
		"elsewhere, set [server] listen as it has it.\n", a->command, config.listen);
	return EXIT_FAILED;
}

static int find_out(struct api *a)
{
	char host[CONN_HOST], word[32];
	struct http_result r;
	uint16_t port;

	if (config.listen[0] == 0)
		return 0;
	if (!where(host, &port)) {
		fprintf(stderr, "gambler %s: [server] listen = %s has no port to ask at; the store "
			"answers.\n", a->command, config.listen);
		return 0;
	}
	http_client_init(&http, host, port, NULL, in, sizeof in, out, sizeof out);
	exchange("GET", "/health", STR(""), &r);
	if (r.err == OK) {
		a->running = true;
		return api_value(r.body, "status", word, sizeof word) ? 0 : say_other(a);
	}
	if (!r.sent)
		return 0;
	fprintf(stderr, "gambler %s: what listens at %s does not answer (%s). Is gambler stopped "
		"(Ctrl-Z), or is it another program?\n", a->command, config.listen, r.why);
	return EXIT_FAILED;
}

void api_none_runs(struct api *a, const char *what)
{
	if (!a->told)
		fprintf(stderr, "gambler %s: none runs (nothing listens at %s); %s\n", a->command,
			config.listen[0] != 0 ? config.listen :
			"any address: [server] listen is empty", what);
	a->told = true;
}

/* The market's clock is not known: the last instant the store knows of. */
static bool each_state(void *ctx, const void *record)
{
	const struct instance_state *s = record;
	ns *newest = ctx;

	if (s->checkpoint > *newest)
		*newest = s->checkpoint;
	return true;
}

static int open_store(struct api *a)
{
	static struct control control;
	static struct clock clock;
	char why[STORE_WHY];
	struct store *s;
	ns newest = 0;

	enum err e = store_open(&s, config.folder, STORE_READ, why);
	if (e == ERR_NOTFOUND) {
		api_none_runs(a, "nothing was traded yet");
		fprintf(stderr, "There is no store in %s: `gambler run` makes it.\n",
			config.folder);
		return EXIT_FAILED;
	}
	if (e == OK)
		e = store_symbols(s, &config.symbols);
	if (e != OK) {
		fprintf(stderr, "gambler %s: %s\n", a->command, why);
		return e == ERR_REFUSED ? EXIT_HELD : EXIT_FAILED;
	}
	clock_init(&clock);
	(void)store_states(s, each_state, &newest);
	if (config.mode == MODE_SIM && newest != 0)
		clock_set_manual(&clock, newest);
	control = (struct control){ .config = &config, .clock = &clock, .store = s,
				    .started = mono_ns() };
	if (web_offline(&offline, &control) != OK) {
		perror("gambler: no memory");
		return EXIT_FAILED;
	}
	return 0;
}

int api_open(struct api *a, struct options *o, int argc, char **argv, const char *const *flags,
	     bool *found)
{
	*a = (struct api){ .command = argv[0] };
	int code = options_read(o, argc, argv, flags, found);
	if (code == 0)
		code = options_config(o, &config);
	return code != 0 ? code : find_out(a);
}

/* ---- questions */

static int judge(struct api *a, bool absent_is_fine, struct str document)
{
	char message[200];

	if (a->status / 100 == 2 || (a->status == 404 && absent_is_fine))
		return 0;
	if (!api_value(document, "error.message", message, sizeof message))
		return say_other(a);
	if (a->status == 401)
		fprintf(stderr, "gambler %s: the one that runs wants its token: set [server] "
			"token as it has it, or GAMBLER_SERVER_TOKEN (which it is if the file has "
			"sha256:).\n", a->command);
	else
		fprintf(stderr, "gambler %s: %s\n", a->command, message);
	return EXIT_FAILED;
}

int api_get(struct api *a, const char *target, bool absent_is_fine, struct str *document)
{
	struct http_result r;

	if (!a->running) {
		int code = offline == NULL ? open_store(a) : 0;
		if (code != 0)
			return code;
		api_none_runs(a, "this is what the store has.");
		a->status = web_ask(offline, target, document);
		return judge(a, absent_is_fine, *document);
	}
	exchange("GET", target, STR(""), &r);
	if (r.err != OK) {
		fprintf(stderr, "gambler %s: no answer from %s: %s\n", a->command, config.listen,
			r.why);
		return EXIT_FAILED;
	}
	a->status = r.status;
	*document = r.body;
	return judge(a, absent_is_fine, r.body);
}

int api_post(struct api *a, const char *target, struct str body, struct str *document)
{
	struct http_result r;

	assert(a->running && body.n > 0);
	exchange("POST", target, body, &r);
	if (r.err != OK) {
		fprintf(stderr, "gambler %s: no answer from %s: %s. Whether it was done is not "
			"known: see `gambler status`.\n", a->command, config.listen, r.why);
		return EXIT_FAILED;
	}
	a->status = r.status;
	*document = r.body;
	return judge(a, false, r.body);
}

/* ---- reading answers */

void api_keep(struct json *j, char *dst, size_t size)
{
	struct str s = { NULL, 0 };
	bool escaped = false, yes = false;
	size_t n = 0;

	switch (json_peek(j)) {
	case JSON_STRING:
		if (json_read_raw(j, &s, &escaped) && !json_unescape(dst, size - 1, s, &n)) {
			n = s.n < size - 1 ? s.n : size - 1;
			memcpy(dst, s.s, n);
		}
		break;
	case JSON_NUMBER:
		if (json_read_number(j, &s)) {
			n = s.n < size - 1 ? s.n : size - 1;
			memcpy(dst, s.s, n);
		}
		break;
	case JSON_BOOL:
		(void)json_read_bool(j, &yes);
		n = yes ? 4 : 5;
		memcpy(dst, yes ? "true" : "false", n);
		break;
	case JSON_NONE:
	case JSON_OBJECT:
	case JSON_ARRAY:
	case JSON_NULL:
		(void)json_skip(j);
		break;
	}
	for (size_t i = 0; i < n; i++)	/* a broker's words do not steer the terminal */
		if ((unsigned char)dst[i] < ' ' || dst[i] == 0x7f)
			dst[i] = '?';
	dst[n] = 0;
}

bool api_value(struct str document, const char *key, char *dst, size_t size)
{
	struct str path = str_of(key), name;
	struct json j;

	assert(size >= 8);
	dst[0] = 0;
	json_open(&j, document);
	while (path.n > 0) {
		struct str wanted = str_cut(&path, '.');
		bool there = false;
		if (json_peek(&j) != JSON_OBJECT || !json_enter_object(&j))
			return false;
		while (!there && json_next_key(&j, &name)) {
			there = str_eq(name, wanted);
			if (!there)
				json_skip(&j);
		}
		if (!there)
			return false;
	}
	api_keep(&j, dst, size);
	return dst[0] != 0;
}

int api_target(const char *command, const struct options *o, struct text *body)
{
	if (o->argc > 1)
		return usage_error(command, "takes one instance, or none for all", o->argv[1]);
	json_object(body);
	if (o->argc == 1) {
		json_key(body, "instance");
		json_cstr(body, o->argv[0]);
	}
	json_end_object(body);
	return body->full ? usage_error(command, "there is no such instance", "") : 0;
}
