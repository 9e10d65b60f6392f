# A TPM to play a TrE with: swtpm, with certificates that swtpm_localca made for
# its endorsement keys, driven by tpm2-tools.  Sourced by tests of the system.
# After transcript.sh.  What it is told it does in private folders, over sockets in these.

# tpm_new DIR: made, with its maker's CA, and started.  In DIR afterwards:
# ek.der, maker.der (between) and root.der
tpm_new() {
	local d=$1
	mkdir -p "$d/state" "$d/ca" "$d/ek"
	printf '%s = %s\n' statedir "$d/ca" signingkey "$d/ca/signkey.pem" \
		issuercert "$d/ca/issuercert.pem" certserial "$d/ca/certserial" >"$d/localca.conf"
	: >"$d/options"
	printf '%s = %s\n' create_certs_tool /usr/bin/swtpm_localca \
		create_certs_tool_config "$d/localca.conf" create_certs_tool_options "$d/options" >"$d/setup.conf"
	XDG_CONFIG_HOME=$d swtpm_setup --tpm2 --tpmstate "$d/state" --create-ek-cert --ecc --rsa-keysize 2048 --pcr-banks sha256 \
		--config "$d/setup.conf" --write-ek-cert-files "$d/ek" >"$d/setup.log" 2>&1 || {
		cat "$d/setup.log"
		return 1
	}
	cp "$d/ek/ek-rsa2048.crt" "$d/ek.der"
	openssl x509 -in "$d/ca/issuercert.pem" -outform DER -out "$d/maker.der"
	openssl x509 -in "$d/ca/swtpm-localca-rootca-cert.pem" -outform DER -out "$d/root.der"
	tpm_start "$d"
}

# tpm_lister DIR: lister.der, its maker's certificate once more, which lets it sign
# CRLs, as swtpm_localca's does not
tpm_lister() {
	local d=$1
	printf '%s\n' basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign >"$d/lister.ext"
	openssl x509 -x509toreq -in "$d/ca/issuercert.pem" -signkey "$d/ca/signkey.pem" -out "$d/lister.csr" &&
		openssl x509 -req -in "$d/lister.csr" -extfile "$d/lister.ext" -days 3650 -set_serial 77 \
		-CA "$d/ca/swtpm-localca-rootca-cert.pem" -CAkey "$d/ca/swtpm-localca-rootca-privkey.pem" \
		-out "$d/lister.pem" 2>/dev/null &&
		openssl x509 -in "$d/lister.pem" -outform DER -out "$d/lister.der"
}

# tpm_crl DIR NUMBER SECONDS [SERIAL,REASON]...: its maker's CRL, maker.crl, by openssl
tpm_crl() {
	local d=$1 number=$2 seconds=$3 r now
	shift 3
	now=$(date -u +%y%m%d%H%M%SZ)
	mkdir -p "$d/list" && printf '%02X\n' "$number" >"$d/list/number" && : >"$d/list/index"
	for r; do
		printf 'R\t991231235959Z\t%s,%s\t%s\tunknown\t/CN=tpm\n' "$now" "${r#*,}" "${r%,*}" >>"$d/list/index"
	done
	printf '%s\n' '[ca]' default_ca=x '[x]' "database=$d/list/index" "crlnumber=$d/list/number" \
		default_md=sha256 >"$d/list/conf"
	openssl ca -config "$d/list/conf" -gencrl -crlsec "$seconds" -cert "$d/lister.pem" \
		-keyfile "$d/ca/signkey.pem" -out "$d/maker.pem" 2>"$d/list/log" &&
		openssl crl -in "$d/maker.pem" -outform DER -out "$d/maker.crl" || { cat "$d/list/log"; return 1; }
}

# tpm_start DIR: switched on; its PCRs are zero
tpm_start() {
	swtpm socket --tpm2 --tpmstate dir="$1/state" --server type=unixio,path="$1/s" \
		--ctrl type=unixio,path="$1/s.ctrl" --flags not-need-init,startup-clear \
		--daemon --pid file="$1/pid" &&
		until_true 10 test -S "$1/s"
}
# tpm_keep DIR NAME HANDLE: the key stays where it is over a reset
tpm_keep() {
	tpm "$1" tpm2_evictcontrol -C o -c "$1/$2.ctx" -o "$1/$2.kept" "$3" && mv "$1/$2.kept" "$1/$2.ctx"
}

# tpm_reset DIR [STATE]: switched off in order and on again, PCRs zero; on with
# that state instead of its own
tpm_reset() {
	local d=$1 pid
	pid=$(cat "$d/pid")
	TPM2TOOLS_TCTI=swtpm:path=$d/s tpm2_shutdown -c && tpm_stop "$d" || return 1 # its last command
	until_true 10 not kill -0 "$pid" 2>/dev/null
	rm -f "$d/s" "$d/s.ctrl"
	[ -z "${2:-}" ] || { rm -rf "$d/state" && cp -a "$2" "$d/state"; }
	tpm_start "$d"
}

tpm_stop() { [ -f "$1/pid" ] && kill "$(cat "$1/pid")" 2>/dev/null; rm -f "$1/pid"; }

# tpm DIR TOOL ARGS...: one of tpm2-tools on it, nothing left loaded
tpm() {
	local d=$1 rc=0
	shift
	export TPM2TOOLS_TCTI=swtpm:path=$d/s TSS2_LOG=all+NONE
	"$@" >"$d/tool.log" 2>&1 || rc=$?
	tpm2_flushcontext -t >/dev/null 2>&1
	[ $rc -eq 0 ] || cat "$d/tool.log"
	return $rc
}

# tpm_ak DIR NAME [rsa|ecc]: an attestation key below the endorsement key:
# NAME.ctx, NAME.pub (TPM2B_PUBLIC), NAME.pem
tpm_ak() {
	local d=$1 name=$2
	tpm "$d" tpm2_createek -c "$d/ek.ctx" -G "${3:-rsa}" &&
		tpm "$d" tpm2_createak -C "$d/ek.ctx" -c "$d/$name.ctx" -G ecc -g sha256 -s ecdsa \
			-u "$d/$name.tpmt" -f tpmt &&
		tpm "$d" tpm2_readpublic -c "$d/$name.ctx" -o "$d/$name.pub" &&
		tpm "$d" tpm2_readpublic -c "$d/$name.ctx" -f pem -o "$d/$name.pem"
}

# tpm_activate DIR NAME CREDENTIAL SECRET [sha384]: open what was sealed for both
# keys.  Endorsement keys on P-384 have a policy of two ways, by SHA-384 (TCG EK
# Credential Profile, B.6.5).
tpm_activate() {
	local d=$1 hash=${5:-sha256}
	transcript_binary d6032ce61f2fb3c240eb3cf6a33237ef2b6a16f4293c22b455e261cffd217ad5b4947c2d73e63005eed2dc2b3593d165 \
		>"$d/policy.c"
	tpm "$d" tpm2_startauthsession --policy-session -g "$hash" -S "$d/session" &&
		tpm "$d" tpm2_policysecret -S "$d/session" -c e -L "$d/policy.a" &&
		{ [ "$hash" = sha256 ] || tpm "$d" tpm2_policyor -S "$d/session" "$hash:$d/policy.a,$d/policy.c"; } &&
		tpm "$d" tpm2_activatecredential -c "$d/$2.ctx" -C "$d/ek.ctx" -i "$3" -o "$4" \
			-P "session:$d/session"
	local rc=$?
	tpm "$d" tpm2_flushcontext "$d/session" >/dev/null 2>&1
	return $rc
}

# tpm_extend DIR PCR TEXT
tpm_extend() { tpm "$1" tpm2_pcrextend "$2:sha256=$(printf %s "$3" | sha256sum | cut -d' ' -f1)"; }

# tpm_quote DIR NAME HEX PCRS ATTEST SIGNATURE
tpm_quote() {
	tpm "$1" tpm2_quote -c "$1/$2.ctx" -l "sha256:$4" -q "$3" -g sha256 -m "$5" -s "$6" -f tss
}
