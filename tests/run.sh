#!/usr/bin/env bash
# `make test`: the deployed stack's tests wait more than they compute, so the others run beside them.
# They report last, and the last line is pytest's own. Arguments are pytest's.
set -uo pipefail
cd "$(dirname "$0")/.."

NONE_SELECTED=5
others_say=.local/tests-without-stack.txt
mkdir -p .local

.venv/bin/pytest -m "not stack" "$@" > "$others_say" 2>&1 &
others=$!
# Ctrl-C reaches the one in front, which ends its stack in good order.
trap 'kill "$others" 2> /dev/null' EXIT
.venv/bin/pytest -m stack "$@"
with_stack=$?
wait "$others"
without_stack=$?
cat "$others_say"

for status in "$with_stack" "$without_stack"; do
    if [[ $status -ne 0 && $status -ne $NONE_SELECTED ]]; then
        exit "$status"
    fi
done
# Only where neither has a test is there nothing that passed.
exit $((with_stack && without_stack ? NONE_SELECTED : 0))
