#!/usr/bin/env bash
# Write requirements/constraints.txt again from pyproject.toml: every version with its hashes, no addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/uv.sh "$1"
"$uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
    pyproject.toml --group dev -o requirements/constraints.txt
