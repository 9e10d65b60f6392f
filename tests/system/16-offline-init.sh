#!/usr/bin/env bash
# `assay init` with an offline root, killed at one moment after another, before
# its ceremony and after it: in the end one instance, under the one root.
. "$(dirname "$0")/lib.sh"
umask 077

VAR=$work/var PORT=$(free_port) PUBLIC_PORT=$(free_port)
cd "$work" || exit 1
for who in anna bert; do
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $who.key 2>/dev/null
	openssl pkey -in $who.key -pubout -out $who.pem
done
start_and_kill() { # SECONDS [OPTION...]
	local s=$1 pid
	shift
	"$bin/assay" init --var "$VAR" --port "$PORT" --public-port "$PUBLIC_PORT" "$@" >>init.out 2>&1 &
	pid=$!
	sleep "$s"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}
init() { timeout 120 "$bin/assay" init --var "$VAR" "$@"; }
for s in 0.05 0.3 0.6 0.8 0.9 1.0 1.1; do start_and_kill "$s"; done
claim "the first half ends well at last" until_true 60 init
cp "$VAR/requests.json" .
claim "it asks for three certificates and a CRL" test "$(jq '(.certificates | length) + (.crl | length > 0 | if . then 1 else 0 end)' requests.json)" = 4

cat >first.yaml <<EOF
title: first
date: $(date -u +%FT%TZ)
requests: {file: requests.json, sha256: $(sha256sum <requests.json | cut -c-64)}
root: {new: true, algorithm: P-384, key: {file: root.key}}
certify: [{name: root}, {name: access}, {name: root-ocsp}]
crl: {number: $(jq .crl.number requests.json), previous: none}
custodians:
  - {name: anna, key: anna.pem}
  - {name: bert, key: bert.pem}
needed: 2
results: first
EOF
"$bin/assay" ca ceremony key first.yaml --quiet
for who in anna bert; do
	"$bin/assay" ca ceremony confirm first.yaml --key $who.key --out $who.jws --quiet
done
claim "the ceremony" "$bin/assay" ca ceremony first.yaml --confirmation anna.jws --confirmation bert.jws

root=$(sha256sum <first/root.cer | cut -c-64)
for s in 0.05 0.3 0.5 0.6 0.7 0.8 0.9 1.0; do start_and_kill "$s" --ceremony first --root-sha256 "$root"; done
claim "the second half ends well at last" until_true 60 init --ceremony first --root-sha256 "$root"
claim "the root is the ceremony's" cmp <(openssl x509 -in "$VAR/credentials/root.crt" -outform DER) first/root.cer
claim "what was only for the making is gone" test ! -e "$VAR/init"
claim "no root.key is there" test ! -e "$VAR/authority/root.key"
start_instance
for who in officer-1 officer-2 decider-1 decider-2 security-1 security-2 reader; do
	claim "$who's credential works" test "$(assay whoami --as "$who" --json | jq -r .principal)" = "$who"
done
claim "nothing is asked of the root any more" test \
	"$(assay ca requests --json --as officer-1 | jq '[.requests[] | select(.state == "pending")] | length')" = 0
stop_instance
finish
