#pragma once
// How does a picture of a file become a row of a batch?
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>

#include "tuneit/data/augment/augment.hpp"
#include "tuneit/data/batches/filled_batch.hpp"
#include "tuneit/data/batches/loader_options.hpp"
#include "tuneit/data/image/cache.hpp"
#include "tuneit/data/random.hpp"
#include "tuneit/io/image/huge.hpp"
#include "tuneit/io/image/image.hpp"
#include "tuneit/io/image/upright.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

/// Decodes a picture, or takes it from the cache, and puts what the transforms make of it into a batch. Several threads
/// may do so at once.
class SampleReader {
 public:
  /// All of them must outlive it. `view`: of the epoch.
  SampleReader(const Augment& augment, const LoaderOptions& options, ImageCache& cache, std::uint64_t view)
      : augment_(augment), options_(options), cache_(cache), view_(view) {}

  /// `at`: its position in the list, for the cache; `draw_at`: the sample of whose draws it is. Where some may be left
  /// out, what is wrong with it is put down.
  void fill(FilledBatch& into, std::size_t place, const std::string& path, std::size_t at, std::size_t draw_at) {
    if (options_.skip_at_most == 0) return read(into, place, path, at, draw_at);
    try {
      read(into, place, path, at, draw_at);
    } catch (const Error& error) {  // of this file: damaged, gone, unreadable
      if (error.kind() != ErrorKind::Data && error.kind() != ErrorKind::Io) throw;
      into.bad[place] = error.what();
    }
  }

 private:
  void read(FilledBatch& into, std::size_t place, const std::string& path, std::size_t at, std::size_t draw_at) {
    Deferred* const deferred = into.deferred_at(place);
    Draws draws(options_.seed, view_, draw_at);
    if (std::optional<io::Image> kept = cache_.find(at)) {
      // Where there is one version only, its bytes are what is kept.
      return into.put(place, augment_.fixed() ? *kept : augment_.transform(*kept, draws, view_, deferred), augment_,
                      draws);
    }
    const io::OneHugeAtATime budget;
    Finding* const found = into.findings.empty() ? nullptr : &into.findings[place];
    const int least = options_.scaled_decoding ? augment_.least() : 0;
    if (augment_.begins_with_crop() && (least > 0 || !cache_.has_room())) {
      const auto choose = [&](int height, int width) { return augment_.choose({height, width}, draws); };
      const io::Image part = picture(path, choose, least, found);
      if (found != nullptr && io::is_constant(part)) found->constant = io::is_constant(picture(path, {}, 0));
      return into.put(place, named(path, [&] { return augment_.transform_part(part, draws, view_, deferred); }),
                      augment_, draws);
    }
    const io::Image decoded = picture(path, {}, least, found);
    if (found != nullptr) found->constant = io::is_constant(decoded);
    const io::Image transformed = named(path, [&] { return augment_.transform(decoded, draws, view_, deferred); });
    cache_.keep(at, augment_.fixed() ? transformed : decoded);
    into.put(place, transformed, augment_, draws);
  }
  [[nodiscard]] io::Image picture(const std::string& path, const io::PartOf& part, int least,
                                  io::ImageFacts* facts = nullptr) const {
    return options_.exif_orientation ? io::read_upright(path, {}, part, least, facts)
                                     : io::read_image(path, {}, part, least, facts);
  }

  /// What `transform` gives. Names the file in its errors: it knows only pixels.
  template <class Transform>
  static io::Image named(const std::string& path, Transform transform) {
    try {
      return transform();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(ErrorKind::Data, "Cannot transform the picture " + io::quote(path, 400) + ": " + error.what());
    }
  }

  const Augment& augment_;
  const LoaderOptions& options_;
  ImageCache& cache_;
  std::uint64_t view_;
};

}  // namespace tuneit::data::detail
