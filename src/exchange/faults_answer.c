/* faults_answer.c: what a request is answered when rules are about it. */
#include "exchange/faults_inner.h"

#define CHUNK_BROKEN "zz\r\n"

struct answer {
	const struct fault_plan *p;
	int         status;
	const char *type;
	bool        run;		/* the body is of the request's own answer */
	char        head[640];
};

/* ---- bodies */

static const char *words_of(int status)
{
	switch (status) {
	case 401: return "request is not authorized";
	case 403: return "forbidden.";
	case 404: return "resource not found";
	case 422: return "unprocessable";
	case 429: return "too many requests.";
	case 500: return "internal server error occurred.";
	case 502: return "bad gateway";
	case 503: return "service unavailable";
	case 504: return "gateway timeout";
	default:  return http_reason(status);
	}
}

void faults_page(struct exchange *x, int status)
{
	struct text *t = &x->out;

	t->n = 0;
	t->full = false;
	for (int i = 0; i < 2; i++) {
		text_cstr(t, i == 0 ? "<html>\r\n<head><title>" :
			  "</title></head>\r\n<body>\r\n<center><h1>");
		text_i64(t, status);
		text_char(t, ' ');
		text_cstr(t, status == 503 ? "Service Temporarily Unavailable" :
			  http_reason(status));
	}
	text_cstr(t, "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n");
}

/* The broker's code of most errors with a status. */
static int64_t code_of(int status)
{
	return (int64_t)status * 100000 + (status >= 500 ? 0 : 10000);
}

/* The body of a status that a rule gives. */
static void page(struct exchange *x, struct answer *a, const struct fault_do *d)
{
	const struct fault_do *code = faults_find(a->p, DO_CODE);
	const struct fault_do *words = faults_find(a->p, DO_MESSAGE);

	a->status = (int)d->n;
	a->run = false;
	x->out.n = 0;
	x->out.full = false;
	if (d->form == PAGE_HTML) {
		faults_page(x, a->status);
		a->type = "text/html";
		return;
	}
	if (d->form == PAGE_EMPTY)
		return;
	json_object(&x->out);
	if (d->form != PAGE_NO_CODE)
		key_i64(&x->out, "code", code != NULL ? code->n : code_of(a->status));
	json_key(&x->out, "message");
	json_str(&x->out, words != NULL ? words->a : str_of(words_of(a->status)));
	json_end_object(&x->out);
}

static void set_body(struct exchange *x, struct str s)
{
	x->out.n = 0;
	x->out.full = false;
	text_add(&x->out, s);
}

/* An account of somebody else. */
static void stranger(struct exchange *x)
{
	static const struct { const char *key, *value; } other[] = {
		{ "id", "0f2d7c1e-3b54-4a6b-9c8d-1e2f3a4b5c6d" },
		{ "account_number", "PA3STRANGER1" },
		{ "account_id", "0f2d7c1e-3b54-4a6b-9c8d-1e2f3a4b5c6d" }
	};

	for (size_t i = 0; i < COUNT(other); i++) {
		struct fault_do d = { .what = DO_SET, .a = str_of(other[i].key),
				      .b = str_of(other[i].value) };
		if (faults_edit(&x->faults->edit, text_str(&x->out), &d, ROWS_ANSWER))
			set_body(x, text_str(&x->faults->edit));
	}
}

static bool edits(enum fault_what w)
{
	return (w >= DO_DROP && w < DO_TRUNCATE) || w == DO_LOSE;
}

static void body(struct exchange *x, struct answer *a)
{
	for (uint32_t i = 0; i < a->p->n; i++) {
		const struct fault_do *d = a->p->d[i];
		struct str now = text_str(&x->out);
		if (d->what == DO_BODY) {
			set_body(x, d->a);
		} else if (d->what == DO_EMPTY) {
			x->out.n = 0;
		} else if (d->what == DO_STRANGER) {
			stranger(x);
		} else if (edits(d->what)) {
			if (faults_edit(&x->faults->edit, now, d, ROWS_ANSWER))
				set_body(x, text_str(&x->faults->edit));
		} else if (d->what == DO_TRUNCATE) {
			size_t most = d->given ? (size_t)d->n : now.n / 2;
			x->out.n = most < now.n ? most : now.n;
		}
	}
}

/* ---- gzip: stored, not compressed, which is as good a stream as any */

static void little(struct text *t, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++, v >>= 8)
		text_char(t, (char)(v & 0xff));
}

static uint32_t crc32_of(struct str s)
{
	uint32_t c = 0xffffffff;

	for (size_t i = 0; i < s.n; i++) {
		c ^= (uint8_t)s.s[i];
		for (int k = 0; k < 8; k++)
			c = (c & 1) != 0 ? c >> 1 ^ 0xedb88320u : c >> 1;
	}
	return ~c;
}

static void gzip(struct exchange *x)
{
	struct text *t = &x->faults->edit;
	struct str all = text_str(&x->out), rest = all;

	t->n = 0;
	t->full = false;
	text_add(t, (struct str){ "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10 });
	do {
		size_t n = rest.n < 65535 ? rest.n : 65535;
		text_char(t, n == rest.n ? 1 : 0);
		little(t, (uint32_t)n, 2);
		little(t, ~(uint32_t)n, 2);
		text_add(t, (struct str){ rest.s, n });
		rest = (struct str){ rest.s + n, rest.n - n };
	} while (rest.n > 0);
	little(t, crc32_of(all), 4);
	little(t, (uint32_t)all.n, 4);
	set_body(x, text_str(t));
}

/* ---- heads */

static void line(struct text *t, const char *name, struct str value)
{
	text_cstr(t, name);
	text_add(t, value);
	text_cstr(t, "\r\n");
}

static void heads(struct exchange *x, struct answer *a, struct text *t)
{
	const struct fault_do *d = faults_find(a->p, DO_STATUS);
	const struct fault_do *retry = faults_find(a->p, DO_RETRY_AFTER);
	const struct fault_do *to = faults_find(a->p, DO_REDIRECT);
	enum fault_heads which = d != NULL ? (enum fault_heads)d->heads : HEADS_USUAL;

	if (which == HEADS_LIMIT) {
		rest_head(t, "X-RateLimit-Limit: ", XS_RATE);
		rest_head(t, "X-RateLimit-Remaining: ", 0);
		rest_head(t, "X-RateLimit-Reset: ", x->now / NS_SECOND + 60);
		if (retry == NULL)
			rest_head(t, "Retry-After: ", 60);
	} else if (which == HEADS_USUAL) {
		rest_heads(x, t);
	}
	if (retry != NULL)
		rest_head(t, "Retry-After: ", retry->n);
	if (to != NULL && to->a.n < 256)
		line(t, "Location: ", to->a);
	if (faults_find(a->p, DO_GZIP) != NULL)
		line(t, "Content-Encoding: ", STR("gzip"));
}

static void first_line(struct answer *a, struct text *t)
{
	text_cstr(t, "HTTP/1.1 ");
	text_i64(t, a->status);
	text_char(t, ' ');
	line(t, http_reason(a->status), STR(""));
	text_cstr(t, "Date: ");
	http_date(t, wall_ns());
	text_cstr(t, "\r\n");
	if (a->type != NULL)
		line(t, "Content-Type: ", str_of(a->type));
}

/* ---- out */

static bool has(const struct answer *a, enum fault_what what)
{
	return faults_find(a->p, what) != NULL;
}

/* Bytes as they are: what no proper server would send. */
static void send_raw(struct exchange *x, conn_id conn, struct answer *a, const char *extra)
{
	const struct fault_do *length = faults_find(a->p, DO_LENGTH);
	const struct fault_do *pad = faults_find(a->p, DO_PAD), *cut = faults_find(a->p, DO_CUT);
	uint64_t blanks = pad != NULL ? (uint64_t)pad->n : 0;
	char memory[1024];
	struct text t;

	text_init(&t, memory, sizeof(memory));
	if (has(a, DO_INTERIM))
		text_cstr(&t, "HTTP/1.1 103 Early Hints\r\nLink: </>; rel=preload\r\n\r\n");
	size_t from = t.n;
	first_line(a, &t);
	text_cstr(&t, extra);
	if (has(a, DO_CHUNKS)) {
		text_cstr(&t, "Transfer-Encoding: chunked\r\n\r\n" CHUNK_BROKEN);
	} else {
		int64_t n = (int64_t)(x->out.n + blanks) + (length != NULL ? length->n : 0);
		rest_head(&t, "Content-Length: ", n < 0 ? 0 : n);
		text_cstr(&t, "\r\n");
	}
	struct str head = text_str(&t), again = { head.s + from, head.n - from };
	struct str piece[4] = { head, text_str(&x->out), again, text_str(&x->out) };
	size_t n = has(a, DO_REPEAT) ? 4 : 2;
	if (cut != NULL) {
		n = 2;
		size_t left = (size_t)cut->n;
		for (size_t i = 0; i < n; i++) {
			piece[i].n = piece[i].n < left ? piece[i].n : left;
			left -= piece[i].n;
		}
	}
	server_raw(x->server, conn, piece, n, blanks, cut == NULL && length == NULL &&
		   !has(a, DO_CHUNKS));
}

static bool wild(const struct answer *a)
{
	return has(a, DO_LENGTH) || has(a, DO_PAD) || has(a, DO_CUT) || has(a, DO_INTERIM) ||
	       has(a, DO_CHUNKS) || has(a, DO_REPEAT);
}

/* Nothing comes back; false: something does. */
static bool silent(struct exchange *x, conn_id conn, const struct fault_plan *p)
{
	const struct fault_do *cut = faults_find(p, DO_CUT);

	if (cut != NULL && !cut->given)
		server_cut(x->server, conn);
	else if (faults_find(p, DO_CLOSE) != NULL)
		server_raw(x->server, conn, NULL, 0, 0, false);
	else if (faults_find(p, DO_STALL) != NULL || faults_find(p, DO_HALF_OPEN) != NULL)
		server_deaf(x->server, conn);
	else
		return false;
	return true;
}

void faults_answer(struct exchange *x, const struct call *c, int status,
		   const struct fault_plan *p)
{
	struct answer a = { .p = p, .status = status, .run = true,
			    .type = "application/json; charset=UTF-8" };
	const struct fault_do *d = faults_find(p, DO_STATUS), *delay = faults_find(p, DO_DELAY);
	const struct fault_do *slow = faults_find(p, DO_SLOW);
	struct text t;

	if (p->n == 0) {
		rest_answer(x, c->conn, status);
		return;
	}
	if (silent(x, c->conn, p)) {
		verdict_withheld(x, p->orders);
		return;
	}
	if (d != NULL)
		page(x, &a, d);
	if (has(&a, DO_REDIRECT))
		a.status = 307;
	body(x, &a);
	if (has(&a, DO_GZIP))
		gzip(x);
	if (!a.run || x->out.full || has(&a, DO_CUT))
		verdict_withheld(x, p->orders);
	x->out.full = false;
	text_init(&t, a.head, sizeof(a.head) - 1);
	heads(x, &a, &t);
	if (delay != NULL || slow != NULL)
		server_pace(x->server, c->conn, delay != NULL ? delay->span : 0,
			    slow != NULL ? slow->n : 0);
	if (wild(&a))
		send_raw(x, c->conn, &a, text_done(&t));
	else
		server_reply(x->server, c->conn, a.status, a.type, text_done(&t),
			     text_str(&x->out));
	verdict_answer(x, c, a.status);
}
