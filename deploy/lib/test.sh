# shellcheck shell=bash
# `./switchboard test`: everything that CI runs, each step timed, at the end how much passed and failed.

test_steps=(lint shellcheck scripts build imports tidy unit integration system faults release smoke)
passed=0 failed=0 failed_steps=() unsteady=()

command_test() {
    local chosen=() rounds=1 step
    while (($#)); do
        case $1 in
            --faults) rounds=10 ;;
            -*) die "'test' knows no option '$1'; it takes --faults and names of steps: ${test_steps[*]}." ;;
            *)
                [[ " ${test_steps[*]} " == *" $1 "* ]] || die "There is no step '$1'; there are: ${test_steps[*]}."
                chosen+=("$1")
                ;;
        esac
        shift
    done
    ((${#chosen[@]})) || chosen=("${test_steps[@]}")
    export FAULT_ROUNDS=${FAULT_ROUNDS:-$rounds}
    prepare_test
    for step in "${test_steps[@]}"; do
        [[ " ${chosen[*]} " != *" $step "* ]] || "step_$step"
    done
    read_clock
    local seconds
    format_seconds $((now - test_began))
    say ""
    ((failed == 0)) || complain "Failed: ${failed_steps[*]}. The logs are in $logs_dir."
    local test
    for test in "${unsteady[@]}"; do
        complain "Unsteady: $test failed once beside others and then passed $steady_rounds times alone."
    done
    say "Took $seconds."
    say "$passed passed, $failed failed"
    ((failed == 0))
}

# The tests see none of the person's own settings, and their logs are kept apart from those of a running stack.
prepare_test() {
    local name
    for name in DATA_DIR API_HOST API_PORT BUS_DIR BUS_KEYS_DIR CALLS_PROCESSES HEALTH_HOST HEALTH_PORT LOG_LEVEL LOG_FORMAT \
        JWT_SECRET_KEY MASTER_KEY S3_ENDPOINT S3_REGION S3_BUCKET_RECORDINGS S3_BUCKET_DOCUMENTS S3_ACCESS_KEY S3_SECRET_KEY \
        MINIO_HOST MINIO_PORT MINIO_ROOT_USER MINIO_ROOT_PASSWORD TLS_CERT_FILE TLS_KEY_FILE DEBUG SWITCHBOARD_BIN_DIR SWITCHBOARD_PLANTED_BUGS DATABASE_URL \
        AUTH_DATABASE_URL AGENTS_DATABASE_URL CALLS_DATABASE_URL ANALYTICS_DATABASE_URL; do
        unset "$name"
    done
    export ENV_FILE=/dev/null
    load_settings
    logs_dir=$root/.build/test-logs
    mkdir -p "$logs_dir"
    guard_exit
    read_clock
    test_began=$now
    say "${bold}Switchboard tests$plain"
    ensure_packages test
    ensure_swift
}

# check_step <title> <minutes> <log> <command…>: a step that passes or fails as one.
check_step() {
    local title=$1 minutes=$2 log=$logs_dir/$3.log
    shift 3
    begin_step "$title"
    : >"$log"
    if run_logged "$log" timeout -k 30 "${minutes}m" "$@"; then
        passed=$((passed + 1))
        end_step
    else
        note_failure "$title" "$log"
    fi
}

# note_failure <title> <log>: what failed and why, and the end of the log.
note_failure() {
    failed=$((failed + 1)) failed_steps+=("$1")
    fail_step
    print_complaints "$2" | cut -c1-600 | head -n 120 || true
    printf '%s... the end of %s:%s\n' "$dim" "$2" "$plain"
    tail -n 25 "$2"
}

# print_complaints <log>: each recorded issue with the lines that explain it, then every other line that tells of a failure.
print_complaints() {
    awk '/ recorded an issue/ { told = 1; print; next } /^(◇|✔|✘) / { told = 0 } told' "$1"
    grep -aE '✘|(^|[^a-z])error:|not ok|Fatal error' "$1" | grep -av ' recorded an issue' || true
}

step_lint() {
    check_step "Swift format" 5 lint swift format lint --strict -r "$root/Services" "$root/Shared" "$root/Tests" "$root/Package.swift"
}

# Every file that begins with a shell's name; the two programs of many parts are read with their parts.
step_shellcheck() {
    local scripts=()
    mapfile -t scripts < <(cd "$root" && find . \( -name '.build*' -o -name .git -o -name .data \) -prune -o -type f -size -256k \
        -exec sh -c 'head -n 1 "$1" | grep -qE "^#!.*[/ ](bash|sh)$"' _ {} \; -print)
    # shellcheck disable=SC2016
    check_step "Shell check" 5 shellcheck sh -c 'cd "$1" && shift && shellcheck -x -a switchboard Tests/ScriptTests/run.sh &&
        shellcheck -x "$@"' _ "$root" "${scripts[@]}"
}

# The script's own tests, on stand-ins for the executables and a real PostgreSQL; one count for each test.
step_scripts() {
    local log=$logs_dir/scripts.log good bad
    begin_step "The script itself"
    : >"$log"
    run_logged "$log" timeout -k 30 10m bash "$root/Tests/ScriptTests/run.sh" || true
    good=$(grep -c '^ok ' "$log" || true) bad=$(grep -c '^not ok ' "$log" || true)
    passed=$((passed + good))
    if ((bad == 0 && good > 0)) && grep -q '^done$' "$log"; then
        end_step "$good tests"
    else
        ((bad <= 1)) || failed=$((failed + bad - 1))
        note_failure "The script itself" "$log"
    fi
}

# One debug build for all tests; the bugs that the fault tests look for are compiled into it and sleep until named.
step_build() {
    check_step "Debug build" 25 build \
        swift build --build-tests --package-path "$root" --scratch-path "$root/.build"
}

# It asks of the same build, tests included, so that nothing is compiled again. What it lets pass, imports of a
# dependency's dependency, TidyTests refuse.
step_imports() {
    check_step "Import check" 25 imports swift build --build-tests --package-path "$root" \
        --scratch-path "$root/.build" --explicit-target-dependency-import-check error
}

# On their own, since reading all the code keeps every thread busy on which other tests wait.
step_tidy() { swift_tests "Rules of the code" TidyTests 5 --filter '^TidyTests\.'; }
step_unit() {
    SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 swift_tests "Unit tests" unit 10 \
        --skip '^(TidyTests|IntegrationTests|SystemTests|FaultTests)\.'
}
# A few at a time: each has databases and connections of its own, and some look at the time that something takes.
step_integration() {
    SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 swift_tests "Integration tests" IntegrationTests 10 \
        --filter '^IntegrationTests\.'
}
step_system() { swift_tests "System tests" SystemTests 25 --filter '^SystemTests\.'; }
step_faults() {
    swift_tests "Fault tests" FaultTests $((10 + 8 * FAULT_ROUNDS)) --filter '^FaultTests\.'
    sed -n '/^Fault tests with FAULT_SEED=/,/^injections fired:/p' "$logs_dir/FaultTests.log"
}

# swift_tests <title> <name> <minutes> <option…>: counts tests by the report that Swift Testing writes. A run that ends
# without a report has failed as one.
swift_tests() {
    local title=$1 name=$2 minutes=$3 log=$logs_dir/$2.log report=$logs_dir/$2.xml status=0 tests failures
    shift 3
    [[ $name == unit || -d $root/Tests/$name ]] || return 0
    begin_step "$title"
    : >"$log"
    rm -f -- "$report" "${report%.xml}-swift-testing.xml"
    run_logged "$log" timeout -k 30 "${minutes}m" swift test --skip-build \
        --package-path "$root" --scratch-path "$root/.build" --xunit-output "$report" "$@" || status=$?
    read_report "${report%.xml}-swift-testing.xml"
    ((status == 0 || failures > 0)) || failures=1
    passed=$((passed + (tests > failures ? tests - failures : 0)))
    if ((failures == 0 && tests > 0)); then
        end_step "$tests tests"
    elif [[ $name != TidyTests && $name != FaultTests ]] && pass_alone "$log" "${report%.xml}-swift-testing.xml"; then
        passed=$((passed + failures))
        end_step "$tests tests, $failures of them unsteady"
    else
        ((failures <= 1)) || failed=$((failed + failures - 1))
        note_failure "$title" "$log"
    fi
}

# What a busy machine does to a test that looks at time is no defect of what it tests, and hides none when it is said: up
# to this many tests that failed beside others are run again, each alone, so many times, all of which must pass.
unsteady_limit=3 steady_rounds=5

# pass_alone <log> <report>
pass_alone() {
    local log=$1 again=() test round
    [[ -r $2 ]] || return 1
    mapfile -t again < <(failed_tests "$2")
    ((${#again[@]} > 0 && ${#again[@]} <= unsteady_limit)) || return 1
    print_complaints "$log" | cut -c1-600 | head -n 40 || true
    for test in "${again[@]}"; do
        for ((round = 0; round < steady_rounds; round++)); do
            rm -f -- "$log.alone-swift-testing.xml"
            run_logged "$log" timeout -k 30 5m swift test --skip-build --package-path "$root" --scratch-path "$root/.build" \
                --xunit-output "$log.alone.xml" --filter "$(escape_regex "$test")" || return 1
            grep -q '<testcase ' "$log.alone-swift-testing.xml" || return 1
        done
    done
    unsteady+=("${again[@]}")
}

# failed_tests <report>: the name of each failed test as a filter knows it, without its brackets. The names of suites are
# left out: the report has those that are shown.
failed_tests() {
    awk '/<testcase / { test = $0 } /<(failure|error)[ >]/ { print test }' "$1" |
        sed -e 's/.*<testcase classname="[^"]*" name="\([^"]*\)".*/\1/' -e 's/(.*$//' \
            -e 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&amp;/\&/g' | sort -u
}

escape_regex() {
    # shellcheck disable=SC2016
    printf '%s' "$1" | sed 's/[][\.*^$()+?{}|]/\\&/g'
}

# read_report <file>: into `tests` and `failures`, errors among those.
read_report() {
    tests=0 failures=0
    [[ -r $1 ]] || return 0
    local line
    line=$(grep -m 1 -o '<testsuite [^>]*' "$1" || true)
    [[ ! $line =~ \ tests=\"([0-9]+)\" ]] || tests=${BASH_REMATCH[1]}
    [[ ! $line =~ \ failures=\"([0-9]+)\" ]] || failures=${BASH_REMATCH[1]}
    [[ ! $line =~ \ errors=\"([0-9]+)\" ]] || failures=$((failures + BASH_REMATCH[1]))
}

step_release() {
    if build_release; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)) failed_steps+=("Release build")
    fi
}
