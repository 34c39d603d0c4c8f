#pragma once
// Which pictures of a list cannot be used, or carry nothing, and of which is only a part or a scaled form used? No
// LibTorch.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/image/findings.hpp"
#include "tuneit/io/image/exif.hpp"
#include "tuneit/io/image/huge.hpp"
#include "tuneit/io/image/image.hpp"

namespace tuneit::data {

struct ImageCheck : Findings {
  struct Bad {
    std::string path, reason;  ///< the reason names the path, too
  };
  std::vector<Bad> bad;         ///< in the order of the list
  std::size_t pictures = 0;     ///< that were read
  std::size_t not_upright = 0;  ///< good ones with an EXIF orientation other than 1
};

/// What was found in one part, and then in another.
inline void add(ImageCheck& to, ImageCheck&& more) {
  to.bad.insert(to.bad.end(), std::make_move_iterator(more.bad.begin()), std::make_move_iterator(more.bad.end()));
  to.pictures += more.pictures;
  to.not_upright += more.not_upright;
  to.add(static_cast<Findings&&>(more));
}

/// Decodes every picture of a list, in so many threads (at least one); the result does not depend on their number.
/// Throws what has nothing to do with a file, as std::bad_alloc.
inline ImageCheck check_images(const std::vector<Sample>& samples, unsigned threads) {
  struct Found : Finding {
    bool turned = false;
    std::string reason;
  };
  std::vector<Found> found(samples.size());
  std::atomic<std::size_t> next{0};
  std::vector<std::exception_ptr> failures(std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(1, found.size())));
  const auto work = [&](std::exception_ptr& failure) {
    try {
      for (std::size_t at = next++; at < samples.size(); at = next++) {
        try {
          const io::FileBytes bytes = io::image_bytes(samples[at].path);
          const io::OneHugeAtATime budget;
          found[at].constant = io::is_constant(io::decode_image(bytes, samples[at].path, {}, {}, 0, &found[at]));
          found[at].turned = io::exif_orientation(bytes) != 1;
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::Data && error.kind() != ErrorKind::Io) throw;
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
  ImageCheck out;
  out.pictures = samples.size();
  for (std::size_t at = 0; at < samples.size(); ++at) {
    if (!found[at].reason.empty()) {
      out.bad.push_back({samples[at].path, std::move(found[at].reason)});
      continue;
    }
    if (found[at].turned) ++out.not_upright;
    out.add(samples[at].path, found[at]);
  }
  return out;
}

}  // namespace tuneit::data
