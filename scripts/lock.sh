#!/bin/sh
# Writes the two locks: versions and hashes of every file for every platform, and no word of where they came from.
# Versions stay as they are unless pyproject.toml asks for others, or `--upgrade` (or `--upgrade-package NAME`) is given.
set -eu
cd -- "$(dirname -- "$0")/.."

command -v uv >/dev/null || {
    echo "make lock needs uv" >&2
    exit 1
}

lock() {
    file=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        "$@" --output-file "$file" pyproject.toml >/dev/null
    printf '%s\n' '# Made by `make lock`; do not edit.' | cat - "$file" >"$file.new"
    mv -- "$file.new" "$file"
}

lock requirements.lock --group build "$@"
# The development lock holds the runtime lock, so that one environment serves both.
lock requirements-dev.lock --group dev --constraints requirements.lock "$@"
