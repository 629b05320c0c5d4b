#!/bin/sh
# elf.sh FILE...: what the linker made is what we promise. One sentence per broken promise.
set -eu
export LC_ALL=C
failed=0
bad() { echo "$file: $*"; failed=1; }
for file in "$@"; do
	head=$(readelf -hW "$file") parts=$(readelf -lW "$file") dyn=$(readelf -dW "$file")
	echo "$head" | grep -q 'Type: *DYN' || bad "not position-independent: link with -static-pie"
	! echo "$parts" | grep -q INTERP || bad "names an interpreter: it is not static"
	! echo "$dyn" | grep -q NEEDED || bad "needs a shared library"
	! echo "$dyn" | grep -Eq 'RPATH|RUNPATH' || bad "carries a search path for libraries"
	echo "$parts" | grep -q GNU_RELRO || bad "no RELRO: link with -z relro"
	echo "$dyn" | grep -Eq 'FLAGS.*NOW|BIND_NOW' || bad "no immediate binding: link with -z now"
	! echo "$dyn" | grep -q TEXTREL || bad "has text relocations: compile with -fPIE"
	named=$(readelf -rW "$file" | grep -o 'R_[A-Z0-9_]*' | grep -v '_RELATIV\|_NONE$' | sort -u)
	[ -z "$named" ] || bad "has relocations by name, which nobody carries out: $named"
	stack=$(echo "$parts" | grep GNU_STACK) || bad "no GNU_STACK: its stack is executable"
	! echo "$stack" | grep -q 'E ' || bad "the stack is executable"
	! echo "$parts" | grep -q 'LOAD.* RWE ' || bad "a segment is writable and executable"
	page=0x4000
	! readelf -hW "$file" | grep -q X86-64 || page=0x1000
	! echo "$parts" | grep LOAD | grep -qv "$page\$" || bad "not aligned for pages of $page"
	! readelf -SW "$file" | grep -q '\.symtab' || bad "not stripped"
	! readelf -nW "$file" | grep -q 'Build ID' || bad "carries a build id"
	! grep -aqF "$PWD" "$file" || bad "contains the path of the folder it was built in"
	size=$(wc -c < "$file") most=1048576
	# Where every instruction has four bytes it cannot be as small.
	! echo "$head" | grep -q AArch64 || most=$((most + 65536))
	[ "$size" -le "$most" ] || bad "$size bytes, want at most $most"
	[ $failed = 1 ] || echo "$file: static, position-independent, hardened, $size bytes"
done
exit $failed
