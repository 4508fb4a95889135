#!/usr/bin/env bash
# Times Tessera and other systems in turns, in one run, and prints medians and ratios:
#   Benchmarks/compare.sh PEERS-FOLDER --python-torch .venv-peers/bin/python --peers torch,ncnn --modes inference
# All options: Benchmarks/compare.sh --help
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case " $* " in
  *" --help "* | *" -h "*) exec python3 "$here/compare.py" --help ;;
esac
swift build --package-path "$here/.." -c release --product tessera >&2
exec python3 "$here/compare.py" --tessera "$here/../.build/release/tessera" "$@"
