# Sourced with PYTHON as argument: sets $uv to a uv program, installed beside the project if there is none.
"$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Fovea needs Python 3.11 or newer; '$1' is $("$1" --version 2>&1 || echo missing). Name another: make PYTHON=python3.12"
    exit 1
}
uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    if [ ! -x .venv-boot/bin/pip ]; then
        rm -rf .venv-boot
        "$1" -m venv .venv-boot >/dev/null 2>&1 || {
            # Debian splits the venv module off.
            rm -rf .venv-boot
            bash packaging/install-debian.sh python3-venv && "$1" -m venv .venv-boot
        } || { echo "Python's venv module is missing (Debian: apt install python3-venv)."; exit 1; }
    fi
    [ -x .venv-boot/bin/uv ] || .venv-boot/bin/pip install -q --disable-pip-version-check uv
    uv=$PWD/.venv-boot/bin/uv
fi
