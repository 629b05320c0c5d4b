# gambler. `make help` lists what can be asked for; README says how to start.

# All processors, unless told otherwise; checks go on after the first that fails.
MAKEFLAGS += -rR --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
ifneq ($(filter check lint unit tsan fuzz test-sim test-exchange test-web,$(MAKECMDGOALS)),)
MAKEFLAGS += -k
endif
O = build                       # objects; a second tree beside it: make O=/tmp/mine ...
O := $(strip $O)
V := build/vendor

# ---- for whom ----------------------------------------------------------------------------------
HOST := $(patsubst armv7%,armv7,$(patsubst armv6%,armv6,$(shell uname -m)))
T := $(or $(CROSS),$(HOST))
D := $O/$T
# Libraries and compiler come from vendor/build.
CC = $V/$T/bin/cc

, := ,
# ---- how ---------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wcast-align -Wformat=2 -Wnull-dereference \
	-Wstrict-prototypes -Wmissing-prototypes
# No contraction of a*b+c and no fast-math: a backtest gives the same bits on every CPU.
LANG_C := -std=c17 -D_GNU_SOURCE -Isrc -ffp-contract=off -MMD -MP
# Assertions stay on: there is no -DNDEBUG anywhere.
HARDEN := -fPIE -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero \
	-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
# There is no room for registers that are zeroed at each return (20 kB, 40 on 64-bit ARM). Branch
# protection is not for the processors of any Pi, which are older than it.
# gcc 12 has no stack clash protection on 32-bit ARM and says so.
ifneq ($(filter armv%,$T),)
HARDEN := $(filter-out -fstack-clash-protection,$(HARDEN))
endif
# Nothing is moved to a round address for speed, which no figure showed (8 kB).
DENSE := $(addprefix -falign-,$(addsuffix =1,functions loops jumps labels)) \
	$(if $(filter x86_64,$T),-malign-data=abi) -fno-reorder-blocks-and-partition
# No unwind tables: nothing unwinds, and there are no core files to look into (77 kB).
RELEASE = $(CC) $(LANG_C) $(WARN) -O2 $(DENSE) $(SIZE) -ffunction-sections -fdata-sections \
	$(HARDEN) $(QUICK) -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-ffile-prefix-map=$(CURDIR)=.
# What runs once, or at the pace of a person, of the network or of the disk, is compiled for size.
# At full speed: JSON, numbers, strategies, indicators, HTTP itself, and (WARM) what a backtest goes
# through for each slice and each trade (-Oz makes it half as slow again: it zeroes and copies with
# instructions that take long to begin), and of the exchange prices and what goes to every stream.
COLD := cmd web run alpaca yahoo finnhub store lab rule risk model feed engine strategy/ exchange/ \
	net/tls \
	net/dns net/conn net/url net/client net/server net/http_client net/httpx net/ws_client \
	net/say net/bucket base/log base/arena base/near base/msgpack base/text base/time \
	base/base base/clock base/ring base/inflate base/format base/keys base/f64 \
	base/base64 base/crew base/file chart/chart
WARM := $(addprefix src/exchange/,path stream_send stream_feed) src/feed/csv src/exchange/core \
	$(addprefix src/exchange/core_,account group judge match names place time trail) \
	$(addprefix src/run/backtest_,broker orders path result) src/run/backtest \
	$(addprefix src/engine/,breakers cid engine exits fills orders plan protect say scan \
		sieve slots) \
	$(addprefix src/strategy/,mean_reversion rules side) \
	src/risk/gate $(addprefix src/model/,calendar tick)
# A % never stands for nothing, so the file itself is named, too.
$(foreach d,$(COLD),$(eval $D/src/$d.o $D/src/$d%.o $D/src/$d/%.o: SIZE = -Oz))
$(foreach f,$(WARM),$(eval $D/$f.o: SIZE =))
# Nothing that is computed here reads errno after a square root.
PURE := model ta rule chart strategy engine lab
$(foreach d,$(PURE),$(eval $D/src/$d/%.o: QUICK = -fno-math-errno))
# Full armour for what reads the network or a token; no canaries for what computes or keeps, and for
# the simulated exchange (35 kB); nor is there zeroed what is about to be written, where no order
# depends on it (5 kB).
SOFT := exchange/ cmd/ lab/ strategy/ rule/ engine/ chart/ ta/ risk/ model/ feed/ store/ \
	run/backtest run/fetch run/parity run/config run/instance run/param_text run/notify \
	run/writer run/live run/exec run/journal \
	$(addprefix base/,arena asset clock crc f64 file format inflate keys log near num ring rng \
	text time)
$(foreach d,$(SOFT),$(eval $D/src/$d.o $D/src/$d%.o: QUICK += -fno-stack-protector))
UNSET := exchange/ cmd/ lab/ feed/ run/fetch run/backtest
$(foreach d,$(UNSET),$(eval $D/src/$d.o $D/src/$d%.o: QUICK += \
	-ftrivial-auto-var-init=uninitialized))
# ARM kernels may have pages of 16 KiB. Code and constants share a segment: no gaps between them.
PAGE = $(if $(filter x86_64,$T),4096,16384)
LINK = $(CC) -static-pie -s -Wl,--gc-sections,--build-id=none \
	-Wl,-z,relro,-z,now,-z,noexecstack,-z,text,-z,max-page-size=$(PAGE) \
	-Wl,-z,noseparate-code
# binutils 2.40 leaves empty relocations at address 0 on riscv64 and takes them for some in text;
# and what it exports, which is by chance, it relocates by name: pointers that stay 0.
LINK += $(if $(filter riscv64,$T),-Wl$(,)-z$(,)notext$(,)--version-script=src/tools/local.map)
# Ends of texts that other texts end with are kept once: GNU ld does that unasked, LLVM's with -O2.
LINK += $(if $(filter aarch64,$T),-Wl$(,)-O2)
LIBS := -linih -llmdb -lbearssl -lpthread -lm

# Test builds use the host's libc: sanitizers cannot live in a static binary. Their reports name
# lines and functions; what a debugger would know besides takes an eighth longer to compile.
HOSTED = -I. -Itest -isystem $V/host/include -g1 -O1 -fno-omit-frame-pointer
HOSTLD = -L$V/host/lib
ASAN = gcc -fsanitize=address,undefined -fno-sanitize-recover=all
TSAN = gcc -fsanitize=thread
FUZZ = clang -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

# ---- what: the rooms and whom they know (test/tidy.sh reads this table too) ----------------------
ROOMS := base net model ta rule chart strategy risk engine feed yahoo finnhub exchange alpaca \
	store lab run web cmd
deps.base :=
deps.net := base
deps.model := base
deps.ta := base
deps.rule := ta
deps.chart := rule ta model
deps.strategy := chart rule ta model
deps.risk := model
deps.engine := strategy chart rule risk model
deps.feed := model
deps.yahoo := feed model
deps.finnhub := feed model
deps.exchange := net feed model
deps.alpaca := net model
deps.store := net model
deps.lab := model
deps.run := lab engine chart rule alpaca yahoo finnhub exchange feed risk store strategy net model
deps.web := run store net model
deps.cmd := web run lab store alpaca exchange feed engine chart rule risk strategy ta model net base
# Those with threads; the exchange has one thread, and its day beside the bot is day-tsan.
TSAN_ROOMS := base feed store run web
# What guards money: its branches are counted.
COVERED := risk engine store run
# Recovery, of which the simulated days are a test, too.
DAYS := store run
closure = $(sort $1 $(foreach d,$(deps.$1),$(call closure,$d)))

SRC := $(wildcard gambler.c) $(foreach r,$(ROOMS),$(wildcard src/$r/*.c))
ASSETS := LICENSE $(wildcard gambler.ini init/*) $(sort $(wildcard www/*)) scenarios \
	src/lab/report.css
# Generated C, wanted by every build: the embedded files and the certificate roots.
EXTRA := assets.o table.o roots.o
objects = $(addprefix $1/,$(patsubst %.c,%.o,$(foreach r,$2,$(wildcard src/$r/*.c))) $(EXTRA))

# ---- the binary ----------------------------------------------------------------------------------
.PHONY: all gambler
all: gambler
ifeq ($T,$(HOST))
gambler: $D/gambler
	@cmp -s $< $@ || cp $< $@
else
gambler: $D/gambler
endif

# gambler-qemu: with an LMDB that qemu-user can run.
$D/src/tools/unpack.o: SIZE = -Oz
PACK := src/tools/link.sh src/tools/packed.ld $O/tools/cut
$O/tools/cut: src/tools/cut.c
	@mkdir -p $(@D); gcc -std=c17 -O1 $(WARN) -o $@ $<
$D/gambler $D/gambler-qemu: $(SRC:%.c=$D/%.o) $(addprefix $D/,$(EXTRA) src/tools/unpack.o) $(PACK)
	@echo "  link $@"; src/tools/link.sh $O/tools/cut $@ $(LINK) \
		$(if $(filter %-qemu,$@),-L$V/$T/lib/qemu) $(filter %.o,$^) $(LIBS)
.PHONY: qemu
qemu: $D/gambler-qemu

# Each tree has its own command; when the command changes, or who is compiled how, the tree is
# compiled again.
how.$D = $(COLD) $(WARM) $(PURE) $(SOFT) $(UNSET)
command.$D = $(RELEASE)
command.$O/asan = $(ASAN) $(LANG_C) $(filter-out -Wnull-dereference,$(WARN)) $(HOSTED)
command.$O/tsan = $(TSAN) $(LANG_C) $(filter-out -Wnull-dereference,$(WARN)) $(HOSTED)
command.$O/fuzz = $(FUZZ) $(LANG_C) $(WARN) $(HOSTED)
# Days count by the thousand: nothing is kept for a profiler (perf record --call-graph dwarf).
command.$O/dst = gcc $(LANG_C) $(WARN) -O2 $(filter-out -O1 -fno-omit%,$(HOSTED)) -fno-pie \
	-D_Thread_local=
vendor.$D = $V/$T/stamp
vendor.$O/asan = $V/host/stamp
vendor.$O/tsan = $V/host/stamp
vendor.$O/fuzz = $V/host/stamp
command.$O/cov = gcc --coverage -fprofile-update=atomic $(LANG_C) $(filter-out -O1,$(HOSTED)) -O0 \
	-include test/coverage.h
# Only the rooms that days count for are compiled to be counted, as the unit tests have them.
command.$O/dst-cov = $(if $(filter $(DAYS:%=$O/dst-cov/src/%),$(patsubst %/,%,$(dir $@))), \
	$(command.$O/cov) -fdata-sections -fno-pie -fno-builtin-fork -D_Thread_local=, \
	$(command.$O/dst))
# SAN=1: days in which every access is looked at.
LOOKED_AT := -fsanitize=address$(,)undefined -fno-sanitize-recover=all
command.$O/dst-asan = $(command.$O/dst) $(LOOKED_AT)
vendor.$O/dst = $V/host/stamp
vendor.$O/dst-asan = $V/host/stamp
vendor.$O/dst-cov = $V/host/stamp
vendor.$O/cov = $V/host/stamp

.PHONY: FORCE
# Tests are found by name, not declared.
lenient = $(if $(filter test/%,$1),-Wno-missing-prototypes)
define tree
# Without what the object that first asks for it has of its own.
$1/command: SIZE =
$1/command: QUICK =
$1/command: FORCE
	@mkdir -p $$(@D); echo '$$(command.$1) $$(how.$1)' | cmp -s - $$@ || \
		echo '$$(command.$1) $$(how.$1)' > $$@
$1/%.o: %.c $1/command $$(vendor.$1)
	@[ -d $$(@D) ] || mkdir -p $$(@D); \
	echo "  cc $1/$$*"; $$(command.$1) $$(call lenient,$$<) -c -o $$@ $$< 2> $$(@:.o=.said); \
		ended=$$$$?; [ ! -s $$(@:.o=.said) ] || cat $$(@:.o=.said) >&2; exit $$$$ended
$1/assets.o: $O/asset/assets.S $1/command $$(vendor.$1)
	@$$(command.$1) -c -o $$@ $$<
$1/table.o: $O/asset/assets.S $1/command $$(vendor.$1)
	@$$(command.$1) -c -o $$@ $O/asset/assets.c
$1/roots.o: $V/common/stamp $1/command $$(vendor.$1)
	@$$(command.$1) -c -o $$@ $V/common/roots.c
endef
$(foreach d,$D $O/asan $O/tsan $O/fuzz $O/dst $O/dst-asan $O/dst-cov $O/cov,$(eval $(call tree,$d)))
-include $(wildcard $D/*.d $D/src/*/*.d $O/*/src/*/*.d $O/*/test/*.d $O/*/test/*/*.d)

# It looks at what is in the files, not at their times, and leaves alone what is as it should be.
$V/%/stamp: FORCE
	@vendor/build $*

# The list of names is a prerequisite too: a file that was removed changes it.
$O/asset/names: FORCE
	@mkdir -p $(@D); echo '$(ASSETS)' | cmp -s - $@ || echo '$(ASSETS)' > $@
$O/asset/assets.S: src/base/asset.sh $O/asset/names $(ASSETS) src/cmd/help.txt $V/common/stamp
	@src/base/asset.sh $(@D) $(foreach f,$(ASSETS),$f=$f) help=src/cmd/help.txt \
		licences=$V/common/licences.txt

# ---- unit tests: one binary per room, so that a broken room stops only itself --------------------
.PHONY: unit tsan
unit: $(addprefix unit-,$(or $(ROOM),$(ROOMS)))
tsan: $(addprefix tsan-,$(or $(ROOM),$(TSAN_ROOMS)))
# TSan needs addresses where it expects them.
AT_HOME := $(shell setarch $$(uname -m) -R true 2>/dev/null && echo setarch $$(uname -m) -R)

# What the tests of recovery make fail: test/failing.h.
FAILING := open close read write pread pwrite writev fsync fdatasync rename mkdir fstat stat lstat \
	ftruncate fallocate mmap chmod flock fork pipe2 malloc calloc fcntl fstatvfs access \
	waitpid mono_ns
FAILING += $(addprefix mdb_,env_create env_set_mapsize env_set_maxreaders env_open env_get_fd \
	env_info env_copy2 reader_check dbi_open txn_begin txn_commit txn_id txn_renew get put del \
	cursor_open cursor_get)
fails = $(filter store run,$1)
failing = $(if $(call fails,$1),$(addprefix -Wl$(,)--wrap=,$(FAILING)))
# Of the store's tests those with threads have something to show to TSan; the others fork by the
# thousand.
shown_to = $(if $(filter tsan-store,$1-$2),box.c threads.c,*.c)
tests_of = $(wildcard $(addprefix test/unit/$2_,$(shown_to)))
unit_of = $O/$1/test/check.o $(patsubst %.c,$O/$1/%.o,$(call tests_of,$1,$2)) \
	$(if $(call fails,$2),$O/$1/test/failing.o) $(if $(filter cov,$1),$O/cov/test/cover.o)
# What ends with _exit would leave its branches uncounted: test/cover.c.
DUMPED := --coverage -Wl,--wrap=_exit
define room # word, tree, room
.PHONY: $1-$3
$1-$3: $(if $(wildcard test/unit/$3_*.c),$O/$2/$1-$3)
	@$(if $(wildcard test/unit/$3_*.c),echo "$1 $3"; \
	UBSAN_OPTIONS=print_stacktrace=1 $(if $(filter tsan,$1),$(AT_HOME)) $O/$2/$1-$3 $(TEST),:)
$O/$2/$1-$3: $(call objects,$O/$2,$(call closure,$3)) $(call unit_of,$2,$3) $O/$2/$1-$3.list.o
	@gcc $(call failing,$3) $(filter -fsanitize%,$(command.$O/$2)) \
		$(if $(filter cov,$2),$(DUMPED)) -o $$@ $$^ $(HOSTLD) $(LIBS)
$O/$2/$1-$3.list.o: test/list.sh $(call tests_of,$2,$3) $O/$2/command
	@mkdir -p $$(@D)
	@test/list.sh $$(filter %.c,$$^) > $$(@:.o=.c)
	@$(command.$O/$2) -c -o $$@ $$(@:.o=.c)
endef
$(foreach r,$(ROOMS),$(eval $(call room,unit,asan,$r)))
$(foreach r,$(ROOMS),$(eval $(call room,tsan,tsan,$r)))
$(foreach r,$(COVERED),$(eval $(call room,cov,cov,$r)))

# Branches of what guards money that the unit tests take, and of recovery (DAYS) those that the
# simulated days take, too. VERBOSE=-v names the lines of the others.
.PHONY: coverage
COVER := $(COVERED:%=$O/cov/cov-%)
coverage: $(COVER) $O/dst-cov/dst
	@find $O/cov $O/dst-cov -name '*.gcda' -delete
	@for t in $(COVER); do SEED=1 $$t > $O/cov/said || { cat $O/cov/said; exit 1; }; done
	@for s in 1 2 3; do SEED=$$s FAIL_STEP=9 $O/cov/cov-store each_call > $O/cov/said || \
		{ cat $O/cov/said; exit 1; }; done
	@$O/dst-cov/dst --jobs $(JOBS) --file test/dst/seeds 1..15
	@$O/dst-cov/dst --jobs $(JOBS) --fail all both 0 --some 3 1
	@test/coverage.py $O/cov $O/dst-cov $(VERBOSE)

# The whole program under both sanitizers, through a trading day with all its threads; they read
# files and make system calls that its sandbox does not allow.
.PHONY: day-asan day-tsan
define whole # asan or tsan
$O/$1/gambler: $(SRC:%.c=$O/$1/%.o) $(addprefix $O/$1/,$(EXTRA))
	@gcc $(filter -fsanitize%,$(command.$O/$1)) -o $$@ $$^ $(HOSTLD) $(LIBS)
day-$1: $O/$1/gambler
	@echo "day under $1"; d=$$$$(mktemp -d); cd $$$$d && \
	GAMBLER_RUN_SANDBOX=off TSAN_OPTIONS=halt_on_error=1 $(AT_HOME) \
	$(CURDIR)/test/day.sh $(abspath $O/$1/gambler) \
	> out 2> err || { tail -n 40 $$$$d/err; echo "the day ended badly under $1"; exit 1; }; \
	grep -q exit_reason out || { echo "the day under $1 had no trade"; exit 1; }; rm -rf $$$$d
endef
$(foreach s,asan tsan,$(eval $(call whole,$s)))

# ---- days by the thousand: bot and exchange in one simulated machine, see test/dst/sim.h ---------
.PHONY: dst torture-dst torture-days torture-fail
DST := fiber thread proc memory fd net line disk file plan more visit desk crowd others fail judge \
	dst
DST := $(DST:%=test/dst/%.o) $(patsubst %.c,%.o,$(wildcard src/base/*.c)) assets.o table.o
# Seeds of the one day and the other; JOBS processes; those that failed once come first.
SEEDS = 1..15
# Of other kinds (test/dst/sim.h).
OTHERS = 1000002 4000001 6000001 8000001 12000001 16000001 24000001 32000001..32000002 64000001
JOBS = $(shell nproc)
DAY := $O/dst$(if $(SAN),-asan)/dst
dst: $(DAY)
	@$< --again 1..2
	@$< --jobs $(JOBS) --file test/dst/seeds $(SEEDS) $(OTHERS)
	@$< --jobs $(JOBS) --fail all both 0 --some 3 1
torture-dst: $(DAY)
	@$< --jobs $(JOBS) --file test/dst/seeds $(or $(filter-out 1..15,$(SEEDS)),1..10000)
# Other kinds of day (test/dst/sim.h), each by itself and all together.
torture-days: $(DAY)
	@$< --jobs $(JOBS) $(foreach k,1 2 4 8 15 16 32 64,$k000401..$k000600)
# Each call of a short day fails, once and for good: an hour or two. KIND=memory, file,
# socket, fds, task, interrupt, short, clock, stop, kill: only those.
KIND = all
torture-fail: $(DAY)
	@$< --jobs $(JOBS) --fail $(KIND) both 0 $(or $(filter-out 1..15,$(SEEDS)),1)
define simulated # tree
$1/dst: $(DST:%=$1/%) $1/bot.o $1/market.o $1/aliases
	@echo "  link $$@"; gcc -no-pie $(and $(filter %-cov,$1),$(DUMPED)) \
		$(and $(filter %-asan,$1),$(LOOKED_AT)) -o $$@ $$(filter %.o,$$^) @$1/aliases \
		$(HOSTLD) $(LIBS)
$1/names $1/aliases: test/dst/redirect.sh
	@mkdir -p $$(@D); $$< $$(@F) > $$@
# Each is linked by itself, so that it keeps its names and its data to itself.
$1/bot.o: test/dst/inside.ld $(SRC:%.c=$1/%.o) $1/test/dst/inside.o \
		$(addprefix $1/,$(EXTRA)) $1/names
	@ld -r -d -T $$< -o $$@ $$(filter %.o,$$^) $(HOSTLD) $(filter-out -lpthread -lm,$(LIBS))
	@objcopy --redefine-syms=$1/names -G bot_main -G bot_body -G bot_books $$@
	@test/dst/redirect.sh check $$@ || { rm $$@; exit 1; }
$1/market.o: $(call objects,$1,$(call closure,exchange)) $1/test/dst/market.o $1/test/dst/whose.o \
		test/dst/inside.ld $1/names
	@sed s/bot_data/market_data/ test/dst/inside.ld > $$(@:.o=.ld)
	@ld -r -d -T $$(@:.o=.ld) -o $$@ $$(filter %.o,$$^) $(HOSTLD) -lbearssl
	@objcopy --redefine-syms=$1/names -w -G exchange_body -G 'market_*' $$@
	@test/dst/redirect.sh check $$@ || { rm $$@; exit 1; }
endef
$(eval $(call simulated,$O/dst))
$(eval $(call simulated,$O/dst-asan))
$(eval $(call simulated,$O/dst-cov))
$O/dst-cov/dst: $O/dst-cov/test/cover.o

# ---- rules and warnings --------------------------------------------------------------------------
.PHONY: check lint tidy
check: tidy lint unit tsan day-asan day-tsan

tidy:
	@test/tidy.sh

# gcc as for the release; clang-tidy brings clang's own warnings and its analyzer.
# A test goes on after a check that failed, which the analyzer cannot follow.
DIAGNOSTICS := -*,clang-diagnostic-*,bugprone-suspicious-semicolon
CHECKS := $(DIAGNOSTICS),clang-analyzer-*,bugprone-*
# Not these: matters of taste, or (the buffer one) C11's Annex K, which no libc has.
CHECKS := $(CHECKS),-bugprone-easily-swappable-parameters,-bugprone-implicit-widening*
CHECKS := $(CHECKS),-bugprone-narrowing-conversions,-bugprone-reserved-identifier
CHECKS := $(CHECKS),-bugprone-branch-clone,-bugprone-assignment-in-if-condition
CHECKS := $(CHECKS),-clang-analyzer-security.insecureAPI.Dep*
# Steps that the analyzer goes through a function, of 225,000: it took nine tenths of lint's time.
# Fewer find less in long functions; with 50,000 lint takes twice as long.
SHALLOW := -Xclang -analyzer-config -Xclang max-nodes=20000
# A process for each file that is analyzed: of several in one, clang 14 remembers the first one's
# va_list and finds the others' uninitialized. Tests go a room at a time, of it what is newer than
# the last success: to be started takes clang-tidy twice as long as to read one.
lint_src = $(SRC:%.c=$O/lint/%.ok)
lint: $(if $(ROOM),$(filter $O/lint/src/$(ROOM)/%,$(lint_src)),$(lint_src)) \
	$(foreach r,$(or $(ROOM),$(ROOMS) check failing fuzz),$(if $(wildcard test/unit/$r_*.c \
	test/$r.c test/$r/*.c),$O/lint/test/$r.ok))
tidy_with = clang-tidy --quiet --checks='$1' --warnings-as-errors='*' $2 -- \
	$(filter-out -MMD -MP,$(LANG_C)) $(WARN) -Wno-string-conversion -I. -Itest \
	-isystem $V/host/include $(call lenient,$(firstword $2)) $(SHALLOW) \
	> $(@:.ok=.log) 2>&1 || \
	{ grep -A 2 'error:' $(@:.ok=.log) || head -n 20 $(@:.ok=.log); exit 1; }
# What gcc said when the program or the unit tests were compiled; fuzz targets are compiled for it.
$O/lint/%.ok: %.c $D/%.o $V/host/stamp
	@[ ! -s $D/$*.said ] || { cat $D/$*.said; exit 1; }
	@mkdir -p $(@D); echo "  lint $*"
	@$(call tidy_with,$(CHECKS),$<)
	@touch $@
define lint_tests # room, objects
$O/lint/test/$1.ok: $2 | $V/host/stamp
	@for o in $$?; do [ ! -s $$$${o%o}said ] || { cat $$$${o%o}said; exit 1; }; done
	@mkdir -p $$(@D); touch $$@.new; echo "  lint test/$1"
	@$$(call tidy_with,$$(DIAGNOSTICS),$$(patsubst $O/lint/%.o,%.c,$$(?:$O/asan/%.o=%.c)))
	@mv $$@.new $$@
endef
$(foreach r,$(ROOMS) check failing,$(eval $(call lint_tests,$r,$(patsubst %.c,$O/asan/%.o, \
	$(wildcard test/unit/$r_*.c test/$r.c)))))
$(eval $(call lint_tests,fuzz,$(patsubst %.c,$O/lint/%.o,$(wildcard test/fuzz/*.c))))
$O/lint/test/fuzz/%.o: test/fuzz/%.c $V/host/stamp $V/$T/stamp
	@mkdir -p $(@D)
	@$(RELEASE) -I. -Itest -Werror $(call lenient,$<) -c -o $@ $<
-include $(wildcard $O/lint/test/fuzz/*.d)

# ---- everything that README's test command runs --------------------------------------------------
# every PATTERNS, SECONDS: runs each executable among them, names those that fail
every = failed=0; for t in $(sort $(wildcard $1)); do [ -x $$t ] || continue; echo "test: $$t"; \
	timeout $2 $$t || { echo "$$t: failed"; failed=1; }; done; exit $$failed
# The same as targets, of which -j runs several at once; what one says stays together.
programs = $(addprefix run/,$(sort $(shell find $(wildcard $1) -perm -u+x)))
run/%:
	@said=$$(timeout 900 $* 2>&1) && end= || end=': failed'; \
	printf 'test: %s%s\n%s\n' '$*' "$$end" "$$said"; [ -z "$$end" ]
.PHONY: test test-sim test-exchange test-web test-cross test-elf test-repro
.PHONY: bench torture torture-arm torture-exchange torture-planted
# First what keeps processors busy, the longest chain ahead; each goal's words in one piece. Then
# what mostly waits for sockets and clocks, two to a processor; the page is judged undisturbed.
WAITING = $(shell expr 2 \* $$(nproc))
test:
	+$(MAKE) gambler test-elf
	+$(MAKE) -Otarget test-cross test-repro check dst
	+$(MAKE) -j$(WAITING) test-sim test-exchange
	+$(MAKE) test-web
	@echo "all tests passed"
test-sim: $(call programs,test/sim/*.sh test/sim/*.py)
# Other people's programs against the exchange: a validator and the broker's own SDKs, from npm.
test-exchange: $(call programs,test/exchange/*.js)
$(call programs,test/exchange/*.js): $O/npm/stamp
$(call programs,test/exchange/*.js): export GAMBLER_NPM = $(abspath $O/npm)
$O/npm/stamp: test/exchange/package.json test/exchange/package-lock.json test/exchange/install.sh
	@echo "  npm $(@D)"; test/exchange/install.sh $(@D)
test-web: $(call programs,test/web/*.py)
$(call programs,test/sim/*.sh test/sim/*.py test/exchange/*.js test/web/*.py): gambler
test-elf: gambler
	@test/elf.sh gambler
test-cross: gambler
	+@O=$O test/cross.sh
test-repro: gambler
	+@test/repro.sh
bench: gambler
	@$(call every,test/bench/*.sh test/bench/*.py,900)
# By real sockets and files; then in the simulated machine.
torture: gambler
	@$(call every,$(filter-out %/arm.sh,$(wildcard test/torture/*.[sp]*)),9000)
	+@$(MAKE) torture-dst
	+@$(MAKE) torture-days
	+@$(MAKE) torture-fail
# WORD=...: only bugs, or tests, with this in their name.
torture-planted:
	@O=$O test/torture/planted.py $(WORD)
# MACHINE=arm64-16k: only that one.
torture-arm: gambler
	+@for t in aarch64 armv7; do $(MAKE) CROSS=$$t gambler || exit 1; done
	@O=$O test/torture/arm.sh $(MACHINE)
torture-exchange:
	@ORDERS=$(ORDERS) SEED=$(SEED) test/torture/exchange_rules.sh

# ---- fuzzing: one target per parser; its line /* rooms: base net */ says what it links -----------
FUZZ_SECONDS = 20
FUZZERS := $(basename $(notdir $(wildcard test/fuzz/*.c)))
.PHONY: fuzz
fuzz: $(addprefix fuzz-,$(or $(FUZZER),$(FUZZERS)))
define fuzzer
.PHONY: fuzz-$1
fuzz-$1: $O/fuzz/fuzz-$1
	@mkdir -p $O/corpus/$1
	$$< -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$O/corpus/ $O/corpus/$1 \
		$(wildcard test/fuzz/$1)
fuzzed.$1 := $(shell sed -n 's|^/\* rooms: \(.*\) \*/.*|\1|p' test/fuzz/$1.c)
linked.$1 = $$(sort $$(foreach r,$$(fuzzed.$1),$$(call closure,$$r)))
$O/fuzz/fuzz-$1: $O/fuzz/test/fuzz/$1.o $$$$(call objects,$O/fuzz,$$$$(linked.$1))
	@clang -fsanitize=fuzzer,address,undefined -o $$@ $$^ $(HOSTLD) $(LIBS)
endef
ifneq ($(filter fuzz%,$(MAKECMDGOALS)),)
.SECONDEXPANSION:
$(foreach f,$(FUZZERS),$(eval $(call fuzzer,$f)))
endif

# ---- the rest ------------------------------------------------------------------------------------
PREFIX = /usr/local
.PHONY: demo install clean distclean help
demo: gambler
	./gambler demo
install: gambler
	install -D -m 755 gambler $(DESTDIR)$(PREFIX)/bin/gambler
clean:
	rm -rf gambler $(filter-out build/vendor,$(wildcard $O/*))
distclean:
	rm -rf gambler $O build vendor/cache
help:
	@echo 'make                 ./gambler for this machine'
	@echo 'make CROSS=aarch64   build/aarch64/gambler; also armv7, armv6, riscv64, x86_64'
	@echo 'make demo            builds and trades on the embedded exchange'
	@echo 'make test            all below but fuzz, bench, torture; 20 minutes on two cores'
	@echo 'make check           rules, warnings, unit tests under the sanitizers'
	@echo 'make unit ROOM=net   one room under ASan and UBSan; TEST=name: only those tests'
	@echo 'make tsan ROOM=run   one room under TSan'
	@echo 'make tidy lint       rules only; warnings only'
	@echo 'make test-sim test-exchange test-web test-cross test-elf test-repro'
	@echo '                     the other parts of test'
	@echo 'make fuzz            each parser for FUZZ_SECONDS=20; FUZZER=json: only that one'
	@echo 'make bench           figures'
	@echo 'make dst             whole days in a simulated machine, with all that can go wrong:'
	@echo '                     SEEDS=1..100; make torture-dst: ten thousand; SAN=1: with ASan;'
	@echo '                     make torture-days: weeks, lost stores, people at the page'
	@echo 'make torture-fail    memory, files, sockets ... fail at each call: an hour or two;'
	@echo '                     KIND=file'
	@echo 'make torture         killed 10,000 times at random moments, and at each system call'
	@echo '                     of what it does; a crowd; planted bugs; then torture-dst,'
	@echo '                     -days, -fail: a long night'
	@echo 'make torture-planted bugs that are put into a copy: does a test find each? WORD=run'
	@echo 'make torture-arm     ARM kernels in qemu, with its sandbox: MACHINE=arm64-16k'
	@echo 'make coverage        branches of what guards money that tests take; VERBOSE=-v'
	@echo 'make torture-exchange'
	@echo '                     random orders by the rules: ORDERS=1000000 SEED=...; minutes'
	@echo 'make install         to DESTDIR PREFIX=/usr/local'
	@echo 'make clean distclean objects; also libraries and downloads'
