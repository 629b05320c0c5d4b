/* state.c: the log of inputs. Whatever changes the exchange is one record, written
 * before it takes effect: an instant that is reached, or a call. Replayed in order
 * they make the same exchange again, so that it may be killed at any time. A record
 * that is torn or damaged ends the log: what follows is cut off.
 *
 * The file: a head, then records in the machine's byte order. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "exchange/serve_inner.h"

enum record_kind { RECORD_INSTANT = 1, RECORD_CALL = 2 };

struct head {
	char     magic[24];
	uint64_t setting;	/* hash of everything that shapes the market and the core */
	int64_t  start;		/* the market's first day, as asked for */
};

struct record {
	uint32_t size, crc;	/* of all behind crc */
	uint8_t  kind, market;	/* market: an instant of its, not only of the core's */
	uint16_t account, method_n, path_n, query_n, none;
	uint32_t body_n;
	uint64_t n;		/* instants passed before it */
	int64_t  ts;
};

static const char magic[24] = "gambler exchange log 2\n";

/* ---- writing */

static bool put(struct exchange *x, const void *data, size_t n)
{
	if (write_all(x->log_fd, data, n))
		return true;
	log_error("exchange.state", "errno=%d %s cannot be written (is the disk full?): stopping",
		  errno, x->c.state_file);
	x->broken = true;
	return false;
}

static void seal(struct exchange *x, struct record *r)
{
	memcpy(x->log_buffer, r, sizeof(*r));
	r->crc = crc32c(0, x->log_buffer + 8, r->size - 8);
	memcpy(x->log_buffer, r, sizeof(*r));
	(void)put(x, x->log_buffer, r->size);
}

void state_instant(struct exchange *x, bool market, ns ts)
{
	struct record r = {
		.size = sizeof(r), .kind = RECORD_INSTANT, .market = market, .n = x->n, .ts = ts
	};

	if (x->log_fd >= 0 && !x->replaying)
		seal(x, &r);
}

static size_t append(struct exchange *x, size_t at, struct str s)
{
	if (s.n > 0)
		memcpy(x->log_buffer + at, s.s, s.n);
	return at + s.n;
}

void state_call(struct exchange *x, const struct call *c, ns now)
{
	struct record r = {
		.kind = RECORD_CALL, .account = c->account, .n = x->n, .ts = now,
		.method_n = (uint16_t)c->method.n, .path_n = (uint16_t)c->path.n,
		.query_n = (uint16_t)c->query.n, .body_n = (uint32_t)c->body.n
	};
	size_t at = sizeof(r);

	if (x->log_fd < 0 || x->replaying)
		return;
	at = append(x, at, c->method);
	at = append(x, at, c->path);
	at = append(x, at, c->query);
	at = append(x, at, c->body);
	r.size = (uint32_t)at;
	seal(x, &r);
}

/* ---- reading */

static struct str take(const char **at, size_t n)
{
	struct str s = { *at, n };

	*at += n;
	return s;
}

/* False: the log speaks of another market than the one that is open. */
static bool replay(struct exchange *x, const struct record *r, const char *data)
{
	if (r->n != x->n || r->ts < x->now)
		return false;
	if (r->kind == RECORD_INSTANT && !r->market) {
		serve_core_time(x, r->ts);
		return true;
	}
	if (r->kind == RECORD_INSTANT) {
		if (!x->have_next || x->next.ts != r->ts)
			return false;
		serve_market(x);
		return true;
	}
	struct call c = { .account = r->account };
	c.method = take(&data, r->method_n);
	c.path = take(&data, r->path_n);
	c.query = take(&data, r->query_n);
	c.body = take(&data, r->body_n);
	serve_call_time(x, r->ts);
	/* What befell without a client's doing has a method of its own, and no path. */
	if (c.path.n == 0 && str_eq(c.method, STR("FAULT")))
		return faults_replay(x, c.body);
	(void)rest_run(x, &c);
	serve_events(x);
	return true;
}

/* The record at p, of which `left` bytes exist; false: torn or damaged. */
static bool read_record(const char *p, size_t left, struct record *r)
{
	if (left < sizeof(*r))
		return false;
	memcpy(r, p, sizeof(*r));
	if (r->size < sizeof(*r) || r->size > left || r->size > STATE_RECORD_MAX)
		return false;
	if (crc32c(0, p + 8, r->size - 8) != r->crc)
		return false;
	if (r->kind == RECORD_INSTANT)
		return r->size == sizeof(*r);
	return r->kind == RECORD_CALL && r->size == sizeof(*r) + (size_t)r->method_n +
		r->path_n + r->query_n + r->body_n;
}

static uint64_t setting(const struct exchange *x)
{
	char memory[SYMBOLS_MAX * SYMBOL_TEXT + 512 + XS_ACCOUNTS_MAX * 32];
	struct text t;
	uint64_t key = 0;
	const int64_t number[] = {
		(int64_t)x->c.market.seed, market_first(x->market), market_last(x->market),
		x->c.market.extended_hours, x->c.market.late_centi, x->c.market.luld,
		x->c.market.spread_bp_centi,
		x->c.market.bars_dir != NULL, x->c.core.orders_max, x->c.core.accounts,
		(int64_t)x->c.core.seed, x->c.core.cash.n, x->c.core.partial_pct,
		x->c.core.latency, x->c.core.slippage_bp_centi, x->c.core.shorting,
		x->c.core.fees, x->c.core.multiplier, x->c.core.collars,
		x->c.core.volume_share_pct, x->c.strict,
		(int64_t)hash64(x->actions.a, x->actions.n * sizeof(x->actions.a[0]))
	};

	text_init(&t, memory, sizeof(memory));
	for (size_t i = 0; i < COUNT(number); i++) {
		text_i64(&t, number[i]);
		text_char(&t, ' ');
	}
	/* By their keys accounts may be named in what is played again. */
	for (uint32_t i = 0; i < x->c.accounts; i++) {
		const struct exchange_account *a = &x->c.account[i];
		key = hash64(a->key, strlen(a->key)) ^ key * 31;
		text_i64(&t, a->cash.n);
		text_char(&t, (char)('0' + a->multiplier));
		text_char(&t, a->shorting ? 's' : ' ');
	}
	for (uint32_t i = 0; i < x->symbols->n; i++) {
		text_cstr(&t, x->symbols->name[i]);
		text_char(&t, ' ');
	}
	assert(!t.full);
	return hash64(t.s, t.n) ^ key;
}

static enum err replay_all(struct exchange *x, const char *data, size_t n, char *why, size_t size)
{
	struct record r;
	size_t at = sizeof(struct head);

	x->replaying = true;
	while (read_record(data + at, n - at, &r)) {
		if (!replay(x, &r, data + at + sizeof(r))) {
			text_where(why, size, x->c.state_file,
				   "was made with other bars: move it away, "
				   "or start with what it was made with");
			return ERR_STORE;
		}
		at += r.size;
	}
	x->replaying = false;
	if (at < n) {
		log_warn("exchange.state", "cut=%zu bytes of an unfinished record", n - at);
		if (ftruncate(x->log_fd, (off_t)at) != 0)
			return ERR_IO;
	}
	return lseek(x->log_fd, (off_t)at, SEEK_SET) < 0 ? ERR_IO : OK;
}

static enum err go_on(struct exchange *x, size_t n, char *why, size_t size)
{
	struct head h;
	char *data = mmap(NULL, n, PROT_READ, MAP_PRIVATE, x->log_fd, 0);
	enum err e;

	if (data == MAP_FAILED) {
		text_where(why, size, x->c.state_file, "cannot be read");
		return ERR_IO;
	}
	memcpy(&h, data, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) != 0) {
		text_where(why, size, x->c.state_file, "is not a log of this exchange: move "
			   "it away");
		e = ERR_STORE;
	} else if (h.setting != setting(x)) {
		text_where(why, size, x->c.state_file,
			   "was made with other options or bars: use the "
			   "same ones, or move it away");
		e = ERR_STORE;
	} else {
		e = replay_all(x, data, n, why, size);
	}
	(void)munmap(data, n);
	return e;
}

enum err state_open(struct exchange *x, char *why, size_t why_size)
{
	struct head h = { .setting = setting(x), .start = x->c.market.start };
	struct stat st;

	if (x->c.state_file == NULL)
		return OK;
	x->log_fd = open(x->c.state_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (x->log_fd < 0 || fstat(x->log_fd, &st) != 0) {
		text_where(why, why_size, x->c.state_file, "cannot be opened for writing");
		return ERR_IO;
	}
	if (flock(x->log_fd, LOCK_EX | LOCK_NB) != 0) {
		text_where(why, why_size, x->c.state_file, "is used by another process");
		return ERR_STORE;
	}
	if ((uint64_t)st.st_size >= sizeof(h))
		return go_on(x, (size_t)st.st_size, why, why_size);
	/* New, or killed before the head was whole. */
	memcpy(h.magic, magic, sizeof(magic));
	if (ftruncate(x->log_fd, 0) != 0 || !put(x, &h, sizeof(h))) {
		text_where(why, why_size, x->c.state_file, "cannot be written");
		return ERR_IO;
	}
	return OK;
}

bool state_start(const char *file, day *start)
{
	struct head h;
	int fd = file != NULL ? open(file, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return false;
	ssize_t n = read(fd, &h, sizeof(h));
	(void)close(fd);
	if (n != sizeof(h) || memcmp(h.magic, magic, sizeof(magic)) != 0)
		return false;
	*start = (day)h.start;
	return true;
}

void state_close(struct exchange *x)
{
	if (x->log_fd >= 0)
		(void)close(x->log_fd);
	x->log_fd = -1;
}
