#!/usr/bin/env bash
# Unpacks Prometheus and its tool from the distribution's package into a folder, with apt-get; elsewhere says so.
# Installing the package would start its server for good.
set -euo pipefail
folder=$1
wanted=()
for each in prometheus promtool; do
  command -v "$each" >/dev/null || [[ -x $folder/$each ]] || wanted+=("$each")
done
[[ ${#wanted[@]} -gt 0 ]] || exit 0

if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
  echo "fetching ${wanted[*]} ..." >&2
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  cd "$unpacked"
  fetch() { apt-get download prometheus >/dev/null 2>&1; }
  if fetch || { apt-get update >/dev/null 2>&1 && fetch; }; then
    dpkg-deb --extract prometheus_*.deb package
    install -m 755 "${wanted[@]/#/package/usr/bin/}" "$folder"
    exit 0
  fi
fi
echo "prometheus is missing, and fetching it takes apt-get; see: make doctor" >&2
