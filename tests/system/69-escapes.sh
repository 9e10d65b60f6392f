#!/usr/bin/env bash
# A server, or whoever has written into its register, that would steer the terminal
# of those who ask: by names, by values, by what it refuses with.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/story.sh"

# steers: is there a control character but a newline, or one that turns lines round?
steers() { LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]' <<<"$1"; }
is_tame() { # COMMAND...
	local out
	out=$("$@" 2>&1)
	grep -q "EVIL" <<<"$out" || { echo "no word of it: $out"; return 1; }
	! steers "$out" || { echo "it steers:"; cat -v <<<"$out"; return 1; }
}

start_instance
claim "an organisation is in the register" story_organisation tresor Tresor supplier --makes tre
claim "people have heard of something" a officer-1 principal renew

# ---- nginx puts those into all that is answered
stop_instance
mkdir -p "$work/var/conf"
evil=$'EVIL\\u001b]0;owned\\u0007\\u001b[2J\\u000d\xc2\x9b31m\xe2\x80\xae\\u007f'
awk -v "evil=${evil//\\/\\\\}" '{ print } /^\tserver_tokens off;/ {
	print "\tsub_filter_once off; sub_filter_types application/json application/problem+json;"
	print "\tsub_filter '\''\"role\"'\'' '\''\"" evil "\"'\'';"
	print "\tsub_filter '\''\"officer-1\"'\'' '\''\"" evil "\"'\'';"
	print "\tsub_filter '\''\"tresor\"'\'' '\''\"" evil "\"'\'';"
	print "\tsub_filter '\''there is no'\'' '\''" evil "'\'';"
}' "$top/conf/nginx.conf.in" >"$work/var/conf/nginx.conf.in"
start_instance
claim "the server is one that lies" grep -qa 'EVIL\\u001b' <(api_as officer-1 "$URL/v1/whoami")
says() { assay --as officer-1 "$@"; }
claim "a record does not steer" is_tame says whoami
claim "nor one with parts" is_tame says org show tresor
claim "nor a list" is_tame says principal list
claim "nor all pages of one" is_tame says principal list --all
claim "nor what befell it" is_tame says history tresor
claim "nor notices" is_tame says notice list
claim "nor those that are followed" is_tame timeout 3 "$bin/assay" --var "$VAR" --as officer-1 notice watch --after 0
claim "nor a refusal" is_tame says org show nobody
claim "nor proposals" is_tame says proposal list
claim "a program gets it as it came" grep -q 'EVIL\\u001B' <(says --json whoami)

# ---- and an honest one's register takes none of it
for bad in $'Tre\xc2\x9bsor' $'Tre\xe2\x80\xaesor' $'Tre\xe2\x80\xa8sor' $'Tre\x7fsor'; do
	refused FIELD_RULE "a name is not taken that would: $(cat -v <<<"$bad")" \
		a officer-1 org new evil --kind supplier --name "$bad" --country DE --makes tre
done
claim "what turns by itself is" a officer-1 org new shalom --kind supplier --name $'\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d' --country IL --makes tre

# ---- what it says gets to whoever asked, or it exits with a fault
# nginx writes its log within a second
sleep 1.5
before=$(stat -c %s "$VAR/log/access.log")
program() { "$bin/assay" --var "$VAR" --as officer-1 "$@"; }
full() { program "$@" 2>"$work/err" >/dev/full; }
closed() { program "$@" 2>"$work/err" >&-; }
claim "an answer that nobody could read is none" exits 8 full whoami
claim "which it says" grep -q "standard output" "$work/err"
gone() { { sleep 0.3; "$bin/assay" help 2>"$work/err"; } | true; [ ! -s "$work/err" ]; }
claim "who reads no further need not be told" gone
claim "nor is help" exits 8 full whoami --help
claim "nor is what goes nowhere" exits 8 closed whoami
claim "nor in JSON" exits 8 closed whoami --json
claim "where standard error is closed, too" exits 8 eval "closed whoami 2>&-"
claim "with nothing open it is done all the same" eval "program --quiet whoami <&- >&- 2>&-"
refused_since() { tail -c +$((before + 1)) "$VAR/log/access.log" | grep -a '" 400 '; }
sleep 1.5
claim "what went out went to no server" not refused_since
(umask 077; program history tresor --as-of "$(date -u +%FT%TZ)" --out "$work/closed.json" >/dev/null)
claim "a file is no more open than its owner wants" is "$(stat -c %a "$work/closed.json")" 600
(umask 022; program history tresor --as-of "$(date -u +%FT%TZ)" --out "$work/open.json" >/dev/null)
claim "nor less" is "$(stat -c %a "$work/open.json")" 644
finish
