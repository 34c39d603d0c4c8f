#pragma once
// What share of each class is used, and why not the rest? A table for --check-data.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/image/check_images.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::app {

/// A row for each class: pictures, those that are used, and why the others are not. Of more than 40 classes only those
/// of which something is passed over. Nothing where there are no classes. `both`: the
/// training part was looked at, too; else it is passed over.
inline std::string shares_table(const data::Dataset& dataset, const data::ImageCheck& check, bool both) {
  if (dataset.shares.empty()) return {};
  std::unordered_set<std::string> bad;
  for (const auto& picture : check.bad) bad.insert(picture.path);
  std::vector<data::ClassShare> shares = dataset.shares;
  for (const auto* part : {&dataset.train, &dataset.test}) {
    const bool looked_at = both || part == &dataset.test;
    for (const data::Sample& sample : *part)
      if (!looked_at || bad.contains(sample.path)) {
        data::ClassShare& share = shares[static_cast<std::size_t>(sample.label)];
        --share.used;
        ++share.passed_over[looked_at ? "that cannot be used" : "that are not tested"];
      }
  }
  constexpr std::size_t most = 40, widest = 30;
  std::size_t width = 5, left = 0;
  std::vector<std::string> names;
  for (const std::string& name : dataset.classes) {
    names.push_back(io::quote(name, widest));
    width = std::max(width, names.back().size());
  }
  const auto row = [&](const std::string& name, const std::string& files, const std::string& used,
                       const std::string& why) {
    char numbers[64];
    std::snprintf(numbers, sizeof numbers, "  %9s  %9s  ", files.c_str(), used.c_str());
    std::string line = "  " + name + std::string(width - std::min(width, name.size()), ' ') + numbers + why;
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  std::string out = row("class", "pictures", "used", "passed over");
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares.size() > most && shares[i].passed_over.empty()) {
      ++left;
      continue;
    }
    std::size_t files = shares[i].used;
    std::string why;
    for (const auto& [reason, count] : shares[i].passed_over) {
      files += count;
      why += (why.empty() ? "" : ", ") + std::to_string(count) + " " + reason;
    }
    const auto tenths = files == 0 ? 1000 : shares[i].used * 1000 / files;
    out += row(names[i], std::to_string(files), std::to_string(tenths / 10) + " %", why);
  }
  if (left > 0) out += "  of " + std::to_string(left) + " other classes all pictures are used\n";
  return out;
}

inline void print_shares(const data::Dataset& dataset, const data::ImageCheck& check, bool both) {
  std::cout << shares_table(dataset, check, both);
}

}  // namespace tuneit::app
