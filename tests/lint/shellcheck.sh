#!/bin/bash
# test-limit: 120
# Every shell script, found by its first line or its ending, passes shellcheck; functions whose
# arguments may be left out (SC2119, SC2120) are meant.
set -eu -o pipefail
. "$(dirname "$0")/files.bash"

tree_files . | while read -r file; do
    case $file in
    *.sh | *.bash) echo "$file" ;;
    *) if head -c 64 "$file" | head -n 1 | grep -qaE '^#!.*[/ ](ba)?sh( |$)'; then echo "$file"; fi ;;
    esac
done | xargs -r shellcheck -x --source-path=SCRIPTDIR --source-path=SCRIPTDIR/.. -e SC2119,SC2120
