#pragma once
// Operations that keep only their input and run again on the way back (activation checkpointing, arXiv 1604.06174).
#include <array>
#include <utility>

#include "tuneit/engine/layers/draws.hpp"
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/net/segments.hpp"

namespace tuneit {

namespace detail {

// Which rows of operations may change in a forward pass, beside the statistics of batch norms? The buffers of layers
// that may do anything; which of their tensors are buffers is not known here.
template <class Op>
constexpr void mark_unknown(Op, bool*& rows) {
  for (std::size_t i = 0; i < op_tensors<Op>; ++i) *rows++ = draws_of<Op> == Draws::Anywhere;
}
template <class... Ops>
constexpr void mark_unknown(List<Ops...>, [[maybe_unused]] bool*& rows) {
  (mark_unknown(Ops{}, rows), ...);
}
template <int First, int Count, class Layer>
constexpr void mark_unknown(Repeat<First, Count, Layer>, bool*& rows) {
  for (int i = 0; i < Count; ++i) mark_unknown(program<Layer>{}, rows);
}
template <class F, class N, class D, class S, class A>
constexpr void mark_unknown(op::Sum<F, N, D, S, A>, bool*& rows) {
  mark_unknown(F{}, rows);
  for (std::size_t i = 0; i < op_tensors<N>; ++i) *rows++ = false;
  mark_unknown(S{}, rows);
}

}  // namespace detail

// Both times the very same forward runs, so gradients are those without, to the bit. What moves in it, moves the first
// time.
template <class... Ops, auto F, Need N>
struct Train<op::Segment<Ops...>, F, N> {
 private:
  using Run = Train<List<Ops...>, F, N>;
  static constexpr std::size_t size = op_tensors<List<Ops...>>;
  static constexpr detail::Draws drawn = detail::draws_of<List<Ops...>>;
  static constexpr detail::Draws draws = drawn == detail::Draws::Trainer && !F.live ? detail::Draws::Nothing : drawn;
  struct Moving {
    bool at[size + 1]{}, any = false;
  };
  static constexpr Moving moving = [] {
    Moving m;
    if constexpr (drawn == detail::Draws::Anywhere) {
      bool* rows = m.at;
      detail::mark_unknown(List<Ops...>{}, rows);
    }
    for (std::size_t i = 0; i < size; ++i) {
      m.at[i] = (m.at[i] && !F.trains(i)) || F.of_batch(i);
      m.any = m.any || m.at[i];
    }
    return m;
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
    [[maybe_unused]] std::array<at::Tensor, moving.any ? size : 0> tensors;
    Context there{c.tensors, nullptr, c.random, c.iteration};
    if constexpr (moving.any) {
      for (std::size_t i = 0; i < size; ++i) tensors[i] = moving.at[i] ? c.tensors[i].clone() : c.tensors[i];
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
