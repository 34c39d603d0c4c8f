#pragma once
// Can this trainer be trained or tested on this data at all? Asked once, before the first batch is read.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/batches/schema.hpp"
#include "tuneit/engine/checks/training_end.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/sentence.hpp"

namespace tuneit::detail {

/// Throws Error for a source that has no batches to give. part: "training" or "test".
inline void check_source(const data::Batches& source, std::string_view part) {
  if (source.batch_size() == 0)
    refuse(ErrorKind::Usage, {"the ", part, " data comes in batches of no samples (Batches::batch_size is 0)"},
           {"Give batches of at least one."});
  if (source.size() == 0 || source.samples() == 0)
    refuse(ErrorKind::Data, {"the ", part, " data has no samples, and so an epoch of it no steps"},
           {part == "test" ? "Where there is nothing to test give fit no test part (nullptr)."
                           : "Look where its samples are left out: an empty folder or table, a filter, a split."});
}

/// Throws Error(Data) where labels are of classes that a head of so many outputs does not have, or targets are not as
/// many as its outputs: with the first such sample.
inline void check_labels_fit(const data::Batches& source, int outputs) {
  const char* const words = outputs == 1 ? " output" : " outputs";
  constexpr const char *larger = "Give the head as many (ReplaceHead<",
                       *or_chosen = ">; Settings::classes of a Dynamic one), or ";
  std::vector<std::size_t> positions(1);
  const at::Tensor first = source.labels(positions);
  if (first.is_floating_point()) {
    const std::int64_t targets = first.dim() > 1 ? first.size(1) : 1;
    if (targets != outputs)
      refuse(
          ErrorKind::Data,
          {"each sample has ", targets, targets == 1 ? " target" : " targets", ", and the head has ", outputs, words},
          {larger, targets, or_chosen, "as many targets as outputs."});
    return;
  }
  if (first.scalar_type() != at::kLong || first.dim() != 1) return;  // the loss looks, or its batch is refused
  positions.resize(source.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  const at::Tensor all = source.labels(positions).to(at::kCPU).contiguous();
  const std::int64_t* const y = all.const_data_ptr<std::int64_t>();
  const std::int64_t classes = std::max(outputs, 2);  // one output tells two classes apart
  const std::int64_t* const end = y + all.numel();
  const std::int64_t* const wrong = std::find_if(y, end, [&](std::int64_t c) { return c < 0 || c >= classes; });
  if (wrong == end) return;
  const std::int64_t most = *std::max_element(y, end);
  const std::string sample = source.describe(static_cast<std::size_t>(wrong - y)),
                    largest = most > *wrong ? sentence({" (the largest label is ", most, ")"}) : std::string();
  const std::initializer_list<Piece> what = {
      sample, " has the label ", *wrong, ", and the head has ", outputs, words, ", for classes 0 to ", classes - 1,
      largest};
  if (*wrong < 0) refuse(ErrorKind::Data, what, {"Labels count from 0."});
  refuse(ErrorKind::Data, what, {larger, most + 1, or_chosen, "mend the labels, which count from 0."});
}

/// The same for what a trainer says of its head; one of one's own that says nothing is not asked.
template <class T>
void check_labels(const T& trainer, const data::Batches& source) {
  if constexpr (requires { requires T::takes_several; })
    return;  // the losses look, each at its own
  else if constexpr (requires { trainer.settings().classes; })
    if (trainer.settings().classes > 0) check_labels_fit(source, trainer.settings().classes);
}

/// Throws Error(Usage) where the best epoch is picked by a metric of tests and there is no test.
template <class T>
void check_monitor(const T& trainer, const data::Batches* test) {
  const std::string name = trainer.monitor();
  if (test == nullptr && !name.empty() && trainer.metrics().of_tests(name))
    refuse(ErrorKind::Usage,
           {"the best epoch is that of ", name, ", which is measured in tests only, and there is none"},
           {"Give fit a test part, or leave Monitor out."});
}

/// Throws Error(Data) where a source says what is in its batches, and a trainer takes something else.
template <class T>
void check_schema(const T&, const data::Batches& source) {
  if constexpr (requires { T::schema(); })
    if (const auto given = source.schema()) data::check_schema(T::schema(), *given);
}

/// Throws Error(Usage) where the phases of a recipe want different data and a source gives the same in all epochs.
template <class T>
void check_phases(const T&, const data::Batches& source) {
  if constexpr (requires { requires T::data_differs; })
    if (source.epochs_alike(1) == ~std::uint64_t{0})
      throw Error(ErrorKind::Usage,
                  "the phases of the recipe differ in batch size, side or augmentation, and the training data is the "
                  "same in all epochs",
                  "Tell a Loader: `train.set_phases(data::train_phases<R>(settings))`, TensorBatches: "
                  "`train.set_phases<R>(settings)`. A source of one's own heeds enter_epoch and says epochs_alike "
                  "(data/batches/batches.hpp).");
}

/// Throws Error(Usage) where a recipe says BatchSize, and the training data comes in other batches.
template <class T>
void check_batch_size(const T& trainer, const data::Batches& source) {
  if constexpr (requires { requires T::says_batch_size; })
    if (const auto wanted = static_cast<std::size_t>(trainer.settings().batch_size); source.batch_size() != wanted)
      refuse(ErrorKind::Usage,
             {"the recipe has batches of ", wanted, " samples (BatchSize), and the training data comes in batches of ",
              source.batch_size()},
             {"Give the source Settings::batch_size, or the settings what the source has."});
}

template <class T>
concept says_side = requires {
  requires T::says_side;
};
/// The same where it says Side, of images.
template <class T>
void check_side(const T& trainer, const at::Tensor& images) {
  if constexpr (says_side<T>)
    if (const std::int64_t wanted = trainer.settings().side;
        images.dim() == 4 && (images.size(2) != wanted || images.size(3) != wanted))
      refuse(ErrorKind::Usage,
             {"the recipe has pictures of ", wanted, " x ", wanted, " pixels (Side), and those of the data are ",
              images.size(2), " x ", images.size(3)},
             {"Give the source Settings::side, or the settings what the source has."});
}

/// How many epochs of its training a trainer has done: fit goes on behind them. Throws Error(Usage) where none is left,
/// or where it stands within one.
template <class T>
int epochs_done(T& trainer, data::Batches& source, long long steps_per_epoch) {
  if (source.epochs_alike(1) != ~std::uint64_t{0}) {  // its clock may be that of another phase
    source.enter_epoch(1);
    steps_per_epoch = trainer.steps_in(static_cast<long long>(source.batches()));
    trainer.begin_epoch(steps_per_epoch);
  }
  const long long done = trainer.steps_done();
  check_step(done, trainer.settings().epochs, steps_per_epoch);
  if (done % steps_per_epoch != 0)
    refuse(ErrorKind::Usage,
           {"the trainer stands within an epoch: ", done % steps_per_epoch, " of ", steps_per_epoch,
            " steps are done, and fit begins with whole epochs"},
           {"Complete the epoch with step, or leave out what is left of it with pass_over; or make a new Trainer."});
  return static_cast<int>(done / steps_per_epoch);
}

}  // namespace tuneit::detail
