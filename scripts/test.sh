#!/usr/bin/env bash
# Installs what is missing, then builds and runs every test, in release: convolutions crawl in debug builds. Arguments go to
# `swift test`: scripts/test.sh --filter TesseraKernelsTests. The package itself is built with all traits, the packages
# that depend on it with none.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$here/scripts/setup.sh"
tessera_setup --mpi --tiff --webp
# Packages that depend on this one, as users' do; the later reuse what was built for the first. The server's tests of
# deadlines need the processors for themselves.
if [ $# -eq 0 ]; then
  for example in package own-network server; do
    swift test --package-path "$here/Examples/$example" --scratch-path "$here/Examples/.build" -c release \
      --disable-xctest --no-parallel
  done
fi
exec swift test --package-path "$here" -c release --disable-xctest --traits MPI,TIFF,WebP "$@"
