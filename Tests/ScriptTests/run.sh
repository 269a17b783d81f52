#!/usr/bin/env bash
# Tests of ./switchboard itself, against stand-ins for the five executables (fakes/) and a real PostgreSQL.
# run.sh [word]: only the tests whose sentence holds the word. Prints `ok <sentence>` or `not ok <sentence>` for each.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=harness.sh
source "$here/harness.sh"
# shellcheck source=start_tests.sh
source "$here/start_tests.sh"
# shellcheck source=stop_tests.sh
source "$here/stop_tests.sh"
# shellcheck source=restart_tests.sh
source "$here/restart_tests.sh"
# shellcheck source=settings_tests.sh
source "$here/settings_tests.sh"
# shellcheck source=tool_tests.sh
source "$here/tool_tests.sh"

for name in $(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p'); do
    [[ -z ${1:-} || $name == *"$1"* ]] || continue
    run_test "$name"
done
echo "done"
