#pragma once
// Which transforms does a training run use? The usual ones by name, in a form that the loader can hold.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "tuneit/data/random.hpp"
#include "tuneit/data/transforms.hpp"

namespace tuneit::data {

/// A pipeline with its type erased: picture to size x size bytes, then normalised. Made from any
/// Compose or callable of your own. `random` is false where every epoch gives the same pixels (the loader then keeps
/// those).
class Augment {
 public:
  using Pipeline = std::function<io::Picture(const io::Picture&, Draws&)>;

  Augment(int size, bool random, Pipeline pipeline, const Normalize& normalize = {})
      : size_(size), random_(random), pipeline_(std::move(pipeline)) {
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t v = 0; v < 256; ++v) table_[c][v] = normalize(static_cast<std::uint8_t>(v), c);
  }

  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool random() const { return random_; }
  [[nodiscard]] std::size_t floats() const {
    return 3 * static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_);
  }

  /// The transformed bytes, size x size. Throws Fault::Data where a pipeline of yours returns another size.
  [[nodiscard]] io::Picture transform(const io::Picture& in, Draws& draws) const {
    io::Picture out = pipeline_(in, draws);
    if (out.width != size_ || out.height != size_ || out.rgb.size() != floats())
      throw Error(Fault::Data,
                  "A pipeline of transforms gave " + std::to_string(out.width) + " x " + std::to_string(out.height) +
                      " pixels where " + std::to_string(size_) + " x " + std::to_string(size_) + " were promised.",
                  "End the pipeline with a transform that fixes the size (CenterCrop, ResizeExact, ...).");
    return out;
  }

  /// Writes floats() numbers, pixel by pixel (HWC: one picture of a channels-last batch). A table look-up: 256 values
  /// a channel are all that can occur.
  void normalize(const io::Picture& in, float* out) const {
    const std::uint8_t* byte = in.rgb.data();
    for (const std::uint8_t* end = byte + in.rgb.size(); byte != end; byte += 3, out += 3) {
      out[0] = table_[0][byte[0]];
      out[1] = table_[1][byte[1]];
      out[2] = table_[2][byte[2]];
    }
  }

  void operator()(const io::Picture& in, Draws& draws, float* out) const { normalize(transform(in, draws), out); }

 private:
  int size_;
  bool random_;
  Pipeline pipeline_;
  std::array<std::array<float, 256>, 3> table_{};
};

/// torchvision's training recipe: RandomResizedCrop(size), RandomHorizontalFlip(0.5).
inline Augment imagenet_train(int size = 224, const Normalize& normalize = {}) {
  return {size, true, Compose(RandomResizedCrop{size}, RandomHorizontalFlip{}), normalize};
}

/// torchvision's evaluation recipe: Resize(size * 256 / 224), CenterCrop(size).
inline Augment imagenet_eval(int size = 224, const Normalize& normalize = {}) {
  return {size, false, Compose(Resize{python_round(size * 256.0 / 224.0)}, CenterCrop{size}), normalize};
}

/// Training without augmentation: the pictures that evaluation sees.
inline Augment no_augment(int size = 224, const Normalize& normalize = {}) { return imagenet_eval(size, normalize); }

/// For pictures without an up and a left (solar cells, microscopy, aerial views): the whole picture, flipped both ways.
inline Augment flips(int size = 224, const Normalize& normalize = {}) {
  return {size, true, Compose(ResizeExact{size, size}, RandomHorizontalFlip{}, RandomVerticalFlip{}), normalize};
}

/// The whole picture at size x size: the evaluation that goes with flips().
inline Augment whole_picture(int size = 224, const Normalize& normalize = {}) {
  return {size, false, Compose(ResizeExact{size, size}), normalize};
}

}  // namespace tuneit::data
