# Receivers of webhooks (receiver.c), and what came to them: sourced after
# system/lib.sh.  Whoever starts one ends it: "$NAME_pid".

# receiver NAME: on the port $NAME; requests are in $work/NAME/
receiver() {
	mkdir -p "$work/$1"
	"$bin/tests/receiver" "${!1}" "$work/$1" &
	eval "$1_pid=$!"
	until_true 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/${!1}"
	until_true 5 test -s "$work/$1/connections"
	rm -f "$work/$1/connections"
}
tells() { echo "$2" >"$work/$1/control"; } # NAME WHAT: how it answers from now on
requests() { ls "$work/$1" | grep -c 'req$'; }
req() { ls "$work/$1"/*.req | sed -n "$2p"; } # NAME N (or $)
header() { sed -n "/^\r$/q; s/^$2: \(.*\)\r$/\1/p" "$1"; } # FILE NAME
body() { sed '1,/^\r$/d' "$1"; }
has() { [ "$(requests "$1")" -ge "$2" ]; }
# is_signed FILE SECRET: as api/webhooks.md tells to find out, by openssl alone
eval "$(sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$top/api/webhooks.md")"
is_signed() {
	body "$1" | verified "$2" "$(header "$1" webhook-id)" "$(header "$1" webhook-timestamp)" \
		"$(header "$1" webhook-signature)"
}
