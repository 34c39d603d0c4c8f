#pragma once
// What the forward pass needs to know of a plan, as a small template argument: per tensor, does it train, and does a
// batch norm use the batch? Bits, so that symbols stay short and equal blocks of different recipes share their code.
#include <cstddef>
#include <cstdint>

#include "tuneit/net/table.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/policies/chosen.hpp"

namespace tuneit::detail {

/// Number types for which our own kernels are compiled, as bits: those in which a recipe may compute.
using DTypeSet = unsigned char;
inline constexpr DTypeSet single = 1, bfloat16 = 2, double_precision = 4;

/// Those of a recipe's precision; where it is chosen at run time there are two.
template <class Precision>
inline constexpr DTypeSet dtypes_of = [] {
  constexpr PrecisionKind type = precision_kind<Precision>;
  if (std::is_same_v<Precision, ChosenPrecision> || type == PrecisionKind::Auto) return DTypeSet{single | bfloat16};
  if (type == PrecisionKind::BFloat16) return bfloat16;
  if (type == PrecisionKind::Double) return double_precision;
  return type == PrecisionKind::Half ? DTypeSet{0} : single;
}();

/// Facts of N consecutive tensors. `live`: this is training and something here moves, so dropout is on.
template <std::size_t N>
struct TensorFacts {
  static constexpr std::size_t words = (N + 63) / 64 > 0 ? (N + 63) / 64 : 1;
  bool live = false;
  DTypeSet dtypes = single | bfloat16;
  std::uint64_t trained[words]{};
  std::uint64_t batch_statistics[words]{};

  constexpr void set(std::size_t i, bool moves, bool batch) {
    trained[i / 64] |= static_cast<std::uint64_t>(moves) << (i % 64);
    batch_statistics[i / 64] |= static_cast<std::uint64_t>(batch) << (i % 64);
  }
  [[nodiscard]] constexpr bool trains(std::size_t i) const { return trained[i / 64] >> (i % 64) & 1; }
  [[nodiscard]] constexpr bool of_batch(std::size_t i) const { return batch_statistics[i / 64] >> (i % 64) & 1; }
  [[nodiscard]] constexpr bool any_of_batch() const {
    for (const std::uint64_t word : batch_statistics)
      if (word != 0) return true;
    return false;
  }
  constexpr bool operator==(const TensorFacts&) const = default;
};

/// Facts of the Count tensors from `begin` on; live only where something in them moves or there is nothing to move.
template <std::size_t Count, std::size_t N>
constexpr TensorFacts<Count> slice(const TensorFacts<N>& all, std::size_t begin) {
  TensorFacts<Count> part;
  for (std::size_t i = 0; i < Count; ++i) part.set(i, all.trains(begin + i), all.of_batch(begin + i));
  part.live = all.live;
  part.dtypes = all.dtypes;
  return part;
}

/// The slice of one iteration of a Repeat: its dropout is off if nothing in it moves.
template <std::size_t Count, std::size_t N>
constexpr TensorFacts<Count> iteration_slice(const TensorFacts<N>& all, std::size_t begin) {
  TensorFacts<Count> part = slice<Count>(all, begin);
  bool moves = false;
  for (std::size_t w = 0; w < part.words; ++w) moves = moves || part.trained[w] != 0 || part.batch_statistics[w] != 0;
  part.live = part.live && moves;
  return part;
}

/// Facts of a top-level block of a model under a plan.
template <class Model, std::size_t Block, class P>
constexpr auto block_facts(const P& plan, DTypeSet dtypes = single | bfloat16) {
  constexpr std::size_t begin = table<Model>.block_begin[Block], end = table<Model>.block_begin[Block + 1];
  TensorFacts<end - begin> facts;
  facts.dtypes = dtypes;
  for (std::size_t i = begin; i < end; ++i) {
    const bool buffer = table<Model>.rows[i].is_buffer();
    facts.set(i - begin, !buffer && !plan.rows[i].frozen, buffer && plan.rows[i].batch_statistics);
    facts.live = facts.live || !plan.rows[i].frozen;
  }
  return facts;
}

}  // namespace tuneit::detail
