#pragma once
// Which tokens of a text are hidden, for a network that is to guess them? Drawn anew in each epoch. No LibTorch.
#include <cstddef>
#include <cstdint>
#include <span>

#include "tuneit/data/random.hpp"
#include "tuneit/data/text/text_set.hpp"

namespace tuneit::data {

/// Of the tokens that are no special ones each is drawn with `share`; of those that are, `masked` become the mask,
/// `random` any id of the vocabulary, and the rest stay as they are (Devlin et al., arXiv 1810.04805).
struct MaskedTokens {
  std::int32_t mask_id = 0;
  std::int32_t vocabulary = 0;  ///< ids are from 0 to before it
  double share = 0.15, masked = 0.8, random = 0.1;
};

/// Writes the text into `to`, and into `labels` the ids that were drawn, else no_label. A function of seed, epoch and
/// text alone.
inline void mask_tokens(std::span<const std::int32_t> ids, std::span<const std::uint8_t> specials,
                        const MaskedTokens& how, std::uint64_t seed, std::uint64_t epoch, std::size_t text,
                        std::int64_t* to, std::int64_t* labels) {
  Draws draws(seed, epoch, text, Stream::Text);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    to[i] = ids[i];
    labels[i] = no_label;
    if ((!specials.empty() && specials[i] != 0) || !draws.coin(how.share)) continue;
    labels[i] = ids[i];
    const double which = draws.uniform();
    if (which < how.masked)
      to[i] = how.mask_id;
    else if (which < how.masked + how.random)
      to[i] = static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(how.vocabulary)));
  }
}

}  // namespace tuneit::data
