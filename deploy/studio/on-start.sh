#!/usr/bin/env bash
# Lifecycle configuration for a JupyterLab space: installs the dashboard and starts it with the space. Packages are
# installed again when the lists of them have changed.
# SageMaker waits for this script and gives up after some minutes, so the work goes on in the background and this
# returns at once. What happens is written to ~/.transformer-dashboard.log.
set -euo pipefail

# A lifecycle configuration takes no arguments: edit here.
source_folder="${DASHBOARD_SOURCE:-$HOME/transformer-dashboard}"            # the project, cloned or unpacked
wheelhouse="${DASHBOARD_WHEELHOUSE:-}"                                      # without internet: a folder of wheels
torch_index="${DASHBOARD_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}"  # a small torch; empty for CUDA's

lists_of_packages() {
  sha256sum requirements.txt requirements.lock
}

install_packages() {
  python3 -m venv .venv
  local pip=(.venv/bin/python -m pip install) torch
  torch="$(grep '^torch==' requirements.txt)"
  [[ -z $wheelhouse ]] || pip+=(--no-index --find-links "$wheelhouse")
  "${pip[@]}" --no-deps --require-hashes -r requirements.lock
  [[ -n $wheelhouse || -z $torch_index ]] || pip+=(--index-url "$torch_index")
  "${pip[@]}" "$torch"
  lists_of_packages >.venv/complete
}

(
  trap '' HUP
  cd "$source_folder"
  [[ -e .venv/complete && $(<.venv/complete) == "$(lists_of_packages)" ]] || install_packages
  deploy/studio/start.sh
) >"$HOME/.transformer-dashboard.log" 2>&1 </dev/null &
