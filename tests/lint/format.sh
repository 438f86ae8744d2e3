#!/bin/bash
# Every C file looks as clang-format would write it.
set -eu -o pipefail
. "$(dirname "$0")/files.bash"

mapfile -t files < <(tree_files '*.c' '*.h')
clang-format --dry-run -Werror --style=file "${files[@]}"
