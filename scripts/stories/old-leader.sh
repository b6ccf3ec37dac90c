#!/bin/sh
# The leader is cut off. The others elect a new one, which takes writes, and the old one refuses.
# scripts/stories/old-leader.sh [--data DIR | --compose]: for three replicas or more that run
set -eu
fault() { "$(dirname "$0")/../fault" "$@"; }
trap 'test $? = 0 || fault heal "$@"' EXIT

old=$(fault url leader "$@")
curl -sS -o /dev/null --fail --retry 9 --retry-all-errors -X PUT -d 'before' "$old/v1/kv/story/leader"
fault partition leader "$@"
new=$(fault url leader "$@")
curl -sS -o /dev/null --fail --retry 9 --retry-all-errors -X PUT -d 'meanwhile' "$new/v1/kv/story/leader"
refused=$(curl -sS -o /dev/null -w '%{http_code}' -X PUT -d 'nowhere' "$old/v1/kv/story/leader")
fault heal "$@"
now=$(curl -sS --fail --retry 9 --retry-all-errors "$old/v1/kv/story/leader")
echo "the new leader at $new took a write, the old one at $old refused ($refused), and has now: $now"
test "$new" != "$old" && test "$refused" = 503 && test "$now" = 'meanwhile'
