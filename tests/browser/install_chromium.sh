#!/usr/bin/env bash
# Installs the distribution's Chromium, with root and apt-get; elsewhere says so.
set -euo pipefail

for name in ${CHROMIUM:-} chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done

if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  echo "installing chromium ..." >&2
  export DEBIAN_FRONTEND=noninteractive
  if { apt-get update && apt-get install --yes --no-install-recommends chromium; } >/dev/null 2>&1; then exit 0; fi
fi
echo "chromium is missing, and installing it takes root and apt-get; see: make doctor" >&2
