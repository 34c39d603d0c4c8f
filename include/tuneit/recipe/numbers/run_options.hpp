#pragma once
// What differs from run to run and is no part of a recipe: where it is computed, chance, and what is kept in memory.
#include <cstdint>

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
