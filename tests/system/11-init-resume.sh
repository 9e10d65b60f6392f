#!/usr/bin/env bash
# `assay init`, killed at one moment after another and begun again: in the end
# one instance, made once.
. "$(dirname "$0")/lib.sh"

VAR=$work/var PORT=$(free_port) PUBLIC_PORT=$(free_port)
start_and_kill() { # SECONDS
	"$bin/assay" init --var "$VAR" --root online --port "$PORT" --public-port "$PUBLIC_PORT" >>"$work/init.out" 2>&1 &
	local pid=$!
	sleep "$1"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}
for s in 0.05 0.2 0.35 0.5 0.65 0.8 0.9 1.0 1.1 1.2; do start_and_kill "$s"; done
# What a killed initdb had started goes on writing for a moment.
busy=$work/busy
mkdir -p "$busy/postgres.new"
writes() {
	local i end=$((SECONDS + 3))
	cd "$busy/postgres.new" && while [ $SECONDS -lt $end ]; do for i in {1..50}; do : >"$i"; done; done
}
(writes) 2>/dev/null &
writing=$!
claim "whoever still writes does not stop it" "$bin/assay" init --var "$busy" --root online --port "$PORT" --public-port "$PUBLIC_PORT"
wait $writing
claim "it ends well at last" "$bin/assay" init --var "$VAR"
claim "and doing it once more changes nothing" test "$(sha256sum <"$VAR/credentials/root.crt")" = \
	"$("$bin/assay" init --var "$VAR" >/dev/null && sha256sum <"$VAR/credentials/root.crt")"
claim "what was only for the making is gone" test ! -e "$VAR/init"
claim "keys are nobody else's" test -z "$(find "$VAR" -name '*.key' -perm /077)"
claim "nor is any other file" test -z "$(find "$VAR" -type f -perm /022)"
claim "a root that is online takes nothing of a ceremony" exits 5 "$bin/assay" init --var "$VAR" --ceremony "$work"
start_instance
for who in officer-1 officer-2 decider-1 decider-2 security-1 security-2 reader; do
	claim "$who's credential works" test "$(assay whoami --as "$who" --json | jq -r .principal)" = "$who"
done
claim "the server's certificate names its hosts" \
	openssl verify -CAfile "$VAR/credentials/root.crt" -untrusted "$VAR/nginx/tls.crt" \
	-purpose sslserver -verify_ip 127.0.0.1 "$VAR/nginx/tls.crt"
stop_instance
PORT=$(free_port)
start_instance
claim "a port is changed by saying so, and the command line finds it" assay whoami --as reader
stop_instance
for wrong in --port=x --listen=foo --port=70000; do
	claim "$wrong is refused" exits 7 "$bin/assay" run --var "$VAR" "${wrong%=*}" "${wrong#*=}"
done
claim "and nothing of it is remembered" grep -qx "port = $PORT" "$VAR/assay.cnf"
claim "not the address either" grep -qx "listen = 127.0.0.1" "$VAR/assay.cnf"
sed -i 's/^port = .*/port = 70000/' "$VAR/assay.cnf"
claim "a wrong setting is told" exits 7 "$bin/assay" run --var "$VAR"
claim "with its name and what it must be" grep -q 'port must be a number from 1 to 65535' "$work/stderr"
finish
