#!/bin/sh
# faults.sh: test/faults.txt names 142 faults, each with tests that exist, or why there is none;
# at least 110 have a test. test/tidy.sh runs it.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

# Groups and how many faults each has.
wanted='A14 B17 C8 D13 E9 F17 G13 H18 I10 J8 K15'
awk -v wanted="$wanted" -v least=110 '
function bad(line, words) { printf "test/faults.txt:%d: %s\n", line, words; count++ }
function end_fault() {
	if (name != "" && !tests && !excused) bad(at, name " has neither a test nor a reason")
	tested += tests > 0
	partly += tests > 0 && excused
}
function contains(file, words,    line, found, known) {
	while (!found && (known = (getline line < file)) > 0) found = index(line, words)
	close(file)
	return known < 0 ? -1 : found > 0
}
BEGIN {
	groups = split(wanted, group, " ")
	for (i = 1; i <= groups; i++)
		for (n = 1; n <= substr(group[i], 2) + 0; n++)
			next_name[++names] = substr(group[i], 1, 1) n
}
/^#/ || /^$/ { next }
/^\tnone: ./ { excused = 1; next }
/^\t/ {
	file = $1
	words = substr($0, length(file) + 3)
	found = words == "" ? 0 : contains(file, words)
	if (found < 0) bad(FNR, "there is no " file)
	else if (!found) bad(FNR, file " has no \"" words "\": name the test as it is now")
	tests++
	next
}
{
	end_fault()
	name = $1; at = FNR; tests = excused = 0
	if (name != next_name[++seen]) {
		bad(FNR, name " is not the one that follows, " next_name[seen])
		exit
	}
}
END {
	end_fault()
	if (!count && seen != names) bad(FNR, seen " faults, there are " names)
	if (!count && tested < least) bad(FNR, tested " have a test, at least " least)
	if (VERBOSE) printf "%d faults, %d with a test, %d of them in part\n", \
		seen, tested, partly
	exit count > 0
}' VERBOSE="${VERBOSE-}" test/faults.txt
