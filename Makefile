# assay: see README.md, or run `make help`.

VAR         ?= var
PORT        ?= 8443
PUBLIC_PORT ?= 8080
LISTEN      ?= 127.0.0.1
PREFIX      ?= /usr/local
# Who builds from a repository may say more: make VERSION=0.1+$(git rev-parse --short HEAD)
VERSION     ?= 0.1
B           ?= build
V           ?=
Q            = $(if $(V),,@)
SAY          = $(if $(V),:,echo)

CC      ?= gcc
WARN     = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla
HARDEN   = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIC
OPT     ?= -O2
SAN     ?=
CFLAGS   = -std=c11 -g $(OPT) $(WARN) $(if $(SAN),-fPIC,$(HARDEN)) $(SAN)
CPPFLAGS = -D_GNU_SOURCE -I. -Ica -I$(B)/gen -I/usr/include/postgresql -I/usr/include/p11-kit-1
LDFLAGS  = -Wl,-z,relro,-z,now $(SAN)
LIBS     = -lpq -lcrypto -ljansson -lp11-kit -ltss2-mu -lm

# What each program is made of; the folders are listed from the ground up.
CORE   := $(sort $(wildcard ca/base/*.c policy/*.c db/*.c ca/x509/*.c ca/key/*.c ca/tpm/*.c \
	   ca/registry/*.c ca/issue/*.c ca/revoke/*.c ca/ceremony/*.c ca/kit/*.c))
AUTH   := $(sort $(wildcard ca/authority/*.c))
FOLLOW := $(sort $(wildcard ca/follower/*.c))
HTTP   := $(sort $(wildcard api/http/*.c))
API    := $(sort $(wildcard api/*.c))
STATUS := $(sort $(wildcard api/status/*.c))
NOTIFY := $(sort $(wildcard api/notifier/*.c))
# What every Kore module has of api/: requests, replies, the router.
WEB    := api/never.c api/reply.c api/request.c api/role.c api/route.c api/wire.c
CLI    := $(sort $(wildcard api/cli/*.c))
UNIT   := $(sort $(shell find tests/unit -name '*_test.c' 2>/dev/null))
SRC    := $(CORE) $(AUTH) $(FOLLOW) $(HTTP) $(API) $(STATUS) $(NOTIFY) $(CLI) $(filter-out %example.c,$(wildcard api/lib/*.c))

obj = $(patsubst %.c,$(B)/%.o,$(1))

PROGRAMS := $(if $(CLI),$(B)/assay) $(if $(AUTH),$(B)/assay-authority) \
	    $(if $(FOLLOW),$(B)/assay-follower) $(if $(NOTIFY),$(B)/assay-notifier) \
	    $(if $(API),$(B)/assay_api.so) $(if $(STATUS),$(B)/assay_status.so)
TESTS    := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(UNIT))

LIBRARIES := libassay libassay-client

# What operators link: the reading half of ca/kit and what it stands on.
LIBRARY  := api/lib/assay.c ca/kit/chain.c ca/kit/exact.c ca/kit/folder.c ca/kit/judge.c ca/kit/kit_read.c \
	    ca/kit/ribbon.c $(addprefix policy/,decide_accreditation.c decide_device.c decide_measure.c \
	    decide_offline.c decide_verdict.c evidence.c firmware.c reason.c) \
	    $(addprefix ca/base/,buf.c clock.c enc.c err.c io.c log.c text.c) \
	    $(addprefix ca/key/,algorithm.c ec.c evp.c hash.c key.c ossl_key.c rsa.c sign.c weak.c weak_rsa.c) \
	    $(addprefix ca/x509/,cert.c cert_ext.c cert_ext_name.c der.c der_text.c der_write.c ext.c name.c oid.c \
	    ossl.c path.c pem.c roots.c signed.c)

# What their provisioning servers link to ask.
CLIENT   := $(addprefix api/lib/,client.c client_credential.c client_http.c client_question.c client_receipt.c) \
	    $(addprefix ca/registry/,receipt.c receipt_answer.c receipt_bundle.c receipt_proof.c) $(addprefix policy/,canon.c reason.c transcript.c) \
	    ca/key/jws.c ca/key/merkle.c ca/key/uuid.c ca/x509/credential.c ca/x509/crl_read.c ca/x509/tsp.c $(filter ca/base/% ca/key/% ca/x509/%,$(LIBRARY))

all: $(PROGRAMS) $(foreach l,$(LIBRARIES),$(B)/lib/$l.a $(B)/lib/$l.so.0)	## build every program into build/
	@:

# Only what was said on the command line: an instance remembers the rest.
said = $(if $(filter command environment override,$(firstword $(origin $(1)))),'$(1)=$($(1))')

help:	## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	@echo "Settings: VAR=$(VAR) PORT=$(PORT) PUBLIC_PORT=$(PUBLIC_PORT) LISTEN=$(LISTEN) PREFIX=$(PREFIX)"

setup:	## install what all of this needs from Debian's packages
	@deploy/setup

run:	## main job: start the whole system in the foreground
	@deploy/setup run
	@$(MAKE) --no-print-directory -j2 all
	@deploy/run $(foreach v,VAR PORT PUBLIC_PORT LISTEN PUBLIC_URL,$(call said,$v))

demo: setup	## tell the whole story on a fresh instance, checking every claim
	@$(MAKE) --no-print-directory -j2 all
	@deploy/demo

test: setup	## build with warnings as errors, unit and system tests, layers
	@$(MAKE) --no-print-directory -j2 all $(B)/tests/.built
	@tests/run

check: all $(B)/tests/.built layers	## unit tests only, without system tests
	@tests/run unit

crash: all $(B)/tests/.built	## crashes, full disks, failing fsync, restarts and locks, 200 rounds of each (ROUNDS=200)
	@JOBS=1 ROUNDS=$(or $(ROUNDS),200) GIVE_UP=$(or $(GIVE_UP),3600) \
		tests/run system 90-crash 91-disk-full 92-fsync 93-restart 94-lock

test-debian13:	## the same as test, on Debian 13 in a chroot below build/ (as root)
	@tests/debian13

asan: setup	## the same as test, with ASan and UBSan over all our code
	@$(MAKE) --no-print-directory -j2 B=build/asan OPT=-O1 \
		SAN="-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined" \
		all build/asan/tests/.built
	@B=build/asan tests/run

bench:	## every measurement below but for bench-curve, one after the other
	@for b in issue enrol crl status mass decide batch offline registry cost; do $(MAKE) --no-print-directory bench-$$b || exit; done

bench-enrol: all $(B)/tests/limits $(B)/tests/devices $(B)/tests/ask	## how long one request by EST takes, against one durable INSERT
	@tests/bench/enrol.sh

bench-decide: all $(B)/tests/limits $(B)/tests/ask $(B)/tests/decide $(B)/tests/batch $(B)/tests/operators	## how many decisions a second, of what verifying allows
	@tests/bench/decide.sh

bench-batch: all $(B)/tests/batch	## what memory a batch of a hundred thousand takes, against one of ten thousand
	@tests/bench/batch.sh

bench-offline: all $(B)/tests/offline	## how small the offline kit of 100 million certificates is, and how fast
	@tests/bench/offline.sh

bench-cost: all $(B)/tests/ask $(B)/tests/decide $(B)/tests/status	## what a million devices cost in a year, channel by channel
	@tests/bench/cost.sh

bench-registry: all	## how long lists take with a million devices registered
	@tests/bench/registry.sh

bench-curve: all $(B)/tests/devices	## how long one certificate takes in lots of ten thousand to a million
	@tests/bench/curve.sh

bench-issue: all $(B)/tests/limits $(B)/tests/devices	## how fast lots are issued, of what this machine can do
	@tests/bench/issue.sh

bench-crl: all $(B)/tests/crl	## how long CRLs of a million take, beside openssl's; and mass events
	@tests/bench/crl.sh

bench-mass: all $(B)/tests/devices $(B)/tests/status	## a lot of a million revoked, a model of ten million held: how soon on each channel
	@tests/bench/mass.sh

bench-status: all $(B)/tests/status	## the status index and OCSP with 100 million certificates
	@tests/bench/status.sh

fuzz:	## every parser of outside octets under libFuzzer, a minute each (FUZZ_SECONDS=60)
	@tests/fuzz/run $(or $(FUZZ_SECONDS),60)

fuzz-corpus:	## keep what fuzzing has found since, in tests/fuzz/, as few inputs as reach all of it
	@tests/fuzz/run corpus

layers:	## includes point down only (policy, db, ca, api)
	@tests/layers

docs:	## what documents name is there
	@tests/docs

lint:	## clang-format and cppcheck over all our code
	@clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
	@cppcheck -q --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem \
		-D_GNU_SOURCE -I. -Ica -I$(B)/gen $(SRC)

fmt:	## format all our code
	@clang-format -i $$(git ls-files '*.c' '*.h')

install: all	## install programs, modules, schema and configuration under PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/assay $(DESTDIR)$(PREFIX)/share/assay
	install -m 755 $(filter-out %.so,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(filter %.so,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/lib/assay
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/assay/,db policy)
	cp -rL db/schema db/bootstrap.sql db/first.sql $(DESTDIR)$(PREFIX)/share/assay/db/
	cp -rL policy/rulesets policy/tre-kinds.json $(DESTDIR)$(PREFIX)/share/assay/policy/
	cp -rL conf $(DESTDIR)$(PREFIX)/share/assay/
	cp -rL deploy/systemd $(DESTDIR)$(PREFIX)/share/assay/
	chmod -R u=rwX,go=rX $(DESTDIR)$(PREFIX)/share/assay
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 644 deploy/assay.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/assay

	install -d $(addprefix $(DESTDIR)$(PREFIX)/,include lib/pkgconfig share/man/man3 $(LIBRARIES:%=share/doc/%))
	install -m 644 api/lib/assay.h api/lib/assay-client.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(foreach l,$(LIBRARIES),$(B)/lib/$l.a $(B)/lib/$l.so.0) $(DESTDIR)$(PREFIX)/lib
	for l in $(LIBRARIES); do \
		ln -sf $$l.so.0 $(DESTDIR)$(PREFIX)/lib/$$l.so && \
		sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' api/lib/$$l.pc.in >$(DESTDIR)$(PREFIX)/lib/pkgconfig/$$l.pc && \
		install -m 644 api/lib/$$l.3 $(DESTDIR)$(PREFIX)/share/man/man3 || exit; \
	done
	install -m 644 api/lib/example.c $(DESTDIR)$(PREFIX)/share/doc/libassay
	install -m 644 api/lib/client_example.c $(DESTDIR)$(PREFIX)/share/doc/libassay-client/example.c

clean:	## remove build/ (var/ stays)
	rm -rf build

$(B)/libcore.a: $(call obj,$(CORE))
	@rm -f $@
	$(Q)$(SAY) "  AR   $@" && ar rcs $@ $^

# One object, so that no name but those of the header is anybody else's business.
$(B)/lib/libassay.a: $(call obj,$(LIBRARY))
$(B)/lib/libassay-client.a: $(call obj,$(CLIENT))
$(B)/lib/%.a: Makefile
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(SAY) "  AR   $@" && $(LD) -r -o $(B)/lib/$*.o $(filter %.o,$^) && \
		objcopy --wildcard --keep-global-symbol='assay_*' $(B)/lib/$*.o && \
		ar rcs $@ $(B)/lib/$*.o

$(B)/lib/libassay.so.0: $(call obj,$(LIBRARY))
$(B)/lib/libassay-client.so.0: $(call obj,$(CLIENT))
$(B)/lib/libassay-client.so.0: NEEDS = -lcurl -ljansson
$(B)/lib/%.so.0: api/lib/libassay.map Makefile
	@mkdir -p $(@D)
	$(Q)$(SAY) "  LINK $@" && $(CC) -shared $(LDFLAGS) -Wl,-soname,$*.so.0 \
		-Wl,--version-script=api/lib/libassay.map $(if $(SAN),,-Wl,-z,defs) -o $@ $(filter %.o,$^) \
		-lcrypto $(NEEDS)

# SQL lives in .sql files; conn.c prepares this table's statements.
$(B)/gen/statements.h: db/sql2c.awk $(sort $(wildcard db/sql/*.sql))
	@mkdir -p $(@D)
	$(Q)$(SAY) "  GEN  $@" && LC_ALL=C awk -f $^ >$@

# One table of legal transitions serves C and SQL.
$(B)/gen/states.h: policy/states2c.awk policy/states.txt
	@mkdir -p $(@D)
	$(Q)$(SAY) "  GEN  $@" && awk -f $^ >$@

# Who may do what: printed by the command line, held against routes and database.
$(B)/gen/roles.h: policy/roles2c.awk policy/roles.txt
	@mkdir -p $(@D)
	$(Q)$(SAY) "  GEN  $@" && awk -f $^ >$@

# Written anew only where it is another: what is linked with it follows.
$(B)/gen/version_text.h: anew
	@mkdir -p $(@D)
	@said='#define VERSION "$(VERSION)"'; [ "$$(cat $@ 2>/dev/null)" = "$$said" ] || echo "$$said" >$@
anew: ;

$(call obj,ca/base/version.c): $(B)/gen/version_text.h
$(call obj,db/conn.c): $(B)/gen/statements.h
$(call obj,policy/state.c): $(B)/gen/states.h
$(call obj,policy/role.c): $(B)/gen/roles.h

$(B)/assay-authority: $(call obj,$(AUTH)) $(B)/libcore.a
	$(Q)$(SAY) "  LINK $@" && $(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/assay-follower: $(call obj,$(FOLLOW)) $(B)/libcore.a
	$(Q)$(SAY) "  LINK $@" && $(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/assay-notifier: $(call obj,$(NOTIFY) api/address.c) $(B)/libcore.a
	$(Q)$(SAY) "  LINK $@" && $(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcurl

$(B)/assay: $(call obj,$(CLI)) $(B)/libcore.a
	$(Q)$(SAY) "  LINK $@" && $(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcurl -lyaml

$(B)/assay_api.so: $(call obj,$(API) $(HTTP)) $(B)/libcore.a Makefile
	$(Q)$(SAY) "  LINK $@" && $(CC) -shared -Wl,-Bsymbolic $(LDFLAGS) -o $@ $(filter-out Makefile,$^) $(LIBS)

$(B)/assay_status.so: $(call obj,$(STATUS) $(HTTP) $(WEB)) $(B)/libcore.a Makefile
	$(Q)$(SAY) "  LINK $@" && $(CC) -shared -Wl,-Bsymbolic $(LDFLAGS) -o $@ $(filter-out Makefile,$^) $(LIBS)

# The adapter alone sees Kore's headers.
$(B)/api/http/%.o: CPPFLAGS += -isystem /usr/include/kore -DKORE_USE_PGSQL -DKORE_USE_TASKS

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(SAY) "  CC   $<" && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# A test file a unit.  What it needs of the handlers comes without Kore, of the
# command line without main().
$(B)/libapi.a: $(call obj,$(API) $(STATUS) \
		$(filter-out api/cli/main.c api/notifier/main.c,$(CLI) $(NOTIFY)))
	@rm -f $@
	$(Q)$(SAY) "  AR   $@" && ar rcs $@ $^

$(B)/libauthority.a: $(call obj,$(filter-out ca/authority/main.c,$(AUTH)))
	@rm -f $@
	$(Q)$(SAY) "  AR   $@" && ar rcs $@ $^

$(B)/tests/unit/%: tests/unit/%.c $(B)/libcore.a $(B)/libapi.a $(B)/libauthority.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< \
		$(if $(findstring unit/api/,$@),$(B)/libapi.a) \
		$(if $(findstring unit/ca/authority/,$@),$(B)/libauthority.a) \
		$(B)/libcore.a $(LIBS) -lcurl -lyaml -lcmocka

$(B)/tests/migrate: tests/lib/migrate.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

# Stands for a subscriber of webhooks.
$(B)/tests/receiver: tests/lib/receiver.c
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<

# A badly seeded generator of RSA keys.
$(B)/tests/twins: tests/lib/twins.c
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lcrypto

# A token that counts and fails, before SoftHSM.
$(B)/tests/token.so: tests/lib/token.c
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) -shared $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<

# Rows of large lots.
$(B)/tests/devices: tests/lib/devices.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

# Stands for a TSA's web server.
$(B)/tests/tsa: tests/lib/tsa.c
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<

# Batches of questions about devices that it plays.
$(B)/tests/batch: tests/lib/batch.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

# Messages of CMP as no client sends them.
$(B)/tests/cmp_edit: tests/lib/cmp_edit.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

# Signs what a ceremony is asked for, whatever it is.
$(B)/tests/requests_signer: tests/lib/requests_signer.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

$(B)/tests/limits: tests/bench/limits.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS) -lcmocka

# A client of many connections; nobody's but its own.
$(B)/tests/ask: tests/bench/ask.c
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lssl -lcrypto

# Credentials of more operators than anybody lets in by hand.
$(B)/tests/operators: tests/bench/operators.c
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lcrypto

# Questions that devices have signed.
$(B)/tests/decide: tests/bench/decide.c $(B)/libapi.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libapi.a $(B)/libcore.a \
		$(LIBS) -lcurl -lyaml

$(B)/tests/crl: tests/bench/crl.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

$(B)/tests/offline: tests/bench/offline.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

# Requests for a load generator, and what the index takes.
$(B)/tests/status: tests/bench/status.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(B)/libcore.a $(LIBS)

# Every input that is kept, in the same targets without libFuzzer.
FUZZED := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(filter-out %/replay.c,$(wildcard tests/fuzz/*.c)))
$(B)/tests/fuzz/decision_request: $(call obj,api/decision_request.c)
$(B)/tests/fuzz/wire: $(call obj,api/wire.c)
$(B)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(SAY) "  TEST $<" && $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< tests/fuzz/replay.c \
		$(filter %.o,$^) $(B)/libcore.a $(LIBS)

# By tests/fuzz/run, which says with what: clang, its sanitizers, B=build/fuzz.
$(B)/decision_request: $(call obj,api/decision_request.c)
$(B)/wire: $(call obj,api/wire.c)
$(B)/%: tests/fuzz/%.c $(B)/libcore.a
	$(Q)$(SAY) "  FUZZ $<" && $(CC) -fsanitize=fuzzer $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		$(filter %.o,$^) $(B)/libcore.a $(LIBS)

$(B)/tests/.built: $(TESTS) $(B)/tests/migrate $(B)/tests/receiver $(B)/tests/twins $(B)/tests/devices \
		$(B)/tests/token.so $(B)/tests/requests_signer $(B)/tests/cmp_edit $(B)/tests/status \
		$(B)/tests/batch $(B)/tests/tsa $(B)/tests/ask $(B)/tests/decide $(FUZZED)
	@mkdir -p $(@D)
	@touch $@

-include $(patsubst %.o,%.d,$(call obj,$(SRC))) $(addsuffix .d,$(TESTS))

.PHONY: all anew help setup run demo test crash test-debian13 check asan bench bench-batch bench-cost bench-crl bench-curve bench-decide bench-enrol bench-issue bench-mass bench-offline bench-registry bench-status fuzz fuzz-corpus layers docs lint fmt install clean
.DELETE_ON_ERROR:
