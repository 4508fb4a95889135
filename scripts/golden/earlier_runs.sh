#!/bin/sh
# Writes what a version left behind, for tests that later versions read, resume and predict with it:
#
#     scripts/golden/earlier_runs.sh .build/release Tests/TesseraCommandLineTests/Golden
#
# The files in the repository are from version 0.1.0 (cards and records without a format or of format 1), made on a
# machine with AVX-512. Remade by a later version, they would prove nothing about that one.
set -eu
programs=$(cd "$1" && pwd)
golden=$(cd "$2" && pwd)
picture=$(cd "$(dirname "$0")/../../Tests/TesseraImagingTests/Golden" && pwd)/color.jpg
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"

common="--image-size 32 --epochs 1 --batch-size 4 --validation-steps 2 --seed 7 --threads 1 --no-tensorboard --dropout 0"
"$programs/unet" $common --width 2 --steps-per-epoch 300 --learning-rate 0.003 --output unet
"$programs/fcnn" $common --width 1 --steps-per-epoch 40 --learning-rate 0.01 --output fcnn
"$programs/fcnn" $common --width 1 --steps-per-epoch 40 --learning-rate 0.01 --head convolutionalized --output fcnn-head
for run in unet fcnn fcnn-head; do
  "$programs/tessera" predict --checkpoint $run/checkpoints/best.safetensors --output masks-$run "$picture"
  cp masks-$run/color.mask.png "$golden/$run.mask.png"
done
cp fcnn-head/checkpoints/best.safetensors "$golden/fcnn-head.safetensors"
mkdir -p "$golden/unet/checkpoints"
cp unet/checkpoints/best.safetensors "$golden/unet/checkpoints/best.safetensors"
for run in unet fcnn; do
  mkdir -p "$golden/$run/checkpoints"
  for name in config.json metrics.jsonl status.json validation.jsonl checkpoints/last.safetensors; do
    cp $run/$name "$golden/$run/$name"
  done
  "$programs/$run" --resume --output $run --epochs 2
  # The times are not results.
  sed -E 's/"(dataSeconds|seconds)":[^,}]*,?//g' $run/metrics.jsonl >"$golden/$run/resumed.jsonl"
done
