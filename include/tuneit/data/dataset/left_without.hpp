#pragma once
// Is there still enough to learn from and to be judged on, without the pictures that turned out to be unusable?
#include <cstddef>
#include <string>
#include <unordered_set>
#include <vector>

#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {

/// Images by their paths.
using Paths = std::unordered_set<std::string>;

/// Classes of which no picture of a part is left, one sentence each; where samples have targets, none.
struct LeftWithout {
  std::vector<std::string> of_training, of_test;
  std::size_t classes_to_train = 0;    ///< that have a picture left
  bool trains = false, tests = false;  ///< is a picture left at all?
};

inline LeftWithout left_without(const Dataset& data, const Paths& unusable) {
  LeftWithout out;
  struct Count {
    std::size_t before = 0, after = 0;
  };
  for (const bool train : {true, false}) {
    std::vector<Count> counts(data.classes.size());
    for (const Sample& sample : train ? data.train : data.test) {
      const bool left = !unusable.contains(sample.path);
      (train ? out.trains : out.tests) |= left;
      if (!sample.targets.empty()) continue;
      Count& count = counts[static_cast<std::size_t>(sample.label)];
      ++count.before;
      if (left) ++count.after;
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (train && counts[i].after > 0) ++out.classes_to_train;
      if (counts[i].before == 0 || counts[i].after > 0) continue;
      (train ? out.of_training : out.of_test)
          .push_back("Of the class " + io::quote(data.classes[i]) + " no picture is left in the " +
                     (train ? "training" : "test") + " part: " +
                     (counts[i].before == 1 ? "the one that there is" : "all " + std::to_string(counts[i].before)) +
                     " cannot be read.");
    }
  }
  return out;
}

/// Throws ErrorKind::Data where a data set that classes are learned from has fewer than two left, or nothing at all.
inline void check_left(const Dataset& data, const LeftWithout& left) {
  const std::string mend = "Mend these pictures, or remove the class.";
  if (data.train.empty()) return;
  if (!left.trains) throw Error(ErrorKind::Data, "No picture to train on is left: none can be read.", "Mend them.");
  if (data.train.front().targets.empty() && left.classes_to_train < 2)
    throw Error(ErrorKind::Data,
                "Only one class is left to learn. " + (left.of_training.empty() ? "" : left.of_training[0]), mend);
}

}  // namespace tuneit::data
