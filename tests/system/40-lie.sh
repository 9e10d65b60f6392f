#!/usr/bin/env bash
# A follower that was taken over: it cuts the index short under those who read it,
# puts yesterday's in its place, pipes and links, and at last lets it say, with
# sums that fit, that something revoked is good.  OCSP survives all of it and says
# nothing is good that was not; but what the index says it must believe: that is
# found out by whoever compares it with the register.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
start_accredited
. "$top/tests/lib/account.sh"
. "$top/tests/lib/mass.sh"
claim "a model of keys is accredited" story_keys
lot=$(mass_lot 1500 LIE-)
claim "a lot of 1,500 is issued" [ -n "$lot" ]
status=$VAR/status

# ---- some of them

# serial INDEX-IN-LOT
mapfile -t serials < <(owner <<<"SELECT encode(serial, 'hex') FROM assay.certificate
	WHERE lot_id = (SELECT id FROM assay.lot WHERE number = '$lot') ORDER BY index")
IFS='|' read -r issuer first < <(owner <<<"SELECT issuer_id, min(index) FROM assay.certificate
	WHERE lot_id = (SELECT id FROM assay.lot WHERE number = '$lot') GROUP BY 1")
openssl x509 -inform DER -in "$VAR/public/ca/$issuer.cer" -out "$work/ca.pem"
request() { # N: of that serial, into a file
	openssl ocsp -issuer "$work/ca.pem" -serial "0x${serials[$1]}" -no_nonce -reqout "$work/$1.req" >/dev/null 2>&1
}
# said N: good, revoked, unknown, or what kind of answer else
said() {
	curl -sS --max-time 10 -o "$work/said" -H 'Content-Type: application/ocsp-request' --data-binary "@$work/$1.req" "$PUBLIC_URL/ocsp"
	openssl ocsp -respin "$work/said" -noverify -resp_text 2>&1 |
		sed -n 's/.*Cert Status: //p; s/.*OCSP Response Status: \([a-z]*\) .*/\1/p' | sed '/successful/d' | head -n 1
}
says() { [ "$(said "$1")" = "$2" ] || { said "$1"; return 1; }; }
workers() { for f in "$VAR"/status/kore-*.pid; do pgrep -P "$(cat "$f")"; done | sort | xargs; }
rebuilt() { [ "$(grep -c "ALARM.*status index is rebuilt" "$VAR/log/follower.log")" -gt "$1" ]; }
alarms() { grep -c "ALARM.*status index is rebuilt" "$VAR/log/follower.log"; }

victim=700 honest=3 late=5
for n in $victim $honest $late; do request $n; done
claim "it is good" until_true 10 says $victim good
claim "one is revoked" a security-1 cert revoke "${serials[$victim]}" --reason keyCompromise
claim "which OCSP says" until_true 5 says $victim revoked
for n in {10..40}; do a security-1 cert revoke "${serials[n]}" --reason superseded >/dev/null || not_ok "so is $n"; done
claim "so are thirty others since" until_true 10 caught_up

# ---- what OCSP survives

running=$(workers)
claim "OCSP's workers are there" [ -n "$running" ]
# survives "what": until all is right again, nothing is good of what is revoked;
# and the writer has found it.
survives() {
	local before=$1 end=$((SECONDS + 90)) got lies=0
	while [ $SECONDS -lt $end ]; do
		got=$(said $victim)
		[ "$got" != good ] || lies=$((lies + 1))
		rebuilt "$before" && [ "$got" = revoked ] && [ "$(said $honest)" = good ] && break
	done
	[ $lies = 0 ] || { echo "good: $lies times"; return 1; }
	[ $SECONDS -lt $end ] || { echo "in the end: $got, $(said $honest)"; tail -n 3 "$VAR/log/follower.log"; return 1; }
	is "$(workers)" "$running"
}
cut() { truncate -s "$2" "$status/$1"; }
for file in head $issuer.state $issuer.leaves $issuer.ranges; do
	said $victim >/dev/null # who has it mapped, reads it
	n=$(alarms) || true
	cut $file 0
	claim "OCSP survives that $file is cut short" survives "${n:-0}"
done
for lay in "mkfifo" "ln -s /dev/zero" "ln -s $VAR/assay.cnf" "mkdir"; do
	n=$(alarms) || true
	rm "$status/$issuer.state" && $lay "$status/$issuer.state"
	case $lay in mkdir) until_true 10 eval 'grep -q "could not open .*$issuer.state" "$VAR/log/follower.log"'; rmdir "$status/$issuer.state" ;; esac
	claim "and ${lay%% *} in the place of one" survives "${n:-0}"
done
mkdir "$work/yesterday"
cp "$status/head" "$status/$issuer".* "$work/yesterday/"
claim "another one is revoked" a security-1 cert revoke "${serials[$late]}" --reason superseded
claim "which OCSP says" until_true 5 says $late revoked
n=$(alarms) || true
for f in "$work"/yesterday/*; do cp "$f" "$status/new" && mv "$status/new" "$status/${f##*/}"; done
lies=0 end=$((SECONDS + 4))
while [ $SECONDS -lt $end ]; do [ "$(said $late)" != good ] || lies=$((lies + 1)); done
claim "yesterday's index is not believed" is $lies 0
claim "and is found" survives "${n:-0}"
claim "of today's, all is said" until_true 10 says $late revoked
for f in "$work"/yesterday/*; do cat "$f" >"$status/${f##*/}"; done
lies=0 end=$((SECONDS + 4))
while [ $SECONDS -lt $end ]; do [ "$(said $late)" != good ] || lies=$((lies + 1)); done
claim "nor one that is written over today's" is $lies 0
claim "and then, too, it is said" until_true 20 says $late revoked
claim "no worker has ended by all that" is "$(workers)" "$running"

# ---- what it cannot know

metric() { awk -v n="assay_status_$1" '$1 == n { print $2 }' "$VAR/log/status.prom"; }
# An octet, with the sum that goes with it (ca/revoke/status_octets.c).
cat >"$work/put.pl" <<'P'
my ($folder, $issuer, $index, $octet) = @ARGV;
my $M = 0xffffffff;
sub at { my ($f, $where, $n) = @_; seek $f, $where, 0; read $f, my $x, $n; $x }
open(my $state, '+<', "$folder/$issuer.state") or die $!;
open(my $leaves, '+<', "$folder/$issuer.leaves") or die $!;
my $x = ($index % 512 / 4 | 0) + 1;
$x = ($x * 0x9e3779b1) & $M;
$x = (($x ^ $x >> 15) * 0x85ebca6b) & $M;
my $factor = ($x ^ $x >> 13) | 1;
my $word = $index & ~3;
my $before = unpack 'V', at($state, $word, 4);
seek $state, $index, 0; print $state chr $octet; $state->flush;
my $after = unpack 'V', at($state, $word, 4);
my $where = int($index / 4096) * 32 + int($index % 4096 / 512) * 4;
my $sum = unpack 'V', at($leaves, $where, 4);
my $by = ($after - $before) & $M; # of 32 bits each: their product fits
seek $leaves, $where, 0; print $leaves pack('V', ($sum + (($by * $factor) & $M)) & $M); $leaves->flush;
P
put() { perl -MIO::Handle -e 'use integer; 1' && perl -MIO::Handle "$work/put.pl" "$status" "$issuer" $((first + victim)) "$1"; }
octet=$(od -An -tu1 -j $((first + victim)) -N1 "$status/$issuer.state" | tr -d ' ')
claim "nothing differs so far" until_true 90 eval '[ "$(metric "differ{delay=\"beyond\"}")" = 0 ]'
lied=$SECONDS
claim "the index says with sums that fit that it is good" put 225
claim "OCSP believes it" until_true 5 says $victim good
noticed() { grep -q "ALARM.*${serials[$victim]}.*register says revoked keyCompromise.*$1 says good" "$VAR/log/check.log"; }
claim "which is noticed, in the index or by OCSP" within 45 noticed "\\(index\\|ocsp\\)"
echo "# after $((SECONDS - lied)) s"
claim "and a metric says so" until_true 75 eval '[ "$(metric "differ{delay=\"beyond\"}")" -gt 0 ]'
claim "for as long as it is so" eval 'sleep 12 && [ "$(metric "differ{delay=\"beyond\"}")" -gt 0 ]'
claim "it is put right" eval 'put "$octet" && until_true 5 says $victim revoked'
claim "and so is the metric" until_true 75 eval '[ "$(metric "differ{delay=\"beyond\"}")" = 0 ]'
finish
