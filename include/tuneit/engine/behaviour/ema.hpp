#pragma once
// The moving average of a network's tensors, beside them: a = d a + (1 - d) w. As timm's ModelEmaV3.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "tuneit/aten/lists.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/recipe/behaviour/ema.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/weights/flat.hpp"

namespace tuneit {

/// Averages of tensors, as many and in the same order. W says the decay of the first steps: NoEmaWarmup or EmaWarmup.
template <class W>
class MovingAverage {
 public:
  /// Starts at the tensors. `moves[i]` (all, where it is empty): does tensor i ever change? One that does not is
  /// shared, not copied.
  explicit MovingAverage(const std::vector<at::Tensor>& tensors, const std::vector<bool>& moves = {}) {
    average_ = tensors;
    for (std::size_t i = 0; i < tensors.size(); ++i)
      if ((moves.empty() || moves[i]) && first_of(tensors, i) == i)
        (tensors[i].is_floating_point() ? floats_ : counts_).push_back(i);
    own(floats_, targets_);
    own(counts_, counted_);
    for (std::size_t i = 0; i < tensors.size(); ++i) average_[i] = average_[first_of(tensors, i)];  // tied ones
  }

  /// After a step of the optimizer: averages floating-point tensors, buffers too, and copies the others. The n-th call
  /// (n = 1, 2, ...) has the decay W::decay(n - 1, most), so with EmaWarmup the first one copies: timm's update with
  /// step = n.
  void update(const std::vector<at::Tensor>& tensors, double most) {
    const double share = next_share(most);
    ++updates_;
    move(tensors, [&](const FlatPairs& floats) {
      if (!floats.a.empty()) aten::foreach_lerp_(floats.a, floats.b, share);
    });
  }
  /// The share 1 - d of the tensors in the next update.
  [[nodiscard]] double next_share(double most) const { return 1 - W::decay(updates_, most); }
  /// The same with that share as a number of the device, 0-d and of the type of what is averaged.
  void update(const std::vector<at::Tensor>& tensors, const at::Tensor& share) {
    ++updates_;
    move(tensors, [&](const FlatPairs& floats) {
      for (std::size_t i = 0; i < floats.a.size(); ++i) at::Tensor(floats.a[i]).lerp_(floats.b[i], share);
    });
  }

  /// An update was replayed on the device.
  void replayed() {
    ++updates_;
    mark_changed(targets_);
    mark_changed(counted_);
  }

  /// The averages. Change values in place (`copy_`), not the handles; those of what never moves are the network's own.
  [[nodiscard]] const std::vector<at::Tensor>& tensors() const { return average_; }
  [[nodiscard]] long long updates() const { return updates_; }
  /// For a training that goes on from a checkpoint.
  void set_updates(long long n) { updates_ = n; }
  void state(Archive& a) {
    for (const std::size_t i : counts_) a("count" + std::to_string(i), average_[i]);
    a("average", targets_);
    a("updates", updates_);
  }

 private:
  template <class F>
  void move(const std::vector<at::Tensor>& tensors, const F& f) {
    const at::NoGradGuard no_grad;
    const FlatPairs floats(targets_, chosen(tensors, floats_)), counts(counted_, chosen(tensors, counts_));
    f(floats);
    for (std::size_t i = 0; i < counts.a.size(); ++i) counts.a[i].copy_(counts.b[i]);
    mark_changed(targets_);
    mark_changed(counted_);
  }
  static Tensors chosen(const Tensors& all, const std::vector<std::size_t>& rows) {
    Tensors some;
    some.reserve(rows.size());
    for (const std::size_t i : rows) some.push_back(all[i]);
    return some;
  }
  void own(const std::vector<std::size_t>& rows, Tensors& copies) {
    if (rows.empty()) return;
    copies = flat_copies(chosen(average_, rows), average_[rows.front()].device());
    for (std::size_t i = 0; i < rows.size(); ++i) average_[rows[i]] = copies[i];
  }

  Tensors average_, targets_, counted_;  ///< of the rows of the table, of floats_, of counts_
  std::vector<std::size_t> floats_, counts_;
  long long updates_ = 0;
};

namespace detail {

/// Which tensors of a recipe's model change in some phase?
template <class R>
std::vector<bool> moving_rows() {
  const auto& t = table<typename R::model>;
  std::vector<bool> moves(t.size);
  for (const auto& p : plans<R>)
    for (std::size_t i = 0; i < moves.size(); ++i)
      moves[i] = moves[i] || (t.rows[i].is_buffer() ? p.rows[i].batch_statistics : !p.rows[i].frozen);
  return moves;
}

}  // namespace detail

/// The average starts before the first pass, which moves running statistics.
template <auto Decay, class W, class R>
struct Behaviour<Ema<Decay, W>, R> {
  static constexpr bool moves = !std::is_same_v<W, NoEmaWarmup>;  ///< does the decay change?

  template <class C>
  void on_start(const C& c) {
    average_.emplace(c.tensors.all(), detail::moving_rows<R>());
  }
  template <class C>
  void after_step(const C& c) {
    if constexpr (moves) {
      if (!c.device.is_cpu())
        return average_->update(
            c.tensors.all(),
            c.step_number(*this, 0, c.settings.precision == PrecisionKind::Double ? at::kDouble : at::kFloat).tensor());
    }
    average_->update(c.tensors.all(), c.numbers[0]);
  }
  template <class C>
  void replayed(const C&) {
    average_->replayed();
  }
  template <class C>
  requires(moves) std::array<double, 1> step_numbers(const C& c)
  const { return {average_->next_share(c.numbers[0])}; }
  [[nodiscard]] const std::vector<at::Tensor>& before_evaluation(const std::vector<at::Tensor>& own) const {
    return average_ ? average_->tensors() : own;
  }
  void state(Archive& a) { a("average", average_); }

 private:
  std::optional<MovingAverage<W>> average_;
};

}  // namespace tuneit
