# Turn policy/states.txt into the table that policy/state.c looks up.
BEGIN { print "static const struct transition transitions[] = {" }
{ sub(/#.*/, "") }
NF == 0 { next }
NF != 3 { print FILENAME ":" FNR ": not three words" >"/dev/stderr"; exit 1 }
{ printf "\t{ \"%s\", \"%s\", \"%s\" },\n", $1, $2 == "-" ? "" : $2, $3 }
END { print "};" }
