#pragma once
// A vision transformer's positions are those of a grid of patches: a file of pictures of another side has another grid,
// which is resampled when it is read.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/upsample_bicubic2d_ops.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tuneit/aten/merge.hpp"
#include "tuneit/io/weights/tensor_file.hpp"
#include "tuneit/weights/expected.hpp"
#include "tuneit/weights/tensors.hpp"

namespace tuneit::weights {

namespace detail {

/// Has a model positions of a grid, and says which tensor they are?
template <class Model>
concept SaysPositions = requires {
  Model::positions.tensor;
  Model::positions.align_corners;
};

/// The side of a grid of so many positions with a class token before them; 0: that is no square.
inline std::int64_t grid_side(std::int64_t positions) {
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(positions - 1))));
  return side > 0 && side * side + 1 == positions ? side : 0;
}

}  // namespace detail

/// Positions [1, 1 + a a, D] as [1, 1 + b b, D]: that of the class token stays, the grid is resampled bicubically.
/// align_corners: as torchvision's interpolate_embeddings; else as transformers' interpolate_pos_encoding.
inline at::Tensor resampled_positions(const at::Tensor& from, std::int64_t side, bool align_corners) {
  const at::NoGradGuard no_grad;
  const std::int64_t before = detail::grid_side(from.size(1)), d = from.size(2);
  const at::Tensor grid =
      from.narrow(1, 1, before * before).view({1, before, before, d}).permute({0, 3, 1, 2}).contiguous();
  const c10::SymInt sizes[2]{side, side};
  const at::Tensor now = at::_ops::upsample_bicubic2d::call(grid, sizes, align_corners, std::nullopt, std::nullopt);
  return aten::cat(from.narrow(1, 0, 1), now.permute({0, 2, 3, 1}).reshape({1, side * side, d}), 1);
}

/// Where the file's positions are of another grid than the model's, those of the model's take their place. Others are
/// left to who compares shapes.
inline void resample_positions(const char* tensor, bool align_corners, io::TensorFile& file,
                               const std::vector<Expected>& expected, const MatchOptions& options) {
  for (const Expected& e : expected) {
    if (e.name != tensor || e.shape.size() != 3) continue;
    for (io::NamedTensor& t : file.tensors) {
      if ((t.name != e.name && t.name != options.strip_prefix + e.name) || t.shape.size() != 3 || t.shape == e.shape)
        continue;
      const std::int64_t from = detail::grid_side(t.shape[1]), to = detail::grid_side(e.shape[1]);
      const at::ScalarType type = scalar_type(t.dtype);
      if (from == 0 || to == 0 || t.shape[0] != 1 || t.shape[2] != e.shape[2] || !at::isFloatingType(type)) continue;
      const at::Tensor given =
          at::from_blob(const_cast<std::byte*>(t.bytes.data()), t.shape, at::TensorOptions(type)).to(at::kDouble);
      if (options.notes != nullptr)
        options.notes->push_back("positions of a grid of " + std::to_string(from) + " x " + std::to_string(from) +
                                 " were resampled to " + std::to_string(to) + " x " + std::to_string(to));
      t = from_tensor(t.name, resampled_positions(given, to, align_corners).to(type));
    }
  }
}

}  // namespace tuneit::weights
