# What the tests of the demo share: a folder that goes away, a demo in it, its engine and its venue asked. Source it, do not run it.
# shellcheck shell=bash
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${SOFIA_BIN:?the folder of the programs under test}"
work=$(mktemp -d "${TMPDIR:-/tmp}/sofia-demo-XXXXXX")
dir=$work/demo
demo=''

fail() {
    echo "FAILED: $*"
    tail -n 20 "$work/out" "$dir/logs/engine.out" 2>/dev/null || true
    exit 1
}

# start_demo <option> ...: in the background, on a free port.
start_demo() {
    "$root/scripts/demo" --port 0 --dir "$dir" "$@" >"$work/out" 2>&1 &
    demo=$!
}

end() {
    if [ -n "$demo" ] && kill -0 "$demo" 2>/dev/null; then
        kill -TERM "$demo"
        wait "$demo" || true
    fi
    rm -rf "$work"
}
trap end EXIT

# until_true <seconds> <command> ...
until_true() {
    local i
    for ((i = 0; i < $1 * 10; i++)); do
        "${@:2}" 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}

# ask <path> [curl option ...]: the engine. judge <path>: the venue.
ask() {
    local port
    port=$(sed -n 's/.*msg="listening on [^:]*:\([0-9]*\),.*/\1/p' "$dir/logs/engine.out")
    curl -sf --max-time 5 -H "Authorization: Bearer $(cat "$dir/control.token")" "${@:2}" "http://127.0.0.1:$port$1"
}
judge() {
    curl -sf --max-time 5 --cacert "$dir/venue/ca.pem" "$(sed -n 's/^sofia-venue ready \([^ ]*\).*/\1/p' "$dir/logs/venue.out")$1"
}

# engine_count <field of orders in /health> <at least>
engine_count() { ask /health | jq -e ".orders.$1 >= $2" >/dev/null; }
venue_open() { judge /_ledger | jq '[.accounts[].orders[] | select(.open)] | length'; }
