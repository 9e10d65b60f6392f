#!/usr/bin/env bash
# What becomes of what an operator was permitted is told: custody, consents,
# disputes, and the standing of its devices, by webhook to a receiver that fails
# at first, and by `assay watch`; each in order, signed, to whom it concerns.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"
. "$top/tests/lib/webhook.sh"

is() { [ "$1" = "$2" ] || { diff <(echo "$2") <(echo "$1"); return 1; }; }
VAR=$work/var PORT=$(free_port) PUBLIC_PORT=$(free_port)
"$bin/assay" init --var "$VAR" --root online --port "$PORT" --public-port "$PUBLIC_PORT" >/dev/null
sed -i "s/^webhook_private = no/webhook_private = yes/" "$VAR/assay.cnf"
start_accredited
claim "another operator" eval 'story_organisation fernfunk "Fernfunk" operator && story_principal fernfunk-hlr fernfunk operator'
claim "two lots are issued" story_lots 8

# Each notice is refused when it comes first, and taken when it comes again.
cat >"$work/answer" <<'SH'
#!/bin/sh
id=$(sed -n 's/^webhook-id: \(.*\)\r$/\1/p' "$1")
status=200
mkdir "$(dirname "$1")/$id" 2>/dev/null && status=500
printf 'HTTP/1.1 %s So\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' $status
SH
chmod +x "$work/answer"
declare -A by=([operator]=mobilfunk-hlr [other]=fernfunk-hlr [the_body]=officer-1) secret number watcher
for name in operator other the_body; do
	declare "$name=$(free_port)"
	mkdir -p "$work/$name"
	tells $name "run $work/answer"
	receiver $name
	topics=; [ $name = the_body ] && topics="--topic dispute"
	j "${by[$name]}" subscription new "http://127.0.0.1:${!name}/hook" $topics >"$work/$name.json"
	secret[$name]=$(jq -r .secret "$work/$name.json") number[$name]=$(jq -r .number "$work/$name.json")
	"$bin/assay" --var "$VAR" --as "${by[$name]}" --json watch --after 0 $topics >"$work/$name.watch" 2>&1 &
	watcher[$name]=$!
	: >"$work/$name.expected"
done
trap 'kill $operator_pid $other_pid $the_body_pid "${watcher[@]}" 2>/dev/null; leave' EXIT

# hears NAME TOPIC SUBJECT: what must come to it next
hears() { echo "$2 $3" >>"$work/$1.expected"; }
both() { hears operator "$@"; hears other "$@"; }
all() { both "$@"; hears the_body "$@"; }
permitted() { local who=$1 n=$2; shift 2; j "$who" decide --tre "$(tre_id "$n")" --terminal "$(term_id "$n")" "$@" | jq -re 'select(.verdict == "permit") | .decision'; }
took() { a "$1" decision confirm "$(permitted "$@")" --reference "C-$2"; }
approved() { a "$1" approve "$2"; }
custody() { j reader custody list --device "tre/TRE-$1" | jq -r '.custody[0].custody'; }
dispute() { j fernfunk-hlr dispute open "$(j fernfunk-hlr decide --tre "TRE-$1" --terminal "TERM-$1" | jq -r .decision)" --ground "sold" | jq -re .number; }
decided() { a decider-1 dispute decide "$@" --reason seen && a decider-2 approve "$1"; }

# ---- custody, consents, disputes
for n in 1 2 3 4 5 6; do claim "the operator has device $n" took mobilfunk-hlr $n; done
a mobilfunk-hlr consent sign "$(cert_of TRE-1)" --target fernfunk >"$work/consent"
claim "the other takes one over, with consent" took fernfunk-hlr 1 --purpose change_of_operator --current-operator mobilfunk --consent "$work/consent"
hears operator consent.used "$(cut -d. -f2 "$work/consent" | tr -- '-_' '+/' | { cat; echo ==; } | tr -d '\n' | base64 -d 2>/dev/null | jq -r .jti)"
hears operator custody.moved tre/TRE-1
claim "one is given up" a mobilfunk-hlr custody release "$(custody 2)" --reason over
hears operator custody.released tre/TRE-2
claim "one is disputed" eval 'd=$(dispute 3)'; d=$(j reader dispute list | jq -r '.disputes[0].number')
all dispute.opened "$d"
claim "answered" a mobilfunk-hlr dispute answer "$d" --text "no"
all dispute.answered "$d"
claim "and withdrawn" a fernfunk-hlr dispute withdraw "$d"
both dispute.withdrawn "$d"
for verdict in dismissed "awarded --operator fernfunk" released; do
	n=3; case $verdict in awarded*) n=4 ;; released) n=5 ;; esac
	d=$(dispute $n)
	all dispute.opened "$d"
	claim "another is ${verdict%% *}" decided "$d" --verdict $verdict
	both "dispute.${verdict%% *}" "$d"
	case $verdict in
	awarded*) hears operator custody.moved tre/TRE-4; hears other custody.awarded tre/TRE-4 ;;
	released) hears operator custody.released tre/TRE-5 ;;
	esac
done

# ---- standing: first of devices of which the other operator never had a permit
# heard TOPIC SUBJECT: it is on record; what the authority carries out comes a moment later
heard() { until_true 20 eval 'j mobilfunk-hlr notice list | jq -e --arg t '"$1"' --arg s '"$2"' ".notices[] | select(.topic == \$t and .subject == \$s)"'; }
serial=$(serial_of TRE-6)
claim "a certificate is held" a security-1 cert hold "$serial" --legal-basis suspicion
hears operator certificate.held tre/TRE-6
claim "and released, by two" eval 'a security-1 cert release "$serial" --reason none && approved security-2 "$serial" && heard certificate.released tre/TRE-6'
hears operator certificate.released tre/TRE-6
claim "a device is quarantined" a security-1 device quarantine terminal TERM-6 --reason odd
hears operator device.quarantined terminal/TERM-6
claim "and released, by two" eval 'a security-1 device release terminal TERM-6 --reason none && approved security-2 terminal/TERM-6 && heard device.released terminal/TERM-6'
hears operator device.released terminal/TERM-6
incident() { j reader incident list | jq -r '.incidents[0].number'; }
claim "a TrE reports that it was tampered with" a tresor-pki device tamper TRE-6 --what mesh
hears operator device.quarantined tre/TRE-6
i=$(incident)
claim "which is so" eval 'a security-1 incident triage "$i" --severity critical --reason mesh && a security-1 incident confirm "$i" --reason opened --revoke keyCompromise'
hears operator incident.confirmed "$i"
hears operator certificate.revoked tre/TRE-6
claim "a device is stolen" a mobilfunk-hlr device stolen terminal TERM-3 --detail "car park"
i=$(incident)
claim "as somebody finds" eval 'a security-1 incident triage "$i" --severity major --reason seen && a security-1 incident confirm "$i" --reason "police report"'
hears operator device.stolen terminal/TERM-3
hears operator incident.confirmed "$i"
claim "a device is scrapped" a tresor-pki device retire tre TRE-2 --reason scrapped
hears operator device.retired tre/TRE-2
hears operator certificate.revoked tre/TRE-2

# ---- and of all devices of a model, a CA, a supplier
m=$(j security-1 measure impose --kind hold --scope-kind model --scope tresor-m2 --legal-basis "report 1" --emergency | jq -re .number)
both measure.in_force "$m"
claim "a measure is lifted" eval 'a security-1 measure lift "$m" --reason wrong && approved security-2 "$m"'
both measure.lifted "$m"
coc=$(j reader coc list | jq -r '.cocs[] | select(.model == "karren-t1") | .number')
claim "a CoC is suspended" eval 'a decider-1 coc suspend "$coc" --reason "report 2" && approved decider-2 "$coc"'
both coc.suspended "$coc"
claim "and reinstated, on a site that is provisional" eval 'a decider-1 coc reinstate "$coc" --reason "report 3" && approved decider-2 "$coc"'
both coc.provisional "$coc"
d=$(j reader declaration list | jq -r '.declarations[] | select(.model == "karren-t1") | .number')
rule=$(j karren-pki declaration show "$d" | jq -r '.answers | keys[0]')
claim "a declaration is doubted" a security-1 declaration challenge "$d" --rule "$rule" --ground "an older version starts"
both declaration.challenged "$d"
claim "and upheld" eval 'a decider-1 declaration uphold "$d" --reason "it does not" && approved decider-2 "$d"'
both declaration.upheld "$d"
ca=$(issuer_of TRE-1 | openssl x509 -noout -serial | sed 's/.*=//' | tr A-F a-f)
claim "a CA is held" a security-1 cert hold "$ca" --legal-basis suspicion
name=$(j mobilfunk-hlr notice list | jq -r '.notices[0].subject')
both ca.held "$name"
claim "and released" eval 'a security-1 cert release "$ca" --reason none && approved security-2 "$ca" && heard ca.released "$name"'
both ca.released "$name"
claim "a supplier is suspended" a security-1 org suspend karren --reason tested
both organisation.suspended karren
claim "and back" eval 'a officer-1 org reinstate karren && approved decider-1 karren'
both organisation.active karren
claim "a CoC is withdrawn" eval 'a decider-1 coc withdraw "$coc" --reason "report 4" && a decider-2 approve "$coc" --count 8'
both coc.withdrawn "$coc"

# ---- what each has heard
# came NAME: each notice once, in the order in which it came
came() { for f in "$work/$1"/*.req; do body "$f" | jq -r '"\(.id) \(.topic) \(.subject)"'; done | awk '!seen[$1]++ { print $2, $3 }'; }
signed() { for f in "$work/$1"/*.req; do is_signed "$f" "$2" || return; done; }
for name in operator other the_body; do
	claim "$name: all has come" until_true 90 eval '[ "$(j "${by[$name]}" subscription show "${number[$name]}" | jq .behind)" = 0 ]'
	came $name >"$work/$name.came"
	while read -r topic subject; do
		claim "$name: $topic" grep -qx "$topic $subject" "$work/$name.came"
	done < <(sort -u "$work/$name.expected")
	claim "$name: each of what it concerns, in order, and no other" is "$(cat "$work/$name.came")" "$(cat "$work/$name.expected")"
	claim "$name: each came again after it was answered with 500, once" is \
		"$(for f in "$work/$name"/*.req; do header "$f" webhook-id; done | uniq -c | awk '{ print $1 }' | sort -u)" 2
	claim "$name: each signed with its secret" signed $name "${secret[$name]}"
	claim "$name: and with no other's" not signed $name "${secret[$([ $name = other ] && echo operator || echo other)]}"
	claim "$name: assay watch has told the same" until_true 10 eval 'is "$(jq -r "\"\(.topic) \(.subject)\"" "$work/$name.watch")" "$(cat "$work/$name.expected")"'
done
claim "a consent's notice says who has the device now" is \
	"$(jq -c 'select(.topic == "consent.used") | .detail' "$work/operator.watch")" '{"device":"tre/TRE-1","target":"fernfunk"}'
claim "what who asks for a dispute hears does not say who has the device" not grep -q mobilfunk "$work/other.watch"
stop_instance
finish
