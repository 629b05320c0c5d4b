#!/bin/sh
# arm.sh [MACHINE...]: gambler as it is built for ARM, on kernels for ARM: Debian's, from apt, in
# qemu. Its filters are the kernel's business, which an emulated program (test-cross) does without.
# What it does there is below: each step is a line, the first that fails ends it with a sentence.
# Wants what vendor/setup installs for it, and a mirror of Debian (DEBIAN=address: another than
# that of apt); not part of `make test` or `make torture`.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-build}
work=$(realpath "$O")/arm
cache=$PWD/vendor/cache/linux
mkdir -p "$work" "$cache"
dir=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill $pid 2> /dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

die() { echo "arm: $*" >&2; exit 1; }

# ---- kernels: the newest of each kind; what has been fetched is not asked for again
apt_there() { # tool, words: with lists and settings of its own, this machine's stay as they are
	tool=$1
	shift
	APT_CONFIG=$dir/apt.conf "$tool" -q "$@"
}
apt_lists() {
	[ ! -f "$dir/apt.conf" ] || return 0
	command -v apt-get > /dev/null || die "no apt-get: put the kernels into $cache/NAME/vmlinuz"
	mirror=${DEBIAN:-$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' | grep 'debian/*$' | head -n 1)}
	[ -n "$mirror" ] || die "apt knows no mirror of Debian: DEBIAN=address"
	mkdir -p "$dir/none" "$dir/lists/partial" "$dir/archives/partial"
	: > "$dir/status"
	while read -r arch suite; do
		echo "deb [arch=$arch signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
			"$mirror $suite main"
	done > "$dir/sources.list" <<-END
		arm64,armhf trixie
		arm64 bookworm
	END
	{ apt-config dump | grep '^Acquire::https*::' || :; cat; } > "$dir/apt.conf" <<-END
		Dir::State "$dir";
		Dir::State::lists "$dir/lists";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir";
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "$dir/none";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/none";
		APT::Architecture "arm64";
		APT::Architectures { "arm64"; "armhf"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
	END
	echo "arm: asking $mirror for its kernels"
	apt_there apt-get update > "$dir/apt.log" 2>&1 ||
		die "apt-get update: $(tail -n 3 "$dir/apt.log")"
}
kernel() { # name, architecture, pattern of the package
	[ ! -f "$cache/$1/vmlinuz" ] || return 0
	apt_lists
	# A mirror may not have the newest yet.
	for p in $(apt_there apt-cache pkgnames linux-image- | grep "^linux-image-$3\$" |
			sort -rV); do
		(cd "$dir" && apt_there apt-get download "$p:$2") > "$dir/apt.log" 2>&1 || continue
		rm -rf "$dir/tree" "$cache/$1.new"
		dpkg-deb -x "$dir/$p"_*.deb "$dir/tree"
		rm "$dir/$p"_*.deb
		mkdir "$cache/$1.new"
		cp "$dir"/tree/boot/vmlinuz-* "$cache/$1.new/vmlinuz"
		mv "$cache/$1.new" "$cache/$1"
		echo "arm: fetched $p"
		return 0
	done
	die "no kernel of Debian for $1 ($3): $(tail -n 3 "$dir/apt.log")"
}

# ---- what is done there: test/torture/init.c has the words
files() { # folder: what the steps read
	cat > "$1/gambler.ini" <<-'END'
		[strategy often]
		use = mean_reversion
		need = 1
		vol_mult = 0
		rs = no
		exit = none
		hold = 5m
		stop = 20%
		target = 50%
		[instance quick]
		strategy = often
		symbols = AAPL MSFT NVDA TSLA
		timeframe = 1m
		skip_open = 0s
	END
	cat "$1/gambler.ini" - > "$1/program.ini" <<-'END'
		[strategy outside]
		exec = "/silent"
		inputs = close > 0
		stop = 1%
		target = 2%
		[instance beside]
		strategy = outside
		symbols = SPY
		timeframe = 1m
	END
	# localhost, not 127.0.0.1: names are the resolver's business, a thread of its own.
	cat - "$1/gambler.ini" > "$1/paper.ini" <<-'END'
		[account]
		mode = paper
		key_file = /keys
		trading_url = http://localhost:9191
		data_url = http://localhost:9191
		stream_url = ws://localhost:9191
	END
	printf 'APCA_API_KEY_ID=PKTEST\nAPCA_API_SECRET_KEY=secret\n' > "$1/keys"
	chmod 600 "$1/keys"
	echo root:x:0:0::/: > "$1/etc/passwd"
	echo 127.0.0.1 localhost > "$1/etc/hosts"
	awk 'BEGIN {
		print "symbol,timestamp,open,high,low,close,volume"
		price = 10000
		for (day = 0; day < 5; day++) for (bar = 0; bar < 78; bar++) {
			last = price
			random = (random * 1103 + 12345) % 65536
			price += random % 101 - 50
			printf "AAPL,%d,%.2f,%.2f,%.2f,%.2f,%d\n",
				1704724200 + day * 86400 + bar * 300, last / 100,
				(last > price ? last : price) / 100 + 0.1,
				(last < price ? last : price) / 100 - 0.1,
				price / 100, 1000 + random
		}
	}' > "$1/bars.csv"
}
kept='-c ../gambler.ini --set store.folder=bars'
bars_steps="do 120 import|390|import ../bars.csv $kept
do 120 export|AAPL|export $kept
do 300 backtest|{|backtest --bars store --timeframe 5m --json $kept"
steps() { # what doctor says of the sandbox, what it says of one that runs
	market='account.mode=sim --set exchange.connect=127.0.0.1:9190'
	program='-c /program.ini --set store.folder=program'
	cat <<-END
		say 60 doctor|$1|doctor
		do 60 calendar|2024|calendar 2024
		$bars_steps
		start 0 the exchange starts|-|exchange --speed 60 --state state
		start 0 gambler starts|-|run -c /gambler.ini --set $market
		until 120 it is ready|wire.ready|log -c /gambler.ini
		inside 0 its threads are under the filter|6
		until 300 it trades|exit_reason|trades -c /gambler.ini --json
		say 60 doctor beside it|$2|doctor -c /gambler.ini
		do 60 status|{|status --json -c /gambler.ini
		do 60 positions|[|positions --json -c /gambler.ini
		do 60 orders|[|orders --json -c /gambler.ini
		do 60 halt|-|halt -c /gambler.ini
		do 60 resume|-|resume -c /gambler.ini
		do 60 backup|-|backup /tmp/copy -c /gambler.ini
		do 60 verify|-|verify -c /gambler.ini
		do 60 flatten|-|flatten -c /gambler.ini
		until 60 it holds nothing|0 positions|status -c /gambler.ini
		stop 60 gambler stops|-
		do 60 restore|-|restore /tmp/copy -c /gambler.ini
		start 0 gambler starts again|-|run -c /gambler.ini --set $market
		until 120 it is ready again|wire.ready|log -c /gambler.ini
		stop 60 it stops again|-
		start 0 a strategy that is a program|-|run $program --set $market
		until 120 the program starts|exec.start|log $program
		stop 120 gambler and the program stop|-
		stop 60 the exchange stops|-
		start 0 an exchange in real time|-|exchange --speed real --listen 127.0.0.1:9191
		start 0 gambler in mode paper|-|run -c /paper.ini
		until 120 it has found the broker by name|paper, |status -c /paper.ini
		stop 60 paper stops|-
		stop 60 the real exchange stops|-
	END
}
wanted() { # folder: what this machine says of the bars, by the same words
	echo "$bars_steps" | while IFS='|' read -r head _ words; do
		name=${head#* * }
		(cd "$1/tmp" && $gambler $words) > "$1/want/$name" 2> "$dir/err" ||
			die "$name: this machine cannot: $(tail -n 3 "$dir/err")"
	done
	rm -rf "$1/tmp/bars"
}

# ---- machines
boot() { # name, architecture of gambler, kernel, doctor's words, emulator and its options...
	name=$1 arch=$2 linux=$cache/$3 holds=$4 beside=$5
	shift 5
	root=$dir/root
	rm -rf "$root"
	mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/etc" "$root/want"
	build/vendor/"$arch"/bin/cc -std=c17 -D_GNU_SOURCE -fPIE -Os -Wall -Wextra -static-pie \
		-o "$root/init" test/torture/init.c
	cp "$root/init" "$root/silent"
	cp "$O/$arch/gambler" "$root/gambler"
	files "$root"
	wanted "$root"
	steps "$holds" "$beside" > "$root/steps"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) > "$work/$name.gz"
	echo "arm: machine $name"
	"$@" -nographic -no-reboot -nic none -kernel "$linux/vmlinuz" -initrd "$work/$name.gz" \
		< /dev/null > "$work/$name.out" 2>&1 &
	pid=$!
	waited=0
	while kill -0 $pid 2> /dev/null && [ $waited -lt 1800 ]; do
		sleep 1
		waited=$((waited + 1))
		! grep -aq '^arm: \(done\|failed\)' "$work/$name.out" || break
	done
	kill $pid 2> /dev/null || :
	wait $pid 2> /dev/null || :
	pid=
	tr -d '\r' < "$work/$name.out" | sed -n "/^arm: \(done\|failed\)/q
		/^arm: /,\$s/^\(arm: \)*/  $name: /p"
	grep -aq '^arm: done' "$work/$name.out" && return 0
	grep -aq '^arm: ' "$work/$name.out" || tail -n 20 "$work/$name.out"
	die "$name: not all steps were done; see $work/$name.out"
}
virt() { # cpu, what the kernel is told beside: words for boot
	echo "-M virt -cpu $1 -smp 2 -m 512"
}
console='console=ttyAMA0 quiet panic=-1 gambler.torture'
whole='what it must not do it cannot'
machine() {
	case $1 in
	arm64) boot $1 aarch64 arm64 "seccomp, Landlock 6: $whole" "one runs, in its sandbox" \
		qemu-system-aarch64 $(virt cortex-a72) -append "$console" ;;
	# pages of 16 KiB
	arm64-16k) boot $1 aarch64 arm64-16k "seccomp, Landlock 6: $whole" \
		"one runs, in its sandbox" \
		qemu-system-aarch64 $(virt cortex-a76) -append "$console" ;;
	# Landlock that knows no TCP
	arm64-old) boot $1 aarch64 arm64-old "Landlock 2: within it one can connect anywhere" \
		"one runs, in its sandbox" \
		qemu-system-aarch64 $(virt cortex-a72) -append "$console" ;;
	# no Landlock
	arm64-bare) boot $1 aarch64 arm64 "seccomp: within it one can read /etc/passwd" \
		"less than the whole" \
		qemu-system-aarch64 $(virt cortex-a72) -append "$console lsm=yama" ;;
	# 32 bits on a kernel of 64
	arm64-32) boot $1 armv7 arm64 "seccomp, Landlock 6: $whole" \
		"one runs, in its sandbox" \
		qemu-system-aarch64 $(virt cortex-a72) -append "$console" ;;
	armmp) boot $1 armv7 armmp "seccomp, Landlock 6: $whole" "one runs, in its sandbox" \
		qemu-system-arm $(virt cortex-a15) -append "$console" ;;
	*) die "$1 is no machine: $machines" ;;
	esac
}
machines='arm64 arm64-16k arm64-old arm64-bare arm64-32 armmp'
kernels() {
	case $1 in
	arm64-16k) kernel arm64-16k arm64 '6[.]12[.][^-]*-arm64-16k' ;;
	arm64-old) kernel arm64-old arm64 '6[.]1[.][^-]*-[0-9]*-arm64' ;;
	armmp) kernel armmp armhf '6[.]12[.][^-]*-armmp' ;;
	*) kernel arm64 arm64 '6[.]12[.][^-]*-arm64' ;;
	esac
}
gambler=$PWD/gambler
for m in ${*:-$machines}; do kernels "$m"; done
for m in ${*:-$machines}; do machine "$m"; done
echo "arm: all was done there, and no call of it was refused"
