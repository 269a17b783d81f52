# shellcheck shell=bash
# The release build, in a folder of its own so that it never waits for a debug build; skipped when nothing that goes
# into it has changed.

release_stamp=$root/.build-release/stamp

# What a build is made of, as one hash: the package, the sources and the compiler.
hash_sources() {
    {
        printf '%s\n' "$swift_version"
        cd "$root" && find Package.swift Services Shared -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    } | sha256sum | cut -c 1-64
}

has_executables() {
    local name
    for name in gateway "${services[@]}" extractor; do [[ -x $bin_dir/$name ]] || return 1; done
}

# compile_release <log>: the executables alone, without what only tests and benchmarks need. Bugs that fault tests plant
# belong in a debug build alone.
compile_release() {
    local name
    for name in "${services[@]}" gateway extractor; do
        run_logged "$1" env -u SWITCHBOARD_PLANTED_BUGS swift build -c release --static-swift-stdlib --product "$name" \
            --package-path "$root" --scratch-path "$root/.build-release" || return 1
    done
}

# build_release: a step of its own; false when it failed. SWITCHBOARD_BIN_DIR names executables that are built already.
build_release() {
    if [[ -n ${SWITCHBOARD_BIN_DIR:-} ]]; then
        has_executables && return
        complain "SWITCHBOARD_BIN_DIR $bin_dir lacks one of: gateway ${services[*]} extractor."
        return 1
    fi
    begin_step "Release build"
    local hash log=$logs_dir/build.log
    hash=$(hash_sources)
    if has_executables && [[ -r $release_stamp && $(<"$release_stamp") == "$hash" ]]; then
        end_step "unchanged"
        return
    fi
    [[ -n $is_terminal ]] || say "..  Release build; the first one takes some minutes (log: $log)"
    : >"$log"
    compile_release "$log" || {
        fail_step
        grep -E '(error|warning):' "$log" | sort -u | head -n 20 >&2 || true
        tail -n 10 "$log" >&2
        complain "The release build failed; its whole output is in $log."
        return 1
    }
    printf '%s\n' "$hash" >"$release_stamp"
    end_step
}
