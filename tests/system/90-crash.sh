#!/usr/bin/env bash
# Death at any moment.  Fifty times assay-authority or PostgreSQL is killed
# while lots are on their way; afterwards nothing may be lost, nothing doubled,
# and nothing good that is not in the register.
#   SEED=n ROUNDS=n tests/system/90-crash.sh	says again what went wrong
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
rounds=${ROUNDS:-50}
lots=2 # a round
size=80
seed=${SEED:-$RANDOM}
echo "# seed $seed: SEED=$seed $0 does the same again"
start_instance
claim "suppliers, sites and models get accredited" story_accredited

RANDOM=$seed
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
owner() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1; }
is() { [ "$1" = "$2" ] || { echo "wanted $2, got $1"; return 1; }; }
authority() { pgrep -P "$RUN_PID" -f assay-authority | head -n 1; }
postgres() { head -n 1 "$VAR/postgres/postmaster.pid"; }

# All keys and signatures beforehand, so that the rounds are short.
a reader device new --kind tre --prefix TRE- --count $((rounds * lots * size)) --rows "$work/rows"
split -l "$size" -d -a 4 "$work/rows" "$work/part."
mapfile -t parts < <(ls "$work"/part.*)
for part in "${parts[@]}"; do
	a tresor-pki lot sign --model tresor-m2 --site tresor-dresden --rows "$part" --out "$part.manifest"
done

# Somebody who fetches whatever is to be had, all the time.
mkdir "$work/got"
fetch() {
	local n lot
	for ((n = 0; ; n++)); do
		[ -e "$work/enough" ] && return
		for lot in $(tail -n 4 "$work/lots" 2>/dev/null); do
			a tresor-pki lot certificates "$lot" --json --out "$work/got/$lot.$((n % 2))" 2>/dev/null ||
				rm -f "$work/got/$lot.$((n % 2))"
		done
		sleep 0.05
	done
}
: >"$work/lots"
fetch &
fetcher=$!

# Sent until it is accepted: the same manifest makes the same lot.
send() { # part
	local out
	until out=$(j tresor-pki lot submit --manifest "$1.manifest" 2>"$work/send.err"); do
		[ "$SECONDS" -lt "$give_up" ] || { cat "$work/send.err"; return 1; }
		grep -o '\[[A-Z_]*\]$' "$work/send.err" >>"$work/again"
		sleep 0.1
	done
	jq -r .number <<<"$out" >>"$work/lots"
}
kill_after() { # milliseconds authority|postgres
	sleep "0.$(printf %03d "$1")"
	kill -9 "$($2)" 2>/dev/null && echo "$2" >>"$work/killed"
}
alive() { kill -0 "$(authority)" && kill -0 "$(postgres)" && assay health --quiet; }
: >"$work/killed"
: >"$work/again"
give_up=$((SECONDS + 120))
for ((round = 0; round < rounds && SECONDS < give_up; round++)); do
	until_true 20 alive || break
	victim=authority delay=$((RANDOM % 200))
	[ $((RANDOM % 3)) -eq 0 ] && victim=postgres
	kill_after "$delay" "$victim" &
	killer=$!
	for ((i = 0; i < lots; i++)); do
		send "${parts[round * lots + i]}" || break 2
	done
	wait "$killer"
done
echo "# $SECONDS s until the last round is over"
claim "in $rounds rounds every lot was accepted" is "$round" "$rounds"
claim "somebody was killed in most of them" test "$(wc -l <"$work/killed")" -gt $((rounds / 2))
echo "# killed: $(sort "$work/killed" | uniq -c | tr -s ' \n' ' ')"
echo "# sent again after: $(sort "$work/again" | uniq -c | tr -s ' \n' ' ')"

waiting() { owner <<<"SELECT count(*) FROM assay.lot WHERE state NOT IN ('issued', 'rejected')"; }
none_waits() { is "$(waiting)" 0; }
claim "every lot comes to its end" until_true 60 none_waits
touch "$work/enough"
wait "$fetcher"
for lot in $(sort -u "$work/lots"); do
	a tresor-pki lot certificates "$lot" --json --out "$work/got/$lot.end"
done

n=$((rounds * lots * size))
claim "every lot is issued" is "$(owner <<<"SELECT count(*), count(*) FILTER (WHERE state = 'issued') FROM assay.lot")" \
	"$((rounds * lots))|$((rounds * lots))"
claim "every device has its certificate" \
	is "$(owner <<<"SELECT sum(issued), sum(refused) FROM assay.lot")" "$n|0"
claim "no serial, no key and no device twice" is "$(owner <<<"SELECT count(*), count(DISTINCT serial),
	count(DISTINCT spki_sha256), count(DISTINCT device_id) FROM assay.certificate WHERE profile = 'tre'")" "$n|$n|$n|$n"
claim "the quota counts what was issued" is "$(owner <<<"SELECT sum(used) FROM assay.coc")" "$n"

# What somebody got, ever, against the register.
cat "$work"/got/* | jq -r .certificate | sort -u >"$work/seen"
owner <<<"SELECT translate(encode(der, 'base64'), E'\n', '') FROM assay.certificate WHERE profile = 'tre'" |
	sort -u >"$work/registered"
claim "somebody got certificates: $(wc -l <"$work/seen")" test "$(wc -l <"$work/seen")" -eq "$n"
claim "every certificate that somebody got is in the register" is "$(comm -23 "$work/seen" "$work/registered" | wc -l)" 0

# Every index is accounted for: issued once, or void and never good.
claim "no index range hangs in the air" is "$(owner <<<"SELECT count(*) FROM assay.index_range WHERE state = 'reserved'")" 0
claim "every index that was reserved is in one range" is "$(owner <<<"SELECT bool_and(s.n = i.next_index)
	FROM assay.issuer i JOIN (SELECT issuer_id, sum(count) AS n FROM assay.index_range GROUP BY 1) s
	ON s.issuer_id = i.id")" t
claim "issued ranges are full, void ones empty" is "$(owner <<<"SELECT count(*) FROM (
	SELECT r.id FROM assay.index_range r LEFT JOIN assay.certificate c ON c.issuer_id = r.issuer_id
	AND c.index >= r.first AND c.index < r.first + r.count GROUP BY r.id, r.state, r.count
	HAVING count(c.index) <> CASE r.state WHEN 'issued' THEN r.count ELSE 0 END) x")" 0
owner <<<"SELECT issuer_id, first + g FROM assay.index_range, generate_series(0, count - 1) g
	WHERE state = 'void' ORDER BY 1, 2" | tr '|' ' ' >"$work/void"
echo "# void indexes: $(wc -l <"$work/void")"
head_event() { owner <<<"SELECT last FROM assay.status_head"; }
follower() { "$bin/assay-follower" -c "$VAR/assay.cnf" "$@"; }
caught_up() { follower status | grep -qw "$(head_event)"; }
claim "the follower has caught up" until_true 20 caught_up
never_good() {
	local issuer index bad=0
	while read -r issuer index; do
		follower show "$issuer" "$index" | grep -qi good && { echo "issuer $issuer index $index is good"; bad=1; }
	done <"$work/void"
	return $bad
}
claim "no void index is good in the status index" never_good

# The serial that a void index would have had, made here from the key anew.
hex() { od -An -v -tx1 | tr -d ' \n'; }
serial_of() { # issuer index
	local block
	block=$(printf '%08x%012x000000000000' "$1" "$2")
	printf '01'
	printf "$(sed 's/../\\x&/g' <<<"$block")" |
		openssl enc -aes-256-ecb -nopad -K "$(hex <"$VAR/authority/serial.key")" | hex
}
owner <<<"SELECT encode(cert_der, 'base64') FROM assay.issuer WHERE role = 'tre'" |
	base64 -d | openssl x509 -inform DER -out "$work/issuer.pem"
ocsp() { # serial
	openssl ocsp -issuer "$work/issuer.pem" -serial "0x$1" -url "$PUBLIC_URL/ocsp" \
		-CAfile "$VAR/credentials/root.crt" -no_nonce 2>&1
}
read -r issuer index serial < <(owner <<<"SELECT issuer_id, index, encode(serial, 'hex') FROM assay.certificate
	WHERE profile = 'tre' ORDER BY index DESC LIMIT 1" | tr '|' ' ')
claim "the serial of an index is as designed" is "$(serial_of "$issuer" "$index")" "$serial"
claim "OCSP says good of one that was issued" grep -q ': good' <<<"$(ocsp "$serial")"
ocsp_never_good() {
	local out i
	while read -r i index; do
		[ "$i" = "$issuer" ] || continue
		out=$(ocsp "$(serial_of "$issuer" "$index")")
		grep -qE ': (revoked|unknown)|unauthorized' <<<"$out" && ! grep -q ': good' <<<"$out" || { echo "$out"; return 1; }
	done < <(shuf -n 25 --random-source=<(yes "$seed") "$work/void")
}
claim "OCSP says good of no void one" ocsp_never_good
finish
