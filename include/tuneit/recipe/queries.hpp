#pragma once
// Questions to a recipe, answered at compile time: how many parameters train, at which rate, in how much memory?
#include "tuneit/net/cost.hpp"
#include "tuneit/recipe/timeline.hpp"

namespace tuneit {

/// Parameters in elements (buffers not counted) that never move, or that move in some phase; `classes` stands in for a
/// Dynamic head.
template <class R>
constexpr std::int64_t count_parameters(bool frozen, int classes) {
  std::int64_t n = 0;
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i) {
    const TensorRow& row = table<typename R::model>.rows[i];
    if (!row.is_buffer() && ever_trains<R>(i) != frozen) n += row.numel(classes);
  }
  return n;
}

namespace detail {

// Names the mistake of asking a recipe for a number that depends on a class count it does not know.
template <int Classes>
constexpr int static_classes() {
  static_assert(Classes != Dynamic,
                "tuneit: the head's size is known only at run time; ask count_parameters<R>(frozen, classes)");
  return 0;
}

}  // namespace detail

/// Parameters that train, in some phase at least. For a Dynamic head, use count_parameters<R>(false, classes).
template <class R>
inline constexpr std::int64_t trainable_parameters = count_parameters<R>(false,
                                                                         detail::static_classes<R::new_classes>());

/// Parameters that never move.
template <class R>
inline constexpr std::int64_t frozen_parameters = count_parameters<R>(true, detail::static_classes<R::new_classes>());

/// The number of leading top-level blocks in which nothing trains and no statistics move: they run outside autograd.
template <class R>
constexpr std::size_t frozen_prefix() {
  const auto& t = table<typename R::model>;
  for (std::size_t i = 0; i < t.size; ++i)
    if (!plan<R>.rows[i].frozen) return t.rows[i].block;
  return R::model::block_count;
}

/// Bytes of a training step. `activations` is what autograd keeps of the blocks behind the frozen prefix.
struct Memory {
  std::int64_t weights = 0, gradients = 0, optimizer = 0, activations = 0;
  [[nodiscard]] constexpr std::int64_t total() const { return weights + gradients + optimizer + activations; }
  constexpr operator std::int64_t() const { return total(); }
};

/// The memory of a step of R under run-time numbers, in bytes.
template <class R>
constexpr Memory memory(const Settings& s) {
  constexpr std::int64_t single = 4;
  const std::int64_t activation = s.numbers == NumberType::Double                                      ? 8
                                  : s.numbers == NumberType::BFloat16 || s.numbers == NumberType::Half ? 2
                                                                                                       : 4;
  Memory m;
  for (const TensorRow& row : table<typename R::model>.rows)
    m.weights += row.numel(s.classes) * (row.kind == Kind::BatchCount ? 8 : single);
  const std::int64_t trained = count_parameters<R>(false, s.classes) * single;
  m.gradients = trained;
  m.optimizer = s.algorithm != Algorithm::Sgd ? 2 * trained : s.optimizer.momentum > 0 ? trained : 0;
  const auto costs = block_costs<typename R::model>(s.side);
  for (std::size_t b = frozen_prefix<R>(); b < R::model::block_count; ++b)
    m.activations += s.batch_size * costs.cost[b].activations * activation;
  return m;
}

/// The memory of a step of R for a batch of pictures of side x side pixels: `static_assert(memory<R>(64, 224) <
/// 8_GiB)`.
template <class R>
constexpr Memory memory(int batch, int side) {
  Settings s = defaults<R>();
  s.batch_size = batch;
  s.side = side;
  return memory<R>(s);
}

/// Multiply-accumulates of a training step on one picture: forward through everything, backward (twice the forward)
/// behind the frozen prefix.
template <class R>
constexpr long long macs(int side = R::model::input::side) {
  const auto costs = block_costs<typename R::model>(side);
  long long n = 0;
  for (std::size_t b = 0; b < R::model::block_count; ++b) n += costs.cost[b].macs * (b < frozen_prefix<R>() ? 1 : 3);
  return n;
}

inline namespace literals {
constexpr std::int64_t operator""_KiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 10; }
constexpr std::int64_t operator""_MiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 20; }
constexpr std::int64_t operator""_GiB(unsigned long long n) { return static_cast<std::int64_t>(n) << 30; }
}  // namespace literals

}  // namespace tuneit
