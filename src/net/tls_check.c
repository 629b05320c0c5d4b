#include "base/clock.h"
#include "net/say.h"
#include "net/tls_inner.h"

/* BearSSL's minimal engine checks the path, the dates, the sizes and a name, and
 * takes some certificates that it should not: for clients only, without names,
 * of an authority, of version 1. This class lets it work, reads each certificate
 * a second time, and refuses what is left, in words. */

static struct tls_check *from(const br_x509_class **ctx)
{
	return (struct tls_check *)(void *)ctx;
}

static void check_start_chain(const br_x509_class **ctx, const char *server_name)
{
	struct tls_check *k = from(ctx);
	k->certs = 0;
	k->trusted = k->refused = false;
	k->why[0] = k->chain_why[0] = '\0';
	k->leaf_bad = NULL;
	k->minimal.vtable->start_chain(&k->minimal.vtable, server_name);
}

static void check_start_cert(const br_x509_class **ctx, uint32_t length)
{
	struct tls_check *k = from(ctx);
	k->der_n = 0;
	k->der_long = length > sizeof k->der;
	k->minimal.vtable->start_cert(&k->minimal.vtable, length);
}

static void check_append(const br_x509_class **ctx, const unsigned char *buf, size_t len)
{
	struct tls_check *k = from(ctx);
	if (!k->der_long && len <= sizeof k->der - k->der_n) {
		memcpy(k->der + k->der_n, buf, len);
		k->der_n += len;
	} else {
		k->der_long = true;
	}
	k->minimal.vtable->append(&k->minimal.vtable, buf, len);
}

/* ---- rules; each returns whether it wrote why */

static bool dates_refused(const struct tls_check *k, const struct cert *c, const char *which,
			  char why[static TLS_WHY])
{
	char now[16], limit[16];
	day_words(now, k->now_s);
	if (k->now_s > c->not_after) {
		day_words(limit, c->not_after);
		net_say(why, TLS_WHY,
			"%s expired on %s (this machine's clock says %s: is it right?)",
		    which, limit, now);
		return true;
	}
	if (k->now_s < c->not_before) {
		day_words(limit, c->not_before);
		net_say(why, TLS_WHY, "%s is not valid before %s; this machine's clock says %s: "
		    "set the clock, then try again", which, limit, now);
		return true;
	}
	return false;
}

static bool strength_refused(const struct cert *c, const char *which, char why[static TLS_WHY])
{
	if (c->key == KEY_RSA && (c->rsa_bits < 2048 || c->rsa_bits % 8 != 0))
		net_say(why, TLS_WHY, "%s: key too weak (RSA with %u bits; 2048 are the least, and "
		    "whole bytes)", which, c->rsa_bits);
	else if (c->key == KEY_OTHER || c->key == KEY_P521)
		net_say(why, TLS_WHY,
			"%s: kind of key not supported (%s; RSA, P-256 and P-384 are)",
		    which, c->key == KEY_P521 ? "P-521" : "neither RSA nor a known curve");
	else if (c->signature == SIG_SHA1 || c->signature == SIG_MD5)
		net_say(why, TLS_WHY, "%s: signature too weak (%s; SHA-256 is the least)", which,
		    c->signature == SIG_SHA1 ? "SHA-1" : "MD5");
	else if (c->signature == SIG_OTHER)
		net_say(why, TLS_WHY, "%s: kind of signature not supported "
		    "(RSA PKCS#1 or ECDSA with SHA-256, 384 or 512 are)", which);
	else
		return false;
	return true;
}

static bool host_refused(const struct tls_check *k, char why[static TLS_WHY])
{
	const struct cert *c = &k->leaf;
	if (!c->has_names)
		net_say(why, TLS_WHY,
			"certificate names no host in subjectAltName (its common name "
		    "\"%s\" does not count), so it is not for %s", c->subject, k->host);
	else if (!c->host_matches)
		net_say(why, TLS_WHY,
			"certificate is for %s, not for %s (intercepted, or the wrong "
		    "host configured)", c->names, k->host);
	else
		return false;
	return true;
}

/* BearSSL refuses nameConstraints that are critical, as they should be, and overlooks others. */
static void names_limited(char why[static TLS_WHY], const char *which)
{
	net_say(why, TLS_WHY, "%s limits the names below it (nameConstraints), which is not "
	    "understood here", which);
}

static bool role_refused(const struct cert *c, char why[static TLS_WHY])
{
	if (!c->v3)
		net_say(why, TLS_WHY, "certificate is of an old form (X.509 version 1 or 2)");
	else if (c->is_ca)
		net_say(why, TLS_WHY,
			"certificate is one of an authority (CA:TRUE), not of a server");
	else if (c->has_purposes && !c->for_servers)
		net_say(why, TLS_WHY, "certificate is not for servers "
		    "(extendedKeyUsage without serverAuth)");
	else if (c->has_usage && !c->may_sign)
		net_say(why, TLS_WHY, "certificate's key may not sign (keyUsage without "
		    "digitalSignature)");
	else if (c->has_usage && c->may_certify)
		net_say(why, TLS_WHY, "certificate is one of a server, whose key may sign others "
		    "(keyUsage with keyCertSign)");
	else if (c->limits_names)
		names_limited(why, "certificate");
	else
		return false;
	return true;
}

static void read_above(struct tls_check *k)
{
	char which[CERT_NAME + 32];
	const char *bad = k->der_long ? "it is longer than 16 kB"
				      : cert_read(&k->above, k->der, k->der_n, NULL);
	if (k->chain_why[0] != '\0')
		return;
	if (bad != NULL) {
		net_say(k->chain_why, sizeof k->chain_why,
		    "certificate %u of the chain cannot be read: %s", k->certs + 1, bad);
		return;
	}
	net_say(which, sizeof which, "certificate of the authority \"%s\"", k->above.subject);
	if (dates_refused(k, &k->above, which, k->chain_why)
	    || strength_refused(&k->above, which, k->chain_why))
		return;
	if (!k->above.is_ca)
		net_say(k->chain_why, sizeof k->chain_why,
		    "\"%s\" signed the chain but is no authority (CA:FALSE)", k->above.subject);
	else if (k->above.has_usage && !k->above.may_certify)
		net_say(k->chain_why, sizeof k->chain_why, "\"%s\" may not sign certificates "
		    "(keyUsage without keyCertSign)", k->above.subject);
	else if (k->above.has_purposes && !k->above.for_servers && !k->above.for_all)
		net_say(k->chain_why, sizeof k->chain_why, "\"%s\" may not sign certificates of "
		    "servers (extendedKeyUsage without serverAuth)", k->above.subject);
	else if (k->above.limits_names)
		names_limited(k->chain_why, which);
	else if (k->above.subject_dn.n == 0)
		net_say(k->chain_why, sizeof k->chain_why, "an authority without a name");
}

static void check_end_cert(const br_x509_class **ctx)
{
	struct tls_check *k = from(ctx);
	k->minimal.vtable->end_cert(&k->minimal.vtable);
	if (k->certs == 0) {
		k->leaf_bad = k->der_long ? "it is longer than 16 kB"
					  : cert_read(&k->leaf, k->der, k->der_n, k->host);
	} else if (!k->trusted) {
		read_above(k);
	}
	/* Once an anchor is reached, whatever follows is not part of the path. */
	if (k->minimal.err == BR_ERR_X509_OK)
		k->trusted = true;
	k->certs++;
}

/* ---- the verdict */

static void untrusted_words(struct tls_check *k)
{
	if (k->certs > 1)
		net_say(k->why, sizeof k->why,
			"signed by an authority that is not trusted (\"%s\"); "
		    "if you trust it, put its certificate into ca_file = ... (but none that "
		    "has nameConstraints)", k->above.issuer);
	else
		net_say(k->why, sizeof k->why, "incomplete chain: the server sent only its own "
		    "certificate, and its issuer \"%s\" is not a trusted authority; complete the "
		    "server's chain, or put the issuer into ca_file = ...", k->leaf.issuer);
}

static void path_words(struct tls_check *k, unsigned bear)
{
	switch (bear) {
	case BR_ERR_X509_NOT_TRUSTED:
		untrusted_words(k);
		break;
	case BR_ERR_X509_DN_MISMATCH:
		net_say(k->why, sizeof k->why,
			"the server's chain is out of order: a certificate is "
		    "not followed by its issuer's");
		break;
	case BR_ERR_X509_BAD_SIGNATURE:
		net_say(k->why, sizeof k->why, "a signature in the certificate chain is wrong");
		break;
	case BR_ERR_X509_NOT_CA:
		net_say(k->why, sizeof k->why,
			"chain too long for its authority (pathlen), or signed "
		    "by a certificate that is no authority");
		break;
	case BR_ERR_X509_CRITICAL_EXTENSION:
		net_say(k->why, sizeof k->why, "a certificate has a critical extension that is not "
		    "understood here");
		break;
	case BR_ERR_X509_BAD_SERVER_NAME:
		net_say(k->why, sizeof k->why, "certificate is for %s, not for %s", k->leaf.names,
		    k->host);
		break;
	case BR_ERR_X509_LIMIT_EXCEEDED:
		net_say(k->why, sizeof k->why, "a key or signature in the chain is too long "
		    "(RSA up to 4096 bits is supported)");
		break;
	case BR_ERR_X509_WEAK_PUBLIC_KEY:
		net_say(k->why, sizeof k->why, "key too weak in the certificate chain");
		break;
	case BR_ERR_X509_UNSUPPORTED:
		net_say(k->why, sizeof k->why,
			"a key or signature in the chain is of a kind that is "
		    "not supported");
		break;
	default:
		net_say(k->why, sizeof k->why,
			"certificate chain refused (BearSSL error %u)", bear);
		break;
	}
}

/* The most telling reason first: a wrong clock, then the wrong host (which shows
 * an interception), then nobody's signature, then the finer rules. */
static bool refuse(struct tls_check *k, unsigned bear)
{
	const struct cert *c = &k->leaf;
	if (k->certs == 0) {
		net_say(k->why, sizeof k->why, "the server sent no certificate");
		return true;
	}
	if (k->leaf_bad != NULL) {
		net_say(k->why, sizeof k->why, "certificate cannot be read: %s", k->leaf_bad);
		return true;
	}
	if (dates_refused(k, c, "certificate", k->why) || host_refused(k, k->why))
		return true;
	if (bear != 0 && c->self_issued && k->certs == 1) {
		net_say(k->why, sizeof k->why,
			"certificate is self-signed, by \"%s\", which is not a "
		    "trusted authority; if you trust it, put it into ca_file = ...", c->issuer);
		return true;
	}
	if (strength_refused(c, "certificate", k->why) || role_refused(c, k->why))
		return true;
	if (k->chain_why[0] != '\0') {
		memcpy(k->why, k->chain_why, sizeof k->why);
		return true;
	}
	if (bear != 0)
		path_words(k, bear);
	return bear != 0;
}

static unsigned check_end_chain(const br_x509_class **ctx)
{
	struct tls_check *k = from(ctx);
	unsigned bear = k->minimal.vtable->end_chain(&k->minimal.vtable);
	k->refused = refuse(k, bear);
	if (!k->refused)
		return 0;
	return bear != 0 ? bear : BR_ERR_X509_NOT_TRUSTED;
}

static const br_x509_pkey *check_get_pkey(const br_x509_class *const *ctx, unsigned *usages)
{
	const struct tls_check *k = (const struct tls_check *)(const void *)ctx;
	if (k->refused)
		return NULL;
	return k->minimal.vtable->get_pkey(&k->minimal.vtable, usages);
}

static const br_x509_class check_vtable = {
	sizeof(struct tls_check),
	check_start_chain, check_start_cert, check_append, check_end_cert, check_end_chain,
	check_get_pkey,
};

void tls_check_init(struct tls_check *k, const br_x509_trust_anchor *anchors, size_t count,
		    const br_ec_impl *ec)
{
	br_x509_minimal_context *m = &k->minimal;
	k->vtable = &check_vtable;
	k->refused = true;
	br_x509_minimal_init(m, &br_sha256_vtable, anchors, count);
	br_x509_minimal_set_rsa(m, br_rsa_pkcs1_vrfy_get_default());
	br_x509_minimal_set_ecdsa(m, ec, br_ecdsa_vrfy_asn1_get_default());
	br_x509_minimal_set_hash(m, br_sha256_ID, &br_sha256_vtable);
	br_x509_minimal_set_hash(m, br_sha384_ID, &br_sha384_vtable);
	br_x509_minimal_set_hash(m, br_sha512_ID, &br_sha512_vtable);
	br_x509_minimal_set_minrsa(m, 2048 / 8);
}

void tls_check_start(struct tls_check *k, const char *host, ns now)
{
	/* BearSSL counts days from the year 0; before 1970 nothing is valid anyway. */
	const uint32_t days_to_1970 = 719528;
	k->host = host;
	k->now_s = now > 0 ? now / NS_SECOND : 0;
	k->refused = true;
	k->why[0] = '\0';
	br_x509_minimal_set_time(&k->minimal, days_to_1970 + (uint32_t)(k->now_s / 86400),
				 (uint32_t)(k->now_s % 86400));
}
