#!/bin/bash
# Nothing in the tree knows the machine that it was written on: no absolute path of a home or a
# workplace, no host of a private network.
set -eu -o pipefail
. "$(dirname "$0")/files.bash"

# The brackets keep this file from matching itself.
paths='(^|[^[:alnum:]_./-])/([w]ork|[t]mp/wt|[r]oot/[.a-z]|[h]ome/[a-z]+)(/|$|[^[:alnum:]_-])'
hosts='https?://[[:alnum:].-]+\.([i]nternal|[c]orp|[i]ntra|[l]an)([/:"]|$)'
tree_files . | { xargs -d '\n' grep -HnIE "$paths|$hosts" || true; } |
    { grep -vE '/[h]ome/(me|user)\b|(ec2|compute|google)\.internal' || true; } | refuse_lines "knows its machine"
