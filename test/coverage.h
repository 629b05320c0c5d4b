/* coverage.h: before everything of `make coverage`. An assertion that fails is no branch to be
 * tested: nothing a test can do makes it fail, or it would be a bug that the test found. */
#ifndef __ASSEMBLER__
#include "base/base.h"

#undef assert
#define assert(holds) ((void)sizeof(!(holds)))
#endif
