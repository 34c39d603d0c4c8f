#pragma once
// Does the network of a recipe take batches of this shape? Asked in every step, and answered by comparing numbers.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "tuneit/engine/checks/check_batch.hpp"
#include "tuneit/engine/checks/merge_misfit.hpp"
#include "tuneit/engine/checks/told_shape.hpp"
#include "tuneit/meta/sentence.hpp"
#include "tuneit/net/wire_plan.hpp"
#include "tuneit/recipe/judges/inputs.hpp"
#include "tuneit/recipe/queries/lone_values.hpp"

namespace tuneit::detail {

/// Throws Error(Usage) for a picture that the network cannot take, and says which it takes. merge: what merge_misfit
/// says of it.
[[noreturn]] inline void refuse_side(Shape picture, int made_for, bool (*takes_picture)(Shape),
                                     const std::string& merge) {
  constexpr int most = 1024;  // above it no network begins to take pictures
  const auto takes = [&](int side) { return takes_picture({picture.channels(), side, side}); };
  const auto next = [&](int side) {
    const int end = side + most;
    while (side < end && !takes(side)) ++side;
    return side;
  };
  const int least = next(1);
  std::string mend;
  if (!merge.empty()) {
    const int height = next(picture.height()), width = next(picture.width());
    if (takes_picture({picture.channels(), height, width}))
      mend = sentence({"The next larger that it takes are of ", width, " x ", height, " pixels. "});
    refuse(ErrorKind::Usage,
           {"the network cannot take pictures of ", picture.width(), " x ", picture.height(), " pixels: ", merge},
           {mend, "It was made for ", made_for, " x ", made_for, " pixels."});
  }
  if (picture.height() != picture.width() && (takes(picture.height()) || takes(picture.width())))
    mend = "It takes square pictures of this side: crop or resize them. ";
  else if (least <= most && std::min(picture.height(), picture.width()) < least)
    mend = sentence({"Give larger pictures, of ", least, " x ", least, " pixels at least. "});
  else if (least <= most && takes(made_for))
    mend = "A layer of it takes so many numbers and no other: resize the pictures. ";
  refuse(ErrorKind::Usage,
         {"the network cannot take pictures of ", picture.width(), " x ", picture.height(),
          " pixels: a window is larger than what reaches it, or a layer takes another number of features"},
         {mend, "It was made for ", made_for, " x ", made_for, " pixels."});
}

[[noreturn, gnu::noinline]] inline void refuse_rows(const at::Tensor& x, Shape wanted, bool shorter) {
  const char* const type = wanted.dtype == ElementType::Index ? "Long" : "Bool";
  const bool batch = x.defined() && x.dim() == 2 && x.size(0) > 0,
             only_type =
                 batch && x.size(1) > 0 && (shorter ? x.size(1) <= wanted.dims[0] : x.size(1) == wanted.dims[0]);
  const std::string most = shorter ? " at most" : "", given = batch ? std::to_string(x.size(1)) : std::string();
  refuse(ErrorKind::Usage,
         {"the network takes rows of ", wanted.dims[0], most, " of type ", type, ", and the batch is ",
          x.defined() ? c10::toString(x.scalar_type()) : "not there",
          x.defined() ? " " + aten::shape_text(x) : std::string()},
         {only_type  ? sentence({"Give it as `.to(at::k", type, ")`."})
          : !shorter ? sentence({"Give [samples, ", wanted.dims[0], "]."})
          : batch && x.size(1) > 0
              ? sentence({"Cut texts to ", wanted.dims[0], " tokens (MaxLength), or make the network for longer ones."})
              : sentence({"Give [samples, tokens], from 1 to ", wanted.dims[0], " tokens."})});
}
/// Remembers how many tokens of texts Model took last, so that it is asked once.
template <class Model>
class TextShape {
 public:
  /// Throws Error(Usage) unless x are rows of indices, or of truths, as Model takes them.
  void check(const at::Tensor& x) {
    constexpr Shape most = Model::input::at(Model::input::side);
    constexpr at::ScalarType type = most.dtype == ElementType::Index ? at::kLong : at::kBool;
    if (!x.defined() || x.dim() != 2 || x.size(0) == 0 || x.scalar_type() != type || x.size(1) != taken_)
      look_at(x, type);
  }

 private:
  [[gnu::noinline]] void look_at(const at::Tensor& x, at::ScalarType type) {
    constexpr Shape most = Model::input::at(Model::input::side);
    const bool rows = x.defined() && x.dim() == 2 && x.size(0) > 0 && x.scalar_type() == type;
    // one that takes any number of tokens also takes one less
    const bool shorter = most.dims[0] > 1 && takes<Model>(Model::input::at(most.dims[0] - 1));
    if (!rows || x.size(1) < 1 || x.size(1) > most.dims[0] ||
        (x.size(1) < most.dims[0] && !takes<Model>(Model::input::at(static_cast<int>(x.size(1))))))
      refuse_rows(x, most, shorter);
    taken_ = x.size(1);
  }
  std::int64_t taken_ = Model::input::side;
};

/// Remembers the last shape and type of pictures that Model took, so that they are looked at once. A network whose
/// input has the side 1 takes rows of numbers, [N, channels], as well.
template <class Model>
class ImageShape {
 public:
  /// Throws Error(Usage) for a batch that the network cannot take.
  void check(const at::Tensor& images) {
    if constexpr (Model::input::side == 1)
      if (images.defined() && images.dim() == 2 && images.size(0) > 0 && images.size(1) == Model::input::channels &&
          images.is_floating_point())
        return;
    if (!images.defined() || images.dim() != 4 || images.size(0) == 0 || images.size(1) != taken_.dims[0] ||
        images.size(2) != taken_.dims[1] || images.size(3) != taken_.dims[2] || images.scalar_type() != type_)
      look_at(images);
  }

 private:
  [[gnu::noinline]] void look_at(const at::Tensor& images) {
    constexpr int channels = Model::input::channels;
    check_images(images, channels, Model::input::side == 1);
    const Shape picture{channels, static_cast<int>(images.size(2)), static_cast<int>(images.size(3))};
    if (!takes<Model>(picture)) {
      std::string merge;
      if constexpr (has_wires<Model>) merge = merge_misfit<Model>(picture);
      refuse_side(picture, Model::input::side, &takes<Model>, merge);
    }
    taken_ = picture;
    type_ = images.scalar_type();
  }
  Shape taken_{};
  at::ScalarType type_ = at::kFloat;
};

/// The same of features, what flows into block `first` of the network: [N, channels, height, width], or [N, numbers].
template <class Model>
class FeatureShape {
 public:
  /// Throws Error(Usage) for features that these blocks cannot take.
  void check(const at::Tensor& x, std::size_t first) {
    if (!x.defined() || x.dim() == 0 || x.size(0) == 0 || first != first_ || x.scalar_type() != type_ ||
        !(shape_of(x) == taken_))
      look_at(x, first);
  }

 private:
  static Shape shape_of(const at::Tensor& x) { return detail::shape_of(x); }
  [[gnu::noinline]] void look_at(const at::Tensor& x, std::size_t first) {
    if constexpr (Model::input::at(Model::input::side).dtype != ElementType::Number)
      if (first == 0) return TextShape<Model>().check(x);
    check_features(x);
    if constexpr (has_wires<Model>)
      if (wire_plan_at<Model>(first).begin_count > 0 && first > 0) return;  // packed: looked at where they are unpacked
    if (!takes_from<Model>(first, shape_of(x)))
      refuse(ErrorKind::Usage,
             {"the network cannot take features of the shape ", aten::shape_text(x), " in its block ", first,
              " (from 0), where what is frozen ends"},
             {"Give what Trainer::features gave, of the phase in which the trainer is."});
    taken_ = shape_of(x);
    type_ = x.scalar_type();
    first_ = first;
  }
  Shape taken_{};
  at::ScalarType type_ = at::kFloat;
  std::size_t first_ = 0;
};

/// The same of what crosses a cut with wires: x flows, `beside` is on wires.
template <class R>
[[gnu::noinline]] void refuse_lone_values(const at::Tensor& x, const std::vector<at::Tensor>& beside, std::size_t phase,
                                          std::size_t first) {
  const auto plan = wire_plan_at<typename R::model>(first);
  WireShapes wires;
  for (std::size_t i = 0; i < beside.size(); ++i)
    if (plan.begin[i].output < 0) wires.put(plan.begin[i].name, shape_of(beside[i]));
  if (lone_values<R>(phase, shape_of(x), first, &wires)) throw LoneSample();
}

/// Throws LoneSample for one sample, x flowing into block `first`, of which a batch norm would see one value per
/// channel.
template <class R>
[[gnu::noinline]] void refuse_lone_values(const at::Tensor& x, std::size_t phase, std::size_t first) {
  if (lone_values<R>(phase, shape_of(x), first)) throw LoneSample();
}

}  // namespace tuneit::detail
