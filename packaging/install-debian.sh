#!/usr/bin/env bash
# Install Debian packages if this is Debian and we may. usage: install-debian.sh PACKAGE...; status 1 if we may not.
command -v apt-get >/dev/null || exit 1
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || exit 1
    sudo="sudo -n"
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && exit 0
$sudo apt-get update -qq >/dev/null 2>&1
$sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
