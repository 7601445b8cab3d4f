# Shared by the scripts here: where the repository is, how to say something, how to build a preset. Source it, do not run it.
# shellcheck shell=bash
sofia_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export sofia_root

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

# as_root <command> ...: runs it as root, directly or through sudo (which must not ask when nobody is there to answer).
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif ! command -v sudo >/dev/null; then
        die "'$*' needs root: run this as root, or install sudo"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# build_preset <preset> [<target> ...]: configures build/<preset> the first time and builds it; without a target, everything. Warnings are
# errors here whoever builds, so that a build shared by the demo and the tests is compiled once; but not where the instrumentation makes a
# compiler warn of what cannot be.
build_preset() {
    local preset=$1 dir=$sofia_root/build/$1 launcher=() werror=ON
    shift
    if [ ! -f "$dir/build.ninja" ]; then
        if command -v ccache >/dev/null; then
            launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
        fi
        case $preset in tsan | fuzz) werror=OFF ;; esac
        (cd "$sofia_root" && cmake --preset "$preset" "-DSOFIA_WERROR=$werror" "${launcher[@]}") || return 1
    fi
    ninja -C "$dir" -k 0 "${@:-all}"
}
