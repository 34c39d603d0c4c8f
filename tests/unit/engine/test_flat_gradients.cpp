// Gradients in one buffer, where a policy asks for it, and who reads them block by block on the way back.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "measured_memory.hpp"
#include "tuneit/engine/archive.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;

namespace {

using Small = networks::Small;

/// A process of two that are equal: it sums the gradients of each block with those of the other, which are its own,
/// as soon as they are there, and halves them.
struct Reduce : PolicyTag {
  static constexpr Moments acts = OnBlockGradients | AfterBackward | OnGradients;
  static constexpr Order order = Order::Read;
  static constexpr Effects effects{.flat_gradients = true};
  using keeps = Nothing;
  std::vector<std::size_t> blocks;   ///< of the last way back
  std::vector<at::Tensor> finished;  ///< what was there by then
  std::string wrong;
  std::int64_t count = 0;
  const void* where = nullptr;
  int moved = 0;

  template <class C>
  void on_block_gradients(std::size_t block, const C& c) {
    if (!blocks.empty() && block >= blocks.back()) blocks.clear(), finished.clear();
    blocks.push_back(block);
    at::Tensor own = c.flat_gradients(block, block + 1);
    own.add_(own.clone()).mul_(0.5);
    finished.push_back(c.flat_gradients(block).clone());
  }
  template <class C>
  void after_backward(const C& c) {
    for (std::size_t i = 0; i < blocks.size(); ++i)
      if (!finished[i].equal(c.flat_gradients(blocks[i]))) wrong += "block " + std::to_string(blocks[i]) + " went on; ";
  }
  template <class C>
  void on_gradients(const C& c) {
    const at::Tensor all = c.flat_gradients();
    count = all.numel();
    if (where != nullptr && all.data_ptr() != where) ++moved;
    where = all.data_ptr();
    std::int64_t end = 0;
    for (auto g = c.gradients.begin(); g != c.gradients.end(); ++g) {
      if (g->storage().data() != all.storage().data()) wrong += "a gradient lies elsewhere; ";
      if (g->storage_offset() < end) wrong += "gradients are not in the order of the table; ";
      end = g->storage_offset() + g->numel();
      if (g->strides() != c.tensors[g.row()].strides()) wrong += "a gradient lies not as its tensor; ";
    }
    if (end != all.storage_offset() + all.numel()) wrong += "the buffer ends elsewhere; ";
  }
};
/// Only asks for the buffer; and only watches blocks.
struct Flat : PolicyTag {
  static constexpr Moments acts = BeforeStep;
  static constexpr Effects effects{.flat_gradients = true};
  template <class C>
  void before_step(const C&) const {}
};
struct Watch : PolicyTag {
  static constexpr Moments acts = OnBlockGradients;
  using keeps = Nothing;
  std::vector<std::size_t> seen;
  template <class C>
  void on_block_gradients(std::size_t block, const C& c) {
    seen.push_back(block);
    for (std::size_t i = table<typename C::model>.block_begin[block];
         i < table<typename C::model>.block_begin[block + 1]; ++i)
      if (!table<typename C::model>.rows[i].is_buffer() && !c.gradients[i].defined()) seen.push_back(100 + i);
  }
};

struct Turn {
  using layers = Seq<Named<"c", Conv2d<8, 8, Window{3, 1, 1}>>, Named<"n", BatchNorm2d<8>>, ReLU>;
};
struct Wired final : Network<Input<3, 16>, Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 2, 1}>>, Save<"early">>,
                             Block<"body", Named<"r", Repeat<0, 3, Turn>>, Merge<Add, "early">>,
                             Block<"head", GlobalAvgPool, Named<"fc", Linear<8, 2>>>> {};

template <class T>
void steps(T& trainer, int n, int batch = 4) {
  for (int i = 0; i < n; ++i)
    trainer.step(at::randn({batch, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(i))),
                 at::arange(batch).remainder(2), 4);
}

/// With the buffer everything is as without, to the bit.
template <class Model, class... Ps>
void same_bits(std::vector<std::size_t> blocks, int moved = 0) {
  using R = Finetune<Model, Ps..., Reduce>;
  INFO(type_name<R>());
  Settings s = defaults<R>();
  s.device = DeviceKind::Cpu;
  Trainer<R> flat(s);
  Trainer<Finetune<Model, Ps...>> apart(s);
  steps(flat, 4);
  steps(apart, 4);
  for (std::size_t i = 0; i < flat.tensors().size(); ++i) {
    INFO(table<Model>.name(i));
    CHECK(flat.tensors()[i].equal(apart.tensors()[i]));
  }
  const auto& seen = flat.template behaviour<Reduce>();
  CHECK(seen.wrong == "");
  CHECK(seen.blocks == blocks);
  CHECK((moved < 0 || seen.moved == moved));  // one buffer for all steps
  CHECK(seen.count > 0);
}

}  // namespace

TEST_CASE("gradients in one buffer are those apart, each block's a finished end of it") {
  using namespace networks;
  same_bits<Small>({2, 1, 0});
  same_bits<Small, Freeze<Layer<"stem">>>({2, 1});
  same_bits<Small, Freeze<Layer<"body">>, Precision<FP64>>({2, 0});
  same_bits<Small, Precision<BF16>, ClipNorm<0.1>>({2, 1, 0});
  same_bits<Small, Sam<>>({2, 1, 0}, -1);
  same_bits<Small, Recompute<Layer<"body">>, Ema<0.9>>({2, 1, 0});
  same_bits<Wired>({2, 1, 0});
}

TEST_CASE("gradients of a window of batches wait in a buffer of their own") {
  same_bits<Small, Accumulate<2>>({2, 1, 0}, -1);
}

TEST_CASE("where phases train other tensors the buffer is another") {
  using R = Finetune<Small, Phases<Phase<Epochs<1>, Freeze<Backbone>>, Phase<Epochs<1>>>, Reduce>;
  Trainer<R> trainer(defaults<R>());
  steps(trainer, 4);
  const auto& seen = trainer.behaviour<Reduce>();
  CHECK(seen.wrong == "");
  const std::int64_t head = seen.count;
  CHECK(head == 48 + 5);  // 40 weights with their gap, and 5
  steps(trainer, 1);
  CHECK(seen.wrong == "");
  CHECK(seen.count > head);
  CHECK(seen.moved == 1);
  CHECK(seen.blocks == std::vector<std::size_t>{2, 1, 0});
}

TEST_CASE("blocks are told on the way back also where gradients lie apart") {
  using R = Finetune<Small, Watch, Freeze<Layer<"body">>>;
  Trainer<R> trainer(defaults<R>());
  steps(trainer, 2);
  CHECK(trainer.behaviour<Watch>().seen == std::vector<std::size_t>{2, 0, 2, 0});
}

TEST_CASE("the account counts the buffer of gradients, which is there all the time") {
  using One = Finetune<Small, Precision<FP32>, Flat>;
  CHECK(memory<One>(1, 16).gradients == memory<Remove<One, Flat>>(1, 16).gradients);
  CHECK(memory<One>(1, 16).total() > memory<Remove<One, Flat>>(1, 16).total());
  if (!Arena::instance().available()) {
    WARN("no addresses for the arena here");
    return;
  }
  using Narrow = Finetune<vgg::Architecture<false, 1, 1, 2, 2, 2, 24>::network, ReplaceHead<2>, Precision<FP32>, Flat>;
  using Half = Append<Narrow, Freeze<Layers<0, 3>>>;
  // few pictures: it is there at the peak, and all of it
  using Apart = Remove<Half, Flat>;
  CHECK(test::measured_bytes<Half>(2, 64) - test::measured_bytes<Apart>(2, 64) ==
        Approx(static_cast<double>(memory<Half>(2, 64).total() - memory<Apart>(2, 64).total())).epsilon(0.05));
  if (kernels::widest_isa() == kernels::Isa::Plain) return;  // the account is of our kernels
  constexpr int batch = 16, side = 128;
  CHECK(test::measured_bytes<Narrow>(batch, side) ==
        Approx(static_cast<double>(memory<Narrow>(batch, side))).epsilon(0.05));
  CHECK(test::measured_bytes<Half>(batch, side) ==
        Approx(static_cast<double>(memory<Half>(batch, side))).epsilon(0.05));
}
