#!/bin/sh
# Starts the program of this name with the C library and the other libraries that lie beside it, whatever the system has.
self=$(readlink -f "$0")
lib=${self%/*/*}/lib/tessera
name=${self##*/}
# start/NAME is the loader, by the name that ps and top are to show.
exec "$lib/start/$name" --inhibit-cache --library-path "$lib:$lib/system" --argv0 "$self" "$lib/$name" "$@"
