# shellcheck shell=bash
# Everything that the commands of the lab are made of. Sourced.

lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/common.sh
. "$lib/common.sh"
# shellcheck source=lib/build.sh
. "$lib/build.sh"
# shellcheck source=lib/proc.sh
. "$lib/proc.sh"
# shellcheck source=lib/net.sh
. "$lib/net.sh"
# shellcheck source=lib/ipsec.sh
. "$lib/ipsec.sh"
# shellcheck source=lib/cloud.sh
. "$lib/cloud.sh"
# shellcheck source=lib/server.sh
. "$lib/server.sh"
# shellcheck source=lib/standin.sh
. "$lib/standin.sh"
# shellcheck source=lib/jenkins.sh
. "$lib/jenkins.sh"
# shellcheck source=lib/config.sh
. "$lib/config.sh"
# shellcheck source=lib/fault.sh
. "$lib/fault.sh"
