# Clusters that are made once in a run of tests and copied, each test having its
# own: initdb and the schema take two thirds of what an instance's beginning
# takes.  After $pg_bin is set.  tests/run says where (ASSAY_MADE); without it
# each test makes its own.

# cluster_copy MAKE FOLDER: that folder as `MAKE FOLDER` makes it, which is done once.
cluster_copy() {
	[ -d "${ASSAY_MADE:-}" ] || { "$1" "$2"; return; }
	(
		flock 9 || exit
		[ -e "$ASSAY_MADE/$1" ] && exit
		rm -rf "$ASSAY_MADE/$1.new"
		"$1" "$ASSAY_MADE/$1.new" 9>&- && mv "$ASSAY_MADE/$1.new" "$ASSAY_MADE/$1"
	) 9>"$ASSAY_MADE/$1.lock" && cp -a --reflink=auto "$ASSAY_MADE/$1" "$2"
}

# cluster_fill FOLDER COMMAND...: started for that command, which finds its socket in
# $made, and stopped.
cluster_fill() {
	local folder=$1 made rc=0
	shift
	made=$(mktemp -d /tmp/assay-made.XXXXXX)
	"$pg_bin/pg_ctl" -D "$folder" -w -l "$made/log" -o "-k $made -c \
		listen_addresses='' -c fsync=off -c timezone=UTC" start >/dev/null &&
		"$@" && "$pg_bin/pg_ctl" -D "$folder" -w -m fast stop >/dev/null || rc=1
	[ $rc -eq 0 ] || "$pg_bin/pg_ctl" -D "$folder" -m immediate stop >/dev/null 2>&1
	rm -rf "$made"
	return $rc
}
