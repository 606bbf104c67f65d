#!/usr/bin/env bash
# Make what a team's dashboard needs and no repository holds, in deploy/team/own/: passwords, and two files to fill in.
# What is there already stays as it is: run again, it changes nothing.
set -euo pipefail
umask 077

project="$(cd "$(dirname "$0")/../.." && pwd)"
own="${1:-$project/deploy/team/own}"
mkdir -p "$own"
cd "$own"

random() { od -An -N 32 -tx1 /dev/urandom | tr -d ' \n'; }
made=()

if [[ ! -e database_password ]]; then
  random >database_password
  printf 'postgresql://dashboard:%s@postgres:5432/dashboard' "$(cat database_password)" >database
  made+=(database_password database)
fi
if [[ ! -e secrets.toml ]]; then
  sed "s/^cookie_secret = \"\"/cookie_secret = \"$(random)\"/" "$project/.streamlit/secrets.toml.example" >secrets.toml
  made+=(secrets.toml)
fi
if [[ ! -e dashboard.toml ]]; then
  cp "$project/deploy/team/dashboard.toml.example" dashboard.toml
  made+=(dashboard.toml)
fi

echo "made in $own: ${made[*]:-nothing, all was there}"
echo "now write who may come in into dashboard.toml, and the provider of the sign-in into secrets.toml."
if [[ $(id -u) -eq 0 ]]; then
  # the dashboard's user in the image reads these three, and nobody else on this machine
  chown 10001 dashboard.toml secrets.toml database
else
  echo "then let the image's user read them: sudo chown 10001 $own/{dashboard.toml,secrets.toml,database}"
fi
