#pragma once
// Devices by the names that people give them.
#include <optional>
#include <string_view>

#include "tuneit/recipe/numbers/run_options.hpp"

namespace tuneit {

/// `auto`, `cpu`, `cuda` or `cuda:1`, in letters of any case; nothing for other words.
constexpr std::optional<DeviceChoice> device_named(std::string_view name) {
  const auto is = [&](std::string_view word) {
    if (word.size() != name.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
      if (word[i] != (name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] - 'A' + 'a') : name[i]))
        return false;
    return true;
  };
  if (is("auto")) return DeviceChoice{};
  if (is("cpu")) return DeviceChoice{DeviceKind::Cpu};
  if (is("cuda")) return DeviceChoice{DeviceKind::Cuda};
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view number = name.substr(colon + 1);
  name = name.substr(0, colon);
  if (!is("cuda") || number.empty() || number.size() > 3) return std::nullopt;
  int index = 0;
  for (const char digit : number) {
    if (digit < '0' || digit > '9') return std::nullopt;
    index = index * 10 + (digit - '0');
  }
  if (index > 127) return std::nullopt;  // LibTorch numbers devices by signed bytes
  return DeviceChoice{DeviceKind::Cuda, index};
}

}  // namespace tuneit
