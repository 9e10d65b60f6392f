# What must be true after whatever happened: every device has its certificate
# once, and every index, serial, key, void range and OCSP answer is accounted
# for.  After lib.sh and story.sh, with an instance running and $work/got full
# of results that somebody was given (one JSON a line, with "certificate").
#	account N	N TrEs' certificates were asked for, no more

run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
owner() { psql -h "$run" -U "$(id -un)" -d assay -qAtX -v ON_ERROR_STOP=1; }
postgres() { head -n 1 "$VAR/postgres/postmaster.pid"; }
# Killed, and not started again on what it has left in memory: that is let go of here.
postgres_dies() { # [PID... that die with it]
	local pid p shared
	pid=$(postgres)
	shared=$(for p in "$pid" $(pgrep -P "$pid"); do grep -o "/dev/shm/PostgreSQL[^ ]*" "/proc/$p/maps"; done | sort -u)
	ipcrm -m "$(awk 'NR == 7 { print $2 }' "$VAR/postgres/postmaster.pid")"
	kill -9 "$@" "$pid"
	rm -f $shared
}

follower() { "$bin/assay-follower" -c "$VAR/assay.cnf" "$@"; }
head_event() { owner <<<"SELECT last FROM assay.status_head"; }
caught_up() { follower status | grep -qw "$(head_event)"; }

account() { # devices
	account_certificates "$1"
	account_indexes
	account_status
}

# What is not, and what is not among what somebody got.
all_registered() {
	comm -3 "$work/seen" "$work/registered" >"$work/differ"
	[ "$(comm -23 "$work/seen" "$work/registered" | wc -l)" = 0 ] && return
	sed 's/^\t/in the register alone: /' "$work/differ"
	return 1
}
account_certificates() {
	claim "no serial, no key and no device twice" is "$(owner <<<"SELECT count(*), count(DISTINCT serial),
		count(DISTINCT assay.certificate_key(c)), count(DISTINCT device_id) FROM assay.certificate c WHERE profile = 'tre'")" \
		"$1|$1|$1|$1"
	claim "the quota counts what was issued" is "$(owner <<<"SELECT sum(used) FROM assay.coc c
		JOIN assay.model m ON m.id = c.model_id AND m.kind = 'tre'")" "$1"
	claim "lots count what was issued" is "$(owner <<<"SELECT sum(issued), sum(refused) FROM assay.lot l
		JOIN assay.model m ON m.id = l.model_id AND m.kind = 'tre'")" "$1|0"

	# What somebody got, ever, against the register.
	cat "$work"/got/* | jq -r .certificate | sort -u >"$work/seen"
	owner <<<"SELECT translate(encode(assay.certificate_der(c), 'base64'), E'\n', '') FROM assay.certificate c WHERE profile = 'tre'" |
		sort -u >"$work/registered"
	claim "somebody got every certificate: $1" is "$(wc -l <"$work/seen")" "$1"
	claim "every certificate that somebody got is in the register" all_registered
}

# Issued once, or void and never good.  Of a lot that is open some are reserved ahead,
# the next ones that it will have.
account_indexes() {
	claim "no index range hangs in the air" \
		is "$(owner <<<"SELECT count(*) FROM assay.index_range r LEFT JOIN assay.lot l ON l.id = r.lot_id
		WHERE r.state = 'reserved' AND l.state IS DISTINCT FROM 'open'")" 0
	claim "and of an open lot one at most is ahead" is "$(owner <<<"SELECT coalesce(max(n), 0) < 2 FROM (SELECT count(*) AS n
		FROM assay.index_range WHERE state = 'reserved' GROUP BY lot_id) x")" t
	claim "every index that was reserved is in one range" is "$(owner <<<"SELECT bool_and(s.n = i.next_index)
		FROM assay.issuer i JOIN (SELECT issuer_id, sum(count) AS n FROM assay.index_range GROUP BY 1) s
		ON s.issuer_id = i.id")" t
	claim "issued ranges are full, void ones empty" is "$(owner <<<"SELECT count(*) FROM (
		SELECT r.id FROM assay.index_range r LEFT JOIN assay.certificate c ON c.issuer_id = r.issuer_id
		AND c.index >= r.first AND c.index < r.first + r.count GROUP BY r.id, r.state, r.count
		HAVING count(c.index) <> CASE r.state WHEN 'issued' THEN r.count ELSE 0 END) x")" 0
}

account_status() {
	local issuer index serial
	owner <<<"SELECT issuer_id, first + g FROM assay.index_range, generate_series(0, count - 1) g
		WHERE state = 'void' ORDER BY 1, 2" | tr '|' ' ' >"$work/void"
	echo "# void indexes: $(wc -l <"$work/void")"
	claim "the follower has caught up" until_true 20 caught_up
	claim "no void index is good in the status index" never_good
	owner <<<"SELECT encode(cert_der, 'base64') FROM assay.issuer WHERE role = 'tre'" |
		base64 -d | openssl x509 -inform DER -out "$work/issuer.pem"
	read -r issuer index serial < <(owner <<<"SELECT issuer_id, index, encode(serial, 'hex') FROM assay.certificate
		WHERE profile = 'tre' ORDER BY index DESC LIMIT 1" | tr '|' ' ')
	claim "the serial of an index is as designed" is "$(serial_at "$issuer" "$index")" "$serial"
	claim "OCSP says good of one that was issued" grep -q ': good' <<<"$(ocsp_of "$serial")"
	claim "OCSP says good of no void one" ocsp_never_good "$issuer"
}

# A sample, where there are very many.
sample() { shuf -n "$1" --random-source=<(yes "$seed") "$work/void"; }

never_good() {
	local issuer index bad=0
	while read -r issuer index; do
		follower show "$issuer" "$index" | grep -qi good && { echo "issuer $issuer index $index is good"; bad=1; }
	done < <(sample 400)
	return $bad
}

# The serial that an index has, made here from the key anew.
hex() { od -An -v -tx1 | tr -d ' \n'; }
serial_at() { # issuer index
	local block
	block=$(printf '%08x%012x000000000000' "$1" "$2")
	printf '01'
	printf "$(sed 's/../\\x&/g' <<<"$block")" |
		openssl enc -aes-256-ecb -nopad -K "$(hex <"$VAR/authority/serial.key")" | hex
}
ocsp_of() { # serial
	openssl ocsp -issuer "$work/issuer.pem" -serial "0x$1" -url "$PUBLIC_URL/ocsp" \
		-CAfile "$VAR/credentials/root.crt" -no_nonce 2>&1
}
ocsp_never_good() { # issuer
	local out i index
	while read -r i index; do
		[ "$i" = "$1" ] || continue
		out=$(ocsp_of "$(serial_at "$i" "$index")")
		grep -qE ': (revoked|unknown)|unauthorized' <<<"$out" && ! grep -q ': good' <<<"$out" ||
			{ echo "$out"; return 1; }
	done < <(sample 25)
}
