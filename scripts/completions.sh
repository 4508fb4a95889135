#!/usr/bin/env bash
# Installs shell completions for unet, fcnn and tessera: what Tab fills in after their names.
#
#   scripts/completions.sh [bash|zsh|fish]...     by default the installed shells
#
# Builds the programs if needed, and asks them for their own scripts, so options never differ from theirs. Files go to
# the user's folders; TESSERA_COMPLETIONS=DIR puts them there instead.
set -euo pipefail
cd "$(dirname "$0")/.."

shells=("$@")
if [ ${#shells[@]} -eq 0 ]; then
  for shell in bash zsh fish; do
    if command -v "$shell" >/dev/null; then shells+=("$shell"); fi
  done
fi
for shell in "${shells[@]}"; do
  case "$shell" in
  bash | zsh | fish) ;;
  *)
    echo "$shell: completions exist for bash, zsh and fish" >&2
    exit 64
    ;;
  esac
done

programs=(unet fcnn tessera)
for program in "${programs[@]}"; do swift build -c release --product "$program" >&2; done
built=$(swift build -c release --show-bin-path)

data=${XDG_DATA_HOME:-$HOME/.local/share}
for shell in "${shells[@]}"; do
  case "$shell" in
  bash) folder=$data/bash-completion/completions ;;
  zsh) folder=$data/zsh/site-functions ;;
  fish) folder=${XDG_CONFIG_HOME:-$HOME/.config}/fish/completions ;;
  esac
  folder=${TESSERA_COMPLETIONS:-$folder}
  mkdir -p "$folder"
  for program in "${programs[@]}"; do
    case "$shell" in
    bash) file=$folder/$program ;;
    zsh) file=$folder/_$program ;;
    fish) file=$folder/$program.fish ;;
    esac
    "$built/$program" --generate-completion-script "$shell" >"$file"
    echo "wrote $file"
  done
  case "$shell" in
  bash) echo "bash reads them by itself if the package bash-completion is installed; open a new shell." ;;
  zsh) echo "zsh: put 'fpath=($folder \$fpath)' before 'compinit' in ~/.zshrc, and open a new shell." ;;
  fish) echo "fish reads them by itself; open a new shell." ;;
  esac
done
echo "The programs must be on the PATH to be completed: export PATH=\"$built:\$PATH\""
