#!/bin/sh
# list.sh FILE.c...: every `void test_*(void)` that begins a line, as the C table check.c runs.
set -eu
names=$(sed -n 's/^void \(test_[a-z0-9_]*\)(void).*/\1/p' "$@")
echo '#include "check.h"'
for n in $names; do echo "void $n(void);"; done
echo 'const struct check_test check_tests[] = {'
for n in $names; do echo "	{\"$n\", $n},"; done
echo '};'
echo 'const size_t check_tests_n = sizeof check_tests / sizeof check_tests[0];'
