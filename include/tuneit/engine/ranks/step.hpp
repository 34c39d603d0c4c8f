#pragma once
// A step of several processes: each computes the gradients of its part of the batch, and all take the step of the
// whole. Compiled in programs that link with target tuneit::ranks (TUNEIT_RANKS); of one process it does nothing.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "tuneit/aten/tensors.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/loss/on_outputs.hpp"
#include "tuneit/engine/ranks/batch_weight.hpp"
#include "tuneit/engine/ranks/reductions.hpp"
#include "tuneit/engine/ranks/same_training.hpp"
#include "tuneit/engine/ranks/statistics.hpp"
#include "tuneit/ranks/group.hpp"
#include "tuneit/ranks/norms.hpp"
#include "tuneit/recipe/algebra/hash.hpp"
#include "tuneit/recipe/behaviour/sync_batch_norm.hpp"

namespace tuneit::detail {

/// What a Trainer<R> has of several processes. A loss is a mean over samples (or by class weights), so the gradient of
/// a part is scaled by its share of the whole batch's weight, and those of all parts are added.
template <class R>
class RankStep {
  using Model = typename R::model;
  static constexpr bool several = several_outputs<Model>;
  static constexpr std::size_t targets = [] {
    if constexpr (several)
      return static_cast<std::size_t>(loss_places<R>.targets);
    else
      return std::size_t{1};
  }();
  static constexpr bool is_sum = std::is_same_v<typename R::loss::reduction, Sum>;

 public:
  [[nodiscard]] ranks::Group* group() const { return group_; }
  /// Is the batch at hand one of the whole, and not one that stands in for none?
  [[nodiscard]] bool counts() const { return group_ == nullptr || group_->counts; }

  /// Before the first pass: are all trainings the same?
  template <class State>
  void start(State& t) {
    if (std::exchange(started_, true)) return;
    group_ = ranks::group();
    if (group_ == nullptr) return;
    compare_trainings<R>(*group_, t.settings, t.tensors);
  }

  /// A step begins. Draws are functions of seed and step: until the pass, and behind it, the same on all ranks.
  template <class State>
  void begin_step(State& t) {
    if (group_ != nullptr) reseed(t, 0);
  }

  /// Targets are known: what they weigh is added up while the forward pass runs.
  template <class State>
  void begin_batch(State& t, const StepTargets<R>& target) {
    ranks::synced_norms = holds<SyncBatchNorm>(typename R::common{}) ? group_ : nullptr;
    if (group_ == nullptr) return;
    reseed(t, 1 + static_cast<std::uint64_t>(group_->rank()));
    typename BatchWeight<targets>::Weights own;
    with_loss<R>(t.phase, [&]<class Now>(Type<Now>) {
      for (std::size_t i = 0; i < targets; ++i) {
        const Targets& one = target_at(target, i);
        own[2 * i] = weight_of<typename Now::loss>(one.value);
        own[2 * i + 1] = one.other.defined() ? weight_of<typename Now::loss>(one.other) : own[2 * i];
      }
    });
    if (State::gathers && t.batches == 0) weight_.begin_window();
    weight_.begin(*group_, own);
  }

  /// The gradient by the outputs becomes that of the whole batch's loss, of which this is a part.
  template <class State, class Outs>
  void scale(State& t, Outs& gradient, const Outs& outputs, const StepTargets<R>& target) {
    if (group_ == nullptr) return;
    weight_.know(*group_, State::gathers);
    if constexpr (State::gathers) {
      if (!group_->counts) scale_all(gradient, 0);
    } else if constexpr (several) {
      for (std::size_t i = 0; i < gradient.size(); ++i)
        if (gradient[i].defined()) scale_by(gradient[i], share(2 * target_of(i)));
    } else {
      if (weight_.same_shares(0) || !State::Acting::at(OnOutputs) || !group_->counts || is_sum)
        scale_by(gradient, share(0));
      else
        mix(t, gradient, outputs, target);
    }
  }

  /// Is the loss of all ranks a number? Asked before backward, heard behind it. False where it is not this rank's.
  void tell_finite(bool finite, long long step) {
    if (group_ == nullptr) return;
    sums_.tell_finite(*group_, finite, step);
  }

  /// The gradients of a block are there, and those of all behind it.
  template <class State>
  void block_done(State& t, std::size_t block, const StepContext<R>& c) {
    if (group_ == nullptr || State::gathers) return;
    const std::size_t first = first_trained(t);
    if (end_ == 0) end_ = Model::block_count;
    const at::Tensor bucket = c.flat_gradients(block, end_);
    const bool last = block == first;
    if (bucket.numel() > 0 &&
        (last || bucket.numel() * static_cast<std::int64_t>(bucket.element_size()) >= group_->bucket_bytes)) {
      sums_.send(*group_, bucket);
      end_ = block;
    }
    if (last) {
      end_ = 0;
      sums_.finish();
      agree_on_health(t);
    }
  }

  /// The gradients of a window of batches are there.
  template <class State>
  void reduce_window(State& t, const StepContext<R>& c) {
    if (group_ == nullptr || !State::gathers) return;
    const at::Tensor all = c.flat_gradients();
    if (!is_sum) scale_by(all, weight_.window_share());
    sums_.send(*group_, all);
    sums_.finish();
    agree_on_health(t);
  }

  /// The pass is over, whether it was one or not.
  template <class State>
  void end_batch(State& t) {
    ranks::synced_norms = nullptr;
    if (group_ == nullptr) return;
    reseed(t, ~std::uint64_t{0});
  }

  /// Running statistics of an epoch become the mean over the ranks, also those of an average that is tested.
  void average_statistics(const Tensors& own, const Tensors& best) {
    if (group_ != nullptr) detail::average_statistics<Model>(*group_, own, best);
  }

 private:
  static const Targets& target_at(const StepTargets<R>& target, std::size_t i) {
    if constexpr (several)
      return target[i];
    else
      return target;
  }
  static std::size_t target_of(std::size_t output) {
    if constexpr (several) {
      constexpr auto places = loss_places<R>;
      for (std::size_t i = 0; i < std::size(places.output); ++i)
        if (places.output[i] == static_cast<int>(output)) return static_cast<std::size_t>(places.target[i]);
    }
    return 0;
  }

  /// What is random from here on: a function of seed, step, batch of the step, and `whose`.
  template <class State>
  static void reseed(State& t, std::uint64_t whose) {
    std::uint64_t h = stirred(hash_on(t.settings.seed, static_cast<std::uint64_t>(t.step)));
    h = stirred(hash_on(hash_on(h, static_cast<std::uint64_t>(t.batches)), whose));
    at::Generator host = t.host_generator, device = t.generator;
    host.set_current_seed(h);
    if (!t.device.is_cpu()) device.set_current_seed(h);
  }

  [[nodiscard]] DeviceScalar share(std::size_t weight) const {
    if (!group_->counts) return 0.0;
    if (is_sum) return 1.0;
    return weight_.share(weight);
  }

  // Mixed labels of other weights: each part by its own share.
  template <class State>
  void mix(State& t, at::Tensor& gradient, const at::Tensor& outputs, const StepTargets<R>& target) {
    with_loss<R>(t.phase, [&]<class Now>(Type<Now>) {
      at::Tensor second;
      const auto numbers = loss_numbers<Now>(t.settings);
      const auto part = [&](const at::Tensor& labels, at::Tensor& to) {
        loss_of<typename Now::loss>(outputs, Targets{labels, {}, 1.0, target.weight}, numbers, &to);
      };
      part(target.value, gradient);
      part(target.other, second);
      scale_by(gradient, share(0));
      scale_by(second, share(1));
      gradient = mix_of(gradient, second, target.share);
    });
  }

  static void scale_all(at::Tensor& gradient, double by) { gradient.mul_(by); }
  static void scale_all(Outputs& gradient, double by) {
    for (std::size_t i = 0; i < gradient.size(); ++i)
      if (gradient[i].defined()) gradient[i].mul_(by);
  }

  /// On a GPU: a step that one leaves out is left out by all.
  template <class State>
  void agree_on_health(State& t) {
    if (!t.health.looks()) return;
    const at::Tensor& bad = t.health.bad();
    group_->sum(bad)->wait();
    bad.clamp_(0, 1);
  }

  template <class State>
  static std::size_t first_trained(State& t) {
    const std::size_t row = t.behaviours.rows(t.phase).front();
    std::size_t block = 0;
    while (table<Model>.block_begin[block + 1] <= row) ++block;
    return block;
  }

  ranks::Group* group_ = nullptr;
  bool started_ = false;
  BatchWeight<targets> weight_;
  Reductions sums_;
  std::size_t end_ = 0;  ///< the block behind those that wait to be sent; 0: of all
};

}  // namespace tuneit::detail
