#pragma once
// Operations that keep only their input and run again on the way back (activation checkpointing, arXiv 1604.06174).
#include <array>
#include <utility>

#include "tuneit/engine/layers/draws.hpp"
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/net/segments.hpp"

namespace tuneit {

// Both times the very same forward runs, so gradients are those without, to the bit. What moves in it, moves the first
// time.
template <class... Ops, auto F, Need N>
struct Train<op::Segment<Ops...>, F, N> {
 private:
  using Run = Train<List<Ops...>, F, N>;
  static constexpr std::size_t size = op_tensors<List<Ops...>>;
  static constexpr detail::Draws drawn = detail::draws_of<List<Ops...>>;
  static constexpr detail::Draws draws = drawn == detail::Draws::Trainer && !F.live ? detail::Draws::Nothing : drawn;
  static constexpr bool statistics_move = [] {
    bool any = false;
    for (std::size_t i = 0; i < size; ++i) any = any || F.of_batch(i);
    return any;
  }();

 public:
  struct Saved {
    at::Tensor x{};
    detail::KeptDraws<draws> draws_before{};
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    saved.draws_before.keep(c.random, x.device());
    saved.x = x;  // held, so that nothing writes over it
    typename Run::Saved thrown_away{};
    return Run::forward(std::move(x), thrown_away, c);
  }

  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    typename Run::Saved again{};
    [[maybe_unused]] std::array<at::Tensor, statistics_move ? size : 0> tensors;
    Context there{c.tensors, nullptr, c.random, c.iteration};
    if constexpr (statistics_move) {
      for (std::size_t i = 0; i < size; ++i) tensors[i] = F.of_batch(i) ? c.tensors[i].clone() : c.tensors[i];
      there.tensors = tensors.data();
    }
    saved.draws_before.run_again(c.random, [&](const at::Generator* random) {
      there.random = random;
      Run::forward(std::move(saved.x), again, there);
    });
    return Run::backward(std::move(dy), again, c);
  }
};

}  // namespace tuneit
