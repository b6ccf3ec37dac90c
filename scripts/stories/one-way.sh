#!/bin/sh
# What the leader says to one follower is lost, while it hears that one; the links of the third are bad.
# scripts/stories/one-way.sh [--data DIR | --compose]: for three replicas that run
set -eu
fault() { "$(dirname "$0")/../fault" "$@"; }
trap 'test $? = 0 || fault heal "$@"' EXIT

# As the links come in another one may lead: so the faults that ask for nobody by name come first.
fault duplicate 20 "$@"
leader=$(fault leader "$@") && deaf=$((leader % 3 + 1)) && bad=$((deaf % 3 + 1))
fault cut "$leader" "$deaf" "$@"
fault drop 5 "$bad" "$@"
write() { curl -sS -o /dev/null --fail --retry 9 --retry-all-errors -X PUT -d "$1" "$2/v1/kv/story/$1"; }
for n in "$leader" "$bad"; do write "$n" "$(fault url "$n" "$@")"; done
fault status "$@"
fault heal "$@"
for n in "$leader" "$bad"; do
  test "$(curl -sS --fail "$(fault url "$deaf" "$@")/v1/kv/story/$n")" = "$n"
done
echo "writes went on at replicas $leader and $bad, and replica $deaf has them too"
