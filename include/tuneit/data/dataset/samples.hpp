#pragma once
// What is a data set, and how is it split into a part to learn from and a part to be judged on? No LibTorch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <range/v3/algorithm/sort.hpp>
#include <range/v3/view/chunk_by.hpp>
#include <range/v3/view/take.hpp>

#include "tuneit/data/random.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {

/// A picture file and the position of its class in Dataset::classes; or, of a table with target columns, a number for
/// each of them.
struct Sample {
  std::string path;
  int label = 0;
  double weight = 1;             ///< how often it is drawn, in proportion, where sampling is Weighted
  std::vector<float> targets{};  ///< empty: the label counts
  friend bool operator==(const Sample&, const Sample&) = default;
};

/// The order of samples in a part of a Dataset.
inline bool by_label_and_path(const Sample& a, const Sample& b) {
  return a.label != b.label ? a.label < b.label : a.path < b.path;
}

/// What became of the files of a class.
struct ClassShare {
  std::size_t used = 0;                              ///< in the training or the test part
  std::map<std::string, std::size_t> passed_over{};  ///< pictures that are not, by reason
};

/// Classes in the order of their labels (sorted by bytes, as torchvision's ImageFolder does), the two parts sorted by
/// label and path, one sentence about the source, and one for each thing that was passed over. Where samples have
/// targets, `classes` are the names of their columns.
struct Dataset {
  std::vector<std::string> classes;
  std::vector<Sample> train, test;
  std::string source_description;
  std::vector<std::string> warnings;
  std::vector<ClassShare> shares{};  ///< of each class; none where samples have targets
  bool own_test = false;             ///< the test part was there; else it was split off, or is all that there is
};

/// Has it numbers to predict instead of classes?
inline bool has_targets(const Dataset& data) {
  const std::vector<Sample>& some = data.train.empty() ? data.test : data.train;
  return !some.empty() && !some.front().targets.empty();
}

/// Where nothing says which folders are classes: see folder_layout.hpp.
enum class ClassFolders { Auto, Outer, Inner };

struct SplitOptions {
  double test_fraction = 0.25;
  std::uint64_t seed = 0;
  unsigned folds = 0;  ///< k of k-fold cross-validation: part `fold` of k is the test part; 0: by test_fraction
  unsigned fold = 0;   ///< counted from 0
  /// For testing alone: what has no test part of its own is the test part, all of it; else `train` comes along. One
  /// class, or no picture of some, is then no reason to refuse. Classes are those of all parts.
  bool all_is_test = false;
  bool merge_classes = false;  ///< names that people cannot tell apart are one class; else two, and a warning
  ClassFolders class_folders = ClassFolders::Auto;
};

/// Which members of a class are tested, class by class in the order of labels: each is shuffled with the seed and
/// round(test_fraction * n) of its n members are tested, but at least one is and one is not where n >= 2 (and
/// test_fraction > 0). With folds, the shuffled members are dealt to the k folds in turn, one class after the other, so
/// that folds differ by at most one in each class and altogether; every member is tested in exactly one.
class Dealer {
 public:
  explicit Dealer(const SplitOptions& options) : options_(options) {}
  std::vector<bool> tested(std::size_t n, std::size_t label) {
    std::vector<bool> out(n);
    const std::vector<std::size_t> order = permutation(n, options_.seed, 0, Stream::Split, label);
    if (options_.folds > 0) {
      for (const std::size_t i : order) out[i] = dealt_++ % options_.folds == options_.fold;
      return out;
    }
    auto tests = static_cast<std::size_t>(std::llround(options_.test_fraction * static_cast<double>(n)));
    tests = options_.test_fraction > 0.0 && n >= 2 ? std::clamp<std::size_t>(tests, 1, n - 1) : 0;
    for (const std::size_t i : order | ranges::views::take(tests)) out[i] = true;
    return out;
  }

 private:
  SplitOptions options_;
  std::size_t dealt_ = 0;
};

/// Splits samples class by class (see Dealer). Both parts come out sorted by label and path, so nothing depends on the
/// order in which files were found.
inline void split_by_class(std::vector<Sample> samples, const SplitOptions& options, Dataset& into) {
  ranges::sort(samples, by_label_and_path);
  const auto same_class = [](const Sample& a, const Sample& b) { return a.label == b.label; };
  Dealer dealer(options);
  for (auto&& members : samples | ranges::views::chunk_by(same_class)) {
    const std::vector<Sample> all(members.begin(), members.end());
    const std::size_t n = all.size();
    const auto label = static_cast<std::size_t>(all.front().label);
    const bool classes = all.front().targets.empty();
    if (options.folds > 0 && n < options.folds)
      into.warnings.push_back(
          (classes ? "The class " + io::quote(into.classes[label]) + " has " + std::to_string(n) + " pictures only"
                   : "There are " + std::to_string(n) + " pictures only") +
          ", fewer than there are folds: not every fold tests " + (classes ? "it." : "one."));
    if (options.folds == 0 && n == 1 && options.test_fraction > 0.0)
      into.warnings.push_back((classes ? "The class " + io::quote(into.classes[label]) + " has one picture only"
                                       : std::string("There is one picture only")) +
                              ": it is trained on, never tested.");
    const std::vector<bool> tested = dealer.tested(n, label);
    for (std::size_t i = 0; i < n; ++i) (tested[i] ? into.test : into.train).push_back(all[i]);
  }
  ranges::sort(into.train, by_label_and_path);
  ranges::sort(into.test, by_label_and_path);
}

namespace detail {

/// "25 %"
inline std::string percent_text(double fraction) {
  const double percent = std::round(fraction * 1000.0) / 10.0;
  std::string text = std::to_string(percent);
  text.resize(text.find('.') + 2);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text + " %";
}

/// How split_by_class split, for Dataset::source_description. Without classes it is one lot.
inline std::string split_text(const SplitOptions& options, bool classes = true) {
  if (options.folds > 0)
    return ", fold " + std::to_string(options.fold + 1) + " of " + std::to_string(options.folds) + " for the test" +
           (classes ? ", class by class" : "") + " (seed " + std::to_string(options.seed) + ")";
  return std::string(", split ") + (classes ? "class by class" : "at random") + " with " +
         percent_text(options.test_fraction) + " for the test (seed " + std::to_string(options.seed) + ")";
}

inline std::string count_text(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

/// What must hold of every data set that is trained on, whatever it came from.
inline void check_dataset(const std::vector<std::string>& classes, const std::vector<Sample>& train,
                          const std::string& where) {
  if (classes.size() < 2 && (train.empty() || train.front().targets.empty()))
    throw Error(ErrorKind::Data,
                where + " has " + (classes.empty() ? "no class." : "only one class, " + io::quote(classes[0]) + "."),
                "A classifier needs pictures of two classes or more.");
  if (train.empty()) throw Error(ErrorKind::Data, where + " has no pictures to train on.");
}

}  // namespace detail
}  // namespace tuneit::data
