#pragma once
// How good are weights on the pictures of the test part?
#include <cmath>
#include <iostream>
#include <optional>
#include <string>

#include "tuneit/app/data/match_classes.hpp"
#include "tuneit/app/data/transforms.hpp"
#include "tuneit/app/run/figures.hpp"
#include "tuneit/app/run/left_out.hpp"
#include "tuneit/app/run/records.hpp"
#include "tuneit/app/signals.hpp"
#include "tuneit/app/weights_options.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/engine/metric/evaluate.hpp"

namespace tuneit::app::detail {

/// The class count of the head in a file of weights, or 0.
inline int classes_in(const Options& o, const RecipeInfo& kind) {
  const io::TensorFile file = read_weights(o, kind);
  const io::NamedTensor* head = file.find(o.strip_prefix + kind.head);
  return head == nullptr || head->shape.size() != 2 ? 0 : static_cast<int>(head->shape[0]);
}

/// Tests on every picture, prints how good the model is and returns the figures; writes the outputs if asked. `judge`
/// is off where the model's outputs are not the data's. To be called in an Orderly part: throws Error(Interrupted) if a
/// signal comes; the outputs are not written then.
inline nlohmann::json test(const Options& o, const RecipeInfo& kind, const AnyTrainer& trainer,
                           const data::Dataset& dataset, data::Batches& loader, bool judge) {
  const bool targets = has_targets(dataset), numbers = targets && kind.targets == TargetKind::Values;
  Figures figures(kind.targets, targets, dataset.classes);
  const auto outputs = static_cast<std::size_t>(trainer.settings().classes);
  std::optional<OutputsFile> file;
  if (!o.logits.empty())
    file.emplace(o.logits, outputs, targets ? dataset.classes : std::vector<std::string>{}, judge,
                 numbers ? "predicted" : "logit");
  Score score;
  MetricSums metrics = trainer.metrics();
  metrics.of(loader);
  std::size_t pictures = 0;  // without those that cannot be read
  each_tested(trainer, loader, [&](const data::Batch& batch, const at::Tensor& given) {
    stop_if_told(" while testing");
    const ArenaScope memory(trainer.device());
    if (judge) {
      score.add(trainer.score(given, batch.labels));
      if (!metrics.empty()) metrics.add(given, Targets{batch.labels}, batch.index);
    }
    const at::Tensor rows = given.to(at::kCPU, at::kFloat).contiguous();
    const float* row = rows.const_data_ptr<float>();
    pictures += batch.index.size();
    for (const std::size_t at : batch.index) {
      const data::Sample& sample = dataset.test[at];
      if (judge) figures.add(sample, row, outputs);
      if (file) file->add(sample, targets ? "" : dataset.classes[static_cast<std::size_t>(sample.label)], row);
      row += outputs;
    }
  });
  if (file) {
    file->close();
    std::cout << (numbers ? "Predictions for " : "Logits of ") << data::detail::count_text(pictures, "picture") << ": "
              << o.logits << "\n";
  }
  if (!judge) return {};
  score.check_labels();
  if (score.count > 0 && !std::isfinite(score.loss()))
    throw Error(ErrorKind::Diverged, "the test loss is no finite number: these weights have diverged",
                "test the weights of an earlier epoch, or train again at a lower rate");
  std::cout << figures.table() << "test loss " << short_number(score.loss(), 6);
  for (const NamedFigure& f : metrics.read()) std::cout << ", " << f.name << " " << short_number(f.value, 6);
  std::cout << "\n";
  return figures.json();
}

inline void print_notes(KnownModel& known) {
  for (const std::string& note : known.notes) std::cout << "  note: " << note << "\n";
  known.notes.clear();
}

/// What is to be tested, and how.
struct TestMatch {
  int outputs = 0;  ///< of the model; 0: not known before it is read
  bool judge = false;
  io::Preprocessing pictures;
};

/// Throws what a test throws before its first picture, but for what is wrong with the tensors. Prints the notes.
inline TestMatch match_to_test(const Options& o, const RecipeInfo& kind, KnownModel& known, data::Dataset& dataset) {
  if (dataset.test.empty()) throw Error(ErrorKind::Data, o.data + " has no pictures to test on");
  TestMatch match;
  match.outputs = known.card.outputs > 0 ? known.card.outputs : classes_in(o, kind);
  match.judge = match_for_test(o, kind, match.outputs, dataset, known);
  match.pictures = preprocessing_to_test(o, kind, known);
  print_notes(known);
  return match;
}

/// Tests the weights on the pictures of the test part. `loading`: how pictures are read, but for what the model wants.
/// `to_the_end` is begun before the first picture.
inline void evaluate_only(Options o, const RecipeInfo& kind, KnownModel& known, data::Dataset& dataset,
                          data::LoaderOptions loading, std::optional<Orderly>& to_the_end) {
  Settings& s = o.settings;
  const TestMatch match = match_to_test(o, kind, known, dataset);
  const io::Preprocessing& pictures = match.pictures;
  s.side = pictures.side;
  loading.exif_orientation = pictures.exif_orientation;
  loading.scaled_decoding = pictures.scaled_decoding;
  data::Loader loader(dataset.test, test_augment(pictures), loading);
  if (match.outputs > 0) s.classes = match.outputs;
  const auto trainer = kind.start(s);
  const auto missing = load_weights(*trainer, o);
  if (!missing.empty())
    throw Error(ErrorKind::Weights,
                o.weights + " has no " + io::quote(missing.front()) + " for " + std::to_string(s.classes) +
                    (o.table.targets.empty() ? " classes" : " targets"),
                "Give the weights of a model that was trained for this data.");
  std::cout << "\nTesting " << kind.model << " from " << weights_text(o) << ", pictures of " << side_text(s.side)
            << "\n";
  to_the_end.emplace();
  test(o, kind, *trainer, dataset, loader, match.judge);
  name_unused(loader, "test");
}

}  // namespace tuneit::app::detail
