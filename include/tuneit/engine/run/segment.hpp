#pragma once
// Operations that keep only their input and run again on the way back (activation checkpointing, arXiv 1604.06174).
#include <array>
#include <utility>

#include "tuneit/aten/generators.hpp"
#include "tuneit/engine/layers/list.hpp"
#include "tuneit/net/draws.hpp"
#include "tuneit/net/segments.hpp"

namespace tuneit {

namespace detail {

/// The generators, of the context and global, as they were before operations ran for the first time.
template <DrawsFrom D>
struct KeptDraws {
  void keep(const at::Generator*, c10::Device) {}
  template <class F>
  void run_again(const at::Generator* now, const F& f) {
    f(now);
  }
};
template <>
struct KeptDraws<DrawsFrom::Trainer> {
  at::Generator before;

  void keep(const at::Generator* now, c10::Device) { before = now->defined() ? now->clone() : at::Generator(); }
  /// f is handed a generator that draws the same; that of the context goes on from where it is.
  template <class F>
  void run_again(const at::Generator*, const F& f) {
    f(&before);
    before = {};
  }
};
template <>
struct KeptDraws<DrawsFrom::Anywhere> {
  KeptDraws<DrawsFrom::Trainer> trainer;
  GlobalDraws global;

  void keep(const at::Generator* now, c10::Device device) {
    trainer.keep(now, device);
    global = GlobalDraws::now(device);
  }
  template <class F>
  void run_again(const at::Generator* now, const F& f) {
    struct Back {
      GlobalDraws state;
      ~Back() { state.restore(); }
    } back{global.now_there()};
    global.restore();
    trainer.run_again(now, f);
  }
};

// Which rows of operations may change in a forward pass, beside statistics, which are committed later? The buffers of
// layers that may do anything; which of their tensors are buffers is not known here.
struct RowMarks {
  bool* next;
  constexpr void mark(std::size_t rows, bool value) {
    for (std::size_t i = 0; i < rows; ++i) *next++ = value;
  }
};
template <class Op>
constexpr void mark_unknown(Op, RowMarks& m) {
  m.mark(op_tensors<Op>, draws_of<Op> == DrawsFrom::Anywhere);
}
template <class... Ops>
constexpr void mark_unknown(List<Ops...>, [[maybe_unused]] RowMarks& m) {
  (mark_unknown(Ops{}, m), ...);
}
template <int First, int Count, class Layer>
constexpr void mark_unknown(Repeat<First, Count, Layer>, RowMarks& m) {
  for (int i = 0; i < Count; ++i) mark_unknown(program<Layer>{}, m);
}
template <class F, class N, class D, class S, class A>
constexpr void mark_unknown(op::Sum<F, N, D, S, A>, RowMarks& m) {
  mark_unknown(F{}, m);
  m.mark(op_tensors<N>, false);
  mark_unknown(S{}, m);
}

}  // namespace detail

// Both times the very same forward runs, so gradients are those without, to the bit. What moves in it, moves the first
// time.
template <class... Ops, auto F, Need N>
struct Train<op::Segment<Ops...>, F, N> {
 private:
  using Run = Train<List<Ops...>, F, N>;
  static constexpr std::size_t size = op_tensors<List<Ops...>>;
  static constexpr DrawsFrom drawn = detail::draws_of<List<Ops...>>;
  static constexpr DrawsFrom draws = drawn == DrawsFrom::Trainer && !F.live ? DrawsFrom::Nothing : drawn;
  static constexpr auto reads = static_cast<std::size_t>(detail::wire_names<List<Ops...>>.read_count);
  static constexpr bool is_wired = detail::names_wires<List<Ops...>>;
  struct Moving {
    bool at[size + 1]{};
    std::size_t count = 0;
  };
  static constexpr Moving moving = [] {
    Moving m;
    if constexpr (drawn == DrawsFrom::Anywhere) {
      detail::RowMarks marks{m.at};
      detail::mark_unknown(List<Ops...>{}, marks);
    }
    for (std::size_t i = 0; i < size; ++i) {
      m.at[i] = m.at[i] && !F.trains(i) && !F.of_batch(i);
      m.count += m.at[i] ? 1 : 0;
    }
    return m;
  }();

 public:
  struct Saved {
    at::Tensor x{};
    detail::KeptDraws<draws> draws_before{};
    std::array<at::Tensor, moving.count> moved{};  // as they were: depthwise convolutions read the running mean
    std::array<at::Tensor, reads> wires{};         // those of others that are read
  };

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    saved.draws_before.keep(c.random, x.device());
    if constexpr (moving.count > 0)
      for (std::size_t i = 0, k = 0; i < size; ++i)
        if (moving.at[i]) saved.moved[k++] = c.tensors[i].clone();
    for (std::size_t i = 0; i < reads; ++i) saved.wires[i] = c.frame().peek(detail::wire_names<List<Ops...>>.reads[i]);
    saved.x = x;  // held, so that nothing writes over it
    typename Run::Saved thrown_away{};
    return Run::forward(std::move(x), thrown_away, c);
  }

  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    typename Run::Saved again{};
    [[maybe_unused]] std::array<at::Tensor, moving.count == 0 ? 0 : size> tensors;
    Context there{c.tensors, nullptr, c.random, c.iteration, c.numbers};
    if constexpr (moving.count > 0) {
      for (std::size_t i = 0, k = 0; i < size; ++i)
        tensors[i] = moving.at[i] ? std::exchange(saved.moved[k++], {}) : c.tensors[i];
      there.tensors = tensors.data();
    }
    saved.draws_before.run_again(c.random, [&](const at::Generator* random) {
      if constexpr (is_wired) {
        forward_again(saved, again, there, random, c);
      } else {
        there.random = random;
        Run::forward(std::move(saved.x), again, there);
      }
    });
    return Run::backward(std::move(dy), again, c);
  }

 private:
  // On wires of its own: those of the network have been taken off.
  static void forward_again(Saved& saved, typename Run::Saved& again, Context there, const at::Generator* random,
                            const Context& c) {
    constexpr const detail::WireNames& named = detail::wire_names<List<Ops...>>;
    constexpr auto slots = static_cast<std::size_t>(detail::most_wires);
    std::array<at::Tensor, slots> values, outputs;
    std::array<int, slots> left;
    std::array<int, detail::saves_of<List<Ops...>> + 1> each;
    left.fill(1 << 30);
    each.fill(1 << 30);
    detail::WireFrame frame = c.frame();
    frame.values = values.data();
    frame.outputs = outputs.data();  // those of the network hold gradients by now
    frame.left = left.data();
    frame.reads = each.data();
    for (std::size_t i = 0; i < reads; ++i)
      values[detail::WireFrame::find(frame.names, named.reads[i])] = std::move(saved.wires[i]);
    there.random = random;
    there.wired = &frame;
    Run::forward(std::move(saved.x), again, there);
  }
};

}  // namespace tuneit
