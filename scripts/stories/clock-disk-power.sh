#!/bin/sh
# A clock is wrong, a disk is full, then the power fails everywhere. What was acknowledged is there.
# scripts/stories/clock-disk-power.sh [--data DIR]: for three replicas of npm run cluster
set -eu
fault() { "$(dirname "$0")/../fault" "$@"; }
trap 'test $? = 0 || fault heal "$@"' EXIT

leader=$(fault leader "$@") && full=$((leader % 3 + 1))
url=$(fault url "$leader" "$@")/v1/kv/story/power
fault skew "$leader" 60000 "$@"
fault fill-disk "$full" "$@"
curl -sS -o /dev/null --fail --retry 9 --retry-all-errors -X PUT -d 'acknowledged' "$url"
for n in 1 2 3; do fault kill "$n" "$@"; done
fault heal "$@"
now=$(curl -sS --fail --retry 9 --retry-all-errors "$url")
echo "after a clock, a disk and the power: $now"
test "$now" = 'acknowledged'
