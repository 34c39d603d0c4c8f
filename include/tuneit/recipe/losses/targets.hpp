#pragma once
// What does a loss want to be told of a sample? What reads data, draws tables and mixes batches asks its targets, and
// not which loss it is.
#include <concepts>
#include <cstdint>

namespace tuneit {

/// One class of several: its number, int64 [N]; where there are outputs for each token of a text, of each token, int64
/// [N, T], -100 of one that has none.
struct Classes {};

/// How probable each of K classes is, [N, K]; the number of a class is taken as that one of K. K = 0: as many as the
/// network has outputs.
template <int K = 0>
struct Probabilities {};

/// Several labels a sample, each by itself: 0 for no, 1 for yes, and what is between, [N, K]; the number of a class is
/// taken as that one of K, with one output 0 and 1 are its values.
template <int K = 0>
struct MultiLabel {};

/// Numbers to predict, [N, K] ([N] where K is 1).
template <int K = 0>
struct Values {};

/// Where an answer begins and ends in a text: two positions of tokens, int64 [N, 2].
struct TokenSpan {};

/// N samples that follow each other go together: a number of each group, float [N samples], or nothing that is looked
/// at.
template <int N>
struct Groups {};

/// The same at run time.
enum class TargetKind : std::uint8_t { Classes, Probabilities, MultiLabel, Values, Spans, Groups };

/// The class of a token that has none: losses and metrics leave it out (torch's ignore_index).
inline constexpr std::int64_t no_label = -100;

/// How a loss takes a batch whose samples are mixed (Mixup, CutMix). Linear: share * loss(own) + (1 - share) *
/// loss(other). OfTargets: the loss of share * own + (1 - share) * other, of targets that are numbers.
enum class Mixes : std::uint8_t { Never, Linear, OfTargets };

namespace detail {

template <class T>
struct TargetTraits {
  static constexpr bool known = false;
};
template <>
struct TargetTraits<Classes> {
  static constexpr bool known = true;
  static constexpr TargetKind kind = TargetKind::Classes;
  static constexpr int count = 0;
};
template <>
struct TargetTraits<TokenSpan> {
  static constexpr bool known = true;
  static constexpr TargetKind kind = TargetKind::Spans;
  static constexpr int count = 2;
};
template <int N>
struct TargetTraits<Groups<N>> {
  static constexpr bool known = N > 1;
  static constexpr TargetKind kind = TargetKind::Groups;
  static constexpr int count = 0;
};
template <int K>
struct TargetTraits<Probabilities<K>> {
  static constexpr bool known = K >= 0;
  static constexpr TargetKind kind = TargetKind::Probabilities;
  static constexpr int count = K;
};
template <int K>
struct TargetTraits<MultiLabel<K>> {
  static constexpr bool known = K >= 0;
  static constexpr TargetKind kind = TargetKind::MultiLabel;
  static constexpr int count = K;
};
template <int K>
struct TargetTraits<Values<K>> {
  static constexpr bool known = K >= 0;
  static constexpr TargetKind kind = TargetKind::Values;
  static constexpr int count = K;
};

}  // namespace detail

/// Of which kind the targets of loss L are, and how many numbers a sample has (0: as many as outputs, or a class).
template <class L>
inline constexpr TargetKind target_kind = detail::TargetTraits<typename L::targets>::kind;
template <class L>
inline constexpr int target_count = detail::TargetTraits<typename L::targets>::count;

/// How many samples a loss takes together.
template <class T>
inline constexpr int group_of_targets = 1;
template <int N>
inline constexpr int group_of_targets<Groups<N>> = N;

/// Has a loss a class of each token where there are outputs for each, or a place among them? It says `of_tokens`.
template <class L>
inline constexpr bool takes_token_outputs = false;
template <class L>
requires requires { L::of_tokens; }
inline constexpr bool takes_token_outputs<L> = L::of_tokens;

/// Is a sample one of several classes?
constexpr bool are_of_classes(TargetKind k) { return k == TargetKind::Classes || k == TargetKind::Probabilities; }

}  // namespace tuneit
