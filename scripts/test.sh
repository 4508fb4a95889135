#!/usr/bin/env bash
# Installs what is missing, then builds and runs every test, in release: convolutions crawl in debug builds. Arguments go to
# `swift test`: scripts/test.sh --filter TesseraKernelsTests
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$here/scripts/setup.sh"
tessera_setup
exec swift test --package-path "$here" -c release --disable-xctest "$@"
