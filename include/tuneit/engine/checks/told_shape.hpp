#pragma once
// Does a layer of one's own give what its description says? The layers behind it are compiled for that, and their
// kernels look no more: asked in every pass, and answered by comparing a few numbers. Of the layers that ship it is
// known.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <type_traits>

#include "tuneit/aten/describe.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/net/leaf.hpp"
#include "tuneit/net/operations/operation.hpp"

namespace tuneit::detail {

/// The shape of one sample of a batch; of more than four dimensions, the first four.
inline Shape shape_of(const at::Tensor& x) {
  Shape s;
  for (std::int64_t d = 1; d < x.dim() && d <= 4; ++d) s.dims[s.rank++] = static_cast<int>(x.size(d));
  return s;
}

/// An operation that is a layer of one's own.
template <class Op>
concept OwnLayer = LoneLayer<Op> && !Ships<Op> && std::is_base_of_v<LayerTag, Op>;

/// What comes out of a layer, by its description.
template <class Layer>
constexpr Shape told_shape([[maybe_unused]] Shape in) {
  if constexpr (MakesShape<Layer>)
    return Layer::out(in);
  else
    return in;
}

/// Throws Error(Usage) unless y, which a layer made of samples of the shape `in`, is `told`. A number of classes that
/// comes at run time is not known here. layer: its name.
inline void check_told(std::string (*layer)(), Shape in, Shape told, const at::Tensor& y) {
  bool same = y.dim() == told.rank + 1;
  for (int d = 0; same && d < told.rank; ++d) same = told.dims[d] == Dynamic || y.size(d + 1) == told.dims[d];
  if (same) return;
  const auto text = [](Shape s) {
    std::string t = "[N";
    for (int d = 0; d < s.rank; ++d) t.append(", ").append(std::to_string(s.dims[d]));
    return t.append("]");
  };
  throw Error(ErrorKind::Usage,
              std::string("the layer ")
                  .append(layer())
                  .append(" gives ")
                  .append(aten::shape_text(y))
                  .append(" and its `out` says " + text(told) + " of " + text(in)),
              "The layers behind it are compiled for what `out` says: mend `out`, or what its Forward or Train gives.");
}

}  // namespace tuneit::detail
