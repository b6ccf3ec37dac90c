#!/bin/sh
# The leader is cut off. The others elect a new one, which takes writes, and the old one refuses.
# scripts/stories/old-leader.sh [--data DIR | --compose]: for three replicas or more that run
set -eu
fault() { "$(dirname "$0")/../fault" "$@"; }
trap 'test $? = 0 || fault heal "$@"' EXIT

before=$(fault url leader "$@")
curl -sS -o /dev/null --fail -X PUT -d 'before' "$before/v1/kv/story/leader"
# Who leads may have changed as the links came in: the fault says whom it struck.
said=$(fault partition leader "$@")
echo "$said"
old=$(fault url "$(echo "$said" | sed -n 's/.*; replica \([0-9]\) led.*/\1/p')" "$@")
new=$(fault url leader "$@")
curl -sS -o /dev/null --fail -X PUT -d 'meanwhile' "$new/v1/kv/story/leader"
refused=$(curl -sS -o /dev/null -w '%{http_code}' -X PUT -d 'nowhere' "$old/v1/kv/story/leader")
fault heal "$@"
now=$(curl -sS --fail "$old/v1/kv/story/leader")
echo "the new leader at $new took a write, the old one at $old refused ($refused), and has now: $now"
test "$new" != "$old" && test "$refused" = 503 && test "$now" = 'meanwhile'
