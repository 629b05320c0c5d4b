#!/bin/sh
# tidy.sh: the rules of the house that a machine can check. file:line: rule: remedy.
# Which room may include which comes from the deps table in the Makefile.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

# In pieces, so that this file does not break its own rules.
places='/wor''k(/|[^a-z]|$)|[.][.]/sha''red|(^|[^a-z/])sha''red/'
places=$places'|issu''es (show|say|new|list)'
hosts='deb[.]debi''an[.]org|snapshot[.]debi''an[.]org|registry[.]npm''js|files[.]pytho''nhosted'
later='TO''DO|FIX''ME|XX''X'

if git rev-parse --git-dir >/dev/null 2>&1; then
	files=$(git ls-files --cached --others --exclude-standard | sort -u)
else
	files=$(find . -name .git -prune -o -path ./build -prune -o -path ./vendor/cache -prune \
		-o -type f -print | sed 's|^./||' | sort)
fi
set --
for f in $files; do
	if [ -f "$f" ] && grep -Iq . "$f"; then set -- "$@" "$f"; fi
done

broken=0
for f in test/*.sh test/*/*.sh test/*/*.py test/*/*.js; do
	if [ ! -x "$f" ] && head -n 1 "$f" | grep -q '^#!'; then
		echo "$f:1: mode: chmod +x, else make test leaves it out without a word"
		broken=1
	fi
done

# What can go wrong has a test, by name.
test/faults.sh || broken=1
test/torture/planted.py --fit || broken=1

table=$(mktemp)
trap 'rm -f "$table"' EXIT
trap 'exit 1' INT TERM
sed -n 's/^deps\.\([a-z]*\) *:= *\(.*\)/\1 \2/p' Makefile > "$table"

awk -v places="$places" -v hosts="$hosts" -v later="$later" '
function bad(rule, remedy) {
	printf "%s:%d: %s: %s\n", FILENAME, FNR, rule, remedy
	count++
}
# The code of a line: no comments, no text inside quotes. Sets in_comment for the next line.
function code_of(s,    out, i, c, two, quote) {
	out = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		two = substr(s, i, 2)
		if (in_comment) {
			if (two == "*/") { in_comment = 0; i++ }
		} else if (quote != "") {
			if (c == "\\") i++
			else if (c == quote) { quote = ""; out = out c }
		} else if (two == "/*") { in_comment = 1; i++; out = out " " }
		else if (two == "//") break
		else {
			if (c == "\"" || c == "\047") quote = c
			out = out c
		}
	}
	return out
}
function calls(names) { # is one of them called in this line (not as a member)
	return (" " code) ~ ("[^A-Za-z0-9_.>](" names ")[ \t]*\\(")
}
function start_of_file() {
	c_file = FILENAME ~ /\.[ch]$/
	in_src = FILENAME ~ /^src\// || FILENAME == "gambler.c"
	room = ""
	if (FILENAME ~ /^src\/[a-z]+\//) { split(FILENAME, part, "/"); room = part[2] }
	pure = FILENAME ~ /^src\/(model|ta|rule|chart|strategy|risk|engine|lab)\// ||
		FILENAME ~ /^src\/exchange\/(core|match|path|gen)[^\/]*\.[ch]$/
	columns = FILENAME ~ /\.([chS]|sh|py|js|css)$/ || FILENAME == "Makefile" || \
		FILENAME ~ /^vendor\//
	data = FILENAME ~ /^test\/(golden|fuzz\/[^\/]*)\// || FILENAME ~ /\.svg$|\/pins$/
	in_comment = 0
	body = 0
}
function check_include(    name, dir) {
	name = code_raw
	sub(/^[ \t]*#[ \t]*include[ \t]*["<]/, "", name)
	sub(/[">].*/, "", name)
	if (name == "lmdb.h" && room != "store")
		bad("include", "only src/store knows LMDB; ask the store")
	if (name == "bearssl.h" && room != "net")
		bad("include", "only src/net knows BearSSL; ask net/")
	if (room == "" || room == "cmd" || code_raw !~ /include[ \t]*"/) return
	dir = name
	if (!sub(/\/.*/, "", dir)) return
	if (dir == room || dir == "base" || dir == "model" && room != "base" && room != "net" && \
		room != "ta") return
	if (!((room, dir) in may))
		bad("include", room " may not know " dir "; pass the value in, or move the code")
}
function check_code() {
	if (calls("strcpy|strcat|sprintf|vsprintf|gets|ato[ilf]|atoll|strtok|rand|srand"))
		bad("call", "no bounds, no errors or no seed: use the words of base/")
	if (!in_src) return
	if ((" " code " ") ~ /[^A-Za-z0-9_]float[^A-Za-z0-9_]/)
		bad("float", "statistics are double, money is num")
	if (calls("clock_gettime|gettimeofday") && FILENAME != "src/base/clock.c")
		bad("clock", "only src/base/clock.c reads a clock; take a struct clock or a ns")
	if (room != "store" && FILENAME !~ /^src\/(base\/arena|net\/dns)/ && \
		calls("malloc|calloc|realloc|free|strdup|strndup|asprintf|vasprintf|aligned_alloc"))
		bad("heap", "take memory from the caller or from an arena")
	if (pure && calls("time|printf|fprintf|vprintf|puts|fputs|perror|fopen|open|read|write|" \
		"socket|send|recv|getenv|sleep|usleep|nanosleep|log_[a-z0-9_]*|pthread_[a-z0-9_]*"))
		bad("pure", "this code has no world: values in, values out")
}
function check_function() { # the kernel style: a brace in column 1 opens, another closes
	if (code ~ /^\{/ || code ~ /^[a-z].*\)[ \t]*\{[ \t]*$/) body = FNR
	else if (code ~ /^\}/ && body) {
		if (FNR - body + 1 > 70)
			bad("function", FNR - body + 1 " lines, at most 70: split it by subject")
		body = 0
	}
}
FILENAME == table {
	for (i = 2; i <= NF; i++) may[$1, $i] = 1
	next
}
FNR == 1 { start_of_file() }
{
	if ($0 ~ places && FILENAME != ".ci/run")
		bad("place", "name nothing outside this repository")
	if ($0 ~ hosts) bad("host", "ask apt for its mirror, or take VENDOR_MIRROR")
	if (data) next
	if ($0 ~ /[ \t\r]$/) bad("blanks", "nothing may follow the last word of a line")
	if ((" " $0 " ") ~ ("[^A-Za-z0-9_](" later ")[^A-Za-z0-9_]"))
		bad("later", "do it now, or say in prose what does not work")
	if (columns && length($0) > 50) {
		width = 0
		n = length($0)
		for (i = 1; i <= n; i++) {
			c = substr($0, i, 1)
			if (c == "\t") width += 8 - width % 8
			else if (c < "\200" || c > "\277") width++
		}
		if (width > 100) bad("width", width " columns, at most 100")
	}
	if (!c_file) next
	if (FNR == 501) bad("file", "more than 500 lines: split it by subject")
	code_raw = in_comment ? "" : $0
	code = code_of($0)
	if (code_raw ~ /^[ \t]*#[ \t]*include/) check_include()
	else check_code()
	check_function()
}
END {
	if (count) printf "tidy: %d broken rules\n", count
	exit count > 0
}' table="$table" "$table" "$@" && exit $broken
