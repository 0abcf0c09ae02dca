# Shixian. GNU make, one file, out of tree: build/release, or build/asan with SAN=asan.
# Yours to set: CC CFLAGS CPPFLAGS LDFLAGS LDLIBS, PREFIX DESTDIR SYSCONFDIR UNITDIR, SAN=asan,
# WERROR=1, V=1 (show the commands).
# `make help` lists the targets.

VERSION := 0.1.0
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
CFLAGS ?= -O2 -g
PYTHON ?= /usr/bin/python3
JOBS ?= $(shell nproc)
FUZZ_S ?= 60
BUILD := build/$(if $(SAN),$(SAN),release)

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:
.DEFAULT_GOAL := all

# --- layers: what each links, lowest last; tests of a layer get no more than this ----------------
LAYERS := base core codec conf app http redis webhook sys
BELOW_base := base
BELOW_core := core $(BELOW_base)
BELOW_codec := codec $(BELOW_core)
BELOW_conf := conf $(BELOW_codec)
BELOW_app := app $(BELOW_conf)
BELOW_http := http $(BELOW_app)
BELOW_redis := redis $(BELOW_app)
BELOW_webhook := webhook $(BELOW_app)
BELOW_sys := sys $(BELOW_app)
BELOW_all := http redis webhook sys $(BELOW_app)

NEEDS_codec := jansson libcrypto
NEEDS_conf := yaml-0.1
NEEDS_http := libevent_extra libevent_core
NEEDS_redis := hiredis libevent_extra libevent_core
NEEDS_webhook := libcurl libevent_core
NEEDS_sys := libsystemd libevent_core
NEEDS_cli := libcurl
PKGS := $(sort $(foreach l,$(LAYERS) cli,$(NEEDS_$l)))

# --- sources -------------------------------------------------------------------------------------
Q := $(if $(V),,@)
say = @mkdir -p $(@D) && echo "$1	$@"
define newline


endef
sources = $(sort $(wildcard $1))
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$1))
archives = $(foreach l,$(BELOW_$1),$(BUILD)/lib$l.a)
libs = $(foreach p,$(foreach l,$(BELOW_$1) $1,$(NEEDS_$l)),$(LIBS_$p))

LUA := $(call sources,daemon/redis/lua/*.lua)
WEB := $(call sources,daemon/web/*.*)
EMBED_redis := $(LUA:%=$(BUILD)/%.o)
EMBED_http := $(WEB:%=$(BUILD)/%.o)
POLICIES := $(call sources,config/policy/*.yaml)
CALENDARS := $(call sources,config/calendar/*.csv)
EMBED_conf := $(patsubst %,$(BUILD)/%.o,$(POLICIES) $(CALENDARS))
$(foreach l,$(LAYERS),$(eval OBJECTS_$l := $(call objects,daemon/$l/*.c) $(EMBED_$l)))
MAIN := $(call objects,daemon/*.c)
CLI := $(call objects,daemon/cli/*.c)
UNIT := $(patsubst %.c,$(BUILD)/%,$(call sources,tests/unit/test_*.c))
CONTRACT := $(patsubst %.c,$(BUILD)/%,$(call sources,tests/contract/test_*.c))
CONTRACT_SHARED := $(filter-out $(CONTRACT:%=%.o),$(call objects,tests/contract/*.c))
SIM := $(call objects,tests/sim/*.c)
FUZZ := $(call objects,tests/fuzz/fuzz_*.c)
PROGRAMS := $(if $(MAIN),$(BUILD)/shixiand) $(if $(CLI),$(BUILD)/shixianctl)
TESTS := $(UNIT) $(CONTRACT) $(if $(SIM),$(BUILD)/sim)

# --- flags: ours apart from the user's -----------------------------------------------------------
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
    -Wformat=2 -Wundef -Wwrite-strings -Wswitch-enum -Wimplicit-fallthrough
FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
SAN_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_fuzz := $(SAN_asan) -fsanitize=fuzzer-no-link
SAN_cov := --coverage
ifneq ($(SAN),)
$(if $(SAN_$(SAN)),,$(error SAN=$(SAN) is not one of: asan fuzz cov))
endif
ALL_CPPFLAGS := -D_GNU_SOURCE -DSHIXIAN_VERSION='"$(VERSION)"' -Iinclude -Idaemon $(CPPFLAGS)
ALL_CFLAGS := -std=c17 $(WARN) -fPIE -fstack-protector-strong $(if $(SAN),,$(FORTIFY)) \
    -ffile-prefix-map=$(CURDIR)=. $(CFLAGS) $(SAN_$(SAN)) $(if $(WERROR),-Werror)
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(CFLAGS) $(SAN_$(SAN)) \
    $(LDFLAGS)
COMPILE = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)
LINK = $(call say,LINK)$(newline)$Q$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)

# Everything but these goals needs the libraries. `check`, `demo`, `fuzz` and `cov` call make again.
LIBLESS := help packages check demo fuzz cov format uninstall clean
ifneq ($(filter-out $(LIBLESS),$(or $(MAKECMDGOALS),all)),)
PKGS_CHECKED := $(PKGS) $(if $(filter tests unit contract lint,$(MAKECMDGOALS)),cmocka)
MISSING := $(shell for p in $(PKGS_CHECKED); do pkg-config --exists $$p || echo $$p; done)
ifneq ($(MISSING),)
$(error Missing: $(MISSING). On Debian `make packages` installs libevent-dev libhiredis-dev \
    libjansson-dev libcurl4-openssl-dev libsystemd-dev libssl-dev libyaml-dev libcmocka-dev)
endif
ALL_CPPFLAGS += $(shell pkg-config --cflags $(PKGS))
$(foreach p,$(PKGS) cmocka,$(eval LIBS_$p := $(shell pkg-config --silence-errors --libs $p)))
# Other flags or another compiler rebuild everything; leaving out WERROR alone does not.
FLAGS := $(COMPILE) : $(ALL_LDFLAGS)
same = $(filter-out $(if $(WERROR),,-Werror),$1)
ifneq ($(call same,$(FLAGS)),$(call same,$(file <$(BUILD)/flags)))
$(shell mkdir -p $(BUILD))
$(file >$(BUILD)/flags,$(FLAGS))
endif
endif

# --- build ---------------------------------------------------------------------------------------
.PHONY: all
all: $(PROGRAMS) ## build the programs

$(BUILD)/shixiand: $(MAIN) $$(call archives,all)
	$(LINK) $(call libs,all) $(LDLIBS)

$(BUILD)/shixianctl: $(CLI) $$(call archives,app)
	$(LINK) $(call libs,app) $(call libs,cli) $(LDLIBS)

$(BUILD)/lib%.a: $$(OBJECTS_$$*) $(BUILD)/flags
	@rm -f $@ && $(AR) rcsD $@ $(OBJECTS_$*)

$(BUILD)/tests/%.o: ALL_CPPFLAGS += -Itests
$(BUILD)/%.o: %.c Makefile $(BUILD)/flags
	$(call say,CC)
	$Q$(COMPILE) -MMD -MP -c -o $@ $<

$(EMBED_redis) $(EMBED_http) $(EMBED_conf): $(BUILD)/%.o: % tests/support/embed.sh
	$(call say,EMBED)
	$Qtests/support/embed.sh $< >$(@:.o=.S) && $(CC) -c -o $@ $(@:.o=.S)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- tests ---------------------------------------------------------------------------------------
RUN_TESTS = @$(PYTHON) tests/support/run_tests.py --build $(BUILD) --jobs $(JOBS) \
    $(SEED:%=--seed %) --seeds $(or $(SEEDS),$(if $(SEED),1,2000)) $(STEPS:%=--steps %)
SUITES ?= lint unit contract sim replay functional fault
layer_of = $(word 2,$(subst _, ,$(notdir $1)))

$(BUILD)/tests/unit/test_%: $(BUILD)/tests/unit/test_%.o \
    $$(call archives,$$(call layer_of,x_$$*))
	$(LINK) $(call libs,$(call layer_of,$@)) $(LIBS_cmocka) $(LDLIBS)

# The contract runs on the real Redis and on the simulator's fake: the same tests, one port.
$(BUILD)/tests/contract/test_%: $(BUILD)/tests/contract/test_%.o $(CONTRACT_SHARED) \
    $$(if $$(findstring fake,$$*),$(call objects,tests/sim/fake_*.c)) $$(call archives,redis)
	$(LINK) $(call libs,redis) $(LIBS_cmocka) $(LDLIBS)

$(BUILD)/sim: $(SIM) $$(call archives,app)
	$(LINK) $(call libs,app) $(LDLIBS)

$(BUILD)/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $$(call archives,all)
	$(LINK) -fsanitize=fuzzer $(call libs,all) $(LDLIBS)

.PHONY: tests check unit contract sim replay functional fault lint bench
tests: $(TESTS) $(FUZZ)

check: export KILLS := $(or $(KILLS),15) # fault: a short run; `make fault` kills 200 times
check: ## packages, build with -Werror, lint and all tests; ends with "N passed, N failed"
	@tests/support/packages.sh check && $(MAKE) -j$(JOBS) WERROR=1 all tests || \
	    { echo '0 passed, 1 failed'; exit 1; }
	$(RUN_TESTS) $(SUITES)

unit: $(UNIT) ## unit tests
contract: $(CONTRACT) ## the store contract, on Redis and on the fake
replay: export SEEDS := $(or $(SEEDS),100000) # check: a short run, see tests/replay/test_compare.py
replay: all ## replay against an independent implementation, SEEDS=100000 random lives
functional: all ## whole daemon with a real Redis, from outside
fault: all ## kill -9 at KILLS=200 random moments, stalls, clock steps: about 5 minutes
lint: tests all ## layers, sizes, formatting and other house rules
unit contract replay functional fault lint:
	$(RUN_TESTS) $@

BENCH := $(patsubst %.c,$(BUILD)/%,$(call sources,tests/bench/bench_*.c))
$(BENCH): $(BUILD)/%: $(BUILD)/%.o $$(call archives,conf)
	$(LINK) $(call libs,conf) $(LDLIBS)

bench: $(BENCH) ## figures: decisions a second of the pure core
	$Qfor b in $(BENCH); do $$b || exit 1; done

sim: $(BUILD)/sim ## simulator: SEED=n SEEDS=n STEPS=n; TRACE=1 tells the story of one seed
	$(if $(TRACE),@$< --trace --seed $(or $(SEED),1) $(STEPS:%=--steps %),$(RUN_TESTS) $@)

.PHONY: fuzz fuzz-run analyze cov
fuzz: ## each fuzz target for FUZZ_S=60 seconds (clang)
	@$(MAKE) SAN=fuzz CC=clang fuzz-run

fuzz-run: $(FUZZ:$(BUILD)/tests/fuzz/%.o=$(BUILD)/%)
	@for f in $(basename $(notdir $(FUZZ))); do \
	    mkdir -p $(BUILD)/found/$$f; echo "== $$f"; \
	    $(BUILD)/$$f -max_total_time=$(FUZZ_S) -timeout=10 -print_final_stats=1 \
	        -artifact_prefix=$(BUILD)/$$f. $(BUILD)/found/$$f \
	        $$(find tests/fuzz/corpus/$${f#fuzz_} -maxdepth 0 2>/dev/null) \
	        2>$(BUILD)/$$f.log || { tail -60 $(BUILD)/$$f.log; exit 1; }; \
	    grep -E 'number_of_executed|^Done' $(BUILD)/$$f.log; done

PRODUCT := $(call sources,daemon/*.c daemon/*/*.c)
analyze: ## gcc -fanalyzer and clang-tidy over the product's C
	@bad=0; for f in $(PRODUCT); do \
	    gcc $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fanalyzer -Werror -c -o /dev/null $$f || bad=1; \
	done; \
	clang-tidy --quiet --warnings-as-errors='*' $(PRODUCT) -- $(ALL_CPPFLAGS) -std=c17 && \
	exit $$bad

cov: ## line coverage of unit, contract and simulator runs (gcovr)
	@$(MAKE) SAN=cov CFLAGS='-O1 -g' SEEDS=$(or $(SEEDS),50) unit contract sim
	gcovr --root . --filter daemon/ --sort-uncovered --print-summary build/cov

.PHONY: format demo packages install uninstall clean help
format: ## clang-format the whole tree in place
	clang-format -i $(call sources,include/*/*.h daemon/*.c daemon/*/*.[ch] tests/*/*.[ch])

packages: ## install the missing Debian packages (as root)
	@tests/support/packages.sh check

demo: ## build, start everything, play an incident
	@tests/support/packages.sh build
	@$(MAKE) -j$(JOBS) all
	@tests/support/demo.sh $(BUILD)

# --- install -------------------------------------------------------------------------------------
BINDIR := $(PREFIX)/bin
DOCDIR := $(PREFIX)/share/doc/shixian
DATADIR := $(PREFIX)/share/shixian
MANDIR := $(PREFIX)/share/man
# pkg-config names systemd's own directory whatever our PREFIX is.
UNITDIR ?= $(if $(filter /usr,$(PREFIX)),/lib/systemd/system,$(PREFIX)/lib/systemd/system)
CONFDIR := $(SYSCONFDIR)/shixian
UNITS := $(call sources,systemd/*.service.in)
DOCS := $(call sources,docs/*.md docs/*.json docs/*.yaml README.md LICENSE)
MAN := $(call sources,docs/*.[1-8])
LOCAL_POLICIES := $(call sources,config/policy/local/*.yaml)

install: all ## install to $(DESTDIR)$(PREFIX); an existing configuration is kept
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(UNITDIR) $(CONFDIR) $(DOCDIR) \
	    $(DATADIR)/policy/local $(DATADIR)/calendar)
	install -m 755 $(PROGRAMS) $(DESTDIR)$(BINDIR)
	set -e; for u in $(notdir $(UNITS:.in=)); do \
	    install -m 644 systemd/$$u.in $(DESTDIR)$(UNITDIR)/$$u; \
	    sed -i -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' \
	        $(DESTDIR)$(UNITDIR)/$$u; done
	test -e $(DESTDIR)$(CONFDIR)/shixian.yaml || \
	    install -m 644 config/shixian.yaml $(DESTDIR)$(CONFDIR)/shixian.yaml
	set -e; for f in $(patsubst config/%,%,$(POLICIES) $(LOCAL_POLICIES) $(CALENDARS)); do \
	    install -m 644 config/$$f $(DESTDIR)$(DATADIR)/$$f; done
	install -m 644 $(DOCS) $(DESTDIR)$(DOCDIR)
	for m in $(MAN); do install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done

uninstall: ## remove what install put there, but configuration and state
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,shixiand shixianctl) \
	    $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(UNITS:.in=))) \
	    $(foreach m,$(MAN),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $m))/$(notdir $m))
	rm -rf $(DESTDIR)$(DOCDIR) $(DESTDIR)$(DATADIR)

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14
