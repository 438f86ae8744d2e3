#!/bin/bash
# Every shell script, found by its first line or its ending, passes shellcheck.
set -eu -o pipefail
. "$(dirname "$0")/files.bash"

tree_files . | while read -r file; do
    case $file in
    *.sh | *.bash) echo "$file" ;;
    *) if head -c 64 "$file" | head -n 1 | grep -qaE '^#!.*[/ ](ba)?sh( |$)'; then echo "$file"; fi ;;
    esac
done | xargs -r shellcheck -x --source-path=SCRIPTDIR
