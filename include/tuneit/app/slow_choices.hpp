#pragma once
// Which choices cost a person more time than they may think? Only what was measured, each with its figure.
#include <string>
#include <vector>

#include "tuneit/app/options.hpp"
#include "tuneit/app/session.hpp"
#include "tuneit/engine/precision.hpp"

namespace tuneit::app {

/// One note for each choice that is over 1.5 times slower here than the one beside it.
///
/// Measured: a step of ResNet-18 (8 pictures of 128 x 128, one thread of a Zen 4 with AVX512_BF16, processor time,
/// median of four interleaved rounds) takes 300 ms in single precision, 174 ms in bfloat16 and 4550 ms in fp16, which
/// no kernel here computes in on a CPU: 15 times as long as single precision; logits 112, 71 and 509 ms.
inline std::vector<std::string> slow_choices(const Options& o, const RecipeInfo& kind) {
  std::vector<std::string> notes;
  const Settings& s = o.settings;
  const c10::Device device = resolve(s.device);
  if (device.is_cpu() && s.numbers == NumberType::Half)
    notes.push_back(std::string("fp16 on a CPU takes about 15 times as long as fp32 (it is meant for GPUs)") +
                    (computes_bfloat16(device) ? "; bf16, which this processor computes in, is faster than both" : "") +
                    (kind.defaults.numbers == s.numbers ? "" : " (--precision)"));
  return notes;
}

}  // namespace tuneit::app
