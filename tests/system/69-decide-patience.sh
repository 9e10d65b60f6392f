#!/usr/bin/env bash
# assay decide --batch before a server that asks to be left alone for a while: it
# waits as long as it was told, in seconds or until a date, goes on, and each
# device is decided once; what its devices signed is never too old.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

start_accredited
claim "two lots are issued" story_lots 3
run=$(awk -F' *= *' '$1 ~ /^run/ { print $2 }' "$VAR/assay.cnf")
sql() { psql -h "$run" -d assay -qAtX -c "SET search_path = assay; $1"; }
d=$work/d conf=$VAR/nginx/nginx.conf
mkdir "$d"
printf 'tre,terminal\nTRE-1,TERM-1\nTRE-2,TERM-2\nTRE-3,TERM-3\n' >"$d/in.csv"
cp "$conf" "$d/conf"
# away STATUS RETRY-AFTER: nginx answers so to batches, for as long as there is $d/away
away() {
	sed "s|^\t*location = /v1/decisions/batch {|\t\tlocation @fault {\n\t\t\tdefault_type application/problem+json;\n\t\t\tadd_header Retry-After \"$2\" always;\n\t\t\treturn $1 '{\"type\":\"https://x/BUSY\",\"detail\":\"away for a while\"}';\n\t\t}\n&\n\t\t\terror_page $1 = @fault;\n\t\t\tif (-f $d/away) {\n\t\t\t\treturn $1;\n\t\t\t}|" \
		"$d/conf" >"$conf"
	nginx_reload
	touch "$d/away"
}
# patient [OPTION...]: the table is asked; took: how many seconds that was
patient() {
	local began rc=0
	began=$(now_ms)
	assay --as mobilfunk-hlr decide --batch "$d/in.csv" --out "$d/out.csv" "$@" 2>"$d/err" || rc=$?
	took=$((($(now_ms) - began) / 1000))
	return $rc
}
verdicts() { tail -n +2 "$d/out.csv" | cut -d, -f3 | xargs; }
decided() { sql "SELECT count(*) FROM decision"; }
# tries STATUS: what nginx answered by itself has no address in its log
tries() { grep -c "\"POST -\" $1 " "$VAR/log/access.log"; }
once() { # "sentence"
	claim "$1 and each is permitted" is "$(verdicts)" "permit permit permit"
	claim "  once" is "$(decided)" "$((before + 3))"
}

# ---- 503, for so many seconds
before=$(decided)
away 503 5
(sleep 3; rm "$d/away") &
if patient; then ok "it goes on where a server was away"; else not_ok "it goes on"; cat "$d/err"; fi
once "it waits,"
claim "  as long as it was asked to ($took s)" test "$took" -ge 5
claim "  and asks no sooner" is "$(tries 503)" 1
claim "  saying why" grep -q 'away for a while: going on in 5 s' "$d/err"

# ---- until a date (RFC 9110, section 10.2.3)
before=$(decided)
until=$(($(date +%s) + 8))
away 503 "$(LC_ALL=C date -u -d "@$until" '+%a, %d %b %Y %T GMT')"
(sleep 3; rm "$d/away") &
if patient; then ok "a date is understood"; else not_ok "a date is understood"; cat "$d/err"; fi
once "it waits for it,"
claim "  until then" test "$(date +%s)" -ge "$until"
claim "  and asks no sooner" is "$(tries 503)" 2

# ---- 429, from a real limit: our people ask too often
before=$(decided)
sed 's/zone=principal burst=5000 nodelay/zone=principal/; s/zone=principal:8m rate=500r.s/zone=principal:8m rate=6r\/m/' "$d/conf" >"$conf"
nginx_reload
refused TOO_OFTEN "its credential has asked too often already" eval 'for i in 1 2 3; do a mobilfunk-hlr whoami || break; done; false'
if patient; then ok "who asks too often waits"; else not_ok "who asks too often waits"; cat "$d/err"; fi
once "then"
claim "  after it was refused" grep -q '" 429 ' "$VAR/log/access.log"
claim "  which took until the limit let it ($took s)" test "$took" -ge 5

# ---- too long to wait, and no word of when
before=$(decided)
away 429 3600
asked=$(now_ms)
claim "an hour is not waited for" exits 6 patient
took=$((($(now_ms) - asked) / 1000))
claim "  and it says how long that would be" grep -q 'to be left alone for 3600 s' "$d/err"
claim "  at once ($took s)" test "$took" -le 20
claim "  nothing is decided" is "$(decided)" "$before"
away 503 soon
(sleep 3; rm "$d/away") &
if patient; then ok "what is no time is no reason to stop"; else not_ok "what is no time"; cat "$d/err"; fi
once "it tries each second,"

# ---- longer than what devices sign is fresh
before=$(decided)
away 503 95
(sleep 94; rm "$d/away") &
if patient --quiet; then ok "after a long time its devices sign anew"; else not_ok "its devices sign anew"; cat "$d/err"; fi
once "after $took s,"
claim "  it says no word" is "$(cat "$d/err")" ""
claim "  in a batch of that time" is "$(sql "SELECT count(*) FROM decision_batch WHERE received > assay_now() - interval '60 s'")" 1
finish
