#pragma once
// The command line of a program that fine-tunes: options that every recipe has, and those that are made from the recipe
// itself, one for each of its numbers.
#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <new>

#include "tuneit/app/guarded.hpp"
#include "tuneit/app/options/options.hpp"
#include "tuneit/app/options/ranges.hpp"
#include "tuneit/recipe/numbers/numbers.hpp"
#include "tuneit/recipe/queries/augment_names.hpp"

namespace tuneit::app {

/// The file names, and how a run is done: what has nothing to do with a recipe. `cache_gigabytes` must outlive the app.
inline void add_common_options(CLI::App& app, Options& o, double& cache_gigabytes) {
  Settings& s = o.settings;
  app.option_defaults()->always_capture_default()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--weights", o.weights,
                 "to start from: a file (safetensors or .pth), a name like resnet18, or an address");
  app.add_option("--delta", o.deltas,
                 "what a training has changed, to go on top of --weights: a file, a,b or several times, in their order")
      ->type_name("FILE")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--save-delta", o.save_delta,
               "write what differs from --weights (and --delta), too: model.delta.safetensors, best.delta.safetensors");
  app.add_option("--strip-prefix", o.strip_prefix, "the file's names begin with this, for example backbone.");
  app.add_option(
         "--weights-key", o.weights_key,
         "of a checkpoint: where the weights are, for example model_ema or checkpoint.model; . is the top level")
      ->type_name("KEY");
  app.add_option("--ignore-unexpected", o.ignore_unexpected,
                 "globs of tensors that the model lacks and that are passed over, a,b or several times: 'criterion.*'")
      ->type_name("GLOB")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--allow-cast", o.allow_cast, "convert half or double precision weights to single precision");
  app.add_flag("--allow-non-finite", o.allow_non_finite, "load weights that are NaN or infinite");
  app.add_option("--data", o.data,
                 "folder of class folders (with train/ and test/ or val/, or to be split), a CSV of paths and labels, "
                 "a name like hotdog, or the address of an archive; required, or --train-data");
  app.add_option("--train-data", o.train_data, "folder or CSV of the pictures to train on, in the place of --data");
  app.add_option("--test-data", o.test_data, "folder or CSV of the pictures to test on, whatever they are called");
  const std::map<std::string, data::ClassFolders> levels{
      {"auto", data::ClassFolders::Auto}, {"outer", data::ClassFolders::Outer}, {"inner", data::ClassFolders::Inner}};
  app.add_option(
         "--class-folders", o.class_folders,
         "which folders are classes: outer, whatever lies in them; inner: those in them; auto asks if not clear")
      ->transform(one_of(levels))
      ->default_str("auto");
  app.add_flag("--merge-classes", o.merge_classes,
               "classes whose names differ only in blanks, case, 1 and 1.0 or forms of Unicode are one");
  app.add_option("--out", o.out, "folder of this run (default runs/MODEL)");
  app.add_flag("--overwrite", o.overwrite, "remove the files of a run that is in --out already");
  app.add_flag("--scratch", o.scratch, "train from random weights, for comparison");
  app.add_flag("--keep-head", o.keep_head,
               "go on with the head in --weights although the file does not say that it is of these classes");
  app.add_flag("--dry-run", o.dry_run, "print the plan (with --evaluate: what would be tested) and stop");
  app.add_option_function<std::vector<std::string>>(
         "--emit-python",
         [&o](const std::vector<std::string>& file) {
           o.emits = true;
           if (!file.empty() && file.front() != "-") o.script = file.front();
         },
         "write a PyTorch script that does the same training to FILE (or print it), and stop")
      ->type_name("[FILE]")
      ->expected(0, 1)
      ->default_str("");
  app.add_flag("--evaluate", o.evaluate, "only test the model in --weights");
  app.add_option("--logits", o.logits, "write one CSV row per test picture: path, label (or targets), outputs");
  app.add_option("--batch-size", s.batch_size, "pictures per step")->check(in(1, 1000000));
  const std::map<std::string, DeviceKind> devices{
      {"auto", DeviceKind::Auto}, {"cpu", DeviceKind::Cpu}, {"cuda", DeviceKind::Cuda}};
  app.add_option("--device", s.device, "auto, cpu or cuda; auto: a GPU if there is one")
      ->transform(one_of(devices))
      ->default_str("auto");
  std::vector<std::string> augments(std::begin(augment_names), std::end(augment_names));
  if (o.augment == "recipe") augments.insert(augments.begin(), "recipe");
  app.add_option("--augment", o.augment,
                 std::string(o.augment == "recipe" ? "recipe: what the recipe says; " : "") +
                     "imagenet: random crops and mirror images; colour, trivial, rand: these, and jittered colours, "
                     "TrivialAugmentWide or RandAugment; flips: whole pictures, turned over; none")
      ->check(one_of(augments));
  app.add_flag_callback(
      "--no-augment", [&o] { o.augment = "none"; }, "the same as --augment none");
  std::map<std::string, TestViewKind> views;
  for (std::size_t i = 0; i < std::size(test_view_names); ++i)
    views.emplace(test_view_names[i], static_cast<TestViewKind>(i));
  app.add_option("--test-views", o.test_views,
                 "tests average the outputs of several views of a picture: one, mirror, five-crops or ten-crops")
      ->transform(one_of(views))
      ->default_str(std::string(test_view_names[static_cast<std::size_t>(o.test_views)]));
  app.add_option("--show-data", o.show_data,
                 "write a PNG of some samples, before and after augmentation, to this file, and stop")
      ->type_name("FILE");
  app.add_option("--views", s.views,
                 "random augmentation makes so many versions of each picture (default 0: fresh ones every epoch)")
      ->default_str(s.views > 0 ? std::to_string(s.views) : "")
      ->check(in(0, 1000000));
  app.add_flag("!--no-feature-cache", s.cache_features,
               "compute what frozen blocks make of a picture in every epoch anew");
  cache_gigabytes = static_cast<double>(s.cache_bytes) * 0x1p-30;
  app.add_option("--feature-cache-gb", cache_gigabytes, "gigabytes of it in memory (default 2); more go to a file")
      ->default_str("")
      ->check(not_negative());
  app.add_option("--image-size", s.side, "side of the pictures in pixels (default: what the model was made for)")
      ->default_str("")
      ->check(in(32, 1024));
  app.add_option("--test-fraction", o.test_fraction,
                 "where the data has no test part: this share of each class (--evaluate: 1 is all)")
      ->check(in(0.0, 1.0));
  app.add_option("--split-seed", o.split_seed, "of that split")->check(natural());
  CLI::Option* const folds =
      app.add_option("--folds", o.folds, "cross-validation: one part of so many, class by class, is the test part")
          ->default_str("")
          ->check(in(2, 1000));
  app.add_option_function<unsigned>(
         "--fold", [&o](const unsigned& k) { o.fold = k - 1; }, "which of the --folds, 1 and up (default 1)")
      ->default_str("")
      ->needs(folds)
      ->check(in(1, 1000));
  app.add_option("--path-column", o.table.path,
                 "of a CSV file: the column of the pictures (default path, file, image)");
  app.add_option("--image-root", o.table.images,
                 "of a CSV file: the folder that its paths are relative to (default: the CSV's, or one beside it)");
  app.add_option("--label-column", o.table.label, "of a CSV file: the column of the classes (default label or class)");
  app.add_option("--target-columns", o.table.targets,
                 "of a CSV file: numbers to predict instead of a class, a,b,c; for recipes whose loss takes them")
      ->delimiter(',');
  app.add_option("--weight-column", o.table.weight, "of a CSV file: how often --sampling weighted draws a picture");
  const std::map<std::string, data::Sampling> samplings{
      {"once", data::Sampling::Once}, {"balanced", data::Sampling::Balanced}, {"weighted", data::Sampling::Weighted}};
  app.add_option("--sampling", o.sampling,
                 "once: each picture once an epoch; balanced: drawn, all classes equally often; weighted: by "
                 "--weight-column")
      ->transform(one_of(samplings))
      ->default_str("once");
  app.add_option("--seed", s.seed, "of everything else that is random")->check(natural());
  app.add_option("--threads", o.threads, "of the network's arithmetic (default: all cores)")
      ->default_str("")
      ->check(in(0, 1024));
  app.add_flag("--scaled-decoding", o.scaled_decoding,
               "decode JPEGs that are larger than needed at 1/2, 1/4 or 1/8 of their size: faster, not to the bit");
  app.add_flag("--exif-orientation", o.exif_orientation,
               "turn pictures as their EXIF orientation says; without it they are used as they are stored");
  app.add_flag("--check-data", o.check_data,
               "read all pictures before anything else, and list those that cannot be used");
  app.add_option("--workers", o.workers, "threads that read and augment pictures (default: as --threads)")
      ->default_str("")
      ->check(in(0, 256));
}

/// Notes which options there are, and which of them stood on the command line, once it is parsed.
inline void note_given(const CLI::App& app, Options& o) {
  for (const CLI::Option* const option : app.get_options()) {
    o.known.insert(option->get_name());
    if (option->count() > 0) o.given.insert(option->get_name());
  }
}

namespace detail {

inline CLI::Option* add_number(CLI::App& app, const std::string& name, double& value, const Hyperparameter& k,
                               const std::string& of) {
  CLI::Option* option = nullptr;
  try {
    option = app.add_option("--" + name, value, std::string(k.about) + (of.empty() ? "" : ", of " + of));
  } catch (const CLI::ConstructionError& e) {
    throw Error(ErrorKind::Usage,
                "the number " + io::quote(name) + (of.empty() ? "" : " of " + of) +
                    " cannot be an option of the program: " + e.what(),
                "Give it a name of its own, of letters, digits and hyphens.");
  }
  return option
      ->check([&k](const std::string& text) {
        double x = 0;
        return detail::is_number(text, x) && k.allows(x) ? std::string{} : outside(text, range_text(k));
      })
      ->type_name(*k.unit == '\0' ? "NUMBER" : k.unit);
}

}  // namespace detail

/// One option for each number of the recipe R: its optimizer's, its length, and those of its policies by their names.
template <class R>
void add_recipe_options(CLI::App& app, Options& o) {
  static const std::vector<NamedNumber> numbers = named_numbers<R>();
  Settings& s = o.settings;
  const std::string optimizer = type_name<typename R::optimizer>();
  if constexpr (tuneit::detail::has_teacher<R>)
    app.add_option("--teacher-weights", o.teacher_weights,
                   "of " + tuneit::detail::teacher_name<R>() +
                       ", whose soft targets are learned: a file, a name or an address, as for --weights");
  app.option_defaults()->group("Numbers of the recipe");
  for (const Hyperparameter& h : R::optimizer::option_numbers)  // flags are the recipe's
    if (double OptimizerSettings::*const member = tuneit::detail::named_member(h.name);
        member != nullptr && !(h.whole && h.most == 1))
      detail::add_number(app, h.name, s.optimizer.*member, h, optimizer);
  if constexpr (std::is_void_v<typename R::phased>)
    app.add_option("--epochs", s.epochs, "passes over the training pictures")->check(in(1, 1000000));
  if (tuneit::detail::SmoothsLabels<typename R::loss> && target_kind<typename R::loss> == TargetKind::Classes)
    app.add_option("--label-smoothing", s.label_smoothing, "in [0, 1)")->check(share());
  for (const NamedNumber& number : numbers)
    detail::add_number(app, number.name, s.values[number.at], *number.number, number.policy);
}

}  // namespace tuneit::app
