#pragma once
// Which transforms does a training run use? The usual ones by name, in a form that the loader can hold.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/augment/deferred.hpp"
#include "tuneit/data/augment/transforms.hpp"
#include "tuneit/data/random.hpp"

namespace tuneit::data {

/// A pipeline with its type erased: picture to size x size bytes, then normalised. Made from any
/// Compose or callable of your own. `random` is false where every epoch gives the same pixels (the loader then keeps
/// those).
class Augment {
 public:
  using Pipeline = std::function<io::Image(const io::Image&, Draws&)>;
  using Finish = std::function<void(float*, int, Draws&)>;
  /// The rectangle of a picture that the first step cuts out.
  using Choose = std::function<io::Box(Size, Draws&)>;
  using Leaving = std::function<io::Image(const io::Image&, Draws&, Deferred&)>;

  Augment(int size, bool random, Pipeline pipeline, const Normalize& normalize = {})
      : size_(size), random_(random), pipelines_{std::move(pipeline)}, normalize_(normalize) {
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t v = 0; v < 256; ++v) table_[c][v] = normalize(static_cast<std::uint8_t>(v), c);
  }

  /// A random rectangle first, which `pipeline` gets: what lies outside of it need not even be decoded.
  Augment(int size, Choose choose, Pipeline pipeline, const Normalize& normalize = {})
      : Augment(size, true, std::move(pipeline), normalize) {
    choose_ = std::move(choose);
  }

  /// Behind the normalisation, one after the other.
  Augment& erase(std::vector<RandomErasing> erasings) {
    erasings_ = std::move(erasings);
    random_ = true;
    return *this;
  }
  /// Behind these: changes size x size normalised pixels (HWC). No device can do it: batches are then finished here.
  Augment& then(Finish finish) {
    finish_ = std::move(finish);
    random_ = true;
    return *this;
  }
  /// The same pipeline for batches that are finished elsewhere: it draws alike, and may leave flips undone.
  Augment& leave_flips(Leaving pipeline) {
    leaving_ = std::move(pipeline);
    return *this;
  }
  /// One more version of each picture: for tests, whose outputs for all versions are averaged.
  Augment& add_view(Pipeline pipeline) {
    pipelines_.push_back(std::move(pipeline));
    return *this;
  }

  /// A picture may come smaller than it is (LoaderOptions::scaled_decoding), with at least so many pixels a side.
  Augment& shrinks_to(int least) {
    least_ = least;
    return *this;
  }

  [[nodiscard]] int size() const { return size_; }
  /// 0: it may not come smaller. Where a rectangle is cut out first, of this.
  [[nodiscard]] int least() const { return choose_ ? size_ : least_; }
  [[nodiscard]] bool random() const { return random_; }
  /// Versions of each picture where nothing is random; 1 without add_view.
  [[nodiscard]] std::size_t views() const { return pipelines_.size(); }
  /// Is there one version of each picture, ever?
  [[nodiscard]] bool fixed() const { return !random_ && views() == 1; }
  [[nodiscard]] std::size_t floats() const {
    return 3 * static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_);
  }

  /// The transformed bytes, size x size, of one of views(). Where `undone` is given some of it may be left to that.
  /// Throws ErrorKind::Data where a pipeline of yours returns another size.
  [[nodiscard]] io::Image transform(const io::Image& in, Draws& draws, std::size_t view = 0,
                                    Deferred* deferred = nullptr) const {
    if (!choose_) return transform_part(in, draws, view, deferred);
    return transform_part(crop(in, choose({in.height, in.width}, draws)), draws, view, deferred);
  }

  /// transform() in two halves, for those who decode no more than is needed: is a rectangle cut out first, which one,
  /// and the rest, of this rectangle.
  [[nodiscard]] bool begins_with_crop() const { return static_cast<bool>(choose_); }
  [[nodiscard]] io::Box choose(Size size, Draws& draws) const { return choose_(size, draws); }
  [[nodiscard]] io::Image transform_part(const io::Image& in, Draws& draws, std::size_t view = 0,
                                         Deferred* deferred = nullptr) const {
    io::Image out = deferred != nullptr && leaving_ && view % views() == 0 ? leaving_(in, draws, *deferred)
                                                                           : pipelines_[view % views()](in, draws);
    if (out.width != size_ || out.height != size_ || out.rgb.size() != floats())
      throw Error(ErrorKind::Data,
                  "A pipeline of transforms gave " + std::to_string(out.width) + " x " + std::to_string(out.height) +
                      " pixels where " + std::to_string(size_) + " x " + std::to_string(size_) + " were promised.",
                  "End the pipeline with a transform that fixes the size (CenterCrop, ResizeExact, ...).");
    return out;
  }

  /// Writes floats() numbers, pixel by pixel (HWC: one picture of a channels-last batch). A table look-up: 256 values
  /// a channel are all that can occur.
  void normalize(const io::Image& in, float* out) const {
    const std::uint8_t* byte = in.rgb.data();
    for (const std::uint8_t* end = byte + in.rgb.size(); byte != end; byte += 3, out += 3) {
      out[0] = table_[0][byte[0]];
      out[1] = table_[1][byte[1]];
      out[2] = table_[2][byte[2]];
    }
  }
  /// normalize(), then what stands behind it. `draws`: as transform() left it.
  void finish(const io::Image& in, Draws& draws, float* out) const {
    normalize(in, out);
    for (const RandomErasing& erasing : erasings_) erasing(out, size_, draws);
    if (finish_) finish_(out, size_, draws);
  }
  /// Can batches of bytes be finished without this, from what was drawn (DeviceFinish)?
  [[nodiscard]] bool finishes_elsewhere() const { return !finish_; }
  /// What finish() would draw.
  void draw_finish(Draws& draws, Deferred& deferred) const {
    deferred.erased.clear();
    for (const RandomErasing& erasing : erasings_)
      deferred.erased.push_back(erasing.choose({size_, size_}, draws).value_or(Erased{}));
  }
  [[nodiscard]] const std::vector<RandomErasing>& erasings() const { return erasings_; }
  [[nodiscard]] const Normalize& normalization() const { return normalize_; }

  void operator()(const io::Image& in, Draws& draws, float* out) const { finish(transform(in, draws), draws, out); }

  /// What the network sees, as a picture for people: all steps, then the normalisation undone.
  [[nodiscard]] io::Image shown(const io::Image& in, Draws& draws, std::size_t view = 0) const {
    io::Image out = transform(in, draws, view);
    if (erasings_.empty() && !finish_) return out;
    std::vector<float> numbers(floats());
    finish(out, draws, numbers.data());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const float level = (numbers[i] * normalize_.stddev[i % 3] + normalize_.mean[i % 3]) * 255.0F;
      out.rgb[i] = static_cast<std::uint8_t>(std::clamp(level + 0.5F, 0.0F, 255.0F));
    }
    return out;
  }

 private:
  int size_, least_ = 0;
  bool random_;
  Choose choose_;
  std::vector<Pipeline> pipelines_;
  Leaving leaving_;
  std::vector<RandomErasing> erasings_;
  Finish finish_;
  Normalize normalize_;
  std::array<std::array<float, 256>, 3> table_{};
};

/// torchvision's training recipe: RandomResizedCrop(size), RandomHorizontalFlip(0.5).
inline Augment imagenet_train(int size = 224, const Normalize& normalize = {}) {
  const RandomResizedCrop crop{size};
  return {size, crop.chooser(), Compose(ResizeExact{size, size}, RandomHorizontalFlip{}), normalize};
}

/// torchvision's evaluation recipe: Resize(size * 256 / 224), CenterCrop(size).
inline Augment imagenet_eval(int size = 224, const Normalize& normalize = {}) {
  const int short_side = python_round(size * 256.0 / 224.0);
  return Augment(size, false, Compose(Resize{short_side}, CenterCrop{size}), normalize).shrinks_to(short_side);
}

/// Training without augmentation: the pictures that evaluation sees.
inline Augment no_augment(int size = 224, const Normalize& normalize = {}) { return imagenet_eval(size, normalize); }

/// For pictures without an up and a left (solar cells, microscopy, aerial views): the whole picture, flipped both ways.
inline Augment flips(int size = 224, const Normalize& normalize = {}) {
  return Augment(size, true, Compose(ResizeExact{size, size}, RandomHorizontalFlip{}, RandomVerticalFlip{}), normalize)
      .shrinks_to(size);
}

/// The whole picture at size x size: the evaluation that goes with flips().
inline Augment whole_picture(int size = 224, const Normalize& normalize = {}) {
  return Augment(size, false, Compose(ResizeExact{size, size}), normalize).shrinks_to(size);
}

/// From an epoch on (the first is 1), a loader gives batches of so many pictures, changed so.
struct DataPhase {
  std::uint64_t first_epoch = 1;
  std::size_t batch_size = 32;
  Augment augment;
};

}  // namespace tuneit::data
