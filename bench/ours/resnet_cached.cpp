// ResNet-18 with frozen blocks whose output is kept: freeze-cached-* and the later epochs of a linear probe train on
// features that are there already, its first epoch computes and keeps them. What fit() does with a loader, without one.
#include <numeric>

#include "bench/ours/cases.hpp"
#include "bench/ours/contender.hpp"

namespace bench::ours {
namespace {

template <class R>
class Features {
 public:
  explicit Features(Data data) : data_(std::move(data)), trainer_(defaults<R>()) {
    std::string why;
    const auto rows = static_cast<std::size_t>(batch_size * different_batches);
    if (!rows_.open(rows, trainer_.features(data_.all()[0].input), trainer_.settings().cache_bytes, why))
      throw Error(ErrorKind::Usage, why);
    for (std::size_t i = 0; i < data_.all().size(); ++i) rows_.keep(indices(i), 0, trainer_.features(batch(i).input));
  }

  /// A step of an epoch in which pictures are seen for the first time.
  void first() {
    const at::Tensor features = trainer_.features(batch(turn_).input);
    rows_.keep(indices(turn_), 0, features);
    train(features);
  }
  /// A step of any later epoch.
  void later() { train(rows_.gather(indices(turn_), 0)); }

 private:
  [[nodiscard]] const Batch& batch(std::size_t turn) const { return data_.all()[turn % data_.all().size()]; }
  [[nodiscard]] std::vector<std::size_t> indices(std::size_t turn) const {
    std::vector<std::size_t> all(batch_size);
    std::iota(all.begin(), all.end(), turn % data_.all().size() * batch_size);
    return all;
  }
  void train(const at::Tensor& features) {
    last_loss = trainer_.step_features(features, batch(turn_).labels, steps_per_epoch).loss;
    ++turn_;
  }

  Data data_;
  Trainer<R> trainer_;
  FeatureRows rows_;
  std::size_t turn_ = 0;
};

template <class R, bool First>
Run steps_of(const std::string&) {
  auto features = std::make_shared<Features<R>>(pictures());
  return [features](long steps) {
    for (long i = 0; i < steps; ++i) First ? features->first() : features->later();
  };
}

template <class P>
using Freezing = Finetune<ResNet18, ReplaceHead<classes>, Optimizer, Freeze<Layers<0, 3>>, Precision<P>>;
using Probe = Finetune<ResNet18, ReplaceHead<classes>, Optimizer, Freeze<Backbone>>;

}  // namespace

std::vector<Case> resnet_cached() {
  return {{"freeze-cached-fp32", 2, 2, steps_of<Freezing<FP32>, false>},
          {"freeze-cached-bf16", 2, 2, steps_of<Freezing<BF16>, false>},
          {"probe-first-epoch", 2, 2, steps_of<Probe, true>},
          {"probe-later-epochs", 2, 20, steps_of<Probe, false>}};
}

}  // namespace bench::ours
