#pragma once
// What a person asks of a program that fine-tunes: everything that is not a number of the recipe.
#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tuneit/data/batches/sampling.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/dataset/table_columns.hpp"
#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/numbers/settings.hpp"
#ifdef TUNEIT_RANKS
#include "tuneit/ranks/environment.hpp"
#endif

namespace tuneit::app {

struct Options {
  std::string name = "model";  ///< of the model, for the folder of the run
  std::string weights, weights_key, strip_prefix;
  std::vector<std::string> deltas;             ///< on top of `weights`, in their order
  bool save_delta = false;                     ///< write what differs from these, beside each file of weights
  std::string teacher_weights;                 ///< of a recipe with a teacher
  std::vector<std::string> ignore_unexpected;  ///< globs of tensors that may be passed over
  bool allow_cast = false, allow_non_finite = false;
  std::string data, out;
  std::string train_data, test_data;  ///< its parts, named one by one, in the place of `data`
  bool overwrite = false;             ///< a run that is in `out` already
  bool scratch = false, dry_run = false, evaluate = false;
  std::string logits;  ///< CSV file to write, or empty
  bool emits = false;  ///< the PyTorch script of the recipe, and nothing else
  std::string script;  ///< its file; empty: standard output
  double test_fraction = 0.25;
  std::uint64_t split_seed = 0;
  unsigned folds = 0, fold = 0;  ///< of cross-validation; fold counts from 0
  data::TableOptions table;      ///< columns of a CSV file
  bool merge_classes = false;    ///< names that people cannot tell apart are one class
  data::ClassFolders class_folders = data::ClassFolders::Auto;
  data::Sampling sampling = data::Sampling::Once;
  std::string augment = "imagenet";  ///< one of augment_names, or recipe: what the recipe says
  TestViewKind test_views = TestViewKind::One;
  std::string show_data;  ///< PNG of some samples to write, and nothing else
  int threads = 0, workers = -1;
  double peer_timeout = 60;   ///< seconds after which another process that says nothing is lost
  double warmup_epochs = -1;  ///< -1: the recipe's
  bool scaled_decoding = false;
  bool exif_orientation = false;  ///< turn pictures as their EXIF says
  bool check_data = false;        ///< read all pictures before the training
  long long skip_at_most = -1;    ///< pictures that cannot be read; -1: as the recipe says
  bool keep_head = false;         ///< the weights' head is that of the data's classes, in their order
  std::set<std::string> known{};  ///< names of the options that the program has
  std::set<std::string> given{};  ///< names of the options that stood on the command line
  Settings settings{};
};

/// Completes what was left open, and refuses combinations that make no sense, before anything is read. Throws
/// Error(Usage).
inline void complete(Options& o) {
  if (o.data.empty() && o.train_data.empty() && (o.test_data.empty() || !o.evaluate))
    throw Error(ErrorKind::Usage, o.test_data.empty() ? "no data" : "there is a --test-data, and nothing to train on",
                o.test_data.empty() ? "--data is required: a folder of class folders, or a CSV of paths and labels."
                                    : "Give --train-data as well, or --evaluate to test the model in --weights.");
  if (!o.data.empty() && !(o.train_data.empty() && o.test_data.empty()))
    throw Error(ErrorKind::Usage, "--data is all of the data, and --train-data and --test-data are its parts",
                "Give either the one or the others.");
  if (o.emits && o.data.empty())
    throw Error(ErrorKind::Usage, "the scripts of --emit-python read one folder with train and test folders in it",
                "Give --data.");
  if (o.scratch && !o.weights.empty())
    throw Error(ErrorKind::Usage, "--scratch starts from random weights, --weights from a file", "Give one of them.");
  if (!o.scratch && !o.emits && o.show_data.empty() && o.weights.empty())
    throw Error(
        ErrorKind::Usage, "no weights to start from",
        "Give --weights FILE (safetensors or .pth), a name like resnet18, or --scratch to train from random weights.");
  if (o.scratch && (!o.deltas.empty() || o.save_delta))
    throw Error(
        ErrorKind::Usage,
        std::string("--scratch starts from random weights, and ") +
            (o.save_delta ? "--save-delta writes what differs from those of a file" : "--delta goes on top of a file"),
        "Give --weights FILE in its place.");
  if (o.evaluate && o.save_delta)
    throw Error(ErrorKind::Usage, "--save-delta is for a training, and --evaluate makes no run",
                "Leave --save-delta out.");
  if (!o.table.targets.empty() && !o.table.label.empty())
    throw Error(ErrorKind::Usage,
                "--label-column names classes, and --target-columns numbers to predict instead of them",
                "Give one of them.");
  if (o.sampling == data::Sampling::Balanced && !o.table.targets.empty())
    throw Error(ErrorKind::Usage,
                "--sampling balanced draws classes equally often, and with --target-columns there are none",
                "Use --sampling weighted with a --weight-column.");
  if (o.sampling == data::Sampling::Weighted && o.table.weight.empty())
    throw Error(ErrorKind::Usage,
                "--sampling weighted draws pictures by their weights, and no column of weights is named",
                "Name it with --weight-column.");
  if (o.sampling != data::Sampling::Weighted && !o.table.weight.empty() && !o.evaluate)
    throw Error(ErrorKind::Usage, "--weight-column says how often pictures are drawn, and all are taken equally often",
                "Add --sampling weighted.");
  if (o.emits && !o.table.targets.empty())
    throw Error(ErrorKind::Usage, "the scripts of --emit-python read folders of classes, no tables of --target-columns",
                "tuneit::emit_python writes one all the same; it takes batches from a file (--batches).");
  if (o.emits && o.exif_orientation)
    throw Error(ErrorKind::Usage,
                "the scripts of --emit-python read pictures as torchvision does, which turns none by EXIF",
                "Leave --exif-orientation out.");
  if (o.scratch && o.keep_head)
    throw Error(ErrorKind::Usage,
                "--scratch starts from random weights, and --keep-head goes on with a head of --weights",
                "Give one of them.");
  if (o.test_fraction > 0.95 && !(o.evaluate && !o.emits && o.show_data.empty()))
    throw Error(ErrorKind::Usage, "--test-fraction " + short_number(o.test_fraction) + " leaves too little to train on",
                "Give a share from 0 to 0.95; 1 is for --evaluate, which then tests all pictures.");
  if (o.evaluate && o.overwrite)
    throw Error(ErrorKind::Usage, "--overwrite removes the run that is in --out, and --evaluate makes no run",
                "Leave --overwrite out; a file of --logits is replaced anyway.");
  if (o.evaluate && o.keep_head)
    throw Error(ErrorKind::Usage, "--keep-head is for a training, and --evaluate tests the model in --weights as it is",
                "Leave --keep-head out.");
  if (o.scratch && o.evaluate) throw Error(ErrorKind::Usage, "--evaluate tests a model; random weights are none");
  if (o.out.empty()) o.out = "runs/" + o.name;
  if (o.threads <= 0) o.threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
#ifdef TUNEIT_RANKS
  if (!o.given.contains("--threads")) o.threads = std::max(1, o.threads / ranks::environment().local_size);
#endif
  if (o.workers < 0) o.workers = o.threads;
}

}  // namespace tuneit::app
