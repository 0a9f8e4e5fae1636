# Sourced first by the shell scripts, with their arguments: --help prints the comment at the script's head, and a wrong
# command line is one line and exit code 2.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }
wrong() { echo "$(basename "$0"): $1 (--help tells more)" >&2; exit 2; }

# arguments LEAST MOST WHAT "$@": how many words there may be, and what is missing where there are fewer.
arguments() {
  local least=$1 most=$2 what=$3 word
  shift 3
  for word in "$@"; do
    [ "$word" != -- ] || break
    case "$word" in -h | --help) usage; exit 0 ;; esac
  done
  [ $# -ge "$least" ] || wrong "$what is missing"
  [ $# -le "$most" ] || wrong "what is \"${*:most+1:1}\" for?"
}
# An option where a folder or a name is wanted.
no_option() { case "${1:-}" in -*) wrong "there is no option $1" ;; esac; }
