/* cover.c: only in programs that count branches: who ends in haste (a child that has verified a
 * store, a simulated day) says what it has counted, too. */
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/* Where there is such a thing: what counts is not to fail. */
__attribute__((weak)) bool failing_end(void);
void __gcov_dump(void);
_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);
_Noreturn void __wrap__exit(int code)
{
	if (failing_end != NULL)
		(void)failing_end();
	__gcov_dump();
	__real__exit(code);
}
