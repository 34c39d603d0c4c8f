#pragma once
// Does the network of a recipe take batches of this shape? Asked in every step, and answered by comparing numbers.
#include <ATen/core/Tensor.h>

#include <string>

#include "tuneit/engine/check_batch.hpp"
#include "tuneit/recipe/lone_values.hpp"

namespace tuneit::detail {

/// Remembers the last shape of pictures that Model took, so that it is looked at once. A network whose input has the
/// side 1 takes rows of numbers, [N, channels], as well.
template <class Model>
class PictureShape {
 public:
  /// Throws Error(Usage) for a batch that the network cannot take.
  void check(const at::Tensor& images) {
    if constexpr (Model::input::side == 1)
      if (images.defined() && images.dim() == 2 && images.size(0) > 0 && images.size(1) == Model::input::channels)
        return;
    if (!images.defined() || images.dim() != 4 || images.size(0) == 0 || images.size(1) != taken_.channels ||
        images.size(2) != taken_.height || images.size(3) != taken_.width)
      look_at(images);
  }

 private:
  [[gnu::noinline]] void look_at(const at::Tensor& images) {
    check_images(images, Model::input::channels, Model::input::side == 1);
    const Shape picture{Model::input::channels, static_cast<int>(images.size(2)), static_cast<int>(images.size(3))};
    if (!takes<Model>(picture))
      throw Error(Fault::Usage,
                  "the network cannot take pictures of " + std::to_string(picture.width) + " x " +
                      std::to_string(picture.height) +
                      " pixels: a window is larger than what reaches it, or a layer takes another number of features",
                  "Give larger pictures; it was made for " + std::to_string(Model::input::side) + " x " +
                      std::to_string(Model::input::side) + ".");
    taken_ = picture;
  }
  Shape taken_{};
};

/// Throws LoneSample for one sample, x flowing into block `first`, of which a batch norm would see one value per
/// channel.
template <class R>
[[gnu::noinline]] void refuse_lone_values(const at::Tensor& x, std::size_t phase, std::size_t first) {
  const auto side = [&](std::int64_t d) { return x.dim() > d ? static_cast<int>(x.size(d)) : 1; };
  if (lone_values<R>(phase, {side(1), side(2), side(3)}, first)) throw LoneSample();
}

}  // namespace tuneit::detail
