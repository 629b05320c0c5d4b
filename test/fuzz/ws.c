/* rooms: base net */
/* However a stream of frames is cut, the same messages and the same end come out. The
 * first byte says who reads, the second seeds the cuts. */
#include <stdlib.h>

#include "base/crc.h"
#include "net/ws.h"

#define MEMORY 512

struct seen { uint64_t hash; size_t messages; int code; };

static void note(struct seen *s, enum ws_op op, struct str payload, int code)
{
	s->hash = s->hash * 31 + hash64(payload.s, payload.n) + (uint64_t)op;
	s->messages++;
	s->code = code;
}

static struct seen drink(const uint8_t *data, size_t n, bool server, unsigned cut)
{
	static char memory[MEMORY];
	char *buffer = malloc(n + 1);
	struct seen seen = { 0, 0, 0 };
	size_t have = 0, at = 0, used;
	enum err e = ERR_AGAIN;
	enum ws_op op;
	struct str payload;
	struct ws w;

	ws_init(&w, server, memory, sizeof(memory));
	while (e == OK || (e == ERR_AGAIN && at < n)) {
		if (e == ERR_AGAIN) {
			size_t m = cut == 0 ? n : cut++ % 5 + 1;
			m = n - at < m ? n - at : m;
			memcpy(buffer + have, data + at, m);
			have += m;
			at += m;
		}
		e = ws_read(&w, buffer, have, &used, &op, &payload);
		assert(used <= have && w.n <= MEMORY);
		if (e == OK) {
			assert(payload.n <= (op >= WS_CLOSE ? WS_CONTROL_MAX : MEMORY));
			note(&seen, op, payload, w.close_code);
		}
		have -= used;
		memmove(buffer, buffer + used, have);
		assert(e != ERR_AGAIN || have < 14 + WS_CONTROL_MAX);
	}
	if (e == ERR_PROTO)
		seen.code = -w.close_code;
	free(buffer);
	return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2)
		return 0;
	bool server = (data[0] & 1) != 0;
	struct seen a = drink(data + 2, n - 2, server, 0);
	struct seen b = drink(data + 2, n - 2, server, data[1] + 1u);

	assert(a.hash == b.hash && a.messages == b.messages && a.code == b.code);
	return 0;
}
