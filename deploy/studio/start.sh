#!/usr/bin/env bash
# Starts the dashboard in SageMaker Studio and prints the address to open. For a terminal or a notebook cell:
#
#   !bash ~/transformer-dashboard/deploy/studio/start.sh
#
# It goes on running when the cell, the terminal or the tab is closed. A second start finds the first and says where it is.
# Options are passed on: start.sh --server.port 8600
set -euo pipefail
cd "$(dirname "$0")/../.."

python="${DASHBOARD_PYTHON:-.venv/bin/python}"
run="${DASHBOARD_RUN_FOLDER:-.cache/studio}"
mkdir -p "$run"

# The number in the file may be another process's by now: the folder outlives a space's restart, and numbers come again.
runs() {
  [[ -f $run/pid ]] && tr '\0' ' ' 2>/dev/null <"/proc/$(<"$run/pid")/cmdline" | grep --quiet 'components\.server\.start '
}

if runs; then
  echo "It runs already (to stop it: kill $(<"$run/pid"))."
else
  : >"$run/log" # there before anything reads it
  nohup "$python" -m components.server.start --profile studio "$@" >"$run/log" 2>&1 </dev/null &
  echo $! >"$run/pid"
fi

# The start prints the address when the first visitor's page is ready.
for _ in {1..120}; do
  if grep --quiet "^The dashboard runs" "$run/log"; then
    sed -n '/^The dashboard runs/,/^  https:/p' "$run/log"
    exit 0
  fi
  kill -0 "$(<"$run/pid")" 2>/dev/null || break
  sleep 1
done
echo "It did not start. What it said ($run/log):" >&2
tail -n 20 "$run/log" >&2
exit 1
