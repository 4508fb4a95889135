#!/usr/bin/env bash
# Builds the documentation of every module and the tutorial, as pages for any web server; a warning is an error.
# scripts/docs.sh [FOLDER]   (default: .build-docs/site; look at it with: python3 -m http.server --directory FOLDER)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$here/scripts/setup.sh"
tessera_setup
mkdir -p "$here/.build-docs" "${1:-$here/.build-docs/site}"
site=$(cd "${1:-$here/.build-docs/site}" && pwd)
modules=()
# Every Swift module that a package can import has its own catalog.
for catalog in "$here"/Sources/*/*.docc; do modules+=(--target "$(basename "$catalog" .docc)"); done
rm -rf "$site/tessera"
log=$here/.build-docs/log.txt
# Package.swift names the documentation plugin only if this is set.
TESSERA_DOCUMENTATION=1 swift package --package-path "$here" --scratch-path "$here/.build-docs" --allow-writing-to-directory "$site" \
  generate-documentation "${modules[@]}" --enable-experimental-combined-documentation --warnings-as-errors \
  --output-path "$site/tessera" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
# The plugin continues after a module that fails.
if grep -E '^(warning|error|Error):' -A 4 "$log" >&2; then exit 1; fi
echo "documentation of $((${#modules[@]} / 2)) modules: $site/tessera"
