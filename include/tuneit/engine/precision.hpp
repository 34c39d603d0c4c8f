#pragma once
// In which precision does a region compute? bfloat16 by autocast, for the length of a scope.
#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>
#include <c10/macros/Export.h>

#include <optional>

#include "tuneit/recipe/chosen.hpp"

// As in ATen/autocast_mode.h, which includes all of ATen/ATen.h (3 s more in every translation unit).
namespace at::autocast {
TORCH_API bool is_autocast_enabled(c10::DeviceType);
TORCH_API void set_autocast_enabled(c10::DeviceType, bool);
TORCH_API c10::ScalarType get_autocast_dtype(c10::DeviceType);
TORCH_API void set_autocast_dtype(c10::DeviceType, c10::ScalarType);
TORCH_API void clear_cache();
TORCH_API int increment_nesting();
TORCH_API int decrement_nesting();
}  // namespace at::autocast

namespace tuneit {

/// Nothing to switch for single precision.
template <class P>
struct PrecisionScope {
  explicit PrecisionScope(bool) {}
};

namespace detail {

/// Autocast to bfloat16 on the CPU within this scope; the thread's former state comes back at its end.
class AutocastScope {
 public:
  AutocastScope()
      : enabled_(at::autocast::is_autocast_enabled(c10::DeviceType::CPU)),
        type_(at::autocast::get_autocast_dtype(c10::DeviceType::CPU)) {
    at::autocast::set_autocast_enabled(c10::DeviceType::CPU, true);
    at::autocast::set_autocast_dtype(c10::DeviceType::CPU, c10::ScalarType::BFloat16);
    at::autocast::increment_nesting();
  }
  ~AutocastScope() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_dtype(c10::DeviceType::CPU, type_);
    at::autocast::set_autocast_enabled(c10::DeviceType::CPU, enabled_);
  }
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  bool enabled_;
  c10::ScalarType type_;
};

}  // namespace detail

template <>
struct PrecisionScope<BF16> {
  explicit PrecisionScope(bool) {}
  detail::AutocastScope autocast;
};

template <>
struct PrecisionScope<ChosenPrecision> {
  explicit PrecisionScope(bool bf16) {
    if (bf16) autocast.emplace();
  }
  std::optional<detail::AutocastScope> autocast;
};

}  // namespace tuneit
