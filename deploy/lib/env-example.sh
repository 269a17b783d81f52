# shellcheck shell=bash
# `./switchboard env-example`: deploy/env.example, made from what the executables say of the settings that they read.

command_env_example() {
    load_settings
    local target=$root/deploy/env.example
    [[ -z ${1:-} ]] || target=$1
    has_executables || die "The executables are not built; run ./switchboard up once."
    write_env_example >"$target.new" || die "The settings could not be read."
    mv "$target.new" "$target"
    say "Wrote $(grep -cE '^#? ?[A-Z][A-Z0-9_]*=' "$target") settings to $target."
}

# Each setting once, with the executables that read it; grouped by who reads it, those of several first.
write_env_example() {
    local name
    for name in gateway "${services[@]}"; do
        "$bin_dir/$name" --print-settings | sed "s/^/$name\t/" || return
    done | awk -f "$root/deploy/lib/env-example.awk"
}
