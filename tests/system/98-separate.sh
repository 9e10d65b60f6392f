#!/usr/bin/env bash
# As root: deploy/systemd/separate against those whose folders it walks: whoever
# has one program lays links, pipes and second names there, and waits until root
# comes the next time, after an upgrade.
. "$(dirname "$0")/../lib/apart.sh"
. "$(dirname "$0")/lib.sh"
not() { ! "$@"; }
[ -n "$apart" ] || { echo "skip - attacks on separate: that takes root, a mount namespace and systemd-sysusers"; ok "it is there"; finish; }
apart

# ---- what there is of an instance for it, without its work of a minute

mkdir -m 700 "$VAR" && chown assay:assay "$VAR"
sed "s|@VAR@|$VAR|; s|@RUN@|$VAR/run|; s|@SHARE@|$prefix/share/assay|; s|@LISTEN@|127.0.0.1|
	s|@PORT@|8443|; s|@PUBLIC_PORT@|8080|; s|@URL@|https://127.0.0.1:8443|; s|@PUBLIC_URL@|http://127.0.0.1:8080|
	s|@OID_ARC@|2.999|; s|@BODY_NAME@|Body|; s|@BODY_COUNTRY@|XX|; s|@[A-Z_]*@||" \
	"$prefix/share/assay/conf/assay.cnf.in" >"$work/assay.cnf"
filled() {
	as assay sh -c 'umask 077; cd "$1" && mkdir -p authority api/tmp evidence status/ocsp public/crl public/ca credentials \
		nginx log postgres run && cat >assay.cnf && touch lock postgres/postgresql.conf postgres/pg_hba.conf \
		authority/root.key authority/seen status/ocsp.key status/serial.key status/seen status/seen.key status/head \
		public/crl/root.crl nginx/tls.key api/receipt.key credentials/root.crt credentials/reader.crt \
		credentials/reader.key && chmod 644 public/crl/root.crl' - "$VAR" <"$work/assay.cnf"
}
claim "an instance is there" filled
cp -a "$VAR" "$work/before"
claim "it is separated" separate
cp -a "$VAR" "$work/after"
again() { rm -rf "$VAR"; cp -a "$work/${1:-after}" "$VAR"; }

victim() { rm -rf "$place/victim"; mkdir "$place/victim" && echo root >"$place/victim/file" && chmod 600 "$place/victim/file" && chmod 755 "$place/victim"; }
seen() { find "$place/victim" -printf '%p %y %u %g %m ' -type f -exec cat {} \;; }
untouched=$(victim && seen)
closed_again() { is "$(stat -c '%U %a' "$VAR")" "${1:-root 755}"; }
# trap_of WHO "what" COMMAND...: laid by WHO in VAR; root comes, and nothing of
# root's is another's, or anything else than it was.
trap_of() {
	local who=$1 what=$2 said
	shift 2
	victim
	(cd "$VAR" && as "$who" env VAR="$VAR" V="$place/victim" "$@") || not_ok "$who lays $what"
	said=$(separate 2>&1)
	claim "$who gets nothing by $what" is "$(seen)" "$untouched"
	claim "and it is said" grep -q "^separate: .*\(taken along\|must be\|another name\|in use\)" <<<"$said"
	claim "VAR is as it was" closed_again
	again
}

trap_of assay "a link to a folder where a file of its own is put" \
	sh -c 'rm postgres/separate.conf && ln -s "$V" postgres/separate.conf'
trap_of assay "a link where the map of users is" \
	sh -c 'rm postgres/pg_ident.conf && ln -s "$V" postgres/pg_ident.conf'
trap_of assay "a link in the place of settings that are added to" \
	sh -c 'rm postgres/postgresql.conf && ln -s "$V/file" postgres/postgresql.conf'
trap_of assay "a pipe that is never written to" sh -c 'mkfifo postgres/postmaster.pid'
trap_of assay-check "a link where the root's certificate is put" \
	sh -c 'rm check/credentials/root.crt && ln -s "$V/file" check/credentials/root.crt'
trap_of assay-check "a link in the place of a folder" sh -c 'rm -r check/credentials && ln -s "$V" check/credentials'
trap_of assay-check "a link in the place of its log" sh -c 'rmdir check/log && ln -s "$V" check/log'
trap_of assay-check "a folder where a link is to be" sh -c 'rm check/status && mkdir check/status'
trap_of assay-api "a link among its evidence" sh -c 'ln -s "$V/file" "evidence/a
link"'
trap_of assay-follower "a link in the place of a key" sh -c 'rm -f status/seen.key && ln -s "$V/file" status/seen.key'

# Where the system lets anybody give a file of another's a second name.
victim
ln "$place/victim/file" "$VAR/public/crl/mine.crl" || not_ok "it has another name"
one=$(stat -c '%U %a' "$place/victim/file")
said=$(separate 2>&1)
claim "nobody gets a file of root's by a second name" is "$(stat -c '%U %a' "$place/victim/file")" "$one"
claim "and it is said which" grep -q "another name elsewhere: .*mine.crl" <<<"$said"
again
ln "$VAR/status/head" "$VAR/status/other"
claim "one of a crash, beside it, is nobody's else" separate
again

# ---- while root is at work

# Programs of before ours: who of them could be inside now?
mkdir "$work/watching"
for f in chown chmod install cp mv ln mkdir sed rm; do
	cat >"$work/watching/$f" <<-EOF2
		#!/bin/bash
		case "\$*" in *"$VAR"/*)
			for who in assay assay-api assay-follower; do
				! setpriv --reuid \$who --regid \$who --init-groups test -x "$VAR/." || echo "\$who: $f \$*" >>"$work/inside"
			done ;;
		esac
		exec $(command -v $f) "\$@"
	EOF2
	chmod 755 "$work/watching/$f"
done
watched() {
	: >"$work/inside"
	PATH=$work/watching:$PATH separate && [ ! -s "$work/inside" ] || { head -5 "$work/inside"; return 1; }
}
claim "while it is at work, nobody else is inside" watched
again before
claim "nor the first time" watched

again
(cd "$VAR/api" && exec setpriv --reuid assay-api --regid assay-api --init-groups sleep 60) &
left=$!
until_true 5 eval '[ "$(readlink /proc/$left/cwd)" = "$VAR/api" ]'
claim "whoever is inside already keeps it from beginning" eval 'separate 2>&1 | grep -q "in use.*process '$left'"'
claim "and VAR is as it was" closed_again
kill "$left" && wait "$left" 2>/dev/null
as assay-follower sh -c 'cp "$1" "$2/public/sleep" && chmod 700 "$2/public/sleep"' - "$(command -v sleep)" "$VAR"
(cd / && exec setpriv --reuid assay-follower --regid assay-follower --init-groups "$VAR/public/sleep" 60) &
left=$!
until_true 5 grep -q "$VAR" "/proc/$left/maps"
claim "and whoever has a file mapped, which is as good" eval 'separate 2>&1 | grep -q "in use.*process '$left'"'
kill "$left" && wait "$left" 2>/dev/null
claim "when that has ended, it begins" separate
# A thread with files of its own, which those of its process are not.
(cd / && exec setpriv --reuid assay-follower --regid assay-follower --init-groups perl -Mthreads -e '
	my $unshare = `uname -m` =~ /x86_64/ ? 272 : 97;
	threads->create(sub {
		syscall($unshare, 0x400) == 0 or die "unshare: $!";
		open(my $kept, "<", "$ARGV[0]/public/crl/root.crl") or die $!;
		open(my $ready, ">", "$ARGV[0]/public/ready");
		sleep 60;
	});
	sleep 60' "$VAR") &
left=$!
until_true 5 test -e "$VAR/public/ready"
claim "one thread is enough, which has a file of its own open" eval 'separate 2>&1 | grep -q "in use.*process '$left'"'
kill "$left" && wait "$left" 2>/dev/null

# Killed at each of its steps, each time from where it was killed before.
halfway() {
	local n=1
	again before
	while :; do
		: >"$work/steps"
		printf '#!/bin/bash\necho >>"%s"\n[ "$(wc -l <"%s")" -ne %d ] || { kill -9 $PPID; exit; }\nexec %s "$@"\n' \
			"$work/steps" "$work/steps" "$n" "$(command -v chmod)" >"$work/killing/chmod"
		PATH=$work/killing:$PATH separate >/dev/null 2>&1 && break
		closed_again "root 700" || return
		! as assay-api test -r "$VAR/authority/root.key" || { echo "open after step $n"; return 1; }
		n=$((n + 1))
	done
	[ "$n" -gt 10 ] || { echo "only $n steps"; return 1; }
	same_as_after
}
listed() { (cd "$1" && find . ! -path './run*' -printf '%P %y %U:%G %m %l\n' | LC_ALL=C sort); }
same_as_after() { diff <(listed "$work/after") <(listed "$VAR"); }
mkdir "$work/killing" && touch "$work/killing/chmod" && chmod 755 "$work/killing/chmod"
claim "interrupted at any step, it leaves nothing open, and the next time ends it" halfway

# ---- what was one user's alone, and is there beside

again before
as assay sh -c 'echo all >"$1/dump.sql"; mkdir "$1/kept" && echo all >"$1/kept/dump.sql"; chmod -R a+rX "$1/dump.sql" "$1/kept"' - "$VAR"
claim "it is separated with what else is in it" separate
claim "which nobody can read now who could not before" eval \
	'for f in dump.sql kept/dump.sql; do ! as assay-api cat "$VAR/$f" 2>/dev/null || exit; done'

again
as assay-api sh -c 'cd "$1/api" && echo >tool && chmod 6755 tool && mkdir -m 3777 open' - "$VAR"
claim "it is separated with programs that make another user of who runs them" separate
claim "which they do no longer, and no folder is open" is "$(find "$VAR" -type f -perm /6000 -o ! -type l -perm -002)" ""
again before
cp -a "$VAR" "$work/restored" && rm "$work/restored/lock" && chown -R root:root "$work/restored" && chmod -R go= "$work/restored"
rm -rf "$VAR" && cp -a "$work/restored" "$VAR"
claim "files that root has restored are given to whose they are" separate
claim "all of them" same_as_after
(umask 000 && again before && separate) >/dev/null
claim "by whatever mask, no unit is anybody's to write" is "$(find "$units"/*assay* /etc/tmpfiles.d/assay.conf -perm /022 ! -type l)" ""

# ---- what is not root's to begin with

refuses() { # words
	local said
	said=$(separate 2>&1) && { echo "it was done"; return 1; }
	grep -q "$1" <<<"$said" || { echo "$said"; return 1; }
}
again before
chown -R games "$VAR"
claim "whoever else is the database's superuser: there would be none" refuses "made by games"
again before
mkdir "$place/theirs" && chown games "$place/theirs" && mv "$VAR" "$place/theirs/"
VAR=$place/theirs/var
claim "an instance in a folder that another can exchange is refused" refuses "can exchange what is in $place/theirs"
mv "$VAR" "$place/" && VAR=$place/var
chown games "$prefix/lib/assay/assay_api.so"
claim "so are programs that another can write" refuses "can write to .*assay_api.so"
chown root "$prefix/lib/assay/assay_api.so"
chmod 777 "$prefix"
claim "and a folder of theirs" refuses "can exchange what is in $prefix"
chmod 755 "$prefix"
claim "then it is done" separate
trap - EXIT
alone
rm -rf "$work"
[ "$failed" -eq 0 ]
