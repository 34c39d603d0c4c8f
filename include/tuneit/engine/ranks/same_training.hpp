#pragma once
// Do all processes train the same? Recipe, settings and weights as numbers that are compared.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "tuneit/aten/tensors.hpp"
#include "tuneit/ranks/group.hpp"
#include "tuneit/recipe/algebra/fingerprint.hpp"
#include "tuneit/recipe/algebra/hash.hpp"
#include "tuneit/recipe/queries/check.hpp"

namespace tuneit::detail {

template <class R>
std::uint64_t recipe_hash() {
  if constexpr (fingerprint_verdict<R>::accepted)
    return fingerprint<R>.value;
  else
    return hash_text(type_name<R>());
}
inline std::uint64_t settings_hash(const Settings& s) {
  std::uint64_t h = s.seed;
  for (const double x :
       {static_cast<double>(s.epochs), static_cast<double>(s.batch_size), static_cast<double>(s.classes),
        static_cast<double>(s.side), static_cast<double>(s.views), s.label_smoothing, static_cast<double>(s.precision),
        s.optimizer.lr, s.optimizer.weight_decay, s.optimizer.momentum, static_cast<double>(s.warmup_steps)})
    h = hash_on(h, bits_of(x));
  for (std::size_t i = 0; i < s.values.size(); ++i) h = hash_on(h, bits_of(s.values[i]));
  return stirred(h);
}
inline std::uint64_t weights_hash(const Tensors& all) {
  std::uint64_t h = 0;
  for (const at::Tensor& x : all) {
    const at::Tensor here = x.detach().to(at::kCPU).contiguous();
    const auto* const words = static_cast<const unsigned char*>(here.const_data_ptr());
    const std::size_t size = here.nbytes();
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; i += 8) {
      std::memcpy(&word, words + i, std::min<std::size_t>(8, size - i));
      h = (h ^ word) * 0x9e3779b97f4a7c15U;
      h ^= h >> 29;
    }
  }
  return h;
}

/// Throws Error(Usage) where a rank trains something else than rank 0, naming it.
template <class R>
void compare_trainings(ranks::Group& all, const Settings& s, const Tensors& weights) {
  ranks::compare(
      all, {{"the recipe", recipe_hash<R>()}, {"a setting", settings_hash(s)}, {"a weight", weights_hash(weights)}});
}

}  // namespace tuneit::detail
