#pragma once
// How are the bytes of a picture resized? By LibTorch's antialiased bilinear kernel for bytes.
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/ops/_upsample_bilinear2d_aa_ops.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>

#include "tuneit/data/augment/geometry.hpp"
#include "tuneit/io/image/image_types.hpp"

namespace tuneit::data {

/// Bilinear, antialiased, on bytes: bit-equal to torchvision v2's resize(antialias=True) of a uint8 tensor on a CPU
/// with AVX2, and 4 to 5 times faster than Pillow (which differs by at most one level in 0.2 % of values).
inline io::Image resize(const io::Image& in, Size size) {
  if (size == Size{in.height, in.width}) return in;
  const c10::InferenceMode no_autograd;
  const std::int64_t height = in.height, width = in.width;
  // NCHW sizes over interleaved bytes: the channels-last layout, without a copy. Only read, whatever from_blob asks.
  const at::Tensor pixels = at::from_blob(const_cast<std::uint8_t*>(in.rgb.data()), {1, 3, height, width},
                                          {height * width * 3, 1, width * 3, 3}, at::TensorOptions().dtype(at::kByte));
  const at::Tensor resized =
      at::_ops::_upsample_bilinear2d_aa::call(pixels, {size.height, size.width}, /*align_corners=*/false, std::nullopt,
                                              std::nullopt)
          .permute({0, 2, 3, 1})
          .contiguous();  // already so, except where a side of one pixel makes the layout ambiguous
  io::Image out = io::blank_image(size.height, size.width);
  std::memcpy(out.rgb.data(), resized.const_data_ptr(), out.rgb.size());
  return out;
}

}  // namespace tuneit::data
