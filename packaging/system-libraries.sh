#!/usr/bin/env bash
# The system libraries that Qt and OpenCV load and that a bare Debian lacks. Installs them where it may, else names them.
set -u
[ "$(uname -s)" = Linux ] || exit 0
PATH=$PATH:/usr/sbin:/sbin
# library Debian-package
table='
libGL.so.1 libgl1
libEGL.so.1 libegl1
libglib-2.0.so.0 libglib2.0-0
libfontconfig.so.1 libfontconfig1
libdbus-1.so.3 libdbus-1-3
libxkbcommon.so.0 libxkbcommon0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-image.so.0 libxcb-image0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-xkb.so.1 libxcb-xkb1
'
known=$(ldconfig -p 2>/dev/null)
missing=
while read -r library package; do
    [ -n "$library" ] && ! grep -qF "$library " <<<"$known" && missing="$missing $package"
done <<<"$table"
command -v fc-list >/dev/null && [ -n "$(fc-list 2>/dev/null | head -1)" ] || missing="$missing fontconfig fonts-dejavu-core"
[ -z "$missing" ] && exit 0
echo "Installing system libraries:$missing"
bash "$(dirname "$0")/install-debian.sh" $missing && exit 0
echo "These system libraries are missing and could not be installed from here:$missing"
echo "On Debian or Ubuntu: sudo apt install$missing"
exit 1
