# Turn policy/roles.txt into the table that policy/role.c gives out.
BEGIN { print "static const struct role_rule rules[] = {" }
{ sub(/#.*/, "") }
NF == 0 { next }
NF < 3 || NF > 5 { print FILENAME ":" FNR ": not three to five words" >"/dev/stderr"; exit 1 }
{ printf "\t{ \"%s\", \"%s\", \"%s\", \"%s\", \"%s\" },\n", $1, $2, $3, $4, $5 }
END { print "};" }
