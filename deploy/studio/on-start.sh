#!/usr/bin/env bash
# Lifecycle configuration for a JupyterLab space: installs the dashboard once and starts it with the space.
# SageMaker waits for this script and gives up after some minutes, so the work goes on in the background and this
# returns at once. What happens is written to ~/.transformer-dashboard.log.
set -euo pipefail

# A lifecycle configuration takes no arguments: edit here.
source_folder="${DASHBOARD_SOURCE:-$HOME/transformer-dashboard}"            # the project, cloned or unpacked
wheelhouse="${DASHBOARD_WHEELHOUSE:-}"                                      # without internet: a folder of wheels
torch_index="${DASHBOARD_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}"  # a small torch; empty for CUDA's

install_packages() {
  python3 -m venv .venv
  local pip=(.venv/bin/python -m pip install)
  if [[ -n $wheelhouse ]]; then
    "${pip[@]}" --no-index --find-links "$wheelhouse" -r requirements.txt
  else
    [[ -z $torch_index ]] || "${pip[@]}" --index-url "$torch_index" "$(grep '^torch==' requirements.txt)"
    "${pip[@]}" -r requirements.txt
  fi
  touch .venv/complete
}

(
  trap '' HUP
  cd "$source_folder"
  [[ -e .venv/complete ]] || install_packages
  deploy/studio/start.sh
) >"$HOME/.transformer-dashboard.log" 2>&1 </dev/null &
