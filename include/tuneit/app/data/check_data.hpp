#pragma once
// What does --check-data say of the pictures before a training?
#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/data/image/check_images.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

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

/// What is to be known of pictures that can be used, each as a note; `begin` stands before it. `of` is what they are
/// some of: " of 12 pictures ".
inline void print_findings(const data::Findings& f, const std::string& of, const char* begin = "  ") {
  const auto verb = [](std::size_t n, const char* one, const char* several) {
    return std::string(n == 1 ? one : several);
  };
  if (const std::size_t n = f.constant.size(); n > 0)
    std::cout << begin << "note: " << n << of << verb(n, "has", "have") << " one colour all over and "
              << verb(n, "carries", "carry") << " nothing: " << first_of(f.constant) << "\n";
  std::size_t scaled = 0;
  std::string whites;
  for (const auto& [white, count] : f.scaled) {
    scaled += count;
    whites += (whites.empty() ? "" : ", ") + std::to_string(white) + " in " + std::to_string(count);
  }
  if (scaled > 0)
    std::cout << begin << "note: " << scaled << of << verb(scaled, "is", "are")
              << " grey of more than 8 bits, scaled to 8; white is " << whites
              << (f.scaled.size() > 1 ? "; grey is not the same in all of them" : "") << "\n";
  if (f.further > 0)
    std::cout << begin << "note: " << f.of_several.size() << of
              << verb(f.of_several.size(), "is the first of a file", "are the first of files") << " with "
              << (f.further == 1 ? "1 further frame or page" : std::to_string(f.further) + " further frames or pages")
              << ", which " << verb(f.further, "is", "are") << " not used: " << first_of(f.of_several) << "\n";
}

inline void print_notes(const data::ImageCheck& check, const std::string& of, bool exif_orientation) {
  if (check.not_upright > 0 && !exif_orientation)
    std::cout << "  note: " << check.not_upright << of
              << "have an EXIF orientation; they are used as they are stored, as torchvision does; "
                 "--exif-orientation turns them\n";
  print_findings(check, of);
}

/// Of pictures of a part that a training or a test met.
inline void name_findings(const data::Findings& found, const std::string& part) {
  print_findings(found, " of the pictures of the " + part + " part ", "\n");
}

/// Reads all pictures of these parts and prints what is wrong with them. Throws Error(Data) where more of a part are
/// bad than may be left out; the message lists the first 20. Returns what is wrong with the others.
inline data::ImageCheck check_data(const std::vector<const std::vector<data::Sample>*>& parts,
                                   const CheckOptions& options) {
  data::ImageCheck check;
  std::size_t worst = 0;
  for (const auto* const part : parts) {
    data::ImageCheck one = data::check_images(*part, options.threads);
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
    throw Error(ErrorKind::Data, std::to_string(check.bad.size()) + of + "cannot be used:" + list,
                std::string("Mend or remove them, or leave them out ") +
                    (options.can_skip ? "with --skip-at-most " + std::to_string(worst) +
                                            (parts.size() > 1 ? " (so many of each part)." : ".")
                                      : "(policy OnBadSample<Skip<N>> of the recipe)."));
  std::cout << list.substr(1) << "\n";
  return check;
}

}  // namespace tuneit::app
