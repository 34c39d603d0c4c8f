#pragma once
// Which pictures of a list cannot be used, or carry nothing, and of which is only a part or a scaled form used? No
// LibTorch.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tuneit/data/samples.hpp"
#include "tuneit/io/exif.hpp"
#include "tuneit/io/further.hpp"
#include "tuneit/io/huge.hpp"
#include "tuneit/io/picture.hpp"

namespace tuneit::data {

struct PictureCheck {
  struct Bad {
    std::string path, reason;  ///< the reason names the path, too
  };
  std::vector<Bad> bad;                         ///< in the order of the list
  std::size_t pictures = 0;                     ///< that were read
  std::size_t not_upright = 0;                  ///< good ones with an EXIF orientation other than 1
  std::vector<std::string> constant;            ///< good ones of one colour all over, in the order of the list
  std::map<std::uint32_t, std::size_t> scaled;  ///< grey ones of more than 8 bits a sample, by the sample that is white
  std::vector<std::string> of_several;          ///< files that hold further frames or pages, in the order of the list
  std::uint64_t further = 0;                    ///< how many in all
};

/// What was found in one part, and then in another.
inline void add(PictureCheck& to, PictureCheck&& more) {
  const auto append = [](auto& all, auto& some) {
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  };
  append(to.bad, more.bad);
  append(to.constant, more.constant);
  append(to.of_several, more.of_several);
  for (const auto& [white, count] : more.scaled) to.scaled[white] += count;
  to.pictures += more.pictures;
  to.not_upright += more.not_upright;
  to.further += more.further;
}

/// Decodes every picture of a list, in so many threads (at least one); the result does not depend on their number.
/// Throws what has nothing to do with a file, as std::bad_alloc.
inline PictureCheck check_pictures(const std::vector<Sample>& samples, unsigned threads) {
  struct Found {
    bool turned = false, constant = false;
    std::uint32_t white = 0;
    std::uint64_t further = 0;
    std::string reason;
  };
  std::vector<Found> found(samples.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::exception_ptr> failures(std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(1, found.size())));
  const auto work = [&](std::exception_ptr& failure) {
    try {
      for (std::size_t at = next++; at < samples.size(); at = next++) {
        try {
          const io::FileBytes bytes = io::picture_bytes(samples[at].path);
          const io::OneHugeAtATime budget;
          io::PictureFacts facts;
          found[at].constant = io::is_constant(io::decode_picture(bytes, samples[at].path, {}, {}, 0, &facts));
          found[at].turned = io::exif_orientation(bytes) != 1;
          found[at].white = facts.white;
          found[at].further = io::further_pictures(bytes);
        } catch (const Error& error) {
          if (error.fault() != Fault::Data && error.fault() != Fault::Io) throw;
          found[at].reason = error.what();
        }
      }
    } catch (...) {
      failure = std::current_exception();
      next = samples.size();  // the others need not go on
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < failures.size(); ++i) others.emplace_back([&, i] { work(failures[i]); });
    work(failures[0]);
  }
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
  PictureCheck out;
  out.pictures = samples.size();
  for (std::size_t at = 0; at < samples.size(); ++at) {
    if (!found[at].reason.empty()) out.bad.push_back({samples[at].path, std::move(found[at].reason)});
    if (found[at].turned) ++out.not_upright;
    if (found[at].constant) out.constant.push_back(samples[at].path);
    if (found[at].white != 0) ++out.scaled[found[at].white];
    if (found[at].further == 0) continue;
    out.of_several.push_back(samples[at].path);
    out.further += found[at].further;
  }
  return out;
}

}  // namespace tuneit::data
