#pragma once
// What is to be known of pictures that can be used: which carry nothing, of which is only a scaled form or one frame
// of several used? No LibTorch.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tuneit/io/image/deep_grey.hpp"

namespace tuneit::data {

/// Of one picture.
struct Finding : io::ImageFacts {
  bool constant = false;  ///< one colour all over

  [[nodiscard]] bool any() const { return constant || white != 0 || further != 0; }
};

/// Of a list of pictures, in its order or in that in which they were met.
struct Findings {
  std::vector<std::string> constant;            ///< paths
  std::map<std::uint32_t, std::size_t> scaled;  ///< how many, by the sample that became white
  std::vector<std::string> of_several;          ///< paths
  std::uint64_t further = 0;                    ///< frames or pages in all

  void add(const std::string& path, const Finding& f) {
    if (f.constant) constant.push_back(path);
    if (f.white != 0) ++scaled[f.white];
    if (f.further == 0) return;
    of_several.push_back(path);
    further += f.further;
  }
  void add(Findings&& more) {
    const auto append = [](auto& all, auto& some) {
      all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    };
    append(constant, more.constant);
    append(of_several, more.of_several);
    for (const auto& [white, count] : more.scaled) scaled[white] += count;
    further += more.further;
  }
};

}  // namespace tuneit::data
