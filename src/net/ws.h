/* ws.h: WebSocket (RFC 6455) as bytes in, messages out; no sockets. Client and
 * server side. No extensions are offered or accepted (RSV bits are an error).
 * Text is checked to be UTF-8 over fragments; control frames may interleave. */
#ifndef NET_WS_H
#define NET_WS_H

#include "base/text.h"

enum ws_op { WS_CONT = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

#define WS_CONTROL_MAX 125

struct ws {
	bool     server;	/* we are the server: frames come masked, go unmasked */
	bool     in_message, text, closing;
	bool     in_frame, fin;	/* of the frame whose payload is being gathered */
	uint32_t utf8;		/* validator state */
	uint8_t  mask[4];
	uint64_t left, got;	/* of that frame's payload */
	char    *memory;	/* assembled message */
	size_t   n, cap;
	int      close_code;	/* what the peer said (1005: nothing), or what we fail
				 * with: 1002, 1007, 1009 */
};

void ws_init(struct ws *w, bool server, void *memory, size_t cap);

/* Eats frames from in (unmasking in place). OK: *op and *payload hold one whole
 * message or control frame, valid until the next call; *used bytes were eaten.
 * ERR_AGAIN: *used were eaten, more are needed. ERR_PROTO: w->close_code says
 * why; send that close and drop the connection. A message must fit the memory (else
 * 1009). WS_CLOSE comes with the reason as payload and close_code set; ERR_END (all
 * is eaten) ever after. */
enum err ws_read(struct ws *w, char *in, size_t n, size_t *used, enum ws_op *op,
		 struct str *payload);

/* One whole frame (FIN) into dst; returns its length, 0 when it does not fit.
 * mask: 4 bytes of randomness for a client, NULL for a server. */
size_t ws_write(char *dst, size_t size, enum ws_op op, struct str payload, const uint8_t *mask);
size_t ws_write_close(char *dst, size_t size, int code, struct str why, const uint8_t *mask);
/* The header alone, for a payload that is already in place behind it (server side). */
size_t ws_header(char dst[static 10], enum ws_op op, uint64_t payload_n);

/* Sec-WebSocket-Key: 16 random bytes in base64. */
#define WS_KEY_TEXT 25
void ws_key(char out[static WS_KEY_TEXT], const uint8_t random[static 16]);

/* Sec-WebSocket-Accept for a key (SHA-1 and base64, RFC 6455 4.2.2). */
#define WS_ACCEPT_TEXT 29
void ws_accept(char out[static WS_ACCEPT_TEXT], struct str key);

#endif
