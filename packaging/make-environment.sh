#!/usr/bin/env bash
# Make the virtual environment from the hashed constraints file. usage: make-environment.sh PYTHON VENV
set -euo pipefail
python=$1 venv=$2
cd "$(dirname "$0")/.."
. packaging/uv.sh "$python"
echo "Making $venv (several GB with PyTorch's GPU libraries; a few minutes the first time)"
[ -x "$venv/bin/python" ] || "$uv" venv -q --python "$python" "$venv"
VIRTUAL_ENV=$PWD/$venv "$uv" pip sync -q --require-hashes --compile-bytecode requirements/constraints.txt
