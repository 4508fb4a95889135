#!/usr/bin/env bash
# Builds what people install who have no Swift: an archive to unpack anywhere, and a Debian package of the same files.
#
#   scripts/package.sh [FOLDER]     FOLDER gets both, and a Dockerfile; by default .build-package
#
# Programs bring every library that they need, the C library too, and find them from their own place, so they run on any
# Linux of this kind of processor. TESSERA_SCRATCH names the folder of the build, FOLDER/build by default. DEBFULLNAME
# and DEBEMAIL say who made the Debian package, by default who made the last commit. The same sources, tools and
# SOURCE_DATE_EPOCH (by default the time of the last commit) give the same archive.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
parts=$here/scripts/package
mkdir -p "${1:-$here/.build-package}"
target=$(cd "${1:-$here/.build-package}" && pwd)
scratch=${TESSERA_SCRATCH:-$target/build}

source "$here/scripts/setup.sh"
tessera_setup --tiff --webp
for tool in cc dpkg-deb dpkg-query nm objdump python3 strip; do
  if ! command -v "$tool" >/dev/null; then
    echo "package.sh needs $tool: it runs on Debian or Ubuntu, with the packages binutils, gcc and python3" >&2
    exit 1
  fi
done
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
export LC_ALL=C TZ=UTC
umask 022

maintainer=${DEBEMAIL:+${DEBFULLNAME:-$DEBEMAIL} <$DEBEMAIL>}
maintainer=${maintainer:-$(git -C "$here" log -1 --format='%an <%ae>' 2>/dev/null || true)}
if [ -z "$maintainer" ]; then
  echo "package.sh: a Debian package names who made it, and there is no commit here: set DEBFULLNAME and DEBEMAIL" >&2
  exit 1
fi

# The service's package has Tessera in it, so one build is all of it. Swift's libraries are shared by the programs and
# libtessera: ICU alone has 39 MB. Paths of this machine would be in messages of a crash, and make every
# machine's archive another one.
flags=(-c release -Xswiftc -no-toolchain-stdlib-rpath
  -Xswiftc -file-prefix-map -Xswiftc "$here=." -Xswiftc -file-prefix-map -Xswiftc "$scratch=.build")
# SwiftPM passes traits on in the order of a set. If it is another one, all modules are compiled again.
export SWIFT_DETERMINISTIC_HASHING=1
build() { # PACKAGE FOLDER PRODUCT OPTION...: prints the folder of what was built.
  swift build --package-path "$1" --scratch-path "$2" "${flags[@]}" --product "$3" "${@:4}" >&2
  swift build --package-path "$1" --scratch-path "$2" "${flags[@]}" --show-bin-path
}
programs=(tessera tessera-server)
for program in "${programs[@]}"; do
  bin=$(build "$here/Examples/server" "$scratch" "$program" --traits TIFF,WebP)
done
# Only its own functions are seen. Its libraries are beside it, in a folder that those who load it need not know.
link=(-soname=libtessera.so.0 "--version-script=$parts/libtessera.map" --disable-new-dtags -z nodelete
  -rpath "\$ORIGIN/tessera")
for word in "${link[@]}"; do linked+=(-Xlinker "$word"); done
build "$here/Examples/server" "$scratch" TesseraC --traits TIFF,WebP "${linked[@]}" >/dev/null
built=("${programs[@]/#/$bin/}" "$bin/libTesseraC.so")

swift=$(swift -print-target-info | python3 -c 'import json, sys
print(json.load(sys.stdin)["paths"]["runtimeResourcePath"])')
runtime=$swift/linux
version=$(LD_LIBRARY_PATH=$runtime "$bin/tessera" --version)
name=tessera-$version-linux-$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/$name
lib=$root/lib/tessera
mkdir -p "$root/bin" "$lib/start" "$lib/system" "$root/lib/pkgconfig" "$root/include" "$root/share/doc/tessera/examples"

# The programs, and a script for each that starts it.
for program in "${programs[@]}"; do
  install -s -m 755 "$bin/$program" "$lib/"
  install -m 755 "$parts/launcher.sh" "$root/bin/$program"
done
install -s -m 644 "$bin/libTesseraC.so" "$root/lib/libtessera.so.0"
ln -s libtessera.so.0 "$root/lib/libtessera.so"
install -m 644 "$here/Sources/CTessera/tessera.h" "$root/include/"
sed "s/VERSION/$version/" "$parts/tessera.pc" >"$root/lib/pkgconfig/tessera.pc"

# Every library that they load. The runtimes of C and C++ are the programs' alone: a process that loads libtessera has
# its own, and can only have one.
declare -A owners=()
owner= # The Debian package of the last file that was asked for.
own() { # FILE: whose license is to be in the archive. Before usr was merged, files had another path.
  owner=$(dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "${1#/usr}" 2>/dev/null) || {
    echo "package.sh: $1 belongs to no package, so its license is not known" >&2
    exit 1
  }
  owner=${owner%%:*}
  owners[$owner]=1
}
# Debian's libraries are for everyone: libarchive's reads XML with libxml2 and its ICU of 31 MB, OpenBLAS's has LAPACK.
part() { # SONAME STATIC: links the library again, with what the programs call and what that needs.
  local whole called needed
  own "$(readlink -f "$2")"
  whole=$(LD_LIBRARY_PATH=$runtime ldd "${built[@]}" | awk -v name="$1" '$1 == name { path = $3 } END { print path }')
  mapfile -t called < <(comm -12 <(nm -D --undefined-only "${built[@]}" | awk 'NF == 2 { print $2 }' | sort -u) \
    <(nm -D --defined-only "$whole" | awk '{ print $3 }' | sort -u))
  mapfile -t needed < <(objdump -p "$whole" | awk '$1 == "NEEDED" { print "-l:" $2 }')
  cc -shared -s -o "$lib/$1" "-Wl,-soname=$1,-z,defs,--gc-sections,--as-needed,--build-id=none" \
    "${called[@]/#/-Wl,-u,}" "$2" "${needed[@]}"
  chmod 644 "$lib/$1"
}
part libopenblas.so.0 "$(pkg-config --variable=libdir openblas)/libopenblas.a"
part libarchive.so.13 "$(pkg-config --variable=libdir libarchive)/libarchive.a"
while read -r soname path; do
  file=$(readlink -f "$path")
  place=$lib
  case $file in
    "$lib"/*) continue ;;
    "$runtime"/*) ;;
    *)
      own "$file"
      case $owner in libc6 | libstdc++6 | libgcc-s1) place=$lib/system ;; esac ;;
  esac
  install -m 644 "$file" "$place/$soname"
  # A loader that lost its symbols is none.
  case $soname in ld-linux*) chmod 755 "$place/$soname" ;; *) strip --strip-unneeded "$place/$soname" ;; esac
done < <(LD_LIBRARY_PATH=$lib:$runtime ldd "${built[@]}" |
  awk '$2 == "=>" { print $1, $3 } $1 ~ /^\/.*ld-linux/ { n = split($1, part, "/"); print part[n], $1 }' | sort -u)

for program in "${programs[@]}"; do
  ln -s "../system/$(basename "$lib"/system/ld-linux*)" "$lib/start/$program"
done

# What the shells complete, and the manual.
mkdir -p "$root"/share/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d,man/man1}
for program in "${programs[@]}"; do
  "$root/bin/$program" --generate-completion-script bash >"$root/share/bash-completion/completions/$program"
  "$root/bin/$program" --generate-completion-script zsh >"$root/share/zsh/vendor-completions/_$program"
  "$root/bin/$program" --generate-completion-script fish >"$root/share/fish/vendor_completions.d/$program.fish"
done
manual=$(build "$scratch/checkouts/swift-argument-parser" "$scratch/manual" generate-manual)/generate-manual
python3 "$parts/manual.py" "$root/bin/tessera" >"$work/commands.json"
printf '#!/bin/sh\nexec cat %q\n' "$work/commands.json" >"$work/commands"
chmod +x "$work/commands"
pages=$root/share/man/man1
for program in "$work/commands" "$root/bin/tessera-server"; do
  LD_LIBRARY_PATH=$runtime "$manual" "$program" --multi-page --date "$(date -d "@$SOURCE_DATE_EPOCH" +%F)" \
    --output-directory "$pages"
done
for page in "$pages"/tessera.*.1; do
  sed -i -E '/^\.(Dt|Xr) /s/(tessera|TESSERA)\./\1-/' "$page" "$pages/tessera.1"
  mv "$page" "${page/tessera./tessera-}"
done
gzip -9n "$pages"/*

# Documents, and the licenses of all that is inside.
doc=$root/share/doc/tessera
install -m 644 "$here"/docs/{install,service,c-interface}.md "$doc/"
install -m 644 "$here"/Examples/c/segment.* "$here"/Examples/server/deploy/* "$doc/examples/"
{
  section() { printf '\n\n======== %s\n\n' "$1"; }
  echo "Tessera $version, and what it is delivered with. Sources of Debian's packages: https://snapshot.debian.org"
  section Tessera
  cat "$here/LICENSE"
  section "Swift: its libraries"
  cat "$swift/../../share/swift/LICENSE.txt"
  shopt -s nullglob
  for checkout in "$scratch"/checkouts/*; do
    section "$(basename "$checkout")"
    cat "$checkout"/LICENSE* "$checkout"/NOTICE* </dev/null
  done
  shopt -u nullglob
  for package in $(printf '%s\n' "${!owners[@]}" | sort); do
    section "$package $(dpkg-query -W -f '${Version}, of the source ${source:Package} ${source:Version}' "$package" | head -1)"
    cat "/usr/share/doc/$package/copyright"
  done
} >"$doc/copyright"

# The oldest C library that libtessera can be loaded with.
glibc=$({
  echo "$root/lib/libtessera.so.0"
  ldd "$root/lib/libtessera.so.0" | awk -v lib="$lib/" 'index($3, lib) == 1 { print $3 }'
} | xargs objdump -T | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
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
Maintainer: $maintainer
Section: science
Priority: optional
Installed-Size: $(du -sk "$work/deb/usr" | cut -f1)
Recommends: ca-certificates
Description: semantic segmentation on CPUs
 Trains, evaluates, applies, exports and serves networks that find the class of
 each pixel of a picture. The programs bring every library that they need.
 .
 libtessera, for C and other languages, needs glibc ${glibc#GLIBC_} or later.
CONTROL
find "$work/deb" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
package=$target/tessera_${version}_$(dpkg --print-architecture).deb
dpkg-deb --root-owner-group -Zxz --build "$work/deb" "$package" >/dev/null
install -m 644 "$parts/Dockerfile" "$target/"

for file in "$archive" "$package"; do echo "$file: $(du -m "$file" | cut -f1) MiB"; done
echo "unpacked: $(du -sm "$root" | cut -f1) MiB; libtessera needs glibc ${glibc#GLIBC_} or later"
