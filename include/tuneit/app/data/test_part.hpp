#pragma once
// Which pictures does --evaluate test? All of a data set that has no test part of its own, but not those that the
// model was trained on.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tuneit/app/data/known_model.hpp"
#include "tuneit/app/data/open_data.hpp"
#include "tuneit/app/options/options.hpp"
#include "tuneit/data/dataset/dataset.hpp"

namespace tuneit::app {

/// Tells sets of pictures apart by the names, the sizes and the first 4 KiB of their files, wherever they lie and
/// whatever their classes are called: 64 bits in hexadecimal digits. Of more than 4096 pictures about 1024 are opened.
/// Each file is looked at once, in however many sets it is.
class Fingerprints {
 public:
  std::string of(const std::vector<data::Sample>& samples) {
    const std::uint64_t every = samples.size() <= 4096 ? 1 : samples.size() / 1024;
    std::uint64_t sum = hash_of(std::to_string(samples.size()));
    for (const data::Sample& sample : samples) {
      const auto [at, fresh] = files_.try_emplace(sample.path);
      File& file = at->second;
      if (fresh) file.outside = hash_of(outside(sample.path));
      if (file.outside % every == 0 && !file.opened) {
        file.inside = hash_of(outside(sample.path) + '/' + data::detail::beginning_of(sample.path, 4096));
        file.opened = true;
      }
      sum += file.outside % every == 0 ? file.inside : file.outside;  // in any order
    }
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(sum));
    return digits;
  }

 private:
  struct File {
    std::uint64_t outside = 0, inside = 0;  ///< of name and size; of these and the first bytes
    bool opened = false;
  };
  static std::uint64_t hash_of(std::string_view text) {  // FNV-1a
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash ^ (hash >> 29U);
  }
  static std::string outside(const std::string& name) {
    std::error_code error;
    const std::filesystem::path path(name);
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    return path.filename().native() + '/' + std::to_string(error ? 0 : bytes);
  }

  std::unordered_map<std::string, File> files_;
};

inline data::SplitOptions split_of(const Options& o) {
  data::SplitOptions split;
  split.test_fraction = o.test_fraction;
  split.seed = o.split_seed;
  split.folds = o.folds;
  split.fold = o.fold;
  return split;
}

/// What a card says of the pictures of a training.
inline io::TrainedOn trained_on(const Options& o, const data::Dataset& data) {
  io::TrainedOn t;
  std::vector<data::Sample> all = data.train;
  all.insert(all.end(), data.test.begin(), data.test.end());
  Fingerprints prints;
  t.all = prints.of(all);
  t.train = prints.of(data.train);
  t.split = true;
  t.test_fraction = o.test_fraction;
  t.split_seed = o.split_seed;
  t.folds = o.folds;
  t.fold = o.fold;
  return t;
}

/// The option that asks for a share of the data, or none.
inline std::string share_asked(const Options& o) {
  std::string asked;
  for (const char* const name : {"--split-seed", "--test-fraction", "--folds"})
    if (o.given.contains(name)) asked = name;
  return asked;
}

/// What is to be said where a share is asked for of data with a test part of its own.
inline void note_share_unused(const Options& o, data::Dataset& data) {
  if (const std::string asked = share_asked(o); data.own_test && !asked.empty())
    data.warnings.push_back(asked + " divides data without a test part; this has one, and all of it is tested");
}

namespace detail {

inline data::SplitOptions split_of(const io::TrainedOn& before) {
  data::SplitOptions split;
  split.test_fraction = before.test_fraction;
  split.seed = before.split_seed;
  split.folds = before.folds;
  split.fold = before.fold;
  return split;
}

/// What is to be said of a part of the data that the model was trained on, if it is another than that of its test.
inline std::string said_of_other_part(const std::vector<data::Sample>& tested,
                                      const std::vector<data::Sample>* trained) {
  if (trained == nullptr) return "the model was trained on most of this data: its figures flatter";
  std::unordered_set<std::string> paths;
  for (const data::Sample& sample : *trained) paths.insert(sample.path);
  std::size_t count = 0;
  for (const data::Sample& sample : tested) count += paths.contains(sample.path) ? 1U : 0U;
  if (count == 0) return {};
  return "the model was trained on " + std::to_string(count) + " of these pictures: its figures flatter";
}

}  // namespace detail

/// Opens the data of --evaluate. Data with a test part of its own: that part, with its classes alone where the model
/// has names. Else all pictures; but of the data that the model was trained on the part that was kept for its test (if
/// that can be made again), and by --test-fraction, --split-seed, --folds, --fold what they say. What is not tested, or
/// was trained on, is a sentence in `warnings`. Throws Error(Usage) where folds are asked for and there is a test part.
inline data::Dataset open_test_part(const Options& o, const KnownModel& known) {
  using data::detail::count_text;
  const bool all = o.test_fraction == 1;
  const std::string asked = all ? std::string{} : share_asked(o);
  data::SplitOptions alone;
  alone.all_is_test = true;
  data::Dataset data = open_data(o, alone);
  const auto& before = known.card.trained_on;
  Fingerprints prints;
  const std::string tested = before ? prints.of(data.test) : std::string{};
  const bool same = before && before->all == tested;
  const std::string flatter = "the model was trained on these pictures: its figures flatter";
  if (data.own_test) {
    if (asked == "--folds")
      throw Error(ErrorKind::Usage, "the data has a test part of its own, and --folds divides data that has none",
                  "Leave --folds out: all of the test part is then tested.");
    if (!all) note_share_unused(o, data);
  } else {
    std::optional<data::Dataset> kept;
    if (same && before->split && !all) kept = open_data(o, detail::split_of(*before));
    if (kept && (kept->test.empty() || prints.of(kept->train) != before->train)) kept.reset();
    if (!asked.empty()) {
      data::Dataset part = open_data(o, split_of(o));
      std::string said;
      if (same) said = detail::said_of_other_part(part.test, kept ? &kept->train : nullptr);
      if (!same && before && before->train == prints.of(part.test)) said = flatter;
      if (!said.empty()) part.warnings.push_back(said);
      return part;
    }
    if (kept) {
      kept->warnings.push_back("the model was trained on " + count_text(kept->train.size(), "picture") +
                               " of these; those that were kept for its test are tested (--test-fraction 1 tests all)");
      return std::move(*kept);
    }
  }
  if (before && (same || before->train == tested))
    data.warnings.push_back(flatter);
  else if (!before && !data.own_test && !all)
    data.warnings.push_back(
        "all pictures are tested, as nothing says which of them the model was trained on; of the data of its training "
        "--test-fraction 0.25 tests those that are kept for the test by default");
  return known.card.names.empty() ? data : data::detail::with_tested_classes(std::move(data));
}

}  // namespace tuneit::app
