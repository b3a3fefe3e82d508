# hugefault
#
# Targets
#   all (default)  everything below build/            check      every test that needs no virtual machine
#   list           the benchmarks and stressors       lint       layers, names, descriptors, TODOs, shell scripts
#   check-unit     cmocka tests                       check-cli  command-line tests
#   check-mustfail programs that must not succeed     check-tsan units with threads, under ThreadSanitizer
#   check-vm       stock kernels in QEMU: every program in short form, and guests that end badly
#   check-cross    the same on 64-bit Arm: cross-built, every program in an emulated guest
#   check-metal    ab --on-metal on a system in QEMU that really reboots
#   survey         every Debian 6.12 in guests of every profile: a table of what failed where (hours; tests/run-survey)
#   check-stats    simulation of the rules of compare: error rates and power beside their goals
#   fuzz           libFuzzer on the reader of records (clang), FUZZ seconds
#   install, uninstall, plots, dist, help, clean
#
# Variables
#   V=1            show commands                      SAN=...    build with -fsanitize=..., below build/san-.../
#   CC, CFLAGS     compiler; your CFLAGS come last    W=1        keep warnings from being errors: WERROR=
#   EFFORT=10      replications of check-stats (1)         FUZZ=600       seconds of fuzz (60)
#   CROSS=aarch64-linux-gnu- SYSROOT=DIR           cross-build below build/aarch64-linux-gnu/ (scripts/sysroot makes DIR)
#   DESTDIR, PREFIX (default /usr/local)              PLOT_DIR   where `make plots` finds records (default results/)

VERSION := 0.1
comma := ,
B := build$(if $(CROSS),/$(CROSS:-=))$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
PREFIX ?= /usr/local
PKG_CONFIG ?= pkg-config
WERROR ?= -Werror

ifdef CROSS
CC := $(CROSS)gcc
AR := $(CROSS)ar
PKG_CONFIG := PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(CROSS:-=)/pkgconfig:$(SYSROOT)/usr/share/pkgconfig $(PKG_CONFIG)
endif

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
endif

DEPS := hwloc liburcu-qsbr jansson liburing gsl yajl
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(DEPS) 2>/dev/null)
LIB_LIBS := -lpthread -lm -lz $(shell $(PKG_CONFIG) --libs hwloc liburcu-qsbr jansson liburing 2>/dev/null) -lpfm -lhugetlbfs
COMPARE_LIBS := $(shell $(PKG_CONFIG) --libs jansson gsl yajl 2>/dev/null) -lm

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wundef $(WERROR)
OPT := -O2 -g
SYSROOT_FLAGS := $(if $(SYSROOT),--sysroot=$(SYSROOT))
SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
ALL_CFLAGS := -std=gnu11 $(OPT) $(WARN) -D_GNU_SOURCE -DHF_VERSION='"$(VERSION)"' -Ilib -I. $(SYSROOT_FLAGS) $(PKG_CFLAGS) -MMD -MP $(SAN_FLAGS) $(CFLAGS)
ALL_LDFLAGS := -Wl,--as-needed $(SYSROOT_FLAGS) $(SAN_FLAGS) $(LDFLAGS)

LIB_SRC := $(wildcard lib/*/*.c)
COMPARE_LIB_SRC := $(wildcard compare/lib/*.c)
GUEST_LIB_SRC := $(wildcard guest/lib/*.c)
PROGS := $(patsubst %.c,$(B)/%,$(wildcard bench/*.c stress/*.c))
TOOLS := $(patsubst %.c,$(B)/%,$(wildcard tools/*.c))
COMPARES := $(patsubst %.c,$(B)/%,$(wildcard compare/*.c))
GUESTS := $(patsubst %.c,$(B)/%,$(wildcard guest/*.c))
UNITS := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*.c))
MUSTFAIL := $(patsubst %.c,$(B)/%,$(wildcard tests/mustfail/*.c))
LIB := $(B)/libhugefault.a
COMPARE_LIB := $(B)/libhfcompare.a
GUEST_LIB := $(B)/libhfguest.a
PLUGINS := $(patsubst %.c,$(B)/%.so,$(wildcard guest/plugin/*.c))
obj = $(patsubst %.c,$(B)/%.o,$(1))

all: $(PROGS) $(TOOLS) $(COMPARES) $(GUESTS) $(PLUGINS)

# Rebuild everything when the flags change.
FLAGS_STAMP := $(B)/.flags
$(shell mkdir -p $(B); echo '$(CC) $(subst ','\'',$(ALL_CFLAGS) $(ALL_LDFLAGS))' | cmp -s - $(FLAGS_STAMP) || \
	echo '$(CC) $(subst ','\'',$(ALL_CFLAGS) $(ALL_LDFLAGS))' > $(FLAGS_STAMP))

$(B)/%.o: %.c $(FLAGS_STAMP)
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(LIB): $(call obj,$(LIB_SRC))
$(COMPARE_LIB): $(call obj,$(COMPARE_LIB_SRC))
$(GUEST_LIB): $(call obj,$(GUEST_LIB_SRC))
$(LIB) $(COMPARE_LIB) $(GUEST_LIB):
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# main() of a benchmark or stressor is the library's: it is named so that the linker takes that archive member.
$(PROGS) $(MUSTFAIL): $(B)/%: $(B)/%.o $(LIB)
	$(say) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,-u,main -o $@ $< $(LIB) $(LIB_LIBS)

$(TOOLS): $(B)/%: $(B)/%.o $(LIB)
	$(say) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIB) $(LIB_LIBS)

$(COMPARES): $(B)/%: $(B)/%.o $(COMPARE_LIB) $(LIB)
	$(say) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(COMPARE_LIB) $(LIB) $(COMPARE_LIBS)

$(GUESTS): $(B)/%: $(B)/%.o $(GUEST_LIB) $(LIB)
	$(say) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(GUEST_LIB) $(LIB) $(shell $(PKG_CONFIG) --libs jansson 2>/dev/null) -lm

# Plugins are loaded into QEMU and link to nothing of ours.
$(PLUGINS): ALL_CFLAGS += -fPIC -fvisibility=hidden
$(PLUGINS): $(B)/%.so: $(B)/%.o
	$(say) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -o $@ $<

$(UNITS): $(B)/%: $(B)/%.o $(COMPARE_LIB) $(GUEST_LIB) $(LIB)
	$(say) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(COMPARE_LIB) $(GUEST_LIB) $(LIB) $(LIB_LIBS) $(COMPARE_LIBS) -lcmocka

units: $(UNITS)
mustfail: $(MUSTFAIL)

list: all
	$(Q)scripts/hugefault list

help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

clean:
	rm -rf build

.PHONY: all units mustfail list help clean
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' 2>/dev/null)

# Tests: see the head of tests/run-*. Each prints "ok", "not ok" or "skip" lines; a target fails when one of its tests does.
SHIM := $(B)/tests/helpers/shim.so
HELPERS := $(patsubst %.c,$(B)/%,$(filter-out %/shim.c,$(wildcard tests/helpers/*.c)))
$(SHIM): tests/helpers/shim.c $(FLAGS_STAMP)
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $<
$(HELPERS): $(B)/%: $(B)/%.o
	$(say) LD $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $<

# ThreadSanitizer looks at the threads of the library and of the race engine; the other units have none.
TSAN_UNITS := $(filter region gate race,$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c)))

# One after the other whatever -j says: there is one run at a time per machine. All of them, even when one fails.
check: all units mustfail $(HELPERS) $(SHIM)
	$(Q)status=0; for kind in unit mustfail smoke cli; do \
		BUILD=$(B) CC='$(CC)' tests/run-$$kind || status=1; \
	done; exit $$status

check-unit: units
	$(Q)BUILD=$(B) tests/run-unit

check-mustfail: mustfail
	$(Q)BUILD=$(B) tests/run-mustfail

check-cli: all mustfail $(HELPERS) $(SHIM)
	$(Q)BUILD=$(B) tests/run-smoke
	$(Q)BUILD=$(B) CC='$(CC)' tests/run-cli

check-stats: $(B)/compare/simulate
	$(Q)$< $(if $(EFFORT),--effort=$(EFFORT))

check-vm: all
	$(Q)BUILD=$(B) tests/run-vm

check-metal: all
	$(Q)BUILD=$(B) tests/run-metal

check-cross: all
	$(Q)BUILD=$(B) tests/run-cross

survey: all
	$(Q)BUILD=$(B) tests/run-survey

check-tsan:
	$(Q)$(MAKE) --no-print-directory SAN=thread check-tsan-here
check-tsan-here: $(TSAN_UNITS:%=$(B)/tests/unit/%)
	$(Q)BUILD=$(B) tests/run-unit $(TSAN_UNITS)

# What it finds stays in build/fuzz/: inputs that crash, and a corpus that grows from run to run.
FUZZ ?= 60
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))
$(FUZZERS): $(B)/fuzz/%: tests/fuzz/%.c $(COMPARE_LIB_SRC) $(wildcard compare/lib/*.h lib/base/*.[ch] lib/measure/*.[ch])
	@mkdir -p $@.corpus
	$(say) CLANG $@
	$(Q)clang -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(filter-out -MMD -MP $(SAN_FLAGS),$(ALL_CFLAGS)) -o $@ $< \
		$(COMPARE_LIB_SRC) $(wildcard lib/base/*.c lib/measure/*.c) $(COMPARE_LIBS)
fuzz: $(FUZZERS)
	$(Q)for target in $^; do name=tests/fuzz/$${target##*/}; \
		$$target -max_total_time=$(FUZZ) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix=$$target- -dict=$$name.dict \
			$$target.corpus $$name || exit 1; \
	done

lint: all
	$(Q)BUILD=$(B) scripts/lint

# The command `hugefault` looks for the programs in ../lib/hugefault, seen from where it is.
BINDIR = $(DESTDIR)$(PREFIX)/bin
LIBDIR = $(DESTDIR)$(PREFIX)/lib/hugefault
MANDIR = $(DESTDIR)$(PREFIX)/share/man/man1

install: all
	$(say) INSTALL $(LIBDIR)
	$(Q)for prog in $(patsubst $(B)/%,%,$(PROGS) $(TOOLS) $(COMPARES) $(GUESTS) $(PLUGINS)); do \
		install -D -m 755 $(B)/$$prog $(LIBDIR)/$$prog || exit 1; \
	done
	$(Q)for file in guest/ab guest/bisect guest/build-kernel guest/commands.sh guest/init guest/kernel.config guest/metal guest/pack guest/report guest/schedule.sh; do install -D -m 755 $$file $(LIBDIR)/$$file || exit 1; done
	$(Q)install -D -m 644 scripts/json.awk $(LIBDIR)/json.awk
	$(Q)for file in $(wildcard plots/*); do install -D -m 644 $$file $(LIBDIR)/$$file || exit 1; done
	$(Q)for page in $(wildcard docs/*.1); do install -D -m 644 $$page $(MANDIR)/$${page##*/} || exit 1; done
	$(Q)install -D -m 755 scripts/hugefault $(BINDIR)/hugefault

uninstall:
	$(Q)rm -rf $(LIBDIR)
	$(Q)rm -f $(BINDIR)/hugefault $(patsubst docs/%,$(MANDIR)/%,$(wildcard docs/*.1))

# The figures of every run below PLOT_DIR once more, from its records.
PLOT_DIR ?= results
plots: $(COMPARES)
	$(Q)for file in $$(find $(PLOT_DIR) -name records.jsonl); do scripts/hugefault plot $${file%/*} || exit 1; done

# What is committed, as a tarball.
dist:
	@mkdir -p $(B)
	$(Q)git archive --prefix=hugefault-$(VERSION)/ HEAD | gzip -9n >$(B)/hugefault-$(VERSION).tar.gz
	$(say) DIST $(B)/hugefault-$(VERSION).tar.gz

.PHONY: check check-unit check-mustfail check-cli check-vm check-metal check-cross survey check-stats fuzz check-tsan check-tsan-here lint install uninstall plots dist
