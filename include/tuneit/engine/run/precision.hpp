#pragma once
// In which number type does a network compute? Resolved once, when training starts.
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <c10/macros/Export.h>

#include "tuneit/engine/run/device.hpp"
#include "tuneit/kernels/isa/isa.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

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

/// Does the device multiply bfloat16 itself? On a CPU: AVX512_BF16 (or AMX, which comes with it). On a GPU: Ampere and
/// later do; before, it is emulated.
inline bool computes_bfloat16(c10::Device device) {
  if (device.is_cuda()) return at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  return kernels::has_bfloat16_products();
}

inline c10::ScalarType resolve(PrecisionKind numbers, c10::Device device) {
  switch (numbers) {
    case PrecisionKind::Single:
      return c10::ScalarType::Float;
    case PrecisionKind::BFloat16:
      return c10::ScalarType::BFloat16;
    case PrecisionKind::Half:
      return c10::ScalarType::Half;
    case PrecisionKind::Double:
      return c10::ScalarType::Double;
    case PrecisionKind::Auto:
      break;
  }
  return computes_bfloat16(device) ? c10::ScalarType::BFloat16 : c10::ScalarType::Float;
}

namespace detail {

/// Autocast within this scope, for layers that run through autograd, where `type`, that of the activations, is of lower
/// precision (else nothing changes); the thread's former state comes back at its end.
class AutocastScope {
 public:
  AutocastScope(c10::DeviceType device, c10::ScalarType type)
      : device_(device), casts_(type == c10::ScalarType::BFloat16 || type == c10::ScalarType::Half) {
    if (!casts_) return;
    enabled_ = at::autocast::is_autocast_enabled(device);
    type_ = at::autocast::get_autocast_dtype(device);
    at::autocast::set_autocast_enabled(device_, true);
    at::autocast::set_autocast_dtype(device_, type);
    at::autocast::increment_nesting();
  }
  ~AutocastScope() {
    if (!casts_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_dtype(device_, type_);
    at::autocast::set_autocast_enabled(device_, enabled_);
  }
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  c10::DeviceType device_;
  bool casts_, enabled_ = false;
  c10::ScalarType type_{};
};

}  // namespace detail
}  // namespace tuneit
