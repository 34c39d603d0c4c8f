#pragma once
// Which pictures and batches was nothing learned from, and is it still the same task without them? Asked after
// --check-data, after the first epoch, and however a training ends.
#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

#include "tuneit/app/data/check_data.hpp"
#include "tuneit/app/run/records.hpp"
#include "tuneit/data/batches/loader.hpp"
#include "tuneit/data/dataset/left_without.hpp"
#include "tuneit/data/image/check_images.hpp"
#include "tuneit/engine/behaviour/hooks.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::app {

/// Before anything is computed: a class that cannot be trained is refused as an empty class folder is, one that cannot
/// be tested is a note. Throws Error(Data).
inline void check_left(const data::Dataset& dataset, const data::ImageCheck& check, bool trains) {
  data::Paths bad;
  for (const auto& picture : check.bad) bad.insert(picture.path);
  const data::LeftWithout left = data::left_without(dataset, bad);
  if (trains) {
    data::check_left(dataset, left);
    if (!left.of_training.empty())
      throw Error(ErrorKind::Data, left.of_training[0], "Mend these pictures, or remove the class.");
  }
  if (!dataset.test.empty() && !left.tests)
    throw Error(ErrorKind::Data, "No picture to test on is left: none can be read.", "Mend them.");
  for (const std::string& sentence : left.of_test) std::cout << "  note: " << sentence << "\n";
}

/// Names the pictures of a part that were left out because they cannot be read, and those that carry nothing, if any.
inline void name_unused(const data::Loader& loader, const char* part) {
  if (!loader.skipped().empty()) {
    std::cout << "\nLeft out of the " << part
              << " part, because they cannot be read: " << data::detail::count_text(loader.skipped().size(), "picture")
              << "\n";
    for (const data::Loader::Skipped& skipped : loader.skipped()) std::cout << "  " << skipped.reason << "\n";
  }
  name_findings(loader.findings(), part);
}

/// Batches of one picture that fit passed over, if there were some; the plan may have said so.
inline void name_left_out_batches(const std::vector<EpochResult>& history) {
  std::size_t epochs = 0;
  for (const EpochResult& e : history) epochs += e.left_out > 0 ? 1U : 0U;
  if (const std::size_t batches = left_out_batches(history); batches > 0)
    std::cout << "\n"
              << batches << (batches == 1 ? " batch" : " batches") << " of one picture, in "
              << data::detail::count_text(epochs, "epoch")
              << ", left out: batch norms cannot use one value per channel\n";
}

/// A hook: after the first epoch, which has met every picture, what was lost is said, and a training of one class ends.
class LeftOut {
 public:
  /// The first three must outlive this; `tests` may be null.
  LeftOut(const data::Dataset& dataset, const data::Loader& train, const data::Loader* tests, int epochs)
      : dataset_(&dataset), train_(&train), tests_(tests), epochs_(epochs) {}

  /// Images that were met so far.
  [[nodiscard]] UnusedImages counts() const {
    UnusedImages sum;
    for (const data::Loader* loader : {train_, tests_})
      if (loader != nullptr) {
        sum.left_out += loader->skipped().size();
        sum.constant += loader->findings().constant.size();
      }
    return sum;
  }
  /// All that was left out of these epochs, and of the one that is not complete.
  void name_all(const std::vector<EpochResult>& history) const {
    name_left_out_batches(history);
    name_unused(*train_, "training");
    if (tests_ != nullptr) name_unused(*tests_, "test");
    std::cout.flush();
  }

  template <class T>
  void on_epoch(const EpochResult& epoch, const T&) {
    if (epoch.epoch != 1) return;
    check();
    if (epochs_ > 1) name_all({epoch});  // else the end comes at once, and says it
  }

 private:
  void check() const {
    data::Paths bad;
    for (const auto& skipped : train_->skipped()) bad.insert(skipped.path);
    if (tests_ != nullptr)
      for (const auto& skipped : tests_->skipped()) bad.insert(skipped.path);
    if (bad.empty()) return;
    const data::LeftWithout left = data::left_without(*dataset_, bad);
    data::check_left(*dataset_, left);
    for (const auto* sentences : {&left.of_training, &left.of_test})
      for (const std::string& sentence : *sentences) std::cout << "  note: " << sentence << "\n";
  }

  const data::Dataset* dataset_;
  const data::Loader* train_;
  const data::Loader* tests_;
  int epochs_;
};

}  // namespace tuneit::app
