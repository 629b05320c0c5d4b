#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "net/say.h"

void net_say(char *why, size_t size, const char *fmt, ...)
{
	assert(why != NULL && size >= 4);
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(why, size, fmt, args);
	va_end(args);
	if (n < 0)
		why[0] = '\0';
	else if ((size_t)n >= size)
		memcpy(why + size - 4, "...", 4);
	/* The words go to a log of one line each; the peer may have chosen some. */
	for (char *p = why; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

const char *net_errno(int e)
{
	switch (e) {
	case ECONNREFUSED: return "refused";
	case ECONNRESET:   return "reset by the peer";
	case EPIPE:        return "closed by the peer";
	case ETIMEDOUT:    return "no answer";
	case EHOSTUNREACH: return "no route to the host";
	case ENETUNREACH:  return "no route to the network";
	case ENETDOWN:     return "the network is down";
	case EMFILE:
	case ENFILE:       return "too many open files";
	case EADDRNOTAVAIL: return "no local address or port left";
	case EAFNOSUPPORT: return "address family not supported here";
	case EACCES:
	case EPERM:        return "not permitted (firewall or sandbox)";
	default:           return strerror(e);
	}
}
