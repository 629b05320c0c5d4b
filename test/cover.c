/* cover.c: only in programs that count branches: who ends in haste (a child that has verified a
 * store, a simulated day) says what it has counted, too. */
#include <unistd.h>

void __gcov_dump(void);
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);
_Noreturn void __wrap__exit(int code)
{
	__gcov_dump();
	__real__exit(code);
}
