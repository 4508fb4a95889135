#!/usr/bin/env bash
# Installs what is missing, builds, and trains a small U-Net for about a minute; on synthetic scenes unless --data names
# a folder. Arguments go to the trainer and override the short run's settings below:
#   scripts/train.sh --data DIR --epochs 10 --steps-per-epoch 100 --width 64
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$here/scripts/setup.sh"
tessera_setup
swift build --package-path "$here" -c release --product unet
short=(--width 16 --epochs 8 --steps-per-epoch 60 --validation-steps 10 --image-size 128)
exec "$here/.build/release/unet" "${short[@]}" "$@"
