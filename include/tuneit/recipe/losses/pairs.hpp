#pragma once
// Losses of vectors of texts that go together: rows of a batch follow each other in groups
// (TextBatches::Options::group). Formulas and defaults: sentence-transformers.
#include "tuneit/meta/columns.hpp"
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit {

template <class... Options>
struct InBatchNegatives;
template <class... Options>
struct TripletMargin;

/// Of InBatchNegatives, > 0: by which cosines are multiplied before the softmax (1 / temperature).
template <auto X>
struct SimilarityScale {
  using home = InBatchNegatives<SimilarityScale>;
  static constexpr std::array numbers{Hyperparameter{.name = "similarity-scale",
                                                     .value = static_cast<double>(X),
                                                     .open = true,
                                                     .about = "times the cosine of two texts"}};
};
/// Of InBatchNegatives, 2 or 3: rows of a group: a text, one that goes with it, and with 3 one that does not.
template <int N>
struct GroupSize {
  using home = InBatchNegatives<GroupSize>;
  static constexpr int count = N;
  static constexpr bool in_range = N == 2 || N == 3;
};
/// Of TripletMargin, >= 0: by how much a text that goes with another is to be nearer than one that does not.
template <auto X>
struct TripletDistance {
  using home = TripletMargin<TripletDistance>;
  static constexpr std::array numbers{Hyperparameter{.name = "triplet-margin",
                                                     .value = static_cast<double>(X),
                                                     .about = "distance by which the right text is nearer"}};
};

namespace detail {
template <class T>
struct IsGroupSize {
  static constexpr bool value = false;
};
template <int N>
struct IsGroupSize<GroupSize<N>> {
  static constexpr bool value = true;
};
}  // namespace detail

/// Of each pair, rows 2 i and 2 i + 1, the squared difference of their cosine and the target of the first of them
/// (CosineSimilarityLoss); the mean over pairs.
template <class... Options>
struct CosineSimilarity : detail::LossWithOptions<CosineSimilarity<Options...>, Options...> {
  using known_options = List<Sum>;
  using targets = Groups<2>;
  static constexpr const char* name = "CosineSimilarity";
  static constexpr bool fits(Shape output) { return output.is_flat(); }
  static std::string words(const Numbers<CosineSimilarity>&) { return "squared error of the cosine of pairs"; }
};

/// Cross-entropy of which row goes with the first of a group, by scaled cosines, among the others of all groups: those
/// of the other groups are wrong (MultipleNegativesRankingLoss); the mean over groups. A hit is a group whose own is
/// the nearest. Targets say nothing.
template <class... Options>
struct InBatchNegatives : detail::LossWithOptions<InBatchNegatives<Options...>, Options...> {
  using known_options = List<SimilarityScale<20>, GroupSize<3>, Sum>;
  static constexpr int group = front_or_t<filter_t<detail::IsGroupSize, Options...>, GroupSize<2>>::count;
  using targets = Groups<group>;
  static constexpr const char* name = "InBatchNegatives";
  static constexpr std::array numbers{detail::number_among<SimilarityScale<20>, Options...>()};
  static constexpr bool fits(Shape output) { return output.is_flat(); }
  static std::string words(const Numbers<InBatchNegatives>& n) {
    return "cross-entropy among the texts of a batch, cosines times " + short_number(n[0]);
  }
};

/// Of rows 3 i to 3 i + 2, a text, one that goes with it and one that does not, how much less than the margin the
/// former is nearer, by Euclidean distance (TripletLoss); the mean over triplets. A hit is one in which it is nearer.
/// Targets say nothing.
template <class... Options>
struct TripletMargin : detail::LossWithOptions<TripletMargin<Options...>, Options...> {
  using known_options = List<TripletDistance<5>, Sum>;
  using targets = Groups<3>;
  static constexpr const char* name = "TripletMargin";
  static constexpr std::array numbers{detail::number_among<TripletDistance<5>, Options...>()};
  static constexpr bool fits(Shape output) { return output.is_flat(); }
  static std::string words(const Numbers<TripletMargin>& n) {
    return "triplets with a margin of " + short_number(n[0]);
  }
};

}  // namespace tuneit
