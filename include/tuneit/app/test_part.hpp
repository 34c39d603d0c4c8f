#pragma once
// Which pictures does --evaluate test? All of a data set that has no test part of its own, but not those that the
// model was trained on.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tuneit/app/known_model.hpp"
#include "tuneit/app/open_data.hpp"
#include "tuneit/app/options.hpp"
#include "tuneit/data/dataset.hpp"

namespace tuneit::app {

/// Tells sets of pictures apart by the names, the sizes and the first 4 KiB of their files, wherever they lie and
/// whatever their classes are called: 64 bits in hexadecimal digits. Of more than 4096 pictures about 1024 are opened.
inline std::string fingerprint(const std::vector<data::Sample>& samples) {
  const auto hash_of = [](std::string_view text) {  // FNV-1a
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash ^ (hash >> 29U);
  };
  const std::uint64_t every = samples.size() <= 4096 ? 1 : samples.size() / 1024;
  std::uint64_t sum = hash_of(std::to_string(samples.size()));
  for (const data::Sample& sample : samples) {
    std::error_code error;
    const std::filesystem::path path(sample.path);
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    std::string file = path.filename().native() + '/' + std::to_string(error ? 0 : bytes);
    if (hash_of(file) % every == 0) file += '/' + data::detail::beginning_of(sample.path, 4096);
    sum += hash_of(file);  // in any order
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(sum));
  return digits;
}

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
  t.all = fingerprint(all);
  t.train = fingerprint(data.train);
  t.split = true;
  t.test_fraction = o.test_fraction;
  t.split_seed = o.split_seed;
  t.folds = o.folds;
  t.fold = o.fold;
  return t;
}

/// Opens the data of --evaluate. Data with a test part of its own: that part. Else all pictures; but of the data that
/// the model was trained on the part that was kept for its test, and by --test-fraction, --split-seed, --folds, --fold
/// what they say. What is not tested, or was trained on, is a sentence in `warnings`.
inline data::Dataset open_test_part(const Options& o, const KnownModel& known) {
  using data::detail::count_text;
  const auto given = [&](const char* name) { return o.given.contains(name); };
  const bool all = o.test_fraction == 1;
  if (!all && (given("--test-fraction") || given("--split-seed") || given("--folds"))) return open_data(o, split_of(o));
  data::SplitOptions alone;
  alone.all_is_test = true;
  data::Dataset data = open_data(o, alone);
  const bool own_part = !data.train.empty();
  if (own_part)
    data.warnings.push_back("the training part, " + count_text(data.train.size(), "picture") + ", is not tested");
  const auto& before = known.card.trained_on;
  if (before && before->split && o.test_data.empty() && !own_part && !all && before->all == fingerprint(data.test)) {
    data::SplitOptions again;
    again.test_fraction = before->test_fraction;
    again.seed = before->split_seed;
    again.folds = before->folds;
    again.fold = before->fold;
    data::Dataset part = open_data(o, again);
    if (!part.test.empty()) {
      part.warnings.push_back("the model was trained on " + count_text(part.train.size(), "picture") +
                              " of these; those that were kept for its test are tested (--test-fraction 1 tests all)");
      return part;
    }
  }
  if (before && (before->train == fingerprint(data.test) || (!own_part && before->all == fingerprint(data.test))))
    data.warnings.push_back("the model was trained on these pictures: its figures flatter");
  else if (!before && !own_part && !all)
    data.warnings.push_back(
        "all pictures are tested, as nothing says which of them the model was trained on; of the data of its training "
        "--test-fraction 0.25 tests those that are kept for the test by default");
  return data;
}

}  // namespace tuneit::app
