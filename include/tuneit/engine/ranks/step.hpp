#pragma once
// A step of several processes: each computes the gradients of its part of the batch, and all take the step of the
// whole. Compiled in programs that link with target tuneit::ranks (TUNEIT_RANKS); of one process it does nothing.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/aten/tensors.hpp"
#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/loss/on_outputs.hpp"
#include "tuneit/ranks/group.hpp"
#include "tuneit/ranks/norms.hpp"
#include "tuneit/recipe/algebra/fingerprint.hpp"
#include "tuneit/recipe/algebra/hash.hpp"
#include "tuneit/recipe/behaviour/sync_batch_norm.hpp"
#include "tuneit/recipe/queries/check.hpp"

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
    ranks::compare(*group_, {{"the recipe", recipe_hash()},
                             {"a setting", settings_hash(t.settings)},
                             {"a weight", weights_hash(t.tensors)}});
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
    if (!weights_.defined()) weights_ = aten::zeros({static_cast<std::int64_t>(2 * targets + 1)}, at::kDouble);
    with_loss<R>(t.phase, [&]<class Now>(Type<Now>) {
      for (std::size_t i = 0; i < targets; ++i) {
        const Targets& one = target_at(target, i);
        own_[2 * i] = weight_of<typename Now::loss>(one.value);
        own_[2 * i + 1] =
            one.other.defined() ? static_cast<double>(weight_of<typename Now::loss>(one.other)) : own_[2 * i];
      }
    });
    double* const w = weights_.mutable_data_ptr<double>();
    for (std::size_t i = 0; i < 2 * targets; ++i) w[i] = group_->counts ? own_[i] : 0;
    w[2 * targets] = group_->wants_stop ? 1 : 0;
    if (State::gathers && t.batches == 0) window_own_ = window_all_ = 0;
    weighed_ = group_->sum(weights_);
  }

  /// The gradient by the outputs becomes that of the whole batch's loss, of which this is a part.
  template <class State, class Outs>
  void scale(State& t, Outs& gradient, const Outs& outputs, const StepTargets<R>& target) {
    if (group_ == nullptr) return;
    know_weights();
    if constexpr (State::gathers) {
      if (!group_->counts) scale_all(gradient, 0);
    } else if constexpr (several) {
      for (std::size_t i = 0; i < gradient.size(); ++i)
        if (gradient[i].defined()) gradient[i].mul_(share(target_of(i)));
    } else {
      const double own = share(0), other = share(0, 1);
      if (own == other || !State::Acting::at(OnOutputs))
        mix_or_scale(t, gradient, outputs, target, own, other);
      else
        gradient.mul_(own);
    }
  }

  /// Is the loss of all ranks a number? Asked before backward, heard behind it. False where it is not this rank's.
  void tell_finite(bool finite, long long step) {
    if (group_ == nullptr) return;
    if (!finite_.defined()) finite_ = aten::zeros({2}, at::kDouble);
    double* const f = finite_.mutable_data_ptr<double>();
    f[0] = finite ? 0 : 1;
    f[1] = finite ? 0 : group_->rank();
    step_ = step;
    heard_ = group_->sum(finite_);
    if (!finite) heard_->wait();  // the others must hear it before this process leaves
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
      going_.push_back(group_->sum(bucket));
      held_.push_back(bucket);
      end_ = block;
    }
    if (last) {
      end_ = 0;
      finish();
      agree_on_health(t);
    }
  }

  /// The gradients of a window of batches are there.
  template <class State>
  void reduce_window(State& t, const StepContext<R>& c) {
    if (group_ == nullptr || !State::gathers) return;
    at::Tensor all = c.flat_gradients();
    if (!is_sum) all.mul_(window_all_ > 0 ? window_own_ / window_all_ : 0);
    finish(group_->sum(all));
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
    if (group_ == nullptr) return;
    Tensors all;
    for (const Tensors* of : {&own, &best}) {
      for (std::size_t i = 0; i < table<Model>.size; ++i)
        if (table<Model>.rows[i].is_buffer() && (*of)[i].is_floating_point()) all.push_back((*of)[i]);
      if (&own == &best) break;
    }
    if (all.empty()) return;
    std::int64_t size = 0, at = 0;
    for (const at::Tensor& x : all) size += x.numel();
    const at::Tensor flat = aten::empty({size}, at::TensorOptions(at::kDouble).device(all.front().device()));
    for (const at::Tensor& x : all) {
      flat.narrow(0, at, x.numel()).copy_(x.reshape({-1}));
      at += x.numel();
    }
    group_->sum(flat)->wait();
    flat.div_(group_->size());
    at = 0;
    for (const at::Tensor& x : all) {
      x.copy_(flat.narrow(0, at, x.numel()).view(x.sizes()));
      at += x.numel();
    }
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

  void know_weights() {
    if (!weighed_) return;  // of a second pass over the batch
    std::exchange(weighed_, nullptr)->wait();
    const double* const w = weights_.const_data_ptr<double>();
    window_own_ += own_[0];
    window_all_ += w[0];
    group_->agreed_stop = w[2 * targets] > 0;
  }
  [[nodiscard]] double share(std::size_t target, std::size_t other = 0) const {
    if (!group_->counts) return 0;
    if (is_sum) return 1;
    const double all = weights_.const_data_ptr<double>()[2 * target + other];
    return all > 0 ? own_[2 * target + other] / all : 0;  // no token of the batch has a label
  }

  template <class State>
  void mix_or_scale(State& t, at::Tensor& gradient, const at::Tensor& outputs, const StepTargets<R>& target, double own,
                    double other) {
    if (own == other) {
      gradient.mul_(own);
      return;
    }
    // mixed labels of other weights: each part by its own share
    with_loss<R>(t.phase, [&]<class Now>(Type<Now>) {
      at::Tensor second;
      const auto numbers = loss_numbers<Now>(t.settings);
      const auto part = [&](const at::Tensor& labels, at::Tensor& to) {
        loss_of<typename Now::loss>(outputs, Targets{labels, {}, 1.0, target.weight}, numbers, &to);
      };
      part(target.value, gradient);
      part(target.other, second);
      gradient = mix_of(gradient.mul_(own), second.mul_(other), target.share);
    });
  }

  static void scale_all(at::Tensor& gradient, double by) { gradient.mul_(by); }
  static void scale_all(Outputs& gradient, double by) {
    for (std::size_t i = 0; i < gradient.size(); ++i)
      if (gradient[i].defined()) gradient[i].mul_(by);
  }

  /// Waits; throws Error(Diverged) where the loss of another rank was no number.
  void finish(std::unique_ptr<ranks::Work> more = nullptr) {
    if (heard_) {
      heard_->wait();
      heard_.reset();
      const double* const f = finite_.const_data_ptr<double>();
      if (f[0] > 0) {
        const std::string who = f[0] == 1 ? "on rank " + std::to_string(static_cast<int>(f[1]))
                                          : "on " + std::to_string(static_cast<int>(f[0])) + " ranks";
        throw Error(ErrorKind::Diverged,
                    "the loss is no longer a finite number " + who + " in step " + std::to_string(step_),
                    "lower the learning rate, or add a warm-up; that rank says whether a sample is to blame");
      }
    }
    for (const auto& one : going_) one->wait();
    if (more) more->wait();
    going_.clear();
    held_.clear();
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

  static std::uint64_t recipe_hash() {
    if constexpr (fingerprint_verdict<R>::accepted)
      return fingerprint<R>.value;
    else
      return hash_text(type_name<R>());
  }
  static std::uint64_t settings_hash(const Settings& s) {
    std::uint64_t h = s.seed;
    for (const double x : {static_cast<double>(s.epochs), static_cast<double>(s.batch_size),
                           static_cast<double>(s.classes), static_cast<double>(s.side), static_cast<double>(s.views),
                           s.label_smoothing, static_cast<double>(s.precision), s.optimizer.lr,
                           s.optimizer.weight_decay, s.optimizer.momentum, static_cast<double>(s.warmup_steps)})
      h = hash_on(h, bits_of(x));
    for (std::size_t i = 0; i < s.values.size(); ++i) h = hash_on(h, bits_of(s.values[i]));
    return stirred(h);
  }
  static std::uint64_t weights_hash(const Tensors& all) {
    std::uint64_t h = 0;
    for (const at::Tensor& x : all) {
      const at::Tensor here = x.detach().to(at::kCPU).contiguous();
      const auto* const words = static_cast<const unsigned char*>(here.const_data_ptr());
      const std::size_t size = here.nbytes();
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < size; i += 8) {
        std::memcpy(&word, words + i, std::min<std::size_t>(8, size - i));
        h = (h ^ word) * 0x9e3779b97f4a7c15U;
        h ^= h >> 29;
      }
    }
    return h;
  }

  ranks::Group* group_ = nullptr;
  bool started_ = false;
  double own_[2 * targets]{};
  double window_own_ = 0, window_all_ = 0;  ///< of the batches of a step so far: here with those that stand in
  at::Tensor weights_, finite_;
  std::unique_ptr<ranks::Work> weighed_, heard_;
  std::vector<std::unique_ptr<ranks::Work>> going_;
  Tensors held_;
  std::size_t end_ = 0;  ///< the block behind those that wait to be sent; 0: of all
  long long step_ = 0;
};

}  // namespace tuneit::detail
