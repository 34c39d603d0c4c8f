#pragma once
// Where does PyTorch keep what it downloads?
#include <cstdlib>
#include <string>

namespace tuneit::io {

namespace detail {

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

}  // namespace detail

/// $TORCH_HOME, else $XDG_CACHE_HOME/torch, else ~/.cache/torch: as PyTorch.
[[nodiscard]] inline std::string torch_home_folder() {
  const auto expanded = [](const std::string& path) {
    return path == "~" || path.rfind("~/", 0) == 0 ? detail::environment("HOME") + path.substr(1) : path;
  };
  if (const std::string home = detail::environment("TORCH_HOME"); !home.empty()) return expanded(home);
  const std::string cache = detail::environment("XDG_CACHE_HOME"),
                    folder = expanded(cache.empty() ? "~/.cache" : cache);
  return folder + (folder.ends_with('/') ? "torch" : "/torch");
}

}  // namespace tuneit::io
