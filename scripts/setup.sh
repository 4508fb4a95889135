#!/usr/bin/env bash
# Installs the system packages that Tessera is built on, if they are missing. Sourced by train.sh and test.sh; can also
# be run directly. What only builds with a trait need: --mpi installs Open MPI for --traits MPI, --tiff libtiff for
# --traits TIFF, --webp libwebp for --traits WebP.
set -euo pipefail

tessera_setup() {
  if ! command -v swift >/dev/null; then
    echo "Tessera needs Swift 6.1 or later: https://www.swift.org/install" >&2
    return 1
  fi
  # The pkg-config name of each library, and the Debian package that contains it.
  local -a libraries=(
    openblas:libopenblas-dev libpng:libpng-dev libjpeg:libjpeg-dev zlib:zlib1g-dev libarchive:libarchive-dev
    hdf5:libhdf5-dev libcurl:libcurl4-openssl-dev libcrypto:libssl-dev
  )
  local -a missing=()
  local option
  for option in "$@"; do
    case $option in
      --mpi)
        libraries+=(ompi-c:libopenmpi-dev)
        command -v mpirun >/dev/null || missing+=(openmpi-bin) ;;
      --tiff) libraries+=(libtiff-4:libtiff-dev) ;;
      --webp) libraries+=(libwebp:libwebp-dev) ;;
      *)
        echo "setup.sh: unknown option $option; it takes --mpi, --tiff and --webp" >&2
        return 1 ;;
    esac
  done
  command -v pkg-config >/dev/null || missing+=(pkg-config)
  local pair
  for pair in "${libraries[@]}"; do
    if ! command -v pkg-config >/dev/null || ! pkg-config --exists "${pair%%:*}"; then missing+=("${pair##*:}"); fi
  done
  [ ${#missing[@]} -eq 0 ] && return 0

  if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]} (Debian's names). Install them with this system's package manager and try again." >&2
    return 1
  fi
  local -a root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Missing packages: ${missing[*]}. Run as root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    echo "Missing packages: ${missing[*]}. Installing them requires root." >&2
    root=(sudo)
  else
    echo "Installing missing packages: ${missing[*]}" >&2
  fi
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then tessera_setup "$@"; fi
