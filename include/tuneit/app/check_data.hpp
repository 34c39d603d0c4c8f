#pragma once
// What does --check-data say of the pictures before a training?
#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/check_pictures.hpp"
#include "tuneit/io/quote.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::app {

struct CheckOptions {
  std::size_t skip_at_most = 0;   ///< bad pictures of each part that are no reason to stop, as in training
  bool exif_orientation = false;  ///< pictures will be turned
  unsigned threads = 1;
  bool can_skip = false;  ///< the program has an option --skip-at-most
};

/// "a, b, c and 4 more".
inline std::string first_of(const std::vector<std::string>& paths, std::size_t most = 3) {
  std::string out;
  for (std::size_t i = 0; i < std::min(most, paths.size()); ++i) out += (i == 0 ? "" : ", ") + io::quote(paths[i], 400);
  return paths.size() > most ? out + " and " + std::to_string(paths.size() - most) + " more" : out;
}

/// What is to be known of pictures that can be used.
inline void print_notes(const data::PictureCheck& check, const std::string& of, bool exif_orientation) {
  if (check.not_upright > 0 && !exif_orientation)
    std::cout << "  note: " << check.not_upright << of
              << "have an EXIF orientation; they are used as they are stored, as torchvision does; "
                 "--exif-orientation turns them\n";
  if (!check.constant.empty())
    std::cout << "  note: " << check.constant.size() << of
              << "have one colour all over and carry nothing: " << first_of(check.constant) << "\n";
  std::size_t scaled = 0;
  std::string whites;
  for (const auto& [white, count] : check.scaled) {
    scaled += count;
    whites += (whites.empty() ? "" : ", ") + std::to_string(white) + " in " + std::to_string(count);
  }
  if (scaled > 0)
    std::cout << "  note: " << scaled << of << "are grey of more than 8 bits; they are scaled to 8, white is " << whites
              << (check.scaled.size() > 1 ? "; grey is not the same in all of them" : "") << "\n";
  if (check.further > 0)
    std::cout << "  note: " << check.of_several.size() << of << "are the first of a file with "
              << (check.further == 1 ? "1 further frame or page"
                                     : std::to_string(check.further) + " further frames or pages")
              << ", which are not used: " << first_of(check.of_several) << "\n";
}

/// Pictures of a part that a training or a test met, and that carry nothing.
inline void name_constant(const std::vector<std::string>& paths, const char* part) {
  if (!paths.empty())
    std::cout << "\nnote: " << paths.size() << (paths.size() == 1 ? " picture" : " pictures") << " of the " << part
              << " part "
              << (paths.size() == 1 ? "has one colour all over and carries" : "have one colour all over and carry")
              << " nothing: " << first_of(paths) << "\n";
}

/// Reads all pictures of these parts and prints what is wrong with them. Throws Error(Data) where more of a part are
/// bad than may be left out; the message lists the first 20. Returns what is wrong with the others.
inline data::PictureCheck check_data(const std::vector<const std::vector<data::Sample>*>& parts,
                                     const CheckOptions& options) {
  data::PictureCheck check;
  std::size_t worst = 0;
  for (const auto* const part : parts) {
    data::PictureCheck one = data::check_pictures(*part, options.threads);
    worst = std::max(worst, one.bad.size());
    data::add(check, std::move(one));
  }
  const std::string of = " of " + std::to_string(check.pictures) + " pictures ";
  std::cout << "  all pictures were read: " << check.bad.size() << of << "cannot be used\n";
  print_notes(check, of, options.exif_orientation);
  if (check.bad.empty()) return check;
  constexpr std::size_t most = 20;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, check.bad.size()); ++i) {
    const std::string& reason = check.bad[i].reason;
    list += "\n  " + reason.substr(0, reason.find('\n'));
  }
  if (check.bad.size() > most) list += "\n  and " + std::to_string(check.bad.size() - most) + " more";
  if (worst > options.skip_at_most)
    throw Error(Fault::Data, std::to_string(check.bad.size()) + of + "cannot be used:" + list,
                std::string("Mend or remove them, or leave them out ") +
                    (options.can_skip ? "with --skip-at-most " + std::to_string(worst) +
                                            (parts.size() > 1 ? " (so many of each part)." : ".")
                                      : "(policy OnBadSample<Skip<N>> of the recipe)."));
  std::cout << list.substr(1) << "\n";
  return check;
}

}  // namespace tuneit::app
