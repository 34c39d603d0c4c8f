#pragma once
// Which decoded pictures are kept in memory from one epoch to the next? No LibTorch.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "tuneit/io/image/grey.hpp"
#include "tuneit/io/image/image_types.hpp"

namespace tuneit::data {

/// Keeps pictures by sample number until `limit_bytes` are used; what came first stays, so nothing is ever decoded
/// again that fits. Grey pictures are kept with one byte a pixel. Safe to use from several threads; whether a picture
/// is found never changes its bytes.
class ImageCache {
 public:
  ImageCache(std::size_t samples, std::size_t limit_bytes)
      : slots_(limit_bytes == 0 ? 0 : samples), limit_(limit_bytes) {}

  std::optional<io::Image> find(std::size_t sample) const {
    std::shared_ptr<const Kept> kept;
    if (sample < slots_.size()) {
      const std::lock_guard lock(mutex_);
      kept = slots_[sample];
    }
    if (!kept) return std::nullopt;
    io::Image out{kept->width, kept->height, {}};
    if (!kept->grey) {
      out.rgb = kept->bytes;
      return out;
    }
    out.rgb.resize(3 * kept->bytes.size());
    io::detail::grey_to_rgb(kept->bytes.data(), kept->bytes.size(), out.rgb.data());
    return out;
  }

  /// Would keep() keep one more?
  bool has_room() const {
    const std::lock_guard lock(mutex_);
    return !slots_.empty() && !full_;
  }

  void keep(std::size_t sample, const io::Image& picture) {
    if (sample >= slots_.size()) return;
    {
      const std::lock_guard lock(mutex_);
      if (slots_[sample] || full_) return;
    }
    auto kept = std::make_shared<Kept>(Kept{picture.width, picture.height, true, {}});
    const io::Pixels& rgb = picture.rgb;
    for (std::size_t i = 0; i < rgb.size() && kept->grey; i += 3)
      kept->grey = rgb[i] == rgb[i + 1] && rgb[i] == rgb[i + 2];
    if (kept->grey) {
      kept->bytes.resize(rgb.size() / 3);
      for (std::size_t p = 0; p < kept->bytes.size(); ++p) kept->bytes[p] = rgb[3 * p];
    } else {
      kept->bytes = rgb;
    }
    const std::lock_guard lock(mutex_);
    if (slots_[sample]) return;
    full_ = used_ + kept->bytes.size() > limit_;
    if (full_) return;
    used_ += kept->bytes.size();
    slots_[sample] = std::move(kept);
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    slots_.assign(slots_.size(), nullptr);
    used_ = 0;
    full_ = false;
  }

  std::size_t used_bytes() const {
    const std::lock_guard lock(mutex_);
    return used_;
  }

 private:
  struct Kept {
    int width, height;
    bool grey;
    io::Pixels bytes;
  };
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Kept>> slots_;
  std::size_t limit_;
  std::size_t used_ = 0;
  bool full_ = false;
};

}  // namespace tuneit::data
