// A source of batches of one's own: pictures and numbers, in batches and of a side as each phase wants them.
#include <ATen/ops/randn.h>
#include <tuneit/train.hpp>

#include <cstdio>
#include <numeric>

using namespace tuneit;

struct Net final
    : Network<Inputs<Image<3, 16>, VectorInput<"age", 2>>,
              Block<"stem", Named<"conv", Conv2d<3, 8, Window{3, 1, 1}>>, ReLU, GlobalAvgPool, Save<"seen">>,
              Block<"age", From<"age">, Named<"age", Linear<2, 8>>, Merge<Add, "seen">>,
              Block<"head", Named<"fc", Linear<8, 2>>>> {};
using Recipe = Finetune<Net, ReplaceHead<2>, Sgd<Lr<0.2>, Momentum<0.9>>,
                        Phases<Phase<Epochs<2>, Side<16>, BatchSize<8>>, Phase<Epochs<2>, Side<32>, BatchSize<4>>>>;

class Drawn final : public data::Batches {
 public:
  void start(std::uint64_t, std::vector<std::size_t> order) override {
    order_ = std::move(order);
    at_ = 0;
  }
  std::optional<data::Batch> next() override {
    if (at_ == order_.size()) return std::nullopt;
    data::Batch b;
    while (at_ < order_.size() && b.index.size() < batch_size()) b.index.push_back(order_[at_++]);
    const auto n = static_cast<std::int64_t>(b.index.size()), side = std::int64_t{sides[phase_]};
    b.labels = labels(b.index);
    b.images = at::randn({n, 3, side, side}).add(b.labels.view({-1, 1, 1, 1}));
    b.other_inputs = {at::randn({n, 2})};
    return b;
  }
  std::size_t size() const override { return 64; }
  int label(std::size_t position) const override { return static_cast<int>(position % 2); }
  std::vector<std::size_t> order(std::uint64_t) const override {
    std::vector<std::size_t> all(size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }
  std::size_t batch_size() const override { return static_cast<std::size_t>(rows[phase_]); }
  std::size_t samples() const override { return size(); }
  std::uint64_t views() const override { return 0; }  // no two epochs have the same pictures
  void enter_epoch(std::uint64_t epoch) override { phase_ = epoch <= 2 ? 0 : 1; }  // epochs count from 1
  std::uint64_t epochs_alike(std::uint64_t epoch) const override { return epoch <= 2 ? 3 - epoch : ~std::uint64_t{0}; }

 private:
  static constexpr Settings s = defaults<Recipe>();
  static constexpr int sides[] = {side_in<Recipe, 0>(s), side_in<Recipe, 1>(s)};
  static constexpr int rows[] = {batch_size_in<Recipe, 0>(s), batch_size_in<Recipe, 1>(s)};
  std::vector<std::size_t> order_;
  std::size_t at_ = 0, phase_ = 0;
};

int main() {
  Trainer<Recipe> trainer(defaults<Recipe>());
  Drawn train;
  for (const EpochResult& e : fit(trainer, train, nullptr))
    std::printf("epoch %d   loss %.4f   accuracy %.3f\n", e.epoch, e.train.loss(), e.train.accuracy());
}
