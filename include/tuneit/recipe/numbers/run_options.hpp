#pragma once
// What differs from run to run and is no part of a recipe: where it is computed, chance, and what is kept in memory.
#include <cstdint>
#include <optional>
#include <string_view>

namespace tuneit {

/// Where to compute; Auto: on a GPU if there is one.
enum class DeviceKind : std::uint8_t { Auto, Cpu, Cuda };

/// A device, and which one of several: `settings.device = DeviceKind::Cpu;` or `= {DeviceKind::Cuda, 1};`.
struct DeviceChoice {
  DeviceKind kind = DeviceKind::Auto;
  int index = -1;  ///< of a GPU, from 0; -1: that of this process among those of its machine (LOCAL_RANK), else 0

  constexpr DeviceChoice() = default;
  constexpr DeviceChoice(DeviceKind of, int number = -1) : kind(of), index(number) {}
  friend constexpr bool operator==(const DeviceChoice&, const DeviceChoice&) = default;
};

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

/// Of one run, whatever the recipe. Settings has them beside the recipe's numbers.
struct RunOptions {
  DeviceChoice device{};
  std::uint64_t seed = 0;
  bool cache_features = true;                        ///< keep what frozen blocks make of pictures seen again
  std::int64_t cache_bytes = std::int64_t{2} << 30;  ///< of such features in memory; more of them go to a file
  std::int64_t device_cache_bytes = -1;  ///< of such features on a GPU; -1: half of what is free there. What finds no
                                         ///< place goes to the host, by cache_bytes
  bool graphs = true;                    ///< on a GPU: steps that are the same each time are launched as one CUDA graph
  bool deterministic = false;  ///< on a GPU: equal bits in every run, by slower algorithms. What has none is refused
  int check_every = 0;  ///< on a GPU: after so many steps the host waits and sees whether losses are finite; 0: at the
                        ///< end of an epoch, and before as far as it is known without waiting
};

}  // namespace tuneit
