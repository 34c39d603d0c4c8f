#pragma once
// Which choices cost a person more time than they may think? Only what was measured, each with its figure.
#include <string>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/recipe_info.hpp"
#include "tuneit/engine/run/precision.hpp"

namespace tuneit::app {

/// One note for each choice that is over 1.5 times slower here than the one beside it.
///
/// Measured: a training step of ResNet-18 (8 pictures of 128 x 128, one thread of a Zen 4 with AVX512_BF16, processor
/// time, median of interleaved rounds), in milliseconds. Rows 2 and 3: oneDNN, ATen and the kernels here held back
/// (ONEDNN_MAX_CPU_ISA, ATEN_CPU_CAPABILITY).
///                        fp32   bf16   fp64   fp16
///   AVX512_BF16           253    181    898   4660
///   AVX-512 without it    239    751    901   4455
///   AVX2                  322   4085    920   4691
inline std::vector<std::string> slow_choices(const Settings& s, const RecipeInfo& kind, bool cpu, bool bfloat16) {
  std::vector<std::string> notes;
  if (!cpu) return notes;
  const std::string who = kind.defaults.precision == s.precision ? "" : " (--precision)";
  if (s.precision == PrecisionKind::Half)
    notes.push_back("fp16 on a CPU takes about 15 times as long as fp32 (it is meant for GPUs)" +
                    std::string(bfloat16 ? "; bf16, which this processor computes in, is faster than both" : "") + who);
  if (s.precision == PrecisionKind::BFloat16 && !bfloat16)
    notes.push_back("bf16 takes 3 to 13 times as long as fp32 on this processor, which does not compute in it" + who);
  if (s.precision == PrecisionKind::Double)
    notes.push_back("fp64 takes about 3 times as long as fp32 (it is meant for checking gradients)" + who);
  return notes;
}

inline std::vector<std::string> slow_choices(const Options& o, const RecipeInfo& kind) {
  const c10::Device device = resolve(o.settings.device);
  return slow_choices(o.settings, kind, device.is_cpu(), computes_bfloat16(device));
}

}  // namespace tuneit::app
