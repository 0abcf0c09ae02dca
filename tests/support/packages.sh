#!/bin/sh
# packages.sh build|check: installs the Debian packages that are missing, and only those.
# build: to compile and run the daemon, and for `make demo`. check: that, and the tests and lint.
set -eu

build='gcc libc6-dev make pkg-config libevent-dev libhiredis-dev libjansson-dev
    libcurl4-openssl-dev libsystemd-dev libssl-dev libyaml-dev redis-server
    ca-certificates tzdata python3 curl jq'
check='openssl libcmocka-dev python3-pytest python3-redis python3-yaml
    clang-format pmccabe shellcheck binutils'

case "${1:-check}" in
build) wanted=$build ;;
check) wanted="$build $check" ;;
*)
    echo "usage: packages.sh build|check" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "packages: not a Debian system; needed, by their Debian names:"
    # shellcheck disable=SC2086 # a list of words
    echo "packages:" $wanted
    exit 0
fi

missing=
for p in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $p"
done
if [ -z "$missing" ]; then
    echo "packages: all present"
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "packages: missing:$missing" >&2
    echo "packages: run as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

# Installing redis-server would start a service on port 6379. We only need the program: for the
# time of the installation Debian's policy-rc.d forbids starting services. One that is already
# there (containers have one) is somebody else's decision and stays as it is.
policy=/usr/sbin/policy-rc.d
ours=
undo() {
    [ -z "$ours" ] || rm -f "$policy"
}
trap undo EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
    ours=yes
    cat >"$policy" <<'POLICY'
#!/bin/sh
# Here while shixian's packages.sh installs packages; if you find it later, remove it.
exit 101
POLICY
    chmod 755 "$policy"
fi

echo "packages: installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# --no-remove: never trade one of the machine's packages for one of ours.
apt() {
    apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}
apt update || echo "packages: the package lists could not be refreshed, going on" >&2
# shellcheck disable=SC2086 # a list of words
apt install -y --no-install-recommends --no-remove $missing
case " $missing " in
*' redis-server '*)
    # Nor at the next boot: the daemon runs its own private Redis.
    ! command -v systemctl >/dev/null || systemctl disable redis-server >/dev/null 2>&1 || true
    echo "packages: redis-server's own service on port 6379 was neither started nor enabled"
    ;;
esac
