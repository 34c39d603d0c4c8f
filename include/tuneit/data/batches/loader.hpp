#pragma once
// How does a list of pictures become batches of tensors, ahead of the training step?
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <dlfcn.h>

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include "tuneit/aten/make.hpp"
#include "tuneit/data/augment/augment.hpp"
#include "tuneit/data/augment/device_finish.hpp"
#include "tuneit/data/batches/batch_memory.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/batches/filled_batch.hpp"
#include "tuneit/data/batches/prefetch.hpp"
#include "tuneit/data/batches/sampling.hpp"
#include "tuneit/data/dataset/dataset.hpp"
#include "tuneit/data/image/cache.hpp"
#include "tuneit/data/random.hpp"
#include "tuneit/io/image/huge.hpp"
#include "tuneit/io/image/image.hpp"
#include "tuneit/io/image/upright.hpp"

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
  std::optional<at::Device> finish_on{};
};

namespace detail {

/// Keeps LibTorch's kernels in this thread to one thread: the pictures are what is spread over threads. The OpenMP
/// setting is thread-local, at::set_num_threads is not (it changes what threads born later get), hence the look-up of
/// the very OpenMP that LibTorch uses. Where there is none, nothing needs to be done.
inline void one_torch_thread() {
  at::internal::lazy_init_num_threads();  // would overwrite the setting when it came later
  if (void* symbol = ::dlsym(RTLD_DEFAULT, "omp_set_num_threads"); symbol != nullptr)
    reinterpret_cast<void (*)(int)>(symbol)(1);
}

}  // namespace detail

/// Decodes, augments and batches samples: `start(epoch)`, then `next()` until it gives nothing. The order and every
/// pixel depend on (seed, epoch, position in the list) alone, never on the number of workers or the cache; with `views`
/// the pixels depend on the epoch's view in its place.
/// A picture that cannot be used surfaces from next() as ErrorKind::Data with its file name; the threads end then. With
/// `skip_at_most` so many of the list are left out, which makes their batches shorter, and are listed by skipped().
/// They are counted batch by batch in the order of the epoch, so that neither a batch nor an error depends on the
/// workers. start() may be called at any time (an unfinished epoch is dropped); the destructor joins.
class Loader final : public Batches {
 public:
  Loader(std::vector<Sample> samples, Augment augment, LoaderOptions options)
      : samples_(std::move(samples)),
        augment_(std::move(augment)),
        options_(options),
        cache_(samples_.size(), options.cache_bytes),
        memory_(options.prefetch_batches + 2) {
    if (options_.batch_size == 0) throw Error(ErrorKind::Usage, "A batch size of 0 is impossible.", "Use 1 or more.");
    for (const Sample& s : samples_)
      if (s.targets.size() != samples_.front().targets.size())
        throw Error(ErrorKind::Data, "Samples have different numbers of targets.");
    if (options_.sampling == Sampling::Balanced && !samples_.empty() && !samples_.front().targets.empty())
      throw Error(ErrorKind::Usage, "Samples with targets have no classes to balance.", "Use sampling by weights.");
    if (samples_.empty()) throw Error(ErrorKind::Data, "There are no samples to load.");
  }

  /// From their first epochs on batches are as these say; in their order, the first from epoch 1 on. Beside
  /// LoaderOptions and the transforms that the loader was made with, which hold before that.
  void set_phases(std::vector<DataPhase> phases) {
    phases_ = std::move(phases);
    enter_epoch(1);
  }
  void enter_epoch(std::uint64_t epoch) override {
    const DataPhase* now = nullptr;
    for (const DataPhase& p : phases_)
      if (now == nullptr || p.first_epoch <= epoch) now = &p;
    if (now == nullptr || now->first_epoch == entered_) return;
    running_.reset();  // its threads use what changes here
    entered_ = now->first_epoch;
    options_.batch_size = now->batch_size;
    const bool kept_transformed = augment_.fixed() || now->augment.fixed();
    augment_ = now->augment;
    finish_.reset();
    if (kept_transformed || options_.scaled_decoding) cache_.clear();  // of pictures as the other transforms want them
  }
  [[nodiscard]] std::uint64_t epochs_alike(std::uint64_t epoch) const override {
    for (const DataPhase& p : phases_)
      if (p.first_epoch > epoch) return p.first_epoch - epoch;
    return ~std::uint64_t{0};
  }

  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t> order) override {
    running_.reset();
    view_ = view(epoch);
    waited_ = 0.0;
    left_out_ = 0;
    order_ = std::move(order);
    if (!options_.finish_on)
      finish_.reset();
    else if (!finish_ || finish_->device() != *options_.finish_on)
      finish_.emplace(augment_, *options_.finish_on);
    using detail::FilledBatch;
    PrefetchPlan<FilledBatch> plan;
    plan.rows = order_.size();
    plan.batch_rows = options_.batch_size;
    plan.ahead = options_.prefetch_batches;
    plan.workers = options_.workers;
    plan.make = [this](std::size_t batch) { return make(batch); };
    plan.fill = [this](FilledBatch& into, std::size_t row, std::size_t place) { fill(into, row, place); };
    plan.enter = [] { detail::one_torch_thread(); };
    if (!order_.empty()) running_ = std::make_unique<Prefetch<FilledBatch>>(std::move(plan));
  }

  std::optional<Batch> next() override {
    while (running_) {
      const auto begin = std::chrono::steady_clock::now();
      std::optional<detail::FilledBatch> filled = running_->next();
      waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      if (!filled) {
        looks_ = false;  // an epoch is through
        break;
      }
      note_findings(*filled);
      if (!filled->bad.empty()) leave_out(*filled);
      if (!filled->batch.index.empty()) return finished(std::move(*filled));
    }
    return std::nullopt;
  }

  /// The pictures that were left out so far, in the order in which they were met, each once.
  struct Skipped {
    std::string path, reason;
  };
  [[nodiscard]] const std::vector<Skipped>& skipped() const { return skipped_; }

  /// What is to be known of the pictures that were met until the first epoch was through.
  [[nodiscard]] const Findings& findings() const { return findings_; }

  [[nodiscard]] std::size_t size() const override { return samples_.size(); }
  [[nodiscard]] int label(std::size_t position) const override { return samples_[position].label; }
  [[nodiscard]] bool always_finite() const override { return true; }  // bytes; targets are checked when they are read
  [[nodiscard]] std::string describe(std::size_t position) const override {
    return "the picture " + io::quote(samples_[position].path, 400);
  }
  [[nodiscard]] at::Tensor labels(std::span<const std::size_t> positions) const override {
    const std::size_t targets = samples_.front().targets.size();
    if (targets == 0) return Batches::labels(positions);
    at::Tensor out = aten::empty({static_cast<std::int64_t>(positions.size()), static_cast<std::int64_t>(targets)});
    auto* to = out.mutable_data_ptr<float>();
    for (const std::size_t at : positions) to = std::copy_n(samples_[at].targets.data(), targets, to);
    return out;
  }
  [[nodiscard]] std::vector<std::size_t> order(std::uint64_t epoch) const override {
    std::vector<std::size_t> out;
    if (options_.sampling != Sampling::Once) {
      out = draw_weighted(sampling_weights(samples_, options_.sampling), samples_.size(), options_.seed, epoch);
    } else if (options_.shuffle) {
      out = permutation(samples_.size(), options_.seed, epoch);
    } else {
      out.resize(samples_.size());
      std::iota(out.begin(), out.end(), std::size_t{0});
    }
    out.resize(samples());
    return out;
  }
  [[nodiscard]] std::uint64_t views() const override { return augment_.random() ? options_.views : augment_.views(); }
  /// As LoaderOptions::views, from the next start() on.
  void set_views(unsigned views) override { options_.views = views; }
  /// LoaderOptions::finish_on, where it is not the CPU: there the workers finish faster.
  void set_device(at::Device device) override {
    if (!device.is_cpu()) options_.finish_on = device;
  }

  [[nodiscard]] std::size_t batch_size() const override { return options_.batch_size; }
  /// Samples of an epoch: all of them, or whole batches only with drop_last.
  [[nodiscard]] std::size_t samples() const override {
    return options_.drop_last ? samples_.size() / options_.batch_size * options_.batch_size : samples_.size();
  }
  [[nodiscard]] std::size_t left_out() const override { return left_out_; }
  [[nodiscard]] double wait_seconds() const override { return waited_; }
  [[nodiscard]] const std::vector<Sample>& list() const { return samples_; }
  [[nodiscard]] const Augment& augment() const { return augment_; }
  [[nodiscard]] const LoaderOptions& options() const { return options_; }

 private:
  detail::FilledBatch make(std::size_t batch) const {
    const std::size_t first = batch * options_.batch_size;
    detail::FilledBatch out = allocate({order_.data() + first, std::min(options_.batch_size, order_.size() - first)});
    if (options_.skip_at_most > 0) out.bad.resize(out.batch.index.size());
    if (looks_) out.findings.resize(out.batch.index.size());
    return out;
  }
  detail::FilledBatch allocate(std::span<const std::size_t> rows) const {
    const auto count = static_cast<std::int64_t>(rows.size());
    const c10::InferenceMode may_be_trained_on(false);  // even where the caller evaluates in inference mode
    const bool pins = options_.pin_memory || (finish_ && finish_->device().is_cuda());
    detail::FilledBatch out(count, augment_, finish_ && augment_.finishes_elsewhere(), pins ? nullptr : &memory_);
    out.batch.labels = labels(rows);
    if (pins) out.batch.labels = out.batch.labels.pin_memory();
    out.batch.index.assign(rows.begin(), rows.end());
    return out;
  }

  /// A batch as it is wanted, where it is wanted.
  Batch finished(detail::FilledBatch filled) {
    Batch& batch = filled.batch;
    if (filled.bytes != nullptr)
      batch.images = (*finish_)(std::move(batch.images), filled.deferred, batch.labels);
    else if (finish_)
      finish_->move({&batch.images, &batch.labels});
    return std::move(batch);
  }

  void fill(detail::FilledBatch& into, std::size_t row, std::size_t place) {
    if (options_.skip_at_most == 0) return read(into, row, place);
    try {
      read(into, row, place);
    } catch (const Error& error) {  // of this file: damaged, gone, unreadable
      if (error.kind() != ErrorKind::Data && error.kind() != ErrorKind::Io) throw;
      into.bad[place] = error.what();
    }
  }

  void note_findings(const detail::FilledBatch& filled) {
    for (std::size_t place = 0; place < filled.findings.size(); ++place) {
      const Finding& found = filled.findings[place];
      const std::size_t at = filled.batch.index[place];
      const bool bad = !filled.bad.empty() && !filled.bad[place].empty();
      if (!bad && found.any() && found_.insert(at).second) findings_.add(samples_[at].path, found);
    }
  }

  /// Takes the bad rows out of a batch and puts them on the list, which may be too long then.
  void leave_out(detail::FilledBatch& filled) {
    std::vector<std::size_t> good;
    for (std::size_t place = 0; place < filled.bad.size(); ++place) {
      if (filled.bad[place].empty())
        good.push_back(place);
      else if (listed_.insert(filled.batch.index[place]).second)
        skipped_.push_back({samples_[filled.batch.index[place]].path, std::move(filled.bad[place])});
    }
    if (skipped_.size() > options_.skip_at_most) {
      running_.reset();
      throw Error(ErrorKind::Data,
                  "More than " + std::to_string(options_.skip_at_most) +
                      " pictures cannot be read. The last one: " + skipped_.back().reason,
                  "Mend or remove them (Loader::skipped lists them), or allow more to be left out.");
    }
    left_out_ += filled.bad.size() - good.size();
    if (good.size() == filled.bad.size()) return;
    std::vector<std::size_t> rows;
    for (const std::size_t place : good) rows.push_back(filled.batch.index[place]);
    detail::FilledBatch shorter = allocate(rows);
    for (std::size_t to = 0; to < good.size(); ++to) shorter.take(to, filled, good[to], augment_.floats());
    filled = std::move(shorter);
  }

  void read(detail::FilledBatch& into, std::size_t row, std::size_t place) {
    const std::size_t at = order_[row];
    Deferred* const deferred = into.deferred_at(place);
    // a sample that an epoch draws several times is augmented afresh each time, unless its versions are fixed
    const bool again = options_.sampling != Sampling::Once && views() == 0;
    Draws draws(options_.seed, view_, again ? samples_.size() + row : at);
    if (std::optional<io::Image> kept = cache_.find(at)) {
      // Where there is one version only, its bytes are what is kept.
      return into.put(place, augment_.fixed() ? *kept : augment_.transform(*kept, draws, view_, deferred), augment_,
                      draws);
    }
    const io::OneHugeAtATime budget;
    const std::string& path = samples_[at].path;
    Finding* const found = into.findings.empty() ? nullptr : &into.findings[place];
    const int least = options_.scaled_decoding ? augment_.least() : 0;
    if (augment_.begins_with_crop() && (least > 0 || !cache_.has_room())) {
      const auto choose = [&](int height, int width) { return augment_.choose({height, width}, draws); };
      const io::Image part = picture(path, choose, least, found);
      if (found != nullptr && io::is_constant(part)) found->constant = io::is_constant(picture(path, {}, 0));
      return into.put(place, named(path, [&] { return augment_.transform_part(part, draws, view_, deferred); }),
                      augment_, draws);
    }
    const io::Image decoded = picture(path, {}, least, found);
    if (found != nullptr) found->constant = io::is_constant(decoded);
    const io::Image transformed = named(path, [&] { return augment_.transform(decoded, draws, view_, deferred); });
    cache_.keep(at, augment_.fixed() ? transformed : decoded);
    into.put(place, transformed, augment_, draws);
  }

  [[nodiscard]] io::Image picture(const std::string& path, const io::PartOf& part, int least,
                                  io::ImageFacts* facts = nullptr) const {
    return options_.exif_orientation ? io::read_upright(path, {}, part, least, facts)
                                     : io::read_image(path, {}, part, least, facts);
  }

  /// What `transform` gives. Names the file in its errors: it knows only pixels.
  template <class Transform>
  static io::Image named(const std::string& path, Transform transform) {
    try {
      return transform();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(ErrorKind::Data, "Cannot transform the picture " + io::quote(path, 400) + ": " + error.what());
    }
  }

  std::vector<Sample> samples_;
  Augment augment_;
  LoaderOptions options_;
  std::vector<DataPhase> phases_;
  std::uint64_t entered_ = 0;  ///< the first epoch of the phase at hand; 0: none
  ImageCache cache_;
  mutable BatchMemory memory_;  ///< used where next() and start() are called
  std::vector<std::size_t> order_;
  std::optional<DeviceFinish> finish_;
  std::size_t left_out_ = 0;  ///< since start
  std::vector<Skipped> skipped_;
  std::unordered_set<std::size_t> listed_;  ///< their positions
  Findings findings_;
  std::unordered_set<std::size_t> found_;  ///< positions
  bool looks_ = true;                      ///< until an epoch is through
  std::uint64_t view_ = 0;
  double waited_ = 0.0;
  std::unique_ptr<Prefetch<detail::FilledBatch>> running_;  // last: its threads use everything above
};

}  // namespace tuneit::data
