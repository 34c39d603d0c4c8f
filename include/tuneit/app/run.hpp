#pragma once
// What the program does with the recipe that was chosen: data, plan, training, records.
#include <iostream>
#include <optional>

#include "tuneit/app/check_data.hpp"
#include "tuneit/app/data_shares.hpp"
#include "tuneit/app/fit_data.hpp"
#include "tuneit/app/keep.hpp"
#include "tuneit/app/left_out.hpp"
#include "tuneit/app/match_classes.hpp"
#include "tuneit/app/open_data.hpp"
#include "tuneit/app/places.hpp"
#include "tuneit/app/records.hpp"
#include "tuneit/app/script_layout.hpp"
#include "tuneit/app/weights_options.hpp"
#include "tuneit/data/contact_sheet.hpp"
#include "tuneit/data/dataset.hpp"
#include "tuneit/data/loader.hpp"
#include "tuneit/engine/evaluate.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/precision.hpp"
#include "tuneit/io/hub.hpp"
#include "tuneit/io/write_png.hpp"
#include "tuneit/recipe/augment_names.hpp"

namespace tuneit::app {

/// The transforms of the training pictures, and of those to be judged on.
inline data::Augment train_augment(const Options& o, const RecipeInfo& kind) {
  if (o.augment == "recipe") return kind.augment(o.settings);
  return data::train_augment(named_steps(o.augment), o.settings.side);
}
inline data::Augment test_augment(const Options& o, const RecipeInfo& kind) {
  return data::test_augment(chosen_steps(o, kind), o.test_views, o.settings.side);
}

namespace detail {

/// Known names and addresses become files, which are fetched if they are not there. Weights only if they are read.
inline void fetch(Options& o) {
  io::TransferPrinter printer;
  io::HubOptions hub;
  hub.download.progress = [&](const io::Transfer& transfer) { printer(transfer); };
  for (std::string* const data : {&o.data, &o.train_data, &o.test_data})
    if (!data->empty()) *data = io::find_data(*data, hub).string();
  const bool reads = !o.scratch && !o.emits && o.show_data.empty() && (o.evaluate || !o.dry_run);
  if (reads) o.weights = io::find_weights(o.weights, hub).string();
}

/// The class count of the head in a file of weights, or 0.
inline int classes_in(const Options& o, const RecipeInfo& kind) {
  const io::TensorFile file = read_weights(o, kind);
  const io::NamedTensor* head = file.find(o.strip_prefix + kind.head);
  return head == nullptr || head->shape.size() != 2 ? 0 : static_cast<int>(head->shape[0]);
}

/// Tests on every picture, prints how good the model is and returns the figures; writes the outputs if asked. `judge`
/// is off where the model's outputs are not the data's. Throws Error(Interrupted) if a signal comes; the outputs are
/// not written then.
inline nlohmann::json test(const Options& o, const RecipeInfo& kind, const Session& session,
                           const data::Dataset& dataset, data::Batches& loader, bool judge) {
  const bool targets = has_targets(dataset), numbers = targets && kind.loss == LossKind::MeanSquaredError;
  Figures figures(kind.loss, targets, dataset.classes);
  const auto outputs = static_cast<std::size_t>(session.settings().classes);
  std::optional<OutputsFile> file;
  if (!o.logits.empty())
    file.emplace(o.logits, outputs, targets ? dataset.classes : std::vector<std::string>{}, judge,
                 numbers ? "predicted" : "logit");
  Score score;
  const Orderly to_the_end;
  each_tested(session, loader, [&](const data::Batch& batch, const at::Tensor& given) {
    stop_if_told(" while testing");
    const ArenaScope memory;
    if (judge) score.add(session.score(given, batch.labels));
    const at::Tensor rows = given.to(at::kCPU, at::kFloat).contiguous();
    const float* row = rows.const_data_ptr<float>();
    for (const std::size_t at : batch.index) {
      const data::Sample& sample = dataset.test[at];
      if (judge) figures.add(sample, row, outputs);
      if (file) file->add(sample, targets ? "" : dataset.classes[static_cast<std::size_t>(sample.label)], row);
      row += outputs;
    }
  });
  if (file) {
    file->close();
    std::cout << (numbers ? "Predictions for " : "Logits of ") << dataset.test.size() << " pictures: " << o.logits
              << "\n";
  }
  if (!judge) return {};
  std::cout << figures.table() << "test loss " << short_number(score.loss(), 6) << "\n";
  return figures.json();
}

/// Names the pictures that were left out, if any.
inline void list_skipped(const data::Loader& loader, const char* part) {
  if (loader.skipped().empty()) return;
  std::cout << "\nLeft out of the " << part
            << " part, because they cannot be read: " << data::detail::count_text(loader.skipped().size(), "picture")
            << "\n";
  for (const data::Loader::Skipped& skipped : loader.skipped()) std::cout << "  " << skipped.reason << "\n";
}

inline void print_notes(KnownModel& known) {
  for (const std::string& note : known.notes) std::cout << "  note: " << note << "\n";
  known.notes.clear();
}

/// Tests the weights on the pictures of the test part. `loading`: how pictures are read, but for what the model wants.
inline void evaluate_only(Options o, const RecipeInfo& kind, KnownModel& known, data::Dataset& dataset,
                          data::LoaderOptions loading) {
  if (dataset.test.empty()) throw Error(Fault::Data, o.data + " has no pictures to test on");
  Settings& s = o.settings;
  const int in_file = known.card.outputs > 0 ? known.card.outputs : classes_in(o, kind);
  const bool judge = match_for_test(o, kind, in_file, dataset, known);
  const io::Preprocessing pictures = preprocessing_to_test(o, kind, known);
  print_notes(known);
  s.side = pictures.side;
  loading.exif_orientation = pictures.exif_orientation;
  loading.scaled_decoding = pictures.scaled_decoding;
  data::Loader loader(dataset.test, test_augment(pictures), loading);
  if (in_file > 0) s.classes = in_file;
  const auto session = kind.start(s);
  const auto missing = load_weights(*session, o);
  if (!missing.empty())
    throw Error(Fault::Weights,
                o.weights + " has no " + io::quote(missing.front()) + " for " + std::to_string(s.classes) +
                    (o.table.targets.empty() ? " classes" : " targets"),
                "Give the weights of a model that was trained for this data.");
  std::cout << "\nTesting " << kind.model << " from " << o.weights << ", pictures of " << side_text(s.side) << "\n";
  test(o, kind, *session, dataset, loader, judge);
  list_skipped(loader, "test");
  name_constant(loader.constant(), "test");
}

/// Loads the weights that a training starts from, as its plan says, and tells what of them is used.
inline void load_start(const Options& o, const RecipeInfo& kind, const KnownModel& known, Session& session) {
  const Settings& s = session.settings();
  const bool anew = kind.new_head && !s.keeps_head;
  const auto fresh = load_weights(session, o, anew);
  if (s.keeps_head && !fresh.empty())
    throw Error(Fault::Weights,
                o.weights + " has no " + io::quote(fresh.front()) + " for a head of " +
                    data::detail::count_text(static_cast<std::size_t>(s.classes), "output") + " that could go on",
                o.keep_head ? "Leave --keep-head out: a new head then starts from random numbers."
                            : "The file contradicts what it says of itself; save it again.");
  std::cout << "  weights from " << o.weights << (fresh.empty() ? ", head included" : ", all but the head") << "\n";
  if (anew && known.card.names.empty() && classes_in(o, kind) == s.classes)
    std::cout << "  note: its head has " << data::detail::count_text(static_cast<std::size_t>(s.classes), "output")
              << " as well, but no names that say of what: it is not used (--keep-head goes on with it)\n";
}

/// Writes the PyTorch script of the recipe.
inline void emit(const Options& o, const RecipeInfo& kind, Settings s, std::size_t pictures) {
  const auto batch = static_cast<std::size_t>(s.batch_size);
  const auto batches = static_cast<long long>((pictures + batch - 1) / batch);
  if (o.warmup_epochs >= 0) s.warmup_steps = static_cast<int>(o.warmup_epochs * static_cast<double>(batches));
  const std::string script = kind.python(s, {.augment = o.augment == "recipe" ? "" : o.augment,
                                             .steps_per_epoch = batches,
                                             .scratch = o.scratch,
                                             .test_views = o.test_views});
  if (o.script.empty()) {
    std::cout << script;
    return;
  }
  io::atomic_write(o.script, script);
  std::cout << "The script is " << o.script << "\n";
}

/// Writes a picture of some samples.
inline void show_data(const Options& o, const RecipeInfo& kind, const data::Dataset& dataset) {
  const data::SheetOptions sheet{.seed = o.settings.seed,
                                 .views = static_cast<std::uint64_t>(o.settings.views),
                                 .exif_orientation = o.exif_orientation};
  io::write_png(o.show_data, data::contact_sheet(dataset.train, train_augment(o, kind), test_augment(o, kind), sheet));
  std::cout << o.show_data << " shows some training pictures: whole, as in tests, and as in the first "
            << sheet.versions << " epochs\n";
}

/// Does the training keep what the frozen blocks make of the pictures, and where? One line of the plan.
inline std::string feature_note(const Settings& s, std::int64_t numbers, const data::Loader& train, std::size_t tests) {
  if (!s.cache_features) return "features are computed in every epoch (--no-feature-cache)";
  if (train.views() == 0)
    return "features are computed in every epoch, which sees new versions of the pictures (--views N, --augment none)";
  if (static_cast<std::uint64_t>(s.epochs) <= train.views())
    return "features are computed in every epoch: no version of a picture comes again";
  const std::size_t size = c10::elementSize(resolve(s.numbers, resolve(s.device)));
  const auto room = [&](std::size_t pictures) {
    return find_room(static_cast<std::int64_t>(pictures * size) * numbers, s.cache_bytes).text;
  };
  return "features are kept: " + room(train.list().size() * train.views()) +
         (tests > 0 ? "; those of the test: " + room(tests) : "");
}

}  // namespace detail

/// Everything that a program does with its recipe: data, plan, training, records.
inline void run(const Options& asked, const RecipeInfo& kind) {
  Options o = asked;
  Settings& s = o.settings;

  std::optional<RunFolder> folder = try_places(o, kind);
  detail::fetch(o);
  const bool starts = !o.emits && o.show_data.empty(), tests_only = o.evaluate && starts;
  KnownModel known = starts ? known_model(o) : KnownModel{};
  check_architecture(o, known, kind.model);
  data::Dataset dataset = tests_only ? open_test_part(o, known) : open_data(o, split_of(o));
  check_fit(dataset, kind);
  if (!tests_only) check_head(dataset, kind);
  s.classes = outputs_for(dataset, kind);
  if (const std::string other = o.emits ? not_in_script(o.data, dataset) : ""; !other.empty())
    std::cerr
        << "note: the script reads folders of classes, in train/ and test/ (or val/) if they are there; this data "
           "lies otherwise ("
        << io::quote(other, 400) << "), so that it would read other pictures or classes\n";
  if (o.emits) return detail::emit(o, kind, s, dataset.train.size());
  std::cout << "Data: " << dataset.source_description << "\n  "
            << (tests_only ? std::to_string(dataset.test.size()) + " pictures"
                           : std::to_string(dataset.train.size()) + " pictures to train on, " +
                                 std::to_string(dataset.test.size()))
            << " to test on"
            << (has_targets(dataset) ? "; to predict: " + names_text(dataset.classes) + "\n"
                                     : ", " + columns_text(dataset) + "\n");
  for (const std::string& warning : dataset.warnings) std::cout << "  note: " << warning << "\n";
  if (folder)
    folder->check_room(dataset.test.empty() ? 1 : 2, static_cast<std::uint64_t>(kind.file_bytes(s, s.classes)),
                       s.epochs);
  if (folder && dataset.test.empty() && !o.logits.empty())
    throw Error(Fault::Usage, "--logits are of the test pictures, and there are none",
                "Leave it out, or give a --test-fraction.");

  if (!o.show_data.empty()) return detail::show_data(o, kind, dataset);
  data::LoaderOptions loading{
      .batch_size = static_cast<std::size_t>(s.batch_size),
      .workers = static_cast<unsigned>(o.workers),
      .seed = s.seed,
      .skip_at_most = o.skip_at_most >= 0 ? static_cast<std::size_t>(o.skip_at_most) : kind.skipped_at_most(s),
      .scaled_decoding = o.scaled_decoding,
      .exif_orientation = o.exif_orientation};
  if (tests_only && known.card.preprocessing && known.card.preprocessing->exif_orientation) o.exif_orientation = true;
  if (o.check_data) {
    std::vector<data::Sample> all = dataset.test;
    if (!tests_only) all.insert(all.begin(), dataset.train.begin(), dataset.train.end());
    const data::PictureCheck check =
        check_data(all, {loading.skip_at_most, o.exif_orientation, static_cast<unsigned>(o.threads)});
    print_shares(dataset, check, !tests_only);
    check_left(dataset, check, !tests_only);
  }
  if (tests_only) return detail::evaluate_only(o, kind, known, dataset, loading);
  if (!o.scratch) {
    s.keeps_head = match_for_training(o, kind, dataset, known);
    if (const auto& before = known.card.preprocessing)
      for (std::string& text : differences(*before, preprocessing_of(o, kind))) known.notes.push_back(std::move(text));
    detail::print_notes(known);
  }
  std::optional<data::Loader> tests;
  if (!dataset.test.empty()) tests.emplace(dataset.test, test_augment(o, kind), loading);
  loading.shuffle = true;
  loading.sampling = o.sampling;
  data::Loader train(dataset.train, train_augment(o, kind), loading);
  train.set_views(static_cast<unsigned>(s.views));
  if (o.warmup_epochs >= 0) s.warmup_steps = static_cast<int>(o.warmup_epochs * static_cast<double>(train.batches()));

  std::cout << "\n" << kind.explain(s);
  if (o.augment != "recipe")
    std::cout << "  training sees " << augment_text(named_steps(o.augment)) << " (--augment " << o.augment << ")\n";
  if (o.test_views != kind.test_views)
    std::cout << "  tests see "
              << (o.test_views == TestViewKind::One ? "one version of each picture" : name_of(o.test_views))
              << " (--test-views)\n";
  if (const std::int64_t numbers = kind.features(s); numbers > 0)
    std::cout << "  " << detail::feature_note(s, numbers, train, tests ? tests->size() * tests->views() : 0) << "\n";
  if (o.scratch) std::cout << "  from random weights (--scratch), nothing is loaded\n";
  if (o.dry_run) return;

  const auto session = kind.start(s);
  if (!o.scratch) detail::load_start(o, kind, known, *session);
  std::cout << std::endl;

  RunRecord record;
  record.recipe = kind.recipe + " with " + name_of(s.algorithm) + ", rate " + short_number(s.optimizer.lr) + ", " +
                  name_of(s.numbers);
  for (const NamedNumber& n : kind.numbers) {
    record.numbers.emplace_back(n.name, s.values[n.at]);
    if (s.values[n.at] != n.knob->value) record.recipe += ", " + n.name + " " + short_number(s.values[n.at]);
  }
  record.classes = dataset.classes;
  record.trainable = kind.parameters(false, s.classes);
  record.parameters = record.trainable + kind.parameters(true, s.classes);
  const std::map<std::string, std::string> metadata = metadata_of(o, kind, dataset, record.recipe);

  const Orderly to_the_end;  // a signal is asked for from here on
  Keeper keeper(std::move(*folder), o, *session, record, metadata, tests.has_value());
  keeper.guard([&] {
    Reporter reporter(s.epochs, kind.loss);
    LeftOut left_out(dataset, train, tests ? &*tests : nullptr);
    StopOnSignal stop;
    fit(*session, train, tests ? &*tests : nullptr, reporter, keeper, left_out, stop);
    if (record.history.size() < static_cast<std::size_t>(s.epochs)) stop_if_told(" " + keeper.where());
  });
  keeper.complete();
  if (tests) {
    std::cout << "\nAfter the last epoch:\n";
    keeper.guard([&] { record.figures = detail::test(o, kind, *session, dataset, *tests, true); });
    keeper.write_record();
    const BestWeights& best = keeper.best();
    std::cout << "best epoch: " << best.epoch() << ", "
              << (std::isnan(best.accuracy()) ? "test loss " + short_number(best.loss())
                                              : short_number(100 * best.accuracy()) + " %")
              << "\n";
  }
  detail::list_skipped(train, "training");
  name_constant(train.constant(), "training");
  if (tests) detail::list_skipped(*tests, "test");
  if (tests) name_constant(tests->constant(), "test");
  keeper.check();
  std::cout << "\nThe model is " << o.out << "/model.safetensors (last epoch)";
  if (record.best_epoch > 0) std::cout << " and " << o.out << "/best.safetensors (best epoch)";
  std::cout << "; the figures are in " << o.out << "/result.json and log.csv\n";
}

}  // namespace tuneit::app
