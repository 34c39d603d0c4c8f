# Shared by the scripts: steps with a clock, and root's rights where they are needed.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
top=$PWD
started=$SECONDS

step() { printf '\n== [%3d s] %s\n' "$((SECONDS - started))" "$*"; }
say() { printf '   %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "this needs root: $* (run the script as root, or install sudo)"; fi
}

# Compile jobs: one for each core, but each g++ with LibTorch's headers may need 1.5 to 2 GB, and the linker some too.
jobs() {
  [ -z "${TUNEIT_JOBS:-}" ] || { echo "$TUNEIT_JOBS"; return; }
  local cores bytes limit
  cores=$(nproc)
  bytes=$(($(awk '/^MemTotal/ {print $2}' /proc/meminfo) * 1024))
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  if [ "$limit" != max ] && [ "$limit" -lt "$bytes" ]; then bytes=$limit; fi
  local fit=$((bytes / 3500000000))
  if [ "$fit" -lt 1 ]; then fit=1; fi
  echo $((fit < cores ? fit : cores))
}
