#!/usr/bin/env bash
# Builds what people install who have no Swift: an archive to unpack anywhere, and a Debian package of the same files.
#
#   scripts/package.sh [FOLDER]     FOLDER gets both, and a Dockerfile; by default .build-package
#
# Programs bring every library that they need, the C library too, and find them from their own place, so they run on any
# Linux of this kind of processor. TESSERA_SCRATCH names the folder of the build, FOLDER/build by default. The same
# sources, tools and SOURCE_DATE_EPOCH (by default the time of the last commit) give the same archive.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
parts=$here/scripts/package
mkdir -p "${1:-$here/.build-package}"
target=$(cd "${1:-$here/.build-package}" && pwd)
scratch=${TESSERA_SCRATCH:-$target/build}

source "$here/scripts/setup.sh"
tessera_setup --tiff --webp
for tool in dpkg-deb dpkg-query strip objdump python3; do
  if ! command -v "$tool" >/dev/null; then
    echo "package.sh needs $tool: it runs on Debian or Ubuntu, with the packages binutils and python3" >&2
    exit 1
  fi
done
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
export LC_ALL=C TZ=UTC
umask 022

# Paths of this machine would be in messages of a crash, and make every machine's archive another one.
flags=(-c release --static-swift-stdlib -Xswiftc -static-stdlib
  -Xswiftc -file-prefix-map -Xswiftc "$here=." -Xswiftc -file-prefix-map -Xswiftc "$scratch=.build")
traits=(--traits TIFF,WebP) # Of Tessera, and of what is built upon it.
built=()                    # Programs.
build() {
  swift build --package-path "$1" --scratch-path "$2" "${flags[@]}" --product "$3" "${@:4}" >&2
  swift build --package-path "$1" --scratch-path "$2" "${flags[@]}" --show-bin-path
}
bin=$(build "$here" "$scratch" tessera "${traits[@]}")
built+=("$bin/tessera")
if [ -d "$here/Examples/server" ]; then
  built+=("$(build "$here/Examples/server" "$scratch/server" tessera-server "${traits[@]}")/tessera-server")
fi
# Only its own functions are seen. Its libraries are beside it, in a folder that those who load it need not know.
link=(-soname=libtessera.so.0 "--version-script=$parts/libtessera.map" --disable-new-dtags -z nodelete
  -rpath "\$ORIGIN/tessera")
for word in "${link[@]}"; do linked+=(-Xlinker "$word"); done
build "$here" "$scratch" TesseraC "${traits[@]}" "${linked[@]}" >/dev/null

version=$("$bin/tessera" --version)
name=tessera-$version-linux-$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/$name
lib=$root/lib/tessera
mkdir -p "$root/bin" "$lib/start" "$lib/system" "$root/lib/pkgconfig" "$root/include" "$root/share/doc/tessera/examples"

# The programs, and a script for each that starts it.
for program in "${built[@]}"; do
  install -s -m 755 "$program" "$lib/"
  install -m 755 "$parts/launcher.sh" "$root/bin/$(basename "$program")"
done
install -s -m 644 "$bin/libTesseraC.so" "$root/lib/libtessera.so.0"
ln -s libtessera.so.0 "$root/lib/libtessera.so"
install -m 644 "$here/Sources/CTessera/tessera.h" "$root/include/"
sed "s/VERSION/$version/" "$parts/tessera.pc" >"$root/lib/pkgconfig/tessera.pc"

# Every library that they load. The runtimes of C and C++ are the programs' alone: a process that loads libtessera has
# its own, and can only have one.
owner() { # The Debian package that a file belongs to; before usr was merged, it had another path.
  dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "${1#/usr}" 2>/dev/null || {
    echo "package.sh: $1 belongs to no package, so its license is not known" >&2
    exit 1
  }
}
declare -A owners=()
while read -r soname path; do
  file=$(readlink -f "$path")
  package=$(owner "$file")
  package=${package%%:*}
  owners[$package]=1
  case $package in
    libc6 | libstdc++6 | libgcc-s1) place=$lib/system ;;
    *) place=$lib ;;
  esac
  install -m 644 "$file" "$place/$soname"
  # A loader that lost its symbols is none.
  case $soname in ld-linux*) chmod 755 "$place/$soname" ;; *) strip --strip-unneeded "$place/$soname" ;; esac
done < <(ldd "${built[@]}" "$root/lib/libtessera.so.0" |
  awk '$2 == "=>" { print $1, $3 } $1 ~ /^\/.*ld-linux/ { n = split($1, part, "/"); print part[n], $1 }' | sort -u)

for program in "${built[@]}"; do
  ln -s "../system/$(basename "$lib"/system/ld-linux*)" "$lib/start/$(basename "$program")"
done

# What the shells complete, and the manual.
mkdir -p "$root"/share/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d,man/man1}
tessera=$root/bin/tessera
"$tessera" --generate-completion-script bash >"$root/share/bash-completion/completions/tessera"
"$tessera" --generate-completion-script zsh >"$root/share/zsh/vendor-completions/_tessera"
"$tessera" --generate-completion-script fish >"$root/share/fish/vendor_completions.d/tessera.fish"
manual=$(build "$scratch/checkouts/swift-argument-parser" "$scratch/manual" generate-manual)/generate-manual
python3 "$parts/manual.py" "$tessera" >"$work/commands.json"
printf '#!/bin/sh\nexec cat %q\n' "$work/commands.json" >"$work/commands"
chmod +x "$work/commands"
pages=$root/share/man/man1
"$manual" "$work/commands" --multi-page --date "$(date -d "@$SOURCE_DATE_EPOCH" +%F)" --output-directory "$pages"
for page in "$pages"/tessera.*.1; do
  sed -i -E '/^\.(Dt|Xr) /s/(tessera|TESSERA)\./\1-/' "$page" "$pages/tessera.1"
  mv "$page" "${page/tessera./tessera-}"
done
gzip -9n "$pages"/*

# Documents, and the licenses of all that is inside.
doc=$root/share/doc/tessera
install -m 644 "$here/docs/install.md" "$here/docs/c-interface.md" "$doc/"
install -m 644 "$here"/Examples/c/segment.* "$doc/examples/"
swift=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
{
  section() { printf '\n\n======== %s\n\n' "$1"; }
  echo "Tessera $version, and what it is delivered with. Sources of Debian's packages: https://snapshot.debian.org"
  section Tessera
  cat "$here/LICENSE"
  section "Swift: its libraries, which are in the programs and in libtessera"
  cat "$swift/share/swift/LICENSE.txt"
  for checkout in "$scratch"/checkouts/* "$scratch"/server/checkouts/*; do
    [ -f "$checkout/LICENSE.txt" ] || [ -f "$checkout/LICENSE" ] || continue
    section "$(basename "$checkout")"
    cat "$checkout"/LICENSE*
  done
  for package in $(printf '%s\n' "${!owners[@]}" | sort); do
    section "$package $(dpkg-query -W -f '${Version}, of the source ${source:Package} ${source:Version}' "$package" | head -1)"
    cat "/usr/share/doc/$package/copyright"
  done
} >"$doc/copyright"

# The oldest C library that libtessera can be loaded with.
glibc=$(objdump -T "$root/lib/libtessera.so.0" "$lib"/*.so* | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
sed -i "s/^Description:.*/&. Needs glibc ${glibc#GLIBC_} or later./" "$root/lib/pkgconfig/tessera.pc"

archive=$target/$name.tar.gz
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n >"$archive"

mkdir -p "$work/deb/DEBIAN" "$work/deb/usr"
cp -a "$root"/. "$work/deb/usr/"
(cd "$work/deb" && find usr -type f | sort | xargs md5sum) >"$work/deb/DEBIAN/md5sums"
echo "activate-noawait ldconfig" >"$work/deb/DEBIAN/triggers"
cat >"$work/deb/DEBIAN/control" <<CONTROL
Package: tessera
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: Tessera <tessera@localhost>
Section: science
Priority: optional
Installed-Size: $(du -sk "$work/deb/usr" | cut -f1)
Recommends: ca-certificates
Description: semantic segmentation on CPUs
 Trains, evaluates, applies and exports networks that find the class of each
 pixel of a picture. The programs bring every library that they need.
 .
 libtessera, for C and other languages, needs glibc ${glibc#GLIBC_} or later.
CONTROL
find "$work/deb" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
package=$target/tessera_${version}_$(dpkg --print-architecture).deb
dpkg-deb --root-owner-group -Zxz --build "$work/deb" "$package" >/dev/null
install -m 644 "$parts/Dockerfile" "$target/"

[ -d "$here/Examples/server" ] || echo "Examples/server is not there: bin has no tessera-server" >&2
for file in "$archive" "$package"; do echo "$file: $(du -m "$file" | cut -f1) MB"; done
echo "unpacked: $(du -sm "$root" | cut -f1) MB; libtessera needs glibc ${glibc#GLIBC_} or later"
