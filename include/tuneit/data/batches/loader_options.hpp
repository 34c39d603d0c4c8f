#pragma once
// How shall a loader make batches, and in which threads?
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include <dlfcn.h>

#include <ATen/Parallel.h>
#include <c10/core/Device.h>

#include "tuneit/data/batches/sampling.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/random.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::data {

struct LoaderOptions {
  std::size_t batch_size = 32;
  unsigned workers = 2;              ///< threads that decode and augment; 0: inside next()
  std::size_t prefetch_batches = 4;  ///< most batches that are made before they are asked for
  bool shuffle = false;
  Sampling sampling = Sampling::Once;  ///< Balanced and Weighted draw samples with replacement
  std::uint64_t seed = 0;
  unsigned views = 0;            ///< versions of each picture that random augmentation makes; 0: fresh ones every epoch
  bool drop_last = false;        ///< leave out the last batch where it is shorter
  bool pin_memory = false;       ///< page-locked images, for copies to a GPU that overlap
  std::size_t skip_at_most = 0;  ///< pictures that cannot be read and are left out; one more throws (OnBadSample)
  bool scaled_decoding = false;  ///< decode large JPEGs at a fraction of their size where that is enough: not exact
  bool exif_orientation = false;  ///< turn pictures as their EXIF says; torchvision takes them as they are stored
  std::size_t cache_bytes = std::size_t{512} << 20;  ///< decoded pictures kept between epochs; 0: none
  /// Batches travel as bytes to this device, and are finished there (DeviceFinish); nothing: by the workers
  std::optional<c10::Device> finish_on{};
};

namespace detail {

/// Throws Error(Usage or Data) where such samples cannot be loaded so.
inline void check_loadable(const std::vector<Sample>& samples, const LoaderOptions& options) {
  if (options.batch_size == 0) throw Error(ErrorKind::Usage, "A batch size of 0 is impossible.", "Use 1 or more.");
  for (const Sample& s : samples)
    if (s.targets.size() != samples.front().targets.size())
      throw Error(ErrorKind::Data, "Samples have different numbers of targets.");
  if (options.sampling == Sampling::Balanced && !samples.empty() && !samples.front().targets.empty())
    throw Error(ErrorKind::Usage, "Samples with targets have no classes to balance.", "Use sampling by weights.");
  if (samples.empty()) throw Error(ErrorKind::Data, "There are no samples to load.");
}

/// Positions of all samples in the order of an epoch.
inline std::vector<std::size_t> order_of_epoch(const std::vector<Sample>& samples, const LoaderOptions& options,
                                               std::uint64_t epoch) {
  if (options.sampling != Sampling::Once)
    return draw_weighted(sampling_weights(samples, options.sampling), samples.size(), options.seed, epoch);
  if (options.shuffle) return permutation(samples.size(), options.seed, epoch);
  std::vector<std::size_t> out(samples.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  return out;
}

/// Keeps LibTorch's kernels in this thread to one thread: the pictures are what is spread over threads. The OpenMP
/// setting is thread-local, at::set_num_threads is not (it changes what threads born later get), hence the look-up of
/// the very OpenMP that LibTorch uses. Where there is none, nothing needs to be done.
inline void one_torch_thread() {
  at::internal::lazy_init_num_threads();  // would overwrite the setting when it came later
  if (void* symbol = ::dlsym(RTLD_DEFAULT, "omp_set_num_threads"); symbol != nullptr)
    reinterpret_cast<void (*)(int)>(symbol)(1);
}

}  // namespace detail

}  // namespace tuneit::data
