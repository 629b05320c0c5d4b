#include <stdio.h>

#include "base/time.h"
#include "net/say.h"
#include "net/tls_inner.h"

void day_words(char out[static 16], int64_t seconds)
{
	int64_t days = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0);
	if (days < -3000000)
		days = -3000000;
	if (days > 3000000)
		days = 3000000;
	struct civil c = civil_of((day)days);
	if (c.year < 0 || c.year > 9999)
		c.year = 9999;
	(void)snprintf(out, 16, "%04u-%02u-%02u", (unsigned)c.year % 10000,
		       (unsigned)c.month % 100, (unsigned)c.day % 100);
}

static const char *alert_name(int alert)
{
	switch (alert) {
	case 0:   return "close_notify";
	case 10:  return "unexpected_message";
	case 20:  return "bad_record_mac";
	case 21:  return "decryption_failed";
	case 22:  return "record_overflow";
	case 40:  return "handshake_failure";
	case 42:  return "bad_certificate";
	case 43:  return "unsupported_certificate";
	case 44:  return "certificate_revoked";
	case 45:  return "certificate_expired";
	case 46:  return "certificate_unknown";
	case 47:  return "illegal_parameter";
	case 48:  return "unknown_ca";
	case 49:  return "access_denied";
	case 50:  return "decode_error";
	case 51:  return "decrypt_error";
	case 70:  return "protocol_version";
	case 71:  return "insufficient_security";
	case 80:  return "internal_error";
	case 86:  return "inappropriate_fallback";
	case 90:  return "user_canceled";
	case 100: return "no_renegotiation";
	case 109: return "missing_extension";
	case 110: return "unsupported_extension";
	case 112: return "unrecognized_name";
	case 116: return "certificate_required";
	case 120: return "no_application_protocol";
	default:  return "unknown";
	}
}

static const char *alert_advice(int alert, bool early)
{
	switch (alert) {
	case 40:
	case 71:
		return early ? ": it speaks no TLS 1.2, or no cipher in common (ECDHE with "
			"ChaCha20-Poly1305 or AES-GCM, and SHA-2, are asked for)"
			: ": it may want a client certificate; none can be given";
	case 70:
		return ": server speaks no TLS 1.2, the only version spoken here";
	case 112:
		return ": it knows no such host";
	case 42:
	case 116:
		return ": it wants a client certificate; none can be given";
	case 120:
		return ": it does not speak HTTP/1.1 over TLS";
	default:
		return "";
	}
}

static const char *engine_words(int error)
{
	switch (error) {
	case BR_ERR_UNSUPPORTED_VERSION:
	case BR_ERR_BAD_VERSION:
		return "server speaks no TLS 1.2, the only version spoken here";
	case BR_ERR_BAD_LENGTH:
	case BR_ERR_TOO_LARGE:
		return "a record of the server is too long";
	case BR_ERR_BAD_MAC:
		return "a record was altered on the way (wrong MAC)";
	case BR_ERR_NO_RANDOM:
		return "the kernel gives no random numbers";
	case BR_ERR_UNKNOWN_TYPE:
	case BR_ERR_UNEXPECTED:
		return "the server sent a message that does not belong here";
	case BR_ERR_BAD_CIPHER_SUITE:
	case BR_ERR_BAD_COMPRESSION:
		return "the server chose a cipher that was not offered";
	case BR_ERR_BAD_SECRENEG:
		return "renegotiation data of the server is wrong";
	case BR_ERR_EXTRA_EXTENSION:
	case BR_ERR_BAD_SNI:
	case BR_ERR_BAD_FRAGLEN:
		return "the server sent an extension that was not asked for";
	case BR_ERR_BAD_FINISHED:
		return "the handshake was altered on the way (wrong Finished)";
	case BR_ERR_RESUME_MISMATCH:
		return "the server resumed a session with other parameters";
	case BR_ERR_INVALID_ALGORITHM:
		return "the server uses a curve or hash that is not supported (P-256, P-384,"
		       " X25519; SHA-256 and up)";
	case BR_ERR_BAD_SIGNATURE:
		return "the server does not own the key of its certificate (wrong signature)";
	case BR_ERR_WRONG_KEY_USAGE:
		return "the certificate's key may not be used for signing (keyUsage)";
	case BR_ERR_NO_CLIENT_AUTH:
		return "the server wants a client certificate; none can be given";
	default:
		return NULL;
	}
}

void tls_error_words(int error, bool early, char *why, size_t why_size)
{
	const char *words = engine_words(error);
	if (error >= BR_ERR_RECV_FATAL_ALERT && error < BR_ERR_RECV_FATAL_ALERT + 256) {
		int alert = error - BR_ERR_RECV_FATAL_ALERT;
		net_say(why, why_size, "the server broke off with alert %d %s%s", alert,
		    alert_name(alert), alert_advice(alert, early));
	} else if (error >= BR_ERR_SEND_FATAL_ALERT && error < BR_ERR_SEND_FATAL_ALERT + 256) {
		int alert = error - BR_ERR_SEND_FATAL_ALERT;
		net_say(why, why_size, "the server broke the protocol (alert %d %s sent)", alert,
		    alert_name(alert));
	} else if (words != NULL) {
		net_say(why, why_size, "%s", words);
	} else {
		net_say(why, why_size, "the server broke the protocol (BearSSL error %d)", error);
	}
}
