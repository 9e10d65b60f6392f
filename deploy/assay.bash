# Completion of `assay` in bash: nouns, verbs and options as its own help has
# them, and for --as the credentials of the instance.  `make install` puts it
# where bash-completion looks; else: . deploy/assay.bash

# What help says behind these words, without a server.
_assay_help() { "${COMP_WORDS[0]}" "$@" --help 2>/dev/null; }

# The next word of every command that begins with these.
_assay_words() { # words...
	_assay_help | awk -v begin="assay ${*:+$* }" '
		{ sub(/^ +/, ""); sub(/  .*/, "") }
		index($0, begin) == 1 {
			split(substr($0, length(begin) + 1), word, " ")
			if (word[1] ~ /^[a-z][a-z-]*$/) print word[1]
		}' | sort -u
}

_assay() {
	local now=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]} said=() i
	local var=${ASSAY_VAR:-var}
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--var) var=${COMP_WORDS[++i]} ;;
		--as | --url) ((i++)) ;;
		-*) ;;
		*) said+=("${COMP_WORDS[i]}") ;;
		esac
	done
	case $last:$now in
	--as:*)
		mapfile -t COMPREPLY < <(cd "$var/credentials" 2>/dev/null &&
			compgen -G "$now*.crt" | grep -vx root.crt | sed 's/\.crt$//')
		;;
	*:-*)
		mapfile -t COMPREPLY < <(compgen -W "$(_assay_help "${said[@]:0:3}" |
			sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p')" -- "$now")
		;;
	*) mapfile -t COMPREPLY < <(compgen -W "$(_assay_words "${said[@]}")" -- "$now") ;;
	esac
}
complete -o default -F _assay assay
