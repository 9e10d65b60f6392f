# Clients that mean harm: bodies of 100 MB, by Content-Length and without one, again
# and again.  After lib.sh, with an instance running.  They run when nobody else does,
# in sessions of their own, which the kernel has go last: what is measured beside them
# is what they do to us, not what they take of the processors.

# hostile_begin: the body, and where it goes
hostile_begin() {
	truncate -s 100M "$work/body"
	public=http://127.0.0.1:$PUBLIC_PORT
	attackers= attacking=
}
# of WHOM: curl's options to come as somebody
of() { echo --cacert "$VAR/credentials/root.crt" --cert "$VAR/credentials/$1.crt" --key "$VAR/credentials/$1.key"; }
# body SECONDS [curl options]: what 100 MB came to, or 000
body() { curl -ksS -m "$1" -o /dev/null -w '%{http_code}\n' -H 'Expect:' -X POST -T "$work/body" "${@:2}" 2>/dev/null; }
# aside COMMAND...: in a session of its own, when nobody else has anything to do
aside() {
	(
		trap - EXIT
		exec setsid bash -c 'echo 19 >"/proc/$$/autogroup"; chrt -i -p 0 $$; exec "$@"' - "$@" 2>/dev/null
	)
}
# attack TARGET...: "WHOM URL", WHOM - for nobody; by lines of 16 Mbit/s, two each,
# until peace
attack() {
	printf '%s\n' "$@" >"$work/targets"
	{ echo "VAR=$VAR work=$work"; declare -f of body; cat <<-'SH'; } >"$work/attack.sh"
		again() { # WHOM URL [curl options]
			while :; do
				body 20 --limit-rate 2M "${@:3}" $([ "$1" = - ] || of "$1") \
					-H 'Content-Type: application/ocsp-request' "$2" >>"$work/attacks"
				sleep 0.4
			done
		}
		echo $$ >"$work/attackers"
		while read -r whom url; do
			again "$whom" "$url" &
			again "$whom" "$url" -H 'Transfer-Encoding: chunked' &
		done <"$work/targets"
		wait
	SH
	rm -f "$work/attackers"
	aside bash "$work/attack.sh" &
	attacking=$!
	until [ -s "$work/attackers" ]; do sleep 0.01; done
	attackers=$(cat "$work/attackers")
}
peace() {
	kill -- "-$attackers" 2>/dev/null
	wait "$attacking" 2>/dev/null
}
# Whatever takes a body: of anybody, and of who has a certificate.
hostile_targets() { # WHOM
	printf '%s\n' "- $public/ocsp" "- $public/crl/root.crl" "- $URL/.well-known/est/simpleenroll" "- $URL/v1/lots" \
		"$1 $URL/v1/organisations" "$1 $URL/v1/lots" "$1 $URL/v1/evidence/$(printf 0%.0s {1..64})" "$1 $URL/v1/decisions/batch"
}
