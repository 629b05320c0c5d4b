#!/bin/sh
# The systemd unit that gambler prints: its exposure is 1.5 of 10 at most, and what makes the
# sandbox is among the system calls that it leaves.
set -eu
cd "$(dirname "$0")/../.."
command -v systemd-analyze >/dev/null ||
	{ echo "unit.sh: systemd-analyze is missing: apt-get install systemd"; exit 1; }
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
trap 'exit 1' INT TERM
./gambler init systemd > "$t/gambler.service"
systemd-analyze security --offline=true --no-pager --threshold=15 "$t/gambler.service" \
	> "$t/said" 2>&1 || { grep '✗' "$t/said"; tail -n 1 "$t/said"; exit 1; }
tail -n 1 "$t/said"
# What holds the score must be able to fail.
sed '/^ProtectSystem\|^NoNewPrivileges\|^SystemCallFilter/d' "$t/gambler.service" \
	> "$t/open.service"
! systemd-analyze security --offline=true --no-pager --threshold=15 "$t/open.service" \
	> /dev/null 2>&1 || { echo "unit.sh: a unit without its walls passes as well"; exit 1; }
for call in @system-service landlock_create_ruleset landlock_add_rule landlock_restrict_self; do
	grep -q "^SystemCallFilter=.*$call" "$t/gambler.service" ||
		{ echo "unit.sh: init/systemd does not allow $call"; exit 1; }
done
