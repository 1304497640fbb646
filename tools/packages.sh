# The Debian packages that Recto is built and tested with, and how they are
# installed. Sourced by tools/quickstart and tools/check.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# To build the elements and the command, and to run them.
build_packages=(
  gcc
  libc6-dev
  meson
  ninja-build
  pkg-config
  gettext
  libglib2.0-dev
  libgstreamer1.0-dev
  libgstreamer-plugins-base1.0-dev
  libcairo2-dev
  libdeflate-dev
  libfontconfig-dev
  libgdk-pixbuf-2.0-dev
  libjson-glib-dev
  libpoppler-glib-dev
  libseccomp-dev
  libsoup-3.0-dev
  libtesseract-dev
  libtiff-dev
  libturbojpeg0-dev
  libwebp-dev
  libxxhash-dev
  zlib1g-dev
  fonts-dejavu-core
  glib-networking
  gstreamer1.0-plugins-base
  gstreamer1.0-plugins-good
  gstreamer1.0-tools
  poppler-data
  tesseract-ocr-eng
)

# To build the rest, and to test all of it.
test_packages=(
  clang
  gi-docgen
  gir1.2-gstreamer-1.0
  gjs
  gobject-introspection
  gstreamer1.0-plugins-bad
  libgirepository1.0-dev
  libclang-rt-dev
  libomp-dev
  python3-gi
  python3-gst-1.0
  openssl
  python3-jsonschema
  valac
)

say ()
{
  echo "${0##*/}: $*" >&2
}

is_installed ()
{
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

as_root ()
{
  if ((EUID == 0)); then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

apt_install ()
{
  as_root apt-get install -q -y --no-install-recommends "$@" >&2
}

# install_missing PACKAGE…: does nothing when all are there.
install_missing ()
{
  local package missing=()

  for package; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  if ! command -v apt-get >/dev/null; then
    say "this isn't Debian; install the likes of: ${missing[*]}"
    return 1
  fi
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    say "install as root: apt-get install --no-install-recommends ${missing[*]}"
    return 1
  fi

  say "installing ${missing[*]}"
  # The lists of a fresh system are empty, and those of an old one may name
  # what isn't there any more.
  if ! apt-cache show --no-all-versions "${missing[@]}" >/dev/null 2>&1 \
      || ! apt_install "${missing[@]}"; then
    say "updating the package lists"
    as_root apt-get update -q >&2
    apt_install "${missing[@]}"
  fi
}
