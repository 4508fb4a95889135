#!/usr/bin/env bash
# Tries what scripts/package.sh has written where nothing is installed: scripts/verify/package.sh FOLDER
#
# Needs root and debootstrap. In a temporary folder it makes Debian 11 (glibc 2.31) and Debian 12 (2.36) as small as they
# get, unpacks the archive into one and installs the package in the other, and an ordinary user trains, is interrupted,
# resumes, predicts, evaluates, exports, sweeps, serves, downloads, and proves that resuming is exact. A C program calls
# libtessera where that can be. Ends with sizes, and the time that a start takes. TESSERA_ROOTS=DIR keeps the roots for
# the next time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(cd "$1" && pwd)
work=$(mktemp -d)
roots=${TESSERA_ROOTS:-$work/roots}
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
archive=$(echo "$folder"/tessera-*.tar.gz)
package=$(echo "$folder"/tessera_*.deb)

inside() { # ROOT USER COMMAND...: in a root with its own /proc and /dev, with nothing of this environment.
  local root=$1 user=$2
  shift 2
  unshare --mount --fork sh -c '
    root=$1 user=$2; shift 2
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
    exec chroot --userspec="$user:$user" "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/home/user \
      TZ=UTC "$@"' sh "$root" "$user" "$@"
}

for release in bullseye bookworm; do
  root=$roots/$release
  if [ ! -d "$root/home" ]; then
    mkdir -p "$roots"
    debootstrap --variant=minbase "$release" "$root" >"$work/debootstrap.log" || { cat "$work/debootstrap.log"; exit 1; }
  fi
  rm -rf "$root"/opt/* "$root"/usr/local/bin/tessera* "$root/home/user" "$root"/tmp/*
  mkdir -p "$root"/home/user/pictures/{images,masks}/validation
  cp "$here/docs/images/prediction.png" "$root/home/user/pictures/images/validation/street.png"
done

# The archive anywhere, with a link where programs are looked for; the package by dpkg.
tar -xzf "$archive" -C "$roots/bullseye/opt"
(cd "$roots/bullseye/usr/local/bin" && ln -s ../../../opt/tessera-*/bin/* .)
cp "$package" "$roots/bookworm/tmp/"
inside "$roots/bookworm" 0 sh -c 'dpkg -i /tmp/tessera_*.deb >/dev/null && dpkg --verify tessera && ldconfig -p | grep libtessera'

# A server with a certificate of its own, which has nothing: what is tried is the network, a name, and trust.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$work/key.pem" -out "$work/certificate.pem" \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
cat >"$work/server.py" <<'PYTHON'
import http.server, ssl, sys
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
mkdir "$work/empty"
(cd "$work/empty" && exec python3 "$work/server.py" "$work/certificate.pem" "$work/key.pem") >"$work/port" 2>"$work/server.log" &
server=$!
until port=$(cat "$work/port") && [ -n "$port" ]; do sleep 0.1; done

cat >"$work/session.sh" <<'SESSION'
set -eu
cd ~
say() { # COMMAND...: shows it and the end of what it prints, of which `lines` is the number; ends if it fails.
  echo "$ $*"
  "$@" >/tmp/said 2>&1 || { cat /tmp/said; exit 1; }
  tail -n "${lines:-1}" /tmp/said
}
ldd --version | head -n 1
say tessera --version
tiny="--width 4 --image-size 64 --batch-size 2 --epochs 2 --steps-per-epoch 20 --validation-steps 4"
say tessera train unet $tiny --output run --stop-after 1
test "$(grep -c '"event":"epoch"' run/metrics.jsonl)" = 1
say tessera train unet --resume --output run
test "$(grep -c '"event":"epoch"' run/metrics.jsonl)" = 2
test -s run/report.html
say tessera predict --checkpoint run/checkpoints/best.safetensors pictures/images/validation --output masks
cp masks/street.mask.png pictures/masks/validation/street.png
say tessera evaluate --checkpoint run/checkpoints/best.safetensors --data pictures
grep -q "accuracy  *100.00 %" /tmp/said
say tessera export --checkpoint run/checkpoints/best.safetensors --to net.onnx
test -s net.onnx
cat >sweep.json <<'JSON'
{"network": "unet", "search": {"learning-rate": [0.001, 0.01]}, "options":
  {"width": 4, "image-size": 32, "batch-size": 2, "epochs": 1, "steps-per-epoch": 3, "validation-steps": 1}}
JSON
lines=2 say tessera sweep sweep.json --output sweep
say tessera verify-resume --kills 1
# The service is asked by a shell, and ended by SIGTERM. Its mask is predict's.
echo "$ tessera-server --checkpoint run/checkpoints/best.safetensors --port 0"
tessera-server --checkpoint run/checkpoints/best.safetensors --port 0 >served 2>&1 &
service=$!
trap 'kill "$service" 2>/dev/null || true' EXIT
until address=$(grep -o '127.0.0.1:[0-9]*' served); do kill -0 "$service" || { cat served; exit 1; }; sleep 0.1; done
tail -n 1 served
ask() { # METHOD PATH FILE: prints the answer to the file's bytes.
  exec 3<>"/dev/tcp/${address/://}"
  printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n' "$1" "$2" "$address" \
    "$(stat -Lc %s "$3")" | cat - "$3" >&3
  cat <&3
  exec 3>&-
}
ask GET /health /dev/null | grep '"ok"'
ask POST /v1/segment pictures/images/validation/street.png >answer
head -n 1 answer | grep " 200 "
sed '1,/^\r$/d' answer | cmp - masks/street.mask.png
kill -TERM "$service"
wait "$service"
echo "SIGTERM: exit status 0"
# The server has no such file, but it is found, trusted and asked; without its certificate it is not.
download() { timeout 5 tessera download mobilenetv3 --mirror "https://localhost:$port/x" 2>&1 | grep -A 1 localhost; }
SSL_CERT_FILE=/tmp/certificate.pem download | grep "404"
download | grep "certificate cannot be verified"
SESSION
for release in bullseye bookworm; do
  echo; echo "=== $release"
  cp "$work/session.sh" "$work/certificate.pem" "$roots/$release/tmp/"
  chown -R 1000:1000 "$roots/$release/home/user"
  inside "$roots/$release" 1000 env port="$port" bash /tmp/session.sh
done
[ "$(grep -c '"GET /x' "$work/server.log")" -eq 2 ] || { echo "the server was not asked"; exit 1; }

echo; echo "=== what else is inside"
man=$roots/bookworm/usr/share/man/man1
gzip -t "$man"/tessera*.1.gz && echo "$(ls "$man" | grep -c ^tessera) manual pages"
for program in tessera tessera-server; do
  (cd "$roots/bookworm/usr/share" && ls "bash-completion/completions/$program" "zsh/vendor-completions/_$program" \
    "fish/vendor_completions.d/$program.fish" "man/man1/$program.1.gz") | paste -sd ' '
  inside "$roots/bookworm" 1000 bash -n "/usr/share/bash-completion/completions/$program"
done
dpkg-deb --field "$package" Maintainer
if grep -rl -F "$here" "$roots/bullseye/opt" >"$work/paths"; then echo "they name $here:"; cat "$work/paths"; exit 1; fi

echo; echo "=== libtessera"
export PKG_CONFIG_PATH=$(echo "$roots"/bullseye/opt/tessera-*/lib/pkgconfig)
pkg-config --modversion tessera
cc -std=c11 -o "$work/segment" "$here/Examples/c/segment.c" $(pkg-config --cflags --libs tessera)
python3 -c 'import sys
sys.stdout.buffer.write(b"P6 200 120 255\n" + bytes(i * 31 % 256 for i in range(200 * 120 * 3)))' >"$work/street.ppm"
for release in bullseye bookworm; do
  cp "$work/segment" "$work/street.ppm" "$roots/$release/home/user/"
  echo "$release:"
  inside "$roots/$release" 1000 sh -c 'cd && LD_LIBRARY_PATH=$(echo /opt/tessera-*/lib) \
    ./segment run/checkpoints/best.safetensors street.ppm mask.pgm 2>&1' | tail -3 || true
done
test -s "$roots/bookworm/home/user/mask.pgm"

echo; echo "=== sizes and starts"
megabytes() { sed 's/\(.\).....$/.\1 MB/'; }
for file in "$archive" "$package"; do
  echo "$(stat -c %s "$file" | megabytes): $(basename "$file")"
done
echo "$(du -s --bytes "$roots"/bullseye/opt/tessera-* | cut -f1 | megabytes): unpacked"
cat >"$work/starts.sh" <<'STARTS'
for command in "tessera --version" "tessera --help" "tessera-server --help"; do
  for i in {1..21}; do
    begin=${EPOCHREALTIME/./}; $command >/dev/null; end=${EPOCHREALTIME/./}
    echo $((end - begin))
  done | sort -n | sed -n 11p | sed "s/\(...\)$/.\1 ms: $command (median of 21)/"
done
STARTS
cp "$work/starts.sh" "$roots/bullseye/tmp/"
inside "$roots/bullseye" 1000 bash /tmp/starts.sh
