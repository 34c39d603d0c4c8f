#pragma once
// Is it still the same task without the pictures that were left out? Asked after --check-data, and after the first
// epoch.
#include <iostream>
#include <string>

#include "tuneit/data/check_pictures.hpp"
#include "tuneit/data/left_without.hpp"
#include "tuneit/data/loader.hpp"
#include "tuneit/engine/hooks.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::app {

/// Before anything is computed: a class that cannot be trained is refused as an empty class folder is, one that cannot
/// be tested is a note. Throws Error(Data).
inline void check_left(const data::Dataset& dataset, const data::PictureCheck& check, bool trains) {
  data::Paths bad;
  for (const auto& picture : check.bad) bad.insert(picture.path);
  const data::LeftWithout left = data::left_without(dataset, bad);
  if (trains) {
    data::check_left(dataset, left);
    if (!left.of_training.empty())
      throw Error(Fault::Data, left.of_training[0], "Mend these pictures, or remove the class.");
  }
  if (!dataset.test.empty() && !left.tests)
    throw Error(Fault::Data, "No picture to test on is left: none can be read.", "Mend them.");
  for (const std::string& sentence : left.of_test) std::cout << "  note: " << sentence << "\n";
}

/// A hook: after the first epoch, which has met every picture, what was lost is said, and a training of one class ends.
class LeftOut {
 public:
  /// The arguments must outlive this; `tests` may be null.
  LeftOut(const data::Dataset& dataset, const data::Loader& train, const data::Loader* tests)
      : dataset_(&dataset), train_(&train), tests_(tests) {}

  template <class T>
  void on_epoch(const EpochResult& epoch, const T&) {
    if (epoch.epoch != 1) return;
    data::Paths bad;
    for (const auto& skipped : train_->skipped()) bad.insert(skipped.path);
    if (tests_ != nullptr)
      for (const auto& skipped : tests_->skipped()) bad.insert(skipped.path);
    if (bad.empty()) return;
    const data::LeftWithout left = data::left_without(*dataset_, bad);
    data::check_left(*dataset_, left);
    for (const auto* sentences : {&left.of_training, &left.of_test})
      for (const std::string& sentence : *sentences) std::cout << "  note: " << sentence << "\n";
    std::cout.flush();
  }

 private:
  const data::Dataset* dataset_;
  const data::Loader* train_;
  const data::Loader* tests_;
};

}  // namespace tuneit::app
