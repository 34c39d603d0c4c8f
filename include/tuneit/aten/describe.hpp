#pragma once
// What is in a tensor, in words for messages: its shape, and the first row of it that is no number.
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "tuneit/meta/sentence.hpp"

namespace tuneit::aten {

/// "[2, 3, 16, 16]"; "an undefined tensor".
inline std::string shape_text(const at::Tensor& t) {
  if (!t.defined()) return "an undefined tensor";
  std::string shape = "[";
  for (const std::int64_t d : t.sizes()) {
    if (shape.size() > 1) shape.append(", ");
    tuneit::detail::append_number(shape, d);
  }
  shape.push_back(']');
  return shape;
}

/// The first row of a tensor [N, ...] of floating-point numbers that holds NaN ("NaN") or infinity ("infinity").
inline std::optional<std::pair<std::size_t, const char*>> row_not_finite(const at::Tensor& t) {
  if (!t.defined() || !t.is_floating_point() || t.dim() == 0 || t.numel() == 0) return std::nullopt;
  const at::Tensor plain = t.to(at::kCPU, at::kDouble).contiguous();
  const double* const x = plain.const_data_ptr<double>();
  const std::int64_t each = plain.numel() / plain.size(0);
  for (std::int64_t i = 0; i < plain.numel(); ++i)
    if (!std::isfinite(x[i]))
      return std::pair{static_cast<std::size_t>(i / each), std::isnan(x[i]) ? "NaN" : "infinity"};
  return std::nullopt;
}

}  // namespace tuneit::aten
