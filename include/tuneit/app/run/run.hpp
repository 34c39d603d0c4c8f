#pragma once
// What the program does with the recipe that was chosen: data, plan, training, records.
#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "tuneit/app/data/check_data.hpp"
#include "tuneit/app/data/data_shares.hpp"
#include "tuneit/app/data/fit_data.hpp"
#include "tuneit/app/data/match_classes.hpp"
#include "tuneit/app/data/open_data.hpp"
#include "tuneit/app/run/instead.hpp"
#include "tuneit/app/run/keep.hpp"
#include "tuneit/app/run/left_out.hpp"
#include "tuneit/app/run/over_ranks.hpp"
#include "tuneit/app/run/places.hpp"
#include "tuneit/app/run/plan_checks.hpp"
#include "tuneit/app/run/plan_test.hpp"
#include "tuneit/app/run/print_plan.hpp"
#include "tuneit/app/run/records.hpp"
#include "tuneit/app/run/script_layout.hpp"
#include "tuneit/app/run/test_weights.hpp"
#include "tuneit/app/weights_options.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/data/dataset/dataset.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/io/hub.hpp"

namespace tuneit::app {

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
  if (reads)
    for (std::string& delta : o.deltas) delta = io::find_weights(delta, hub).string();
  if (!o.teacher_weights.empty() && !o.emits && o.show_data.empty() && !o.evaluate && !o.dry_run)
    o.teacher_weights = io::find_weights(o.teacher_weights, hub).string();
}

/// Loads the weights that a training starts from, as its plan says, and tells what of them is used.
inline void load_start(const Options& o, const RecipeInfo& kind, const KnownModel& known, AnyTrainer& trainer) {
  const Settings& s = trainer.settings();
  const bool anew = kind.new_head && !s.keeps_head;
  std::vector<std::string> unused;  // tensors of a head of this very shape
  const auto fresh = load_weights(trainer, o, anew, &unused);
  if (s.keeps_head && !fresh.empty())
    throw Error(ErrorKind::Weights,
                o.weights + " has no " + io::quote(fresh.front()) + " for a head of " +
                    data::detail::count_text(static_cast<std::size_t>(s.classes), "output") + " that could go on",
                o.keep_head ? "Leave --keep-head out: a new head then starts from random numbers."
                            : "The file contradicts what it says of itself; save it again.");
  std::cout << "  weights from " << weights_text(o) << (fresh.empty() ? ", head included" : ", all but the head")
            << "\n";
  if (known.card.names.empty() && std::find(unused.begin(), unused.end(), kind.head) != unused.end())
    std::cout << "  note: its head has " << data::detail::count_text(static_cast<std::size_t>(s.classes), "output")
              << " as well, but no names that say of what: it is not used (--keep-head goes on with it)\n";
}

/// The teacher's weights, all of them.
inline void load_teacher(const Options& o, AnyTrainer& trainer) {
  std::vector<std::string> notes;
  trainer.load_teacher(o.teacher_weights, {.allow_cast = o.allow_cast, .notes = &notes});
  std::cout << "  the teacher's weights from " << o.teacher_weights << "\n";
  for (const std::string& note : notes) std::cout << "  note: " << note << "\n";
}

}  // namespace detail

/// Everything that a program does with its recipe: data, plan, training, records.
inline void run(const Options& asked, const RecipeInfo& kind) {
  std::optional<Orderly> to_the_end;  // outlives all else: what was computed is no longer "nothing"
  Options o = asked;
  Settings& s = o.settings;

  check_options(o, kind);
  const OverRanks ranks(o);
  if (ranks.idle()) return;
  std::optional<RunFolder> folder = ranks.writes() ? try_places(o, kind) : std::nullopt;
  ranks.one_first("fetch", [&] { detail::fetch(o); });
  const bool starts = !o.emits && o.show_data.empty(), tests_only = o.evaluate && starts;
  KnownModel known = starts ? known_model(o) : KnownModel{};
  check_architecture(o, known, kind.model);
  data::Dataset dataset = tests_only ? open_test_part(o, known) : open_data(o, split_of(o));
  if (!tests_only) note_share_unused(o, dataset);
  spare_inputs(o, dataset);
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
    folder->check_room((dataset.test.empty() ? 1 : 2) * (o.save_delta ? 2 : 1),
                       static_cast<std::uint64_t>(kind.file_bytes(s, s.classes)), s.epochs);
  if (folder && dataset.test.empty() && !o.logits.empty())
    throw Error(ErrorKind::Usage, "--logits are of the test pictures, and there are none",
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
    std::vector<const std::vector<data::Sample>*> parts{&dataset.test};
    if (!tests_only) parts.insert(parts.begin(), &dataset.train);
    const data::ImageCheck check =
        check_data(parts, {loading.skip_at_most, o.exif_orientation, static_cast<unsigned>(o.threads),
                           o.known.contains("--skip-at-most")});
    print_shares(dataset, check, !tests_only);
    check_left(dataset, check, !tests_only);
  }
  if (tests_only && o.dry_run) return plan_test(o, kind, known, dataset);
  if (tests_only) return detail::evaluate_only(o, kind, known, dataset, loading, to_the_end);
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
  train.set_phases(train_phases(o, kind));
  if (o.warmup_epochs >= 0) s.warmup_steps = static_cast<int>(o.warmup_epochs * static_cast<double>(train.batches()));

  print_plan(o, kind, train, tests ? tests->size() * tests->views() : 0);
  ranks.print(s.batch_size);
  if (o.dry_run) return;

  const auto trainer = kind.start(s);
  const auto tell_graphs = [&] {
    if (const std::string text = trainer->graphs_text(); !text.empty()) std::cout << "  " << text << "\n";
  };
  tell_graphs();
  if (!o.scratch) detail::load_start(o, kind, known, *trainer);
  if (!kind.teacher.empty()) detail::load_teacher(o, *trainer);
  std::optional<io::DeltaBase> base;
  if (o.save_delta) base = base_of(o, kind);
  std::cout << std::endl;
  if (!ranks.writes()) {
    to_the_end.emplace();
    StopOnSignal stop;
    fit(*trainer, train, tests ? &*tests : nullptr, stop);
    return;
  }

  RunRecord record;
  record.recipe = kind.recipe + " with " + kind.optimizer(s) + ", rate " + short_number(s.optimizer.lr) + ", " +
                  name_of(s.precision);
  for (const NamedNumber& n : kind.numbers) {
    record.numbers.emplace_back(n.name, s.values[n.at]);
    if (s.values[n.at] != n.number->value) record.recipe += ", " + n.name + " " + short_number(s.values[n.at]);
  }
  record.canonical = kind.canonical;
  if (kind.fingerprint != nullptr) record.fingerprint = kind.fingerprint(s);
  record.classes = dataset.classes;
  record.train_metrics = kind.train_metrics;
  record.test_metrics = kind.test_metrics;
  record.trainable = kind.parameters(false, s.classes);
  record.parameters = record.trainable + kind.parameters(true, s.classes);
  const std::map<std::string, std::string> metadata = metadata_of(o, kind, dataset, record.recipe, record.fingerprint);

  to_the_end.emplace();  // a signal is asked for from here on
  LeftOut left_out(dataset, train, tests ? &*tests : nullptr, s.epochs);
  record.unused = [&] { return left_out.counts(); };
  Keeper keeper(std::move(*folder), o, *trainer, record, metadata, tests.has_value());
  if (base) keeper.keep_deltas(*base, kind.model);
  const auto guard = [&](const auto& body) {
    try {
      keeper.guard(body);
    } catch (...) {
      left_out.name_all(record.history);
      throw;
    }
  };
  guard([&] {
    Reporter reporter(s.epochs, kind.squares);
    StopOnSignal stop;
    fit(*trainer, train, tests ? &*tests : nullptr, reporter, keeper, left_out, stop);
    if (record.history.size() < static_cast<std::size_t>(s.epochs)) stop_if_told(" " + keeper.where());
  });
  keeper.complete();
  tell_graphs();
  if (tests) {
    std::cout << "\nAfter the last epoch:\n";
    guard([&] { record.figures = detail::test(o, kind, *trainer, dataset, *tests, true); });
    keeper.write_record();
    const BestWeights& best = keeper.best();
    std::cout << "best epoch: " << best.epoch() << ", "
              << (std::isnan(best.accuracy()) ? "test loss " + short_number(best.loss())
                                              : short_number(100 * best.accuracy()) + " %")
              << "\n";
  }
  left_out.name_all(record.history);
  keeper.check();
  std::cout << "\nThe model is " << o.out << "/model.safetensors (last epoch)";
  if (record.best_epoch > 0) std::cout << " and " << o.out << "/best.safetensors (best epoch)";
  if (o.save_delta) std::cout << "; what differs from " << weights_text(o) << " is beside them (*.delta.safetensors)";
  std::cout << "; the figures are in " << o.out << "/result.json and log.csv\n";
}

}  // namespace tuneit::app
