#pragma once
// The options that a program of any recipe has: its files, and how a run is done.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tuneit/app/options/options.hpp"
#include "tuneit/app/options/ranges.hpp"
#include "tuneit/recipe/numbers/device_named.hpp"
#include "tuneit/recipe/queries/augment_names.hpp"

namespace tuneit::app {
namespace detail {

// As members of CLI::App; but they make the strings, in one place for all options. The options are added by groups,
// since clang 19 takes 20 s for one function of all of them.
template <class T>
CLI::Option* add(CLI::App& app, const char* name, T& value, const char* about) {
  return app.add_option(name, value, about);
}
inline CLI::Option* flag(CLI::App& app, const char* name, bool& value, const char* about) {
  return app.add_flag(name, value, about);
}

/// --weights, and how such a file is read.
inline void add_weights_options(CLI::App& app, Options& o) {
  add(app, "--weights", o.weights, "to start from: a file (safetensors or .pth), a name like resnet18, or an address");
  add(app, "--delta", o.deltas,
      "what a training has changed, to go on top of --weights: a file, a,b or several times, in their order")
      ->type_name("FILE")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  flag(app, "--save-delta", o.save_delta,
       "write what differs from --weights (and --delta), too: model.delta.safetensors, best.delta.safetensors");
  add(app, "--strip-prefix", o.strip_prefix, "the file's names begin with this, for example backbone.");
  add(app, "--weights-key", o.weights_key,
      "of a checkpoint: where the weights are, for example model_ema or checkpoint.model; . is the top level")
      ->type_name("KEY");
  add(app, "--ignore-unexpected", o.ignore_unexpected,
      "globs of tensors that the model lacks and that are passed over, a,b or several times: 'criterion.*'")
      ->type_name("GLOB")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  flag(app, "--allow-cast", o.allow_cast, "convert half or double precision weights to single precision");
  flag(app, "--allow-non-finite", o.allow_non_finite, "load weights that are NaN or infinite");
}
/// Which pictures, and of which classes.
inline void add_data_options(CLI::App& app, Options& o) {
  add(app, "--data", o.data,
      "folder of class folders (with train/ and test/ or val/, or to be split), a CSV of paths and labels, "
      "a name like hotdog, or the address of an archive; required, or --train-data");
  add(app, "--train-data", o.train_data, "folder or CSV of the pictures to train on, in the place of --data");
  add(app, "--test-data", o.test_data, "folder or CSV of the pictures to test on, whatever they are called");
  const std::map<std::string, data::ClassFolders> levels{
      {"auto", data::ClassFolders::Auto}, {"outer", data::ClassFolders::Outer}, {"inner", data::ClassFolders::Inner}};
  add(app, "--class-folders", o.class_folders,
      "which folders are classes: outer, whatever lies in them; inner: those in them; auto asks if not clear")
      ->transform(one_of(levels))
      ->default_str("auto");
  flag(app, "--merge-classes", o.merge_classes,
       "classes whose names differ only in blanks, case, 1 and 1.0 or forms of Unicode are one");
}
/// What the program does, and where the results go.
inline void add_run_options(CLI::App& app, Options& o) {
  add(app, "--out", o.out, "folder of this run (default runs/MODEL)");
  flag(app, "--overwrite", o.overwrite, "remove the files of a run that is in --out already");
  flag(app, "--scratch", o.scratch, "train from random weights, for comparison");
  flag(app, "--keep-head", o.keep_head,
       "go on with the head in --weights although the file does not say that it is of these classes");
  flag(app, "--dry-run", o.dry_run, "print the plan (with --evaluate: what would be tested) and stop");
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
  flag(app, "--evaluate", o.evaluate, "only test the model in --weights");
  add(app, "--logits", o.logits, "write one CSV row per test picture: path, label (or targets), outputs");
}
/// Batches, and where they are computed.
inline void add_step_options(CLI::App& app, Options& o) {
  Settings& s = o.settings;
  add(app, "--batch-size", s.batch_size, "pictures per step")->check(in(1, 1000000));
  app.add_option_function<std::string>(
         "--device", [&s](const std::string& name) { s.device = *device_named(name); },
         "auto, cpu or cuda, with the number of a GPU cuda:1; auto: a GPU if there is one, of several that of "
         "LOCAL_RANK")
      ->check(CLI::Validator(
          [](const std::string& name) {
            return device_named(name) ? std::string{} : outside(name, "auto, cpu or cuda (of several GPUs: cuda:1)");
          },
          ""))
      ->default_str("auto");
  flag(app, "!--no-graphs", s.graphs,
       "on a GPU: launch each kernel of a step by itself, not all of them as one CUDA graph");
}
/// What is seen of pictures.
inline void add_picture_options(CLI::App& app, Options& o) {
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
  add(app, "--test-views", o.test_views,
      "tests average the outputs of several views of a picture: one, mirror, five-crops or ten-crops")
      ->transform(one_of(views))
      ->default_str(std::string(test_view_names[static_cast<std::size_t>(o.test_views)]));
  add(app, "--show-data", o.show_data,
      "write a PNG of some samples, before and after augmentation, to this file, and stop")
      ->type_name("FILE");
}
/// Versions of pictures, and what is kept of them.
inline void add_view_options(CLI::App& app, Options& o, double& cache_gigabytes) {
  Settings& s = o.settings;
  add(app, "--views", s.views,
      "random augmentation makes so many versions of each picture (default 0: fresh ones every epoch)")
      ->default_str(s.views > 0 ? std::to_string(s.views) : "")
      ->check(in(0, 1000000));
  flag(app, "!--no-feature-cache", s.cache_features,
       "compute what frozen blocks make of a picture in every epoch anew");
  cache_gigabytes = static_cast<double>(s.cache_bytes) * 0x1p-30;
  add(app, "--feature-cache-gb", cache_gigabytes, "gigabytes of it in memory (default 2); more go to a file")
      ->default_str("")
      ->check(not_negative());
  app.add_option_function<double>(
         "--device-cache-gb",
         [&s](const double& gigabytes) { s.device_cache_bytes = static_cast<std::int64_t>(gigabytes * 0x1p30); },
         "gigabytes of it on a GPU (default: half of what is free there); more go where --feature-cache-gb says")
      ->default_str("")
      ->check(not_negative());
  add(app, "--image-size", s.side, "side of the pictures in pixels (default: what the model was made for)")
      ->default_str("")
      ->check(in(32, 1024));
}
/// What is tested on, where the data does not say so.
inline void add_split_options(CLI::App& app, Options& o) {
  add(app, "--test-fraction", o.test_fraction,
      "where the data has no test part: this share of each class (--evaluate: 1 is all)")
      ->check(in(0.0, 1.0));
  add(app, "--split-seed", o.split_seed, "of that split")->check(natural());
  CLI::Option* const folds =
      add(app, "--folds", o.folds, "cross-validation: one part of so many, class by class, is the test part")
          ->default_str("")
          ->check(in(2, 1000));
  app.add_option_function<unsigned>(
         "--fold", [&o](const unsigned& k) { o.fold = k - 1; }, "which of the --folds, 1 and up (default 1)")
      ->default_str("")
      ->needs(folds)
      ->check(in(1, 1000));
}
/// The columns of tables, and how often pictures are drawn.
inline void add_table_options(CLI::App& app, Options& o) {
  add(app, "--path-column", o.table.path, "of a CSV file: the column of the pictures (default path, file, image)");
  add(app, "--image-root", o.table.images,
      "of a CSV file: the folder that its paths are relative to (default: the CSV's, or one beside it)");
  add(app, "--label-column", o.table.label, "of a CSV file: the column of the classes (default label or class)");
  add(app, "--target-columns", o.table.targets,
      "of a CSV file: numbers to predict instead of a class, a,b,c; for recipes whose loss takes them")
      ->delimiter(',');
  add(app, "--weight-column", o.table.weight, "of a CSV file: how often --sampling weighted draws a picture");
  const std::map<std::string, data::Sampling> samplings{
      {"once", data::Sampling::Once}, {"balanced", data::Sampling::Balanced}, {"weighted", data::Sampling::Weighted}};
  add(app, "--sampling", o.sampling,
      "once: each picture once an epoch; balanced: drawn, all classes equally often; weighted: by "
      "--weight-column")
      ->transform(one_of(samplings))
      ->default_str("once");
}
/// Chance, threads, and how pictures are read.
inline void add_reading_options(CLI::App& app, Options& o) {
  Settings& s = o.settings;
  add(app, "--seed", s.seed, "of everything else that is random")->check(natural());
  add(app, "--threads", o.threads, "of the network's arithmetic (default: all cores)")
      ->default_str("")
      ->check(in(0, 1024));
  flag(app, "--deterministic", s.deterministic, "on a GPU: equal bits in every run, by slower algorithms");
  flag(app, "--scaled-decoding", o.scaled_decoding,
       "decode JPEGs that are larger than needed at 1/2, 1/4 or 1/8 of their size: faster, not to the bit");
  flag(app, "--exif-orientation", o.exif_orientation,
       "turn pictures as their EXIF orientation says; without it they are used as they are stored");
  flag(app, "--check-data", o.check_data, "read all pictures before anything else, and list those that cannot be used");
#ifdef TUNEIT_RANKS
  o.peer_timeout = ranks::environment().peer_timeout;
  add(app, "--peer-timeout", o.peer_timeout, "seconds without a word after which another process counts as lost")
      ->check(in(1, 86400));
#endif
  add(app, "--workers", o.workers, "threads that read and augment pictures (default: as --threads)")
      ->default_str("")
      ->check(in(0, 256));
}

}  // namespace detail

/// The file names, and how a run is done: what has nothing to do with a recipe. `cache_gigabytes` must outlive the app.
inline void add_common_options(CLI::App& app, Options& o, double& cache_gigabytes) {
  app.option_defaults()->always_capture_default()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  detail::add_weights_options(app, o);
  detail::add_data_options(app, o);
  detail::add_run_options(app, o);
  detail::add_step_options(app, o);
  detail::add_picture_options(app, o);
  detail::add_view_options(app, o, cache_gigabytes);
  detail::add_split_options(app, o);
  detail::add_table_options(app, o);
  detail::add_reading_options(app, o);
}

}  // namespace tuneit::app
