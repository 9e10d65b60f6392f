# A supplier's CA software, which is openssl alone.  After lib.sh and story.sh.
# A CA is a folder: ca.key, ca.crt, what `openssl ca` keeps, its number in dca.
# Whose it is, and what it issues:
dca_by=tresor-pki dca_name="Tresor Elektronik" dca_site=tresor-dresden dca_model=tresor-m2 dca_tac=35123456

# dca_new FOLDER: a key and its request
dca_new() {
	mkdir -p "$1/new" && : >"$1/index.txt" && echo 01 >"$1/crlnumber" &&
		openssl ecparam -name "${CURVE:-prime256v1}" -genkey -noout -out "$1/ca.key" &&
		openssl req -new -key "$1/ca.key" -subj "/CN=ours" -out "$1/ca.csr"
}

# dca_certified FOLDER: what its certificates must say, once it is certified
dca_certified() {
	local number
	number=$(cat "$1/dca")
	j "$dca_by" delegated-ca show "$number" >"$1/show" &&
		[ "$(jq -r .state "$1/show")" = active ] &&
		a "$dca_by" delegated-ca certificate "$number" --out "$1/ca.crt"
}

# key_id PUBLIC.pem: RFC 7093, method 1
key_id() { openssl pkey -pubin -in "$1" -outform DER | tail -c 65 | sha256sum | cut -c-40; }

# dca_binding TRE: the fields of a treBinding, of that TrE's certificate of today
dca_binding() {
	local der=$work/binding.der
	j reader device show tre "$1" | jq -r '[.certificates[] | select(.state == "issued")][0].certificate' | base64 -d >"$der" &&
		openssl x509 -inform DER -in "$der" -noout -pubkey >"$work/binding.pub" || return
	echo "key = FORMAT:HEX,OCTETSTRING:$(openssl pkey -pubin -in "$work/binding.pub" -outform DER | sha256sum | cut -c-64)"
	echo "issuer = FORMAT:HEX,OCTETSTRING:$(openssl x509 -inform DER -in "$der" -noout -ext authorityKeyIdentifier | tail -n 1 | tr -d ' :')"
	echo "serial = INTEGER:0x$(openssl x509 -inform DER -in "$der" -noout -serial | cut -d= -f2)"
}

# dca_config FOLDER ID: what `openssl ca` is told for a TrE; TRE=ID: for a terminal
# that contains that one
dca_config() {
	local ca=$1 id=$2 n terms
	n=$(jq -r .issuer "$ca/show") terms=$(jq '.terms[0]' "$ca/show")
	t() { jq -r ".$1" <<<"$terms"; }
	cat <<-END
		[ ca ]
		default_ca = own
		[ own ]
		database = $ca/index.txt
		new_certs_dir = $ca/new
		serial = $ca/serial
		crlnumber = $ca/crlnumber
		certificate = $ca/ca.crt
		private_key = $ca/ca.key
		default_md = sha256
		default_crl_days = 7
		policy = any
		unique_subject = no
		preserve = yes
		crl_extensions = crl
		[ crl ]
		authorityKeyIdentifier = keyid
		issuingDistributionPoint = critical, @idp
		[ idp ]
		fullname = URI:$PUBLIC_URL/crl/$n/0.crl
		[ any ]
		countryName = optional
		organizationName = optional
		commonName = optional
		serialNumber = optional
		[ tre ]
		authorityKeyIdentifier = keyid
		subjectKeyIdentifier = $(key_id "$ca/$id.pub")
		keyUsage = critical, digitalSignature
		${EKU-extendedKeyUsage = clientAuth}
		certificatePolicies = critical, 2.999.33812.1.1.${LEVEL:-$(t level)}
		subjectAltName = otherName:1.3.6.1.5.5.7.8.4;SEQUENCE:module
		crlDistributionPoints = URI:$PUBLIC_URL/crl/$n/0.crl
		authorityInfoAccess = caIssuers;URI:$PUBLIC_URL/ca/$n.cer
		2.999.33812.2.1 = ASN1:SEQUENCE:info
		[ terminal ]
		authorityKeyIdentifier = keyid
		subjectKeyIdentifier = $(key_id "$ca/$id.pub")
		keyUsage = critical, digitalSignature
		${EKU-extendedKeyUsage = clientAuth}
		certificatePolicies = critical, 2.999.33812.1.2.${LEVEL:-$(t level)}
		subjectAltName = otherName:1.3.6.1.5.5.7.8.4;SEQUENCE:module
		crlDistributionPoints = URI:$PUBLIC_URL/crl/$n/0.crl
		authorityInfoAccess = caIssuers;URI:$PUBLIC_URL/ca/$n.cer
		2.999.33812.2.2 = ASN1:SEQUENCE:terminal_info
		2.999.33812.2.3 = ASN1:SEQUENCE:binding
		[ terminal_info ]
		version = INTEGER:1
		model = UTF8String:$(t model)
		platform = UTF8String:${PLATFORM:-tresor-soc}
		tac = NUMERICSTRING:${TAC:-$dca_tac}
		coc = UTF8String:$(t coc)
		site = UTF8String:$dca_site
		level = INTEGER:$(t level)
		[ binding ]
		version = INTEGER:1
		hash = OID:sha256
		$([ -z "${TRE:-}" ] || dca_binding "${BOUND:-$TRE}")
		[ sub_ca ]
		authorityKeyIdentifier = keyid
		subjectKeyIdentifier = $(key_id "$ca/$id.pub")
		keyUsage = critical, keyCertSign, cRLSign
		basicConstraints = critical, CA:true, pathlen:0
		[ module ]
		type = OID:2.999.33812.3.$(t model_number)
		serial = FORMAT:ASCII,OCTETSTRING:$id
		[ info ]
		version = INTEGER:1
		model = UTF8String:$(t model)
		hardware = UTF8String:$(t hardware_version)
		firmware = UTF8String:$(t least_firmware)
		coc = UTF8String:$(t coc)
		rules = UTF8String:$(t rule_set)
		site = UTF8String:$dca_site
		level = INTEGER:$(t level)
	END
}

# dca_key FOLDER ID: the device's key, which stays in VAR/devices
dca_key() {
	mkdir -p "$VAR/devices"
	[ -e "$VAR/devices/$2.key" ] ||
		openssl ecparam -name "${DEVICE_CURVE:-prime256v1}" -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$VAR/devices/$2.key"
	chmod 600 "$VAR/devices/$2.key"
	openssl pkey -in "$VAR/devices/$2.key" -pubout -out "$1/$2.pub"
}

# dca_issue FOLDER ID: VAR/devices/ID.crt, by `openssl ca`.  SUBJECT, SERIAL,
# EXTENSIONS, LEVEL, STARTDATE say otherwise than usual.
dca_issue() {
	local ca=$1 id=$2
	dca_key "$ca" "$id" && dca_config "$ca" "$id" >"$ca/conf" || return
	# twelve octets of its own behind the arc
	echo "${SERIAL:-$(jq -r .serial_prefix "$ca/show")$(openssl rand -hex 12)}" >"$ca/serial"
	openssl req -new -key "$VAR/devices/$id.key" -utf8 -config /dev/null \
		-subj "${SUBJECT:-/C=DE/O=$dca_name/CN=$dca_model/serialNumber=$id}" -out "$ca/$id.csr" &&
		openssl ca -batch -notext -config "$ca/conf" -extensions "${EXTENSIONS:-tre}" -in "$ca/$id.csr" \
			${STARTDATE:+-startdate "$STARTDATE"} -enddate 99991231235959Z -out "$ca/$id.crt" 2>"$ca/err" || { cat "$ca/err"; return 1; }
	cat "$ca/$id.crt" "$ca/ca.crt" >"$VAR/devices/$id.crt"
}

# dca_rows FOLDER ID...: the rows of a report; of terminals ID/TRE
dca_rows() {
	local ca=$1 id
	for id in "${@:2}"; do
		printf '{"id":"%s"%s,"certificate":"%s"}\n' "${id%/*}" "$([ "$id" = "${id%/*}" ] || echo ",\"tre\":\"${id#*/}\"")" \
			"$(openssl x509 -in "$ca/${id%/*}.crt" -outform DER | base64 -w0)"
	done
}

# dca_report FOLDER ID...: hand the report in, and wait
dca_report() {
	dca_rows "$@" >"$1/rows"
	j "$dca_by" lot submit --kind certificate --ca "$(cat "$1/dca")" --model "$dca_model" \
		--site "$dca_site" --rows "$1/rows" --wait --timeout 60
}

# dca_revoke FOLDER ID REASON: in its own books
dca_revoke() { openssl ca -config "$1/conf" -revoke "$1/$2.crt" -crl_reason "$3" 2>"$1/err"; }

# dca_crl FOLDER FILE [openssl options]: its CRL, DER
dca_crl() {
	openssl ca -config "$1/conf" -gencrl "${@:3}" 2>"$1/err" | openssl crl -outform DER -out "$2"
}
