#!/usr/bin/env bash
# Installs the distribution's Chromium, with root and apt-get; elsewhere says so.
set -euo pipefail

for name in ${CHROMIUM:-} chromium-headless-shell chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done

if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  echo "installing chromium ..." >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update >/dev/null 2>&1 || true
  # The shell has no window, and starts with less; older distributions do not have it.
  for name in chromium-headless-shell chromium; do
    if apt-get install --yes --no-install-recommends "$name" >/dev/null 2>&1; then exit 0; fi
  done
fi
echo "chromium is missing, and installing it takes root and apt-get; see: make doctor" >&2
