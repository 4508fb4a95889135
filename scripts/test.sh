#!/usr/bin/env bash
# Installs what is missing, then builds and runs every test, in release: convolutions crawl in debug builds. Arguments go to
# `swift test`: scripts/test.sh --filter TesseraKernelsTests
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$here/scripts/setup.sh"
tessera_setup
# A package that depends on this one, as a user's does.
if [ $# -eq 0 ]; then swift test --package-path "$here/Examples/package" -c release --disable-xctest; fi
exec swift test --package-path "$here" -c release --disable-xctest "$@"
