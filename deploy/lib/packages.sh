# shellcheck shell=bash
# What the machine must have: Debian packages, installed when missing, and Swift, which the person installs.

least_swift=6.2
pg_bin=${SWITCHBOARD_PG_BIN:-/usr/lib/postgresql/15/bin}

# The packages that a command needs, into `wanted`. With DATABASE_URL no server is installed.
list_packages() {
    wanted=(curl openssl libzmq5 libpq5 libcrypt1 postgresql-client-15)
    # What reads documents, in a process that is confined.
    wanted+=(poppler-utils catdoc libseccomp2 libzip4 libxml2)
    # They find the words in audio where STT_BASE_URL names no server.
    wanted+=(sox pocketsphinx pocketsphinx-en-us)
    [[ $1 != test ]] && ! uses_private_cluster || wanted+=(postgresql-15)
    # The tests install rclone from PyPI: it serves S3 to them. flite speaks to them, clamd scans for them.
    [[ $1 != test ]] || wanted+=(shellcheck python3 python3-venv python3-aiosmtpd flite clamav-daemon)
    [[ $1 != run ]] || return 0
    wanted+=(libzmq3-dev libpq-dev libcrypt-dev libseccomp-dev libzip-dev libxml2-dev pkg-config git ca-certificates libc6-dev binutils)
    # What Swift's own programs are linked with.
    wanted+=(libncurses6 libsqlite3-0 libcurl4 libxml2 libedit2 tzdata)
    has_any_package 'libstdc++-*-dev' || wanted+=(libstdc++-12-dev)
}

has_any_package() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

# Those of `wanted` that are not installed, into `missing`.
find_missing_packages() {
    local package
    local -A present=()
    while read -r package; do present[$package]=1; done < <(
        dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p'
    )
    missing=()
    for package in "${wanted[@]}"; do [[ -n ${present[$package]:-} ]] || missing+=("$package"); done
}

# ensure_packages run|build|test: a step of its own. Without apt it names what is missing, if anything is.
ensure_packages() {
    begin_step "System packages"
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        require_without_apt "$1"
        return
    fi
    list_packages "$1"
    find_missing_packages
    if ((${#missing[@]} == 0)); then
        end_step "all present"
        return
    fi
    say "..  Installing ${missing[*]}"
    install_packages || {
        fail_step
        tail -n 15 "$logs_dir/apt.log" >&2
        die "apt-get could not install ${missing[*]}. Install those by hand, or set DATABASE_URL when only PostgreSQL 15 cannot be had (its whole log: $logs_dir/apt.log)."
    }
    end_step "installed ${missing[*]}"
}

# Known package lists are used as they are; only when they are absent or too old are they fetched.
install_packages() {
    as_root=()
    if [[ $EUID -ne 0 ]]; then
        command -v sudo >/dev/null || die "These Debian packages are missing: ${missing[*]}. Run as root: apt-get install ${missing[*]}"
        as_root=(sudo -n)
        sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; } ||
            die "These Debian packages are missing and sudo asks for a password here. Run: sudo apt-get install ${missing[*]}"
    fi
    local status=0
    keep_server_packages_quiet
    try_install || { apt_get update && try_install; } || status=$?
    let_server_packages_be
    return "$status"
}

try_install() { apt_get install --no-install-recommends -y "${missing[@]}"; }

apt_get() {
    run_logged "$logs_dir/apt.log" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# Debian's package starts a server of its own on port 5432 when it is installed; nobody asked for that one.
quiet_file=/etc/postgresql-common/createcluster.d/switchboard.conf
keep_server_packages_quiet() {
    [[ " ${missing[*]} " == *' postgresql-15 '* ]] || return 0
    "${as_root[@]}" mkdir -p "${quiet_file%/*}"
    printf 'create_main_cluster = false\n' | "${as_root[@]}" tee "$quiet_file" >/dev/null
}
let_server_packages_be() { "${as_root[@]}" rm -f "$quiet_file"; }

# require_without_apt run|build|test: on a machine without apt, a sentence that names what is not there.
require_without_apt() {
    local absent=() tool header
    for tool in curl openssl flock setpriv; do command -v "$tool" >/dev/null || absent+=("$tool"); done
    ! uses_private_cluster || [[ -x $pg_bin/postgres ]] || absent+=("PostgreSQL 15 (its programs' folder in SWITCHBOARD_PG_BIN)")
    if [[ $1 != run ]]; then
        for tool in pkg-config git; do command -v "$tool" >/dev/null || absent+=("$tool"); done
        for header in zmq.h:libzmq crypt.h:libcrypt seccomp.h:libseccomp zip.h:libzip; do
            [[ -e /usr/include/${header%:*} || -e /usr/local/include/${header%:*} ]] || absent+=("${header#*:} with headers")
        done
        pkg-config --exists libpq 2>/dev/null || absent+=("libpq with headers")
        pkg-config --exists libxml-2.0 2>/dev/null || absent+=("libxml2 with headers")
    fi
    if ((${#absent[@]})); then
        fail_step
        local list
        printf -v list '%s, ' "${absent[@]}"
        die "This machine has no apt, so nothing was installed. Please install: ${list%, }."
    fi
    end_step "all present (no apt here)"
}

# ensure_swift: Swift is there and new enough. Its first line of self-description goes into `swift_version`.
ensure_swift() {
    begin_step "Swift"
    command -v swift >/dev/null || {
        fail_step
        die "Swift is not installed. Swift $least_swift or newer is at https://www.swift.org/install/linux/ (a tarball for Debian 12, or swiftly)."
    }
    swift_version=$(swift --version 2>&1 | head -n 1 || true)
    local number=''
    [[ ! $swift_version =~ version\ ([0-9]+(\.[0-9]+)*) ]] || number=${BASH_REMATCH[1]}
    if [[ -z $number ]]; then
        fail_step
        die "Swift is there but does not work: $swift_version"
    elif ! is_at_least "$number" "$least_swift"; then
        fail_step
        die "Swift is $number; $least_swift or newer is needed: https://www.swift.org/install/linux/"
    fi
    end_step "$number"
}

# is_at_least <version> <least version>
is_at_least() { [[ $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }
