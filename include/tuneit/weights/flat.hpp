#pragma once
// How do the tensors of a network lie in memory? Those of one number type in one buffer, each a view of it: then what
// is done with all of them is few calls.
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/tensors.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {

/// Each tensor begins at a multiple of so many bytes, as one that lies alone.
inline constexpr std::int64_t flat_alignment = 64;

/// `count` elements of so many bytes, with the gap behind them.
constexpr std::int64_t flat_stride(std::int64_t count, std::int64_t bytes) {
  const std::int64_t unit = flat_alignment / bytes;
  return (count + unit - 1) / unit * unit;
}

namespace detail {

/// Its head's rows lie behind all others, so that where these are is known without the number of classes.
inline bool lies_last(const TensorRow* row) {
  if (row != nullptr)
    for (int d = 0; d < row->rank; ++d)
      if (row->dims[d] == Dynamic) return true;
  return false;
}

/// A part of a buffer from element `begin` on, as a tensor of its own: to autograd it is no view.
inline at::Tensor flat_view(const at::Tensor& buffer, at::IntArrayRef sizes, at::IntArrayRef strides,
                            std::int64_t begin) {
  const at::AutoDispatchBelowADInplaceOrView below;
  return buffer.as_strided(sizes, strides, begin);
}

}  // namespace detail

/// Which of them is the i-th, where it stands there before? Tied tensors do.
inline std::size_t first_of(const Tensors& all, std::size_t i) {
  std::size_t first = 0;
  while (!all[first].is_same(all[i])) ++first;
  return first;
}

/// Which of them are the first of their kind: all, but for tied tensors under their other names.
inline std::vector<std::size_t> each_once(const Tensors& all) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (first_of(all, i) == i) rows.push_back(i);
  return rows;
}

/// Zeros of the shapes and strides of `like`, which have no gaps: in one buffer for each number type, in their order.
/// What stands there twice is one. `floating`: the type of those of floating point, undefined: their own. `rows`: of a
/// table, or null.
[[gnu::cold, gnu::noinline]] inline Tensors flat_zeros(const Tensors& like, const at::Device& device,
                                                       at::ScalarType floating = at::ScalarType::Undefined,
                                                       const TensorRow* rows = nullptr) {
  const auto type_of = [&](const at::Tensor& t) {
    return floating != at::ScalarType::Undefined && t.is_floating_point() ? floating : t.scalar_type();
  };
  Tensors all(like.size());
  for (std::size_t first = 0; first < like.size(); ++first) {
    if (const std::size_t before = first_of(like, first); before != first) all[first] = all[before];
    if (all[first].defined()) continue;
    const at::ScalarType type = type_of(like[first]);
    at::Tensor buffer;
    for (int round = 0; round < 2; ++round) {
      std::int64_t end = 0;
      for (int last = 0; last < 2; ++last)
        for (std::size_t i = first; i < like.size(); ++i) {
          const at::Tensor& t = like[i];
          if (type_of(t) != type || detail::lies_last(rows == nullptr ? rows : rows + i) != (last != 0)) continue;
          if (first_of(like, i) != i) continue;
          if (round != 0) all[i] = detail::flat_view(buffer, t.sizes(), t.strides(), end);
          end += flat_stride(t.numel(), static_cast<std::int64_t>(c10::elementSize(type)));
        }
      if (round == 0) buffer = aten::zeros({end}, at::TensorOptions(type).device(device));
    }
  }
  return all;
}

/// Copies, flat.
[[gnu::cold, gnu::noinline]] inline Tensors flat_copies(const Tensors& of, const at::Device& device,
                                                        at::ScalarType floating = at::ScalarType::Undefined,
                                                        const TensorRow* rows = nullptr) {
  Tensors copies = flat_zeros(of, device, floating, rows);
  for (std::size_t i = 0; i < of.size(); ++i) copies[i].copy_(of[i].detach());
  return copies;
}

/// The same tensors on a device, those of floating point in a number type: as they are where they are so already.
template <class Model>
Tensors flat_on(Tensors all, const at::Device& device, at::ScalarType floating) {
  if (device.is_cpu() && floating == at::kFloat) return all;
  return flat_copies(all, device, floating, table<Model>.rows);
}

namespace detail {

/// Does y begin in a buffer where x ends?
inline bool follows_flat(const at::Tensor& x, const at::Tensor& y) {
  return x.storage().unsafeGetStorageImpl() == y.storage().unsafeGetStorageImpl() &&
         x.scalar_type() == y.scalar_type() && x.is_non_overlapping_and_dense() && y.is_non_overlapping_and_dense() &&
         x.storage_offset() + flat_stride(x.numel(), static_cast<std::int64_t>(x.element_size())) == y.storage_offset();
}
/// From the beginning of x to the end of y, in one buffer, as a vector.
inline at::Tensor joined_flat(const at::Tensor& x, const at::Tensor& y) {
  const std::int64_t size = y.storage_offset() + y.numel() - x.storage_offset(), one = 1;
  return flat_view(x, size, one, x.storage_offset());
}

}  // namespace detail

/// Pairs of tensors, for what treats each number alone: neighbours in both buffers are one pair, with the gap between.
struct FlatPairs {
  Tensors a{}, b{};

  FlatPairs(const Tensors& as, const Tensors& bs) {
    const auto goes_on = [&](std::size_t i) {
      return detail::follows_flat(as[i - 1], as[i]) && detail::follows_flat(bs[i - 1], bs[i]) &&
             as[i - 1].strides() == bs[i - 1].strides() && as[i].strides() == bs[i].strides();
    };
    for (std::size_t i = 0, end = 0; i < as.size(); i = end) {
      end = i + 1;
      while (end < as.size() && goes_on(end)) ++end;
      const bool one = end == i + 1;
      a.push_back(one ? as[i] : detail::joined_flat(as[i], as[end - 1]));
      b.push_back(one ? bs[i] : detail::joined_flat(bs[i], bs[end - 1]));
    }
  }
};

/// Who watches the versions of tensors is told that these were changed through what they are joined in.
inline void mark_changed(const Tensors& all) {
  for (const at::Tensor& t : all) t.unsafeGetTensorImpl()->bump_version();
}

}  // namespace tuneit
