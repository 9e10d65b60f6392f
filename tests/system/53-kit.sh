#!/usr/bin/env bash
# The offline kit end to end: issue, revoke, hold, release, measure; fetch it,
# verify it with the root alone, and decide without an instance.  What it says is
# held against what a precheck online says, for every pair of devices.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
d=$work/kit root= pairs=14
owner() { psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -U "$(id -un)" -d assay \
	-qAtX -v ON_ERROR_STOP=1 -c "SET search_path = assay" -c "$1"; }
get() { curl -fsS "$PUBLIC_URL/kit/$1" -o "$2"; }
# offline VERB FOLDER...: no instance, no server: the root and nothing else
offline() { "$bin/assay" --var "$work/none" offline "$1" "$2" --root "$root" "${@:3}"; }
fetch() { offline fetch "${1:-$d}" --public-url "$PUBLIC_URL" "${@:2}"; }
authority() { pgrep -P "$RUN_PID" -f assay-authority | head -n 1; }
interval() { owner "CREATE OR REPLACE FUNCTION kit_$1() RETURNS interval LANGUAGE sql IMMUTABLE AS \$\$ SELECT interval '$2' \$\$"; }
number() { owner "SELECT max(number) FROM kit"; }
snapshot() { owner "SELECT coalesce(max(number), 0) FROM kit_full"; }
beyond() { [ "$($1)" -gt "$2" ]; }
there() { curl -fsS -o /dev/null "$PUBLIC_URL/kit/$1"; }
# The second of now, and that in which the newest kit was begun: one in the making is there
# after now and knows what was before.
now() { owner "SELECT floor(extract(epoch FROM assay_now()))"; }
begun() { owner "SELECT coalesce(floor(extract(epoch FROM max(issued))), 0) FROM kit"; }
# one_more: a number that was begun after now, placed
one_more() {
	local t
	t=$(now)
	interval hourly "0 seconds" && until_true 30 beyond begun "$t" && interval hourly "1 hour" &&
		until_true 20 there "$(number).delta"
}
# one_full: likewise, and the newest number has a snapshot.  One in the making is there a second later.
one_full() {
	interval daily "0 seconds" && one_more && sleep 2 && until_true 60 newest_is_full && interval daily "1 day" &&
		until_true 20 there "$(snapshot).full"
}
newest_is_full() { [ "$(snapshot)" = "$(number)" ]; }
updated() { one_more && fetch; }
first() { ls "$1" | sort -n | head -n 1; } # the oldest file of a folder
decide() { # TRE TERM [options]: JSON
	offline decide "$d" --tre "$VAR/devices/$1.crt" --terminal "$VAR/devices/$2.crt" --json "${@:3}"
}
# says "sentence" VERDICT REASON TRE TERM [options]
says() {
	local out got
	out=$(decide "${@:4}" 2>&1)
	got=$(jq -r '"\(.verdict) \(.reasons[0] // "-")"' <<<"$out" 2>&1)
	if [ "$got" = "$2 $3" ]; then ok "$1 ($got)"; else not_ok "$1"; echo "#   wanted $2 $3, got: $out"; fi
}
# Whatever the pair, both say the same; but of a lot's hold the certificate has
# the one name and the measure the other.
agrees() { # n
	local here there
	here=$(decide "TRE-$1" "TERM-$1" | jq -c '[.verdict, .reasons, .warnings]')
	there=$(j mobilfunk-hlr decide --purpose precheck --tre "TRE-$1" --terminal "TERM-$1" |
		jq -c '[.verdict, .reasons, .warnings]')
	[ "$here" = "$there" ] || { echo "pair $1: offline $here, online $there"; return 1; }
}
all_agree() { local i bad=0; for ((i = 1; i <= pairs; i++)); do agrees "$i" || bad=1; done; return $bad; }
measure() { # options: its number, in force by two
	local number
	number=$(j security-1 measure impose --legal-basis "a test" "$@" | jq -re .number) &&
		a security-2 approve "$number" >/dev/null && echo "$number"
}

start_instance
root=$VAR/credentials/root.crt
claim "the first number is there soon" until_true 20 there 1.delta
claim "with its snapshot" until_true 60 there 1.full
refused KIT_ABSENT "an empty folder tells nothing" offline show "$d"
claim "it can be fetched" fetch
claim "suppliers, sites and models get accredited" story_accredited
lots=$(story_lots "$pairs")
tre_lot=${lots% *} term_lot=${lots#* }
says "what is newer than the kit it cannot tell" indeterminate STATUS_STALE TRE-1 TERM-1
claim "which exits with 6" exits 6 decide TRE-1 TERM-1
claim "with a delta" updated
says "it can" indeterminate PRECHECK_ONLY TRE-1 TERM-1
claim "and exits with 0" exits 0 decide TRE-1 TERM-1
claim "but never permits" not grep -q '"permit"' <(decide TRE-1 TERM-1)
claim "and says what it did not look at" is "$(decide TRE-1 TERM-1 | jq -c '[.notEvaluated, .inPart]')" "[[0,1,2,8,9,12,13,14],[5,7]]"
claim "how old it is" eval 'decide TRE-1 TERM-1 | jq -e ".kit.age >= 0 and .kit.age < 60"'
claim "online they say the same" all_agree

# ---- every status
claim "two are revoked" eval 'a security-1 cert revoke "$(serial_of TRE-2)" --reason keyCompromise &&
	a security-1 cert revoke "$(serial_of TERM-3)" --reason superseded'
claim "two are held" eval 'a security-1 cert hold "$(serial_of TRE-4)" --legal-basis "section 1" &&
	a security-1 cert hold "$(serial_of TERM-5)" --legal-basis "section 1"'
says "not before the kit knows" indeterminate PRECHECK_ONLY TRE-2 TERM-2
claim "a delta brings it" updated
says "a TrE that is revoked" refuse CERTIFICATE_REVOKED TRE-2 TERM-2
claim "and exits with 1" exits 1 decide TRE-2 TERM-2
says "a terminal that is revoked" refuse CERTIFICATE_REVOKED TRE-3 TERM-3
says "a TrE on hold" refuse CERTIFICATE_ON_HOLD TRE-4 TERM-4
says "a terminal on hold" refuse CERTIFICATE_ON_HOLD TRE-5 TERM-5
says "another TrE than its own" refuse BINDING_MISMATCH TRE-6 TERM-7
says "another TAC" refuse DEVICE_ID_MISMATCH TRE-6 TERM-6 --tac 35123457
says "its own" indeterminate PRECHECK_ONLY TRE-6 TERM-6 --tac 35123456 --imei 351234560000001
says "a terminal for a TrE" refuse ROLE_MISMATCH TERM-6 TERM-6
lookalike TRE-6 "$VAR/devices/LIKE-6.crt"
says "a look-alike" refuse CHAIN_UNTRUSTED LIKE-6 TERM-6
says "a kit older than is wanted" indeterminate STATUS_STALE TRE-6 TERM-6 --max-status-age 60 \
	--at "$(date -u -d '+3 minutes' +%FT%TZ)"
claim "all pairs agree" all_agree
claim "two release one" eval 'a security-1 cert release "$(serial_of TRE-4)" --reason "found" &&
	a security-2 approve "$(serial_of TRE-4)"'
released() { [ "$(j reader cert show "$(serial_of TRE-4)" | jq -r .status)" = good ] ||
	[ "$(owner "SELECT state FROM certificate WHERE serial = decode('$(serial_of TRE-4)', 'hex')")" = issued ]; }
claim "the authority does" until_true 20 released
claim "and one is revoked while on hold" a security-1 cert revoke "$(serial_of TERM-5)" --reason keyCompromise
claim "a delta brings that, too" updated
says "what was released" indeterminate PRECHECK_ONLY TRE-4 TERM-4
says "what was held" refuse CERTIFICATE_REVOKED TRE-5 TERM-5
claim "all pairs agree again" all_agree

# ---- a snapshot says what the deltas said
for ((i = 1; i <= pairs; i++)); do decide "TRE-$i" "TERM-$i" | jq -c '[.verdict, .reasons]'; done >"$work/by-deltas"
claim "a full snapshot is made" one_full
claim "whoever begins takes that" fetch "$work/fresh"
claim "and no delta before it" is "$(first "$work/fresh")" "$(snapshot).full"
d=$work/fresh
for ((i = 1; i <= pairs; i++)); do decide "TRE-$i" "TERM-$i" | jq -c '[.verdict, .reasons]'; done >"$work/by-snapshot"
claim "both say the same of every pair" cmp "$work/by-deltas" "$work/by-snapshot"
d=$work/kit
claim "who was there goes on by deltas" fetch
claim "from the snapshot that was there" is "$(offline show "$d" --json | jq .snapshot)" 1

# ---- cohorts
hold=$(measure --kind hold --scope-kind model --scope tresor-m2)
claim "a model is held" [ -n "$hold" ]
claim "in one small delta" eval 'updated && [ "$(stat -c %s "$d/$(number).delta")" -lt 4096 ]'
says "its devices are refused" refuse MEASURE_HOLD TRE-1 TERM-1
claim "all pairs agree on that" all_agree
claim "it is lifted" lift_measure "$hold"
lifted() { [ "$(owner "SELECT state FROM measure WHERE number = '$hold'")" = lifted ]; }
claim "by two and the authority" until_true 20 lifted
freeze=$(measure --kind download_freeze --scope-kind site --scope karren-ulm)
claim "a site's downloads are frozen, which a delta brings" updated
says "of its terminals" refuse MEASURE_DOWNLOAD_FREEZE TRE-1 TERM-1
claim "all pairs agree on that, too" all_agree
claim "until it is lifted" lift_measure "$freeze"
lifted() { [ "$(owner "SELECT state FROM measure WHERE number = '$freeze'")" = lifted ]; }
until_true 20 lifted
claim "a supplier is suspended" a officer-1 org suspend karren --reason tested
claim "which a delta brings" updated
says "nothing of it is let in" refuse SUPPLIER_SUSPENDED TRE-1 TERM-1
claim "all pairs agree on the supplier" all_agree
claim "until two let it in again" eval 'a officer-1 org reinstate karren && a decider-1 approve karren && updated'
says "which the next delta brings" indeterminate PRECHECK_ONLY TRE-1 TERM-1

# ---- lots: no certificate says which is its
before=$(snapshot)
freeze=$(measure --kind download_freeze --scope-kind lot --scope "$term_lot")
claim "a lot's downloads are frozen" [ -n "$freeze" ]
claim "a snapshot is made for it" eval 'one_more && until_true 60 beyond snapshot "$before" && until_true 20 there "$(snapshot).full"'
# while a later one is made it says so
claim "no delta leads there, so it is fetched" until_true 20 fetch
claim "and what it replaces is removed" is "$(first "$d")" "$(snapshot).full"
says "of those it cannot tell" indeterminate STATUS_STALE TRE-1 TERM-1
claim "and says why" grep -q 'under a measure' <(decide TRE-1 TERM-1)
claim "and exits with 6" exits 6 decide TRE-1 TERM-1
says "what is revoked is so still" refuse CERTIFICATE_REVOKED TRE-2 TERM-2
claim "it is lifted again" lift_measure "$freeze"
lifted() { [ "$(owner "SELECT state FROM measure WHERE number = '$freeze'")" = lifted ]; }
until_true 20 lifted
before=$(snapshot)
claim "and another snapshot says so" eval 'one_more && until_true 60 beyond snapshot "$before" && until_true 20 there "$(snapshot).full" && fetch'
says "they are fine" indeterminate PRECHECK_ONLY TRE-1 TERM-1
hold=$(measure --kind hold --scope-kind lot --scope "$tre_lot")
claim "a lot is held: a delta lists it" updated
says "each of it is on hold" refuse CERTIFICATE_ON_HOLD TRE-1 TERM-1
claim "it is lifted, too" lift_measure "$hold"
lifted() { [ "$(owner "SELECT state FROM measure WHERE number = '$hold'")" = lifted ]; }
until_true 20 lifted
claim "the next delta lets go of it" updated
says "of each but who was revoked" indeterminate PRECHECK_ONLY TRE-1 TERM-1
says "who is so still" refuse CERTIFICATE_REVOKED TRE-2 TERM-2
claim "and all pairs agree" all_agree

# ---- a snapshot that is asked for everything
claim "again a full snapshot" one_full
claim "is fetched" fetch "$work/fresh"
d=$work/fresh
claim "and all pairs agree by it" all_agree
d=$work/kit
fetch >/dev/null

# ---- who has nothing but openssl
last=$(number)
full=$(snapshot)
get "$last.delta" "$work/last.delta"
get "$full.full" "$work/full"
for f in "$work/last.delta" "$work/full"; do
	claim "openssl verifies it, too" openssl cms -verify -inform DER -in "$f" -CAfile "$root" -purpose any -out "$work/content"
	claim "and reads it" openssl asn1parse -inform DER -in "$work/content" -noout
done
refused_by_openssl() { ! openssl cms -verify -inform DER -in "$1" -CAfile "$root" -purpose any -out "$work/content" 2>/dev/null; }

# ---- how it is served
header() { curl -fsS -D- -o /dev/null "$PUBLIC_URL/kit/$1" | tr -d '\r'; }
claim "a number is immutable" grep -q 'Cache-Control:.*immutable' <(header "$last.delta")
claim "the latest is not" not grep -q immutable <(header latest.delta)
claim "nor the latest snapshot" not grep -q immutable <(header latest.full)
claim "what is not there is not there" is "$(curl -s -o /dev/null -w '%{http_code}' "$PUBLIC_URL/kit/999.delta")" 404
claim "numbers have no gap" is "$(owner "SELECT count(*) = max(number) FROM kit")" t

# ---- until when
until=$(offline show "$d" --json | jq -r .nextUpdate)
at() { date -u -d "$until $1" +%FT%TZ; }
claim "a second before its nextUpdate it holds" offline show "$d" --at "$(at '-1 second')"
refused KIT_STALE "at that second no more" offline show "$d" --at "$until"
refused KIT_STALE "nor is it gone by" offline decide "$d" --tre "$VAR/devices/TRE-2.crt" --terminal "$VAR/devices/TERM-2.crt" --at "$until"
claim "which exits with 1" exits 1 offline show "$d" --at "$until"
refused KIT_NOT_YET "nor before it was made" offline show "$d" --at "$(date -u -d '-1 day' +%FT%TZ)"

# ---- attacks
b=$work/bad
spoil() { rm -rf "$b"; cp -r "${1:-$d}" "$b"; }
deltas=$(ls "$d" | sed -n 's/.delta$//p' | sort -n)
some=$(sed -n 1p <<<"$deltas") other=$(sed -n 2p <<<"$deltas")
claim "there are deltas to spoil" [ -n "$other" ]
flip() { # FILE OFFSET: one bit of that octet
	printf "\\x$(printf %02x $((0x$(od -An -tx1 -j "$2" -N 1 "$1" | tr -d ' ') ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
for f in $(ls "$d" | sed -n 1,3p); do
	size=$(stat -c %s "$d/$f")
	for at in 0 4 100 $((size / 2)) $((size - 80)) $((size - 1)); do
		spoil
		flip "$b/$f" "$at"
		if out=$(offline show "$b" 2>&1); then not_ok "$f with octet $at turned is refused"
		elif grep -Eq '\[KIT_(SIGNATURE|MALFORMED|SIGNER)\]' <<<"$out"; then ok "$f with octet $at turned is refused"
		else not_ok "$f with octet $at turned is refused for that"; echo "#   $out"; fi
	done
done
cp "$work/full" "$work/turned"; flip "$work/turned" $(($(stat -c %s "$work/full") / 4))
claim "as it is by openssl" refused_by_openssl "$work/turned"
spoil; rm "$b/$some.delta"
refused KIT_GAP "a delta that is gone" offline show "$b"
spoil; mv "$b/$some.delta" "$b/x"; mv "$b/$other.delta" "$b/$some.delta"; mv "$b/x" "$b/$other.delta"
refused KIT_CHAIN "deltas in another order" offline show "$b"
spoil; cp "$b/$some.delta" "$b/$other.delta"
refused KIT_CHAIN "a delta twice" offline show "$b"
spoil; truncate -s -1 "$b/$other.delta"
refused KIT_MALFORMED "a delta cut short" offline show "$b"
spoil; printf x >>"$b/$other.delta"
refused KIT_MALFORMED "a delta that goes on" offline show "$b"
spoil; cp "$b/$(ls "$b" | grep full)" "$b/$some.delta"
refused KIT_CHAIN "a snapshot for a delta" offline show "$b"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/x.key" -out "$work/x.crt" -subj /CN=x 2>/dev/null
openssl cms -verify -inform DER -in "$work/last.delta" -CAfile "$root" -purpose any -out "$work/content" 2>/dev/null
spoil; openssl cms -sign -binary -nodetach -nosmimecap -signer "$work/x.crt" -inkey "$work/x.key" -in "$work/content" \
	-econtent_type 2.999.33812.5.1 -outform DER -out "$b/$last.delta" 2>/dev/null
refused KIT_MALFORMED "one that somebody else signed, as openssl does" offline show "$b"
claim "another root" not "$bin/assay" --var "$work/none" offline show "$d" --root "$work/x.crt"
# what is published lies behind what is here
mv "$VAR/public/kit/latest.delta" "$work/latest.delta"
cp "$VAR/public/kit/$((last - 1)).delta" "$VAR/public/kit/latest.delta"
refused KIT_ROLLBACK "an old number for the latest" fetch
cp "$VAR/public/kit/1.full" "$VAR/public/kit/latest.delta"
refused KIT_ROLLBACK "the oldest of all" fetch
cp "$work/latest.delta" "$VAR/public/kit/latest.delta"
claim "what is here has stayed as it was" offline show "$d"

# ---- libassay, as it is installed
claim "it is installed" make -C "$top" -s -o all B="$bin" DESTDIR="$work/installed" PREFIX=/usr install
lib=$work/installed/usr
config() { PKG_CONFIG_SYSROOT_DIR=$work/installed PKG_CONFIG_PATH=$lib/lib/pkgconfig pkg-config "$@" libassay; }
sanitize=()
[ -z "$preload" ] || sanitize=(-fsanitize=address,undefined)
example() { cc -std=c99 -Wall -Wextra -Werror "${sanitize[@]}" -o "$work/$1" "$lib/share/doc/libassay/example.c" "${@:2}"; }
# shellcheck disable=SC2046 # flags are words
claim "the example builds by pkg-config" example shared $(config --cflags --libs)
# shellcheck disable=SC2046
claim "and with the archive, on libcrypto alone" example static $(config --cflags) "$lib/lib/libassay.a" -lcrypto
needs() { readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libcrypto|ld-linux.*|libasan|libubsan|libm)\.so'; }
claim "the shared one needs nothing else either" is "$(needs "$lib/lib/libassay.so.0")" ""
claim "and exports its header's names alone" is "$(nm -D --defined-only "$lib/lib/libassay.so.0" | awk '$2 == "T" { print $3 }' | sed 's/@.*//' | sort)" \
	"$(sed -n 's/.*\(assay_[a-z_]*\)(.*/\1/p' "$lib/include/assay.h" | sort -u)"
claim "its man page has no fault" is "$(groff -man -mdoc -Tutf8 -ww "$lib/share/man/man3/libassay.3" 2>&1 >/dev/null)" ""
judge() { # shared|static TRE TERM [FOLDER]
	local i
	for i in "$2" "$3"; do
		leaf_of "$i" | openssl x509 -outform DER -out "$work/$i.der"
		issuer_of "$i" | openssl x509 -outform DER -out "$work/$i.ca.der"
	done
	LD_LIBRARY_PATH=$lib/lib "$work/$1" "$root" "${4:-$d}" "$work/$3.der" "$work/$3.ca.der" "$work/$2.der" "$work/$2.ca.der"
}
for kind in shared static; do
	claim "by the $kind one nothing speaks against one" exits 0 judge $kind TRE-1 TERM-1
	claim "and by none is it a permit" not grep -qi permit <(judge $kind TRE-1 TERM-1 | grep -v 'never permits')
	claim "by the $kind one the other is revoked" grep -q CERTIFICATE_REVOKED <(judge $kind TRE-2 TERM-2)
	claim "which exits with 1" exits 1 judge $kind TRE-2 TERM-2
	spoil; flip "$b/$other.delta" 1000
	claim "by the $kind one a turned octet is refused" grep -q 'KIT_[SM][IA][GL]' <(judge $kind TRE-1 TERM-1 "$b" 2>&1)
done

# what stays open is loaded again each hour: all of it, or nothing
cat >"$work/again.c" <<'C'
#include <assay.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int is(const char *what, int rc, const char *code) {
	if ((rc == 0) == (code[0] == '\0') && strcmp(assay_error_code(), code) == 0) return 0;
	printf("%s: %d %s %s\n", what, rc, assay_error_code(), assay_error_text());
	exit(1);
}
int main(int argc, char **argv) { /* ROOT GOOD SPOILED OLDER */
	static char root[65536];
	struct assay_kit_about first, now;
	FILE *f = fopen(argv[1], "rb");
	size_t n = fread(root, 1, sizeof(root), f);
	struct assay_kit *kit = assay_kit_new(root, n, NULL);

	(void)argc;
	is("empty", assay_kit_about(kit, &first), "KIT_ABSENT");
	is("older", assay_kit_load(kit, argv[4]), "");
	is("good", assay_kit_load(kit, argv[2]), "");
	is("good again", assay_kit_load(kit, argv[2]), "");
	is("about", assay_kit_about(kit, &first), "");
	is("older", assay_kit_load(kit, argv[4]), "KIT_ROLLBACK");
	if (assay_kit_load(kit, argv[3]) == 0) return 1;
	is("about", assay_kit_about(kit, &now), "");
	assay_kit_free(kit);
	kit = assay_kit_new(root, n, NULL);
	if (assay_kit_load(kit, argv[3]) == 0) return 1;
	is("nothing of a folder with a fault", assay_kit_about(kit, &first), "KIT_ABSENT");
	assay_kit_free(kit);
	return memcmp(&first, &now, sizeof(now)) != 0;
}
C
# shellcheck disable=SC2046
claim "a program that stays open" cc "${sanitize[@]}" -o "$work/again" "$work/again.c" $(config --cflags) "$lib/lib/libassay.a" -lcrypto
spoil; flip "$b/$other.delta" 1000
mkdir "$work/older"
cp "$d"/*.full "$work/older"
claim "loads the folder again, or nothing of it" "$work/again" "$root" "$d" "$b" "$work/older"

# ---- the record
no() { local code=$1 what=$2; if out=$(owner "$3" 2>&1); then not_ok "$what (it was done)"; else ok "$what"; fi; }
no APPEND_ONLY "a number is changed by nobody" "UPDATE kit SET event_id = 0"
no APPEND_ONLY "nor is one deleted" "DELETE FROM kit"
no KIT_CHAIN "none is left out" "SELECT kit_store($((last + 2)), false, now(), now() + interval '1 day', now(), 99999, '{}', 'x')"
no KIT_CHAIN "none published twice" "INSERT INTO publication (path, content) VALUES ('public/kit/1.delta', 'x')"
no KIT_SNAPSHOT "none made of two moments" "SELECT kit_begin()"
claim "the api may make none" not psql -h "$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")" -U assay_api -d assay -qAtX \
	-v ON_ERROR_STOP=1 -c "SELECT assay.kit_full_store(1, 'x')"

# ---- crashes
for i in 1 2 3; do
	interval daily "0 seconds"
	interval hourly "0 seconds"
	sleep "0.$((RANDOM % 9))"
	kill -9 "$(authority)"
	until_true 30 eval '[ -n "$(authority)" ]'
done
interval daily "1 day"
interval hourly "1 hour"
claim "after three crashes there is a number more" one_more
claim "and a snapshot, as there must be" until_true 60 eval \
	'[ "$(snapshot)" -ge "$(owner "SELECT coalesce(max(number) FILTER (WHERE anew), 1) FROM kit")" ]'
claim "numbers still have no gap" is "$(owner "SELECT count(*) = max(number) FROM kit")" t
claim "and the chain goes on" fetch
claim "all pairs agree to the end" all_agree

# ---- who comes each hour, for ever
full=$(snapshot)
interval hourly "0 seconds"
claim "fifty numbers later" until_true 120 beyond number $((full + 50))
interval hourly "1 hour"
until_true 20 there "$(number).delta"
claim "whoever had each of them has as many deltas" eval 'fetch && [ "$(ls "$d" | grep -c delta)" -gt 48 ]'
claim "until a number that is a snapshot, too" eval 'one_full && fetch'
claim "which is taken instead of them" is "$(first "$d")" "$(snapshot).full"
claim "and says the same" all_agree

# ---- a lot that was given up: one row of the log, and more than a delta lists
before=$(number)
owner "WITH i AS (UPDATE issuer SET next_index = next_index + 150000 WHERE id = (SELECT min(id) FROM issuer
		WHERE role = 'tre') RETURNING id, next_index - 150000 AS first),
	r AS (INSERT INTO index_range (issuer_id, first, count) SELECT id, first, 150000 FROM i)
	SELECT status_void(id, first, 150000) FROM i;
	UPDATE index_range SET state = 'void' WHERE count = 150000" >/dev/null
claim "the next number does not list a hundred and fifty thousand that are void" eval \
	'one_more && is "$(owner "SELECT bool_or(anew) FROM kit WHERE number > $before")" t'
claim "and its snapshot says the same of all others" eval 'until_true 60 fetch && all_agree'
finish
