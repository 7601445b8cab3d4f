# shellcheck shell=bash
# What the scripts here share: a folder of their own, a sound configuration in it, and ways to look at what a command did.
set -euo pipefail
: "${SOFIA_BIN:?folder of the programs}"
# shellcheck disable=SC2034 # of those who read this file
sofia=$SOFIA_BIN/sofia
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
unset MODE EXCHANGE API_KEY API_SECRET TRADING_MODE KILL_SWITCH ENVIRONMENT QUOTER
work=$(mktemp -d)
engines=()

cleanup() {
    for pid in "${engines[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

# run COMMAND ...: status, out and err of it.
run() {
    status=0
    "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    out=$(cat "$work/out")
    err=$(cat "$work/err")
}

expect_status() {
    [ "$status" = "$1" ] || fail "status $status instead of $1; $out $err"
}

expect_line() { # PATTERN TEXT
    grep -qE -- "$1" <<<"$2" || fail "no line is like: $1"$'\n'"$2"
}

refute_line() {
    ! grep -qE -- "$1" <<<"$2" || fail "a line is like: $1"$'\n'"$2"
}

mkdir "$work/run" "$work/out.d"
cp -r "$source_dir/conf.d" "$work/run/conf.d"
cd "$work/run"
