# What api/openapi.yaml says of each route, one a line, tab between:
#	METHOD  PATH  ROLE  SIGNED|-  JSON|FILE|-  members of the body ...
# ROLE is the first that it takes, "-" where anybody may.  Reads the file
# twice: bodies may be schemas that stand behind the routes.
#	awk -f tests/lib/openapi.awk api/openapi.yaml api/openapi.yaml

function member(line, named) {
	sub(/^ +/, "", line)
	if (line !~ /^[a-z0-9_]+:( |$)/) return ""
	named = line ~ /^(type|description|pattern): \{/
	sub(/:.*/, "", line)
	return !named && line ~ /^(type|required|properties|items|description|schema|content|enum|pattern|oneOf|allOf)$/ ? "" : line
}
function out() {
	if (method != "")
		print toupper(method) "\t" path "\t" role "\t" signed "\t" body "\t" names
	method = ""
}

FNR == 1 { file++; part = "" }
/^[a-z]/ { part = $1 }
# first: the members of each schema
file == 1 && part == "components:" && /^    [a-z_0-9]+:/ { schema = $1; sub(/:.*/, "", schema) }
file == 1 && part == "components:" && /^      / && (m = member($0)) != "" { has[schema] = has[schema] " " m }

file == 2 && part == "components:" { out() }
file != 2 || part != "paths:" { next }
/^  \// { out(); path = $1; sub(/:$/, "", path); next }
/^    (get|put|post|delete):$/ {
	out()
	method = $1; sub(/:/, "", method)
	role = signed = body = "-"; names = ""; within = 0
	next
}
/^      x-roles:/ { role = $2; gsub(/[\[\],]/, "", role) }
/^      x-signed: true/ { signed = "SIGNED" }
/^      requestBody:/ { body = /\*\/\*|x-ndjson/ ? "FILE" : "JSON"; within = 1 }
/^      responses:/ { within = 0 }
within && match($0, /schemas\/[a-z_0-9]+/) {
	ref = substr($0, RSTART + 8, RLENGTH - 8)
	if (/requestBody/) names = names has[ref]
}
within && /^                / && (m = member($0)) != "" { names = names " " m }
END { out() }
