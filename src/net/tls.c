#include <errno.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/clock.h"
#include "net/say.h"
#include "net/tls.h"
#include "net/tls_inner.h"

#define SESSION_KEPT  (12 * NS_HOUR)	/* then the certificate is looked at again */
#define HANDSHAKE_MAX ((size_t)128 * 1024)	/* bytes from the server */
#define MOVE_MAX      ((size_t)128 * 1024)	/* bytes from the socket per tls_move */

struct tls {
	struct arena arena;
	br_ssl_client_context client;
	struct tls_check check;
	br_ec_impl ec;
	const char *alpn[1];
	bool   started, ready, resumed, has_session;
	bool   cut;			/* the socket is at its end, */
	int    cut_errno;		/* and this is why; 0: the server closed it */
	int    send_errno;		/* sending failed; what the server said may still be read */
	bool   full, dry;		/* in this tls_move: the socket takes, gives no more */
	size_t budget;			/* bytes that this tls_move may still receive */
	ns     session_end;
	size_t received;
	uint8_t first[5];		/* the first bytes: is it TLS at all? */
	br_ssl_session_parameters session;
	char   session_host[TLS_HOST_MAX + 1];
	char   host[TLS_HOST_MAX + 1];	/* bare: no dot at the end */
	uint8_t in[BR_SSL_BUFSIZE_INPUT], out[BR_SSL_BUFSIZE_OUTPUT];
};

static _Atomic int64_t test_time;

void tls_test_time(ns wall)
{
	atomic_store(&test_time, wall);
}

/* What is offered, in order of preference: ChaCha20 first, since small ARM cores
 * have no AES instructions. */
static const uint16_t suites[] = {
	BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

static void set_profile(struct tls *t)
{
	br_ssl_engine_context *e = &t->client.eng;
	br_ssl_client_zero(&t->client);
	br_ssl_engine_set_versions(e, BR_TLS12, BR_TLS12);
	br_ssl_engine_set_suites(e, suites, COUNT(suites));
	br_ssl_engine_add_flags(e, BR_OPT_NO_RENEGOTIATION | BR_OPT_FAIL_ON_ALPN_MISMATCH);
	br_ssl_engine_set_default_rsavrfy(e);
	br_ssl_engine_set_default_ecdsa(e);
	t->ec = *br_ssl_engine_get_ec(e);
	t->ec.supported_curves &= (uint32_t)1 << BR_EC_secp256r1
		| (uint32_t)1 << BR_EC_secp384r1 | (uint32_t)1 << BR_EC_curve25519;
	br_ssl_engine_set_ec(e, &t->ec);
	br_ssl_engine_set_hash(e, br_sha256_ID, &br_sha256_vtable);
	br_ssl_engine_set_hash(e, br_sha384_ID, &br_sha384_vtable);
	br_ssl_engine_set_hash(e, br_sha512_ID, &br_sha512_vtable);
	br_ssl_engine_set_prf_sha256(e, &br_tls12_sha256_prf);
	br_ssl_engine_set_prf_sha384(e, &br_tls12_sha384_prf);
	br_ssl_engine_set_default_aes_gcm(e);
	br_ssl_engine_set_default_chapol(e);
	t->alpn[0] = "http/1.1";
	br_ssl_engine_set_protocol_names(e, t->alpn, 1);
}

enum err tls_new(struct tls **out, const struct tls_roots *roots)
{
	struct arena arena;
	*out = NULL;
	if (arena_open(&arena, sizeof(struct tls) + 64) != OK)
		return ERR_IO;
	struct tls *t = ARENA_NEW(&arena, struct tls, 1);
	t->arena = arena;
	set_profile(t);
	tls_check_init(&t->check, roots->anchor, roots->count, &t->ec);
	br_ssl_engine_set_x509(&t->client.eng, &t->check.vtable);
	*out = t;
	return OK;
}

void tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	explicit_bzero(&t->session, sizeof t->session);
	explicit_bzero(&t->client, sizeof t->client);
	struct arena arena = t->arena;
	arena_close(&arena);
}

static void forget_session(struct tls *t)
{
	explicit_bzero(&t->session, sizeof t->session);
	t->has_session = false;
}

static bool inject_entropy(struct tls *t)
{
	uint8_t seed[32];
	size_t have = 0;
	/* Waits for the kernel's pool at boot; never goes on without. */
	while (have < sizeof seed) {
		ssize_t n = getrandom(seed + have, sizeof seed - have, 0);
		if (n > 0)
			have += (size_t)n;
		else if (n < 0 && errno != EINTR)
			return false;
	}
	br_ssl_engine_inject_entropy(&t->client.eng, seed, sizeof seed);
	explicit_bzero(seed, sizeof seed);
	return true;
}

enum err tls_start(struct tls *t, const char *host)
{
	uint8_t address[16];
	size_t n = strlen(host), address_n;
	assert(n > 0 && n <= TLS_HOST_MAX);
	t->started = t->ready = t->resumed = t->cut = false;
	t->send_errno = t->cut_errno = 0;
	t->received = 0;
	memset(t->first, 0, sizeof t->first);
	memcpy(t->host, host, n + 1);
	if (n > 1 && t->host[n - 1] == '.')
		t->host[n - 1] = '\0';
	br_ssl_engine_set_buffers_bidi(&t->client.eng, t->in, sizeof t->in, t->out, sizeof t->out);
	if (!inject_entropy(t))
		return ERR_TLS;
	int64_t now = atomic_load(&test_time);
	tls_check_start(&t->check, t->host, now != 0 ? now : wall_ns());
	bool resume = t->has_session && strcmp(t->session_host, t->host) == 0
		&& mono_ns() < t->session_end;
	if (resume)
		br_ssl_engine_set_session_parameters(&t->client.eng, &t->session);
	else
		forget_session(t);
	/* An address is no name: it is not sent, and only our own rules look for it. */
	const char *name = host_is_address(t->host, address, &address_n) ? NULL : t->host;
	if (!br_ssl_client_reset(&t->client, name, resume))
		return ERR_TLS;
	t->started = true;
	return OK;
}

bool tls_ready(const struct tls *t)
{
	return t->ready;
}

bool tls_resumed(const struct tls *t)
{
	return t->ready && t->resumed;
}

bool tls_pending(const struct tls *t)
{
	return t->started && (br_ssl_engine_current_state(&t->client.eng) & BR_SSL_RECVAPP) != 0;
}

static void handshake_done(struct tls *t)
{
	br_ssl_session_parameters now;
	br_ssl_engine_get_session_parameters(&t->client.eng, &now);
	t->ready = true;
	t->resumed = t->has_session && now.session_id_len > 0
		&& now.session_id_len == t->session.session_id_len
		&& memcmp(now.session_id, t->session.session_id, now.session_id_len) == 0;
	if (!t->resumed) {
		size_t n = strlen(t->host);
		t->has_session = now.session_id_len > 0;
		t->session = now;
		memcpy(t->session_host, t->host, n + 1);
		t->session_end = mono_ns() + SESSION_KEPT;
	}
	explicit_bzero(&now, sizeof now);
}

/* ---- moving bytes: each step returns whether it got anywhere */

static bool step_send(struct tls *t, int fd)
{
	size_t n;
	unsigned char *bytes = br_ssl_engine_sendrec_buf(&t->client.eng, &n);
	if (bytes == NULL || n == 0 || t->full || t->send_errno != 0)
		return false;
	ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);
	if (done > 0) {
		br_ssl_engine_sendrec_ack(&t->client.eng, (size_t)done);
		return true;
	}
	if (done < 0 && errno == EINTR)
		return true;
	if (done < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		t->send_errno = errno;
	else
		t->full = true;
	return false;
}

static bool step_receive(struct tls *t, int fd)
{
	size_t n;
	unsigned char *bytes = br_ssl_engine_recvrec_buf(&t->client.eng, &n);
	if (bytes == NULL || n == 0 || t->dry || t->cut || t->budget == 0)
		return false;
	if (n > t->budget)
		n = t->budget;
	ssize_t got = recv(fd, bytes, n, 0);
	if (got < 0 && errno == EINTR)
		return true;
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		t->dry = true;
		return false;
	}
	if (got <= 0) {
		t->cut_errno = got < 0 ? errno : 0;
		t->cut = true;
		return false;
	}
	for (size_t i = 0; i < (size_t)got && t->received + i < sizeof t->first; i++)
		t->first[t->received + i] = bytes[i];
	t->received += (size_t)got;
	t->budget -= (size_t)got;
	br_ssl_engine_recvrec_ack(&t->client.eng, (size_t)got);
	return true;
}

static bool step_plain_in(struct tls *t, char *in, size_t *in_n, size_t in_cap)
{
	size_t n;
	unsigned char *bytes = br_ssl_engine_recvapp_buf(&t->client.eng, &n);
	if (bytes == NULL || n == 0 || *in_n >= in_cap)
		return false;
	if (n > in_cap - *in_n)
		n = in_cap - *in_n;
	memcpy(in + *in_n, bytes, n);
	*in_n += n;
	br_ssl_engine_recvapp_ack(&t->client.eng, n);
	return true;
}

static bool step_plain_out(struct tls *t, char *out, size_t *out_n)
{
	size_t n;
	unsigned char *bytes = br_ssl_engine_sendapp_buf(&t->client.eng, &n);
	if (bytes == NULL || n == 0 || *out_n == 0 || t->send_errno != 0)
		return false;
	if (n > *out_n)
		n = *out_n;
	memcpy(bytes, out, n);
	*out_n -= n;
	memmove(out, out + n, *out_n);
	br_ssl_engine_sendapp_ack(&t->client.eng, n);
	br_ssl_engine_flush(&t->client.eng, 0);
	return true;
}

/* ---- how it ended */

static bool looks_like_tls(const struct tls *t)
{
	size_t n = t->received < sizeof t->first ? t->received : sizeof t->first;
	return (n < 1 || (t->first[0] >= 20 && t->first[0] <= 23)) && (n < 2 || t->first[1] == 3);
}

static enum err closed(struct tls *t, char *why, size_t why_size)
{
	int error = br_ssl_engine_last_error(&t->client.eng);
	if (error == BR_ERR_OK)
		return ERR_END;
	forget_session(t);
	if (!t->ready && !looks_like_tls(t)) {
		char seen[sizeof t->first + 1] = "";
		memcpy(seen, t->first, sizeof t->first);
		net_say(why, why_size,
			"the answer is not TLS (it begins with \"%s\"): wrong port, or "
		    "a proxy in between?", seen);
	} else if (t->check.why[0] != '\0' && t->check.refused) {
		net_say(why, why_size, "%s", t->check.why);
	} else {
		tls_error_words(error, t->first[0] == 21, why, why_size);
	}
	return ERR_TLS;
}

static enum err broken(struct tls *t, int bad, char *why, size_t why_size)
{
	if (bad != 0) {
		net_say(why, why_size, "%s", net_errno(bad));
		errno = bad;
		return ERR_IO;
	}
	if (t->ready) {
		net_say(why, why_size, "connection cut without close_notify");
	} else {
		forget_session(t);
		net_say(why, why_size, "connection cut during the handshake%s",
		    t->received == 0 ? ", before the server said anything" : "");
	}
	return ERR_TLS;
}

enum err tls_move(struct tls *t, int fd, char *in, size_t *in_n, size_t in_cap,
		  char *out, size_t *out_n, bool *want_write, char *why, size_t why_size)
{
	assert(t->started && *in_n <= in_cap);
	size_t before = *in_n;
	bool moved = true;
	t->full = t->dry = *want_write = false;
	t->budget = MOVE_MAX;
	while (moved) {
		unsigned state = br_ssl_engine_current_state(&t->client.eng);
		if (state == BR_SSL_CLOSED)
			return closed(t, why, why_size);
		if (!t->ready && (state & (BR_SSL_SENDAPP | BR_SSL_RECVAPP)) != 0)
			handshake_done(t);
		if (!t->ready && t->received > HANDSHAKE_MAX) {
			net_say(why, why_size, "the server's handshake is longer than 128 kB");
			return ERR_TLS;
		}
		moved = step_plain_in(t, in, in_n, in_cap);
		moved |= step_plain_out(t, out, out_n);
		moved |= step_send(t, fd);
		moved |= step_receive(t, fd);
	}
	size_t n;
	*want_write = t->full && br_ssl_engine_sendrec_buf(&t->client.eng, &n) != NULL;
	if (tls_pending(t))
		return OK;	/* first what is left, then the end */
	if (t->cut)
		return broken(t, t->cut_errno, why, why_size);
	if (t->send_errno != 0 && t->dry && *in_n == before)
		return broken(t, t->send_errno, why, why_size);
	return OK;
}

void tls_shutdown(struct tls *t, int fd)
{
	br_ssl_engine_context *e = &t->client.eng;
	size_t n;
	if (!t->started || !t->ready || t->cut)
		return;
	/* Unread bytes would keep the engine from closing for ever. */
	if (br_ssl_engine_recvapp_buf(e, &n) != NULL && n > 0)
		br_ssl_engine_recvapp_ack(e, n);
	br_ssl_engine_close(e);
	t->full = false;
	while (br_ssl_engine_current_state(e) != BR_SSL_CLOSED && step_send(t, fd))
		;
	t->started = false;
}
