#pragma once
// Where do workers put the pictures of a batch: as finished floats, or as bytes that a device finishes?
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "tuneit/aten/make.hpp"
#include "tuneit/data/augment/augment.hpp"
#include "tuneit/data/augment/deferred.hpp"
#include "tuneit/data/batches/batch_memory.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/image/findings.hpp"

namespace tuneit::data::detail {

/// A batch that is being filled, each place by one thread.
struct FilledBatch {
  Batch batch;
  float* pixels = nullptr;
  std::uint8_t* bytes = nullptr;     ///< instead of pixels, where a device finishes the batch, with
  std::vector<Deferred> deferred{};  ///< by place: what it is to do
  std::vector<std::string> bad{};    ///< by place: why it cannot be read; empty, the list too: it was
  std::vector<Finding> findings{};   ///< by place; empty: nobody wants to know

  /// Without `memory` the images are page-locked, and in memory that PyTorch reuses: it knows of copies under way.
  FilledBatch(std::int64_t count, const Augment& augment, bool finished_elsewhere, BatchMemory* memory) {
    const auto options =
        at::TensorOptions(finished_elsewhere ? at::kByte : at::kFloat).pinned_memory(memory == nullptr);
    batch.images = memory != nullptr && !finished_elsewhere ? memory->images(count, augment.size())
                                                            : aten::empty({count, 3, augment.size(), augment.size()},
                                                                          options, at::MemoryFormat::ChannelsLast);
    if (finished_elsewhere) {
      bytes = batch.images.mutable_data_ptr<std::uint8_t>();
      deferred.resize(static_cast<std::size_t>(count));
    } else {
      pixels = batch.images.mutable_data_ptr<float>();
    }
  }

  /// For Augment::transform: what it may leave to the device.
  [[nodiscard]] Deferred* deferred_at(std::size_t place) { return bytes == nullptr ? nullptr : &deferred[place]; }

  /// A transformed picture: its last steps, or its bytes and what these steps draw. `draws`: as transform() left it.
  void put(std::size_t place, const io::Image& picture, const Augment& augment, Draws& draws) {
    if (bytes == nullptr) return augment.finish(picture, draws, pixels + place * augment.floats());
    std::copy_n(picture.rgb.data(), augment.floats(), bytes + place * augment.floats());
    augment.draw_finish(draws, deferred[place]);
  }

  /// Takes over a picture of so many numbers from another batch of the same kind.
  void take(std::size_t place, FilledBatch& from, std::size_t its_place, std::size_t numbers) {
    if (bytes == nullptr) {
      std::copy_n(from.pixels + its_place * numbers, numbers, pixels + place * numbers);
      return;
    }
    std::copy_n(from.bytes + its_place * numbers, numbers, bytes + place * numbers);
    deferred[place] = std::move(from.deferred[its_place]);
  }
};

}  // namespace tuneit::data::detail
