#pragma once
// What does --check-data say of the pictures before a training?
#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

#include "tuneit/data/check_pictures.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::app {

struct CheckOptions {
  std::size_t skip_at_most = 0;   ///< bad pictures that are no reason to stop
  bool exif_orientation = false;  ///< pictures will be turned
  unsigned threads = 1;
};

/// Reads all these pictures and prints what is wrong with them. Throws Error(Data) where more are bad than may be left
/// out; the message lists the first 20. Returns what is wrong with the others.
inline data::PictureCheck check_data(const std::vector<data::Sample>& samples, const CheckOptions& options) {
  const data::PictureCheck check = data::check_pictures(samples, options.threads);
  const std::string of = " of " + std::to_string(check.pictures) + " pictures ";
  std::cout << "  all pictures were read: " << check.bad.size() << of << "cannot be used\n";
  if (check.not_upright > 0 && !options.exif_orientation)
    std::cout << "  note: " << check.not_upright << of
              << "have an EXIF orientation; they are used as they are stored, as torchvision does; "
                 "--exif-orientation turns them\n";
  if (check.bad.empty()) return check;
  constexpr std::size_t most = 20;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, check.bad.size()); ++i) {
    const std::string& reason = check.bad[i].reason;
    list += "\n  " + reason.substr(0, reason.find('\n'));
  }
  if (check.bad.size() > most) list += "\n  and " + std::to_string(check.bad.size() - most) + " more";
  if (check.bad.size() > options.skip_at_most)
    throw Error(Fault::Data, std::to_string(check.bad.size()) + of + "cannot be used:" + list,
                "Mend or remove them, or leave so many out with --skip-at-most.");
  std::cout << list.substr(1) << "\n";
  return check;
}

}  // namespace tuneit::app
