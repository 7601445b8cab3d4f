# Shared by the lints: where to look, which files, how to end. Every lint takes the tree to look at as its argument (the repository by
# default), prints one line "file:line: what is wrong" per finding and exits 1 if there was one.
# shellcheck shell=bash
lint_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export lint_home
cd "${1:-$lint_home/../..}" || exit 2

# sources <folder> ...: the C files below these folders, those that do not exist left out.
sources() {
    local folder
    for folder in "$@"; do
        [ ! -e "$folder" ] || find "$folder" \( -name node_modules -o -name build \) -prune -o -name '*.[ch]' -print
    done | LC_ALL=C sort
}

# code <file> ...: the same lines as "file:line:code" with comments gone and strings emptied.
code() { [ $# = 0 ] || awk -f "$lint_home/code.awk" "$@"; }

# verdict: standard input holds the findings; shows them and fails if there is one.
verdict() {
    local findings
    findings=$(cat)
    [ -z "$findings" ] && return 0
    printf '%s\n' "$findings"
    return 1
}
