#pragma once
// Operations one after the other, and blocks that repeat: forward in order, backward in reverse, both composed by the
// compiler. An operation needs the gradient of its input if anything before it trains.
#include <array>
#include <tuple>

#include "tuneit/engine/facts.hpp"
#include "tuneit/engine/train/place.hpp"
#include "tuneit/net/program.hpp"

namespace tuneit {

template <class... Ops, auto F, bool NeedInput>
struct Train<List<Ops...>, F, NeedInput> {
 private:
  static constexpr std::size_t size = sizeof...(Ops);
  template <std::size_t I>
  using Op = std::tuple_element_t<I, std::tuple<Ops...>>;
  template <std::size_t I>
  static constexpr std::size_t begin = [] {
    constexpr std::size_t counts[] = {op_tensors<Ops>..., 0};
    std::size_t sum = 0;
    for (std::size_t i = 0; i < I; ++i) sum += counts[i];
    return sum;
  }();
  template <std::size_t I>
  static constexpr auto facts = detail::slice<op_tensors<Op<I>>>(F, begin<I>);
  template <std::size_t I>
  static constexpr bool need() {
    bool any = NeedInput;
    for (std::size_t i = 0; i < begin<I>; ++i) any = any || F.trains(i);
    return any;
  }
  template <std::size_t I>
  using Run = Train<Op<I>, facts<I>, need<I>()>;
  template <std::size_t... I>
  static std::tuple<typename Run<I>::Kept...> kept_of(std::index_sequence<I...>);

 public:
  using Kept = decltype(kept_of(std::index_sequence_for<Ops...>{}));

  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = Run<I>::forward(std::move(x), std::get<I>(kept), at.after(begin<I>))), ...);
      return std::move(x);
    }
    (std::index_sequence_for<Ops...>{});
  }
  static Flow backward(Flow dy, Kept& kept, const Place& at) { return back<size>(std::move(dy), kept, at); }

 private:
  template <std::size_t Left>
  static Flow back(Flow dy, Kept& kept, const Place& at) {
    if constexpr (Left == 0) {
      return dy;
    } else {
      constexpr std::size_t i = Left - 1;
      // nothing from here to the beginning asks for a gradient
      if constexpr (!need<i>() && !detail::any_trains<facts<i>>) return {};
      return back<i>(Run<i>::backward(std::move(dy), std::get<i>(kept), at.after(begin<i>)), kept, at);
    }
  }
};

// Turns of equal plan run in one loop over one instantiation; where the plan differs, the repeat is cut.
template <int First, int Count, class Layer, auto F, bool NeedInput>
struct Train<Repeat<First, Count, Layer>, F, NeedInput> {
 private:
  static constexpr std::size_t size = tensor_count<Layer>;
  static constexpr auto facts(int turn) { return detail::turn<size>(F, static_cast<std::size_t>(turn) * size); }
  static constexpr bool need(int turn) {
    bool any = NeedInput;
    for (std::size_t i = 0; i < static_cast<std::size_t>(turn) * size; ++i) any = any || F.trains(i);
    return any;
  }
  static constexpr int end_of_run(int begin) {
    int end = begin + 1;
    while (end < Count && facts(end) == facts(begin) && need(end) == need(begin)) ++end;
    return end;
  }
  template <int Begin>
  using Run = Train<program<Layer>, facts(Begin), need(Begin)>;

  template <int Begin, bool = (Begin < Count)>
  struct Runs {
    static constexpr int end = end_of_run(Begin);
    std::array<typename Run<Begin>::Kept, static_cast<std::size_t>(end - Begin)> turns{};
    Runs<end> rest{};
  };
  template <int Begin>
  struct Runs<Begin, false> {};

  static Place turn(const Place& at, int i) {
    Place there = at.after(static_cast<std::size_t>(i) * size);
    there.turn = First + i;
    return there;
  }

  template <int Begin>
  static at::Tensor from(at::Tensor x, Runs<Begin>& kept, const Place& at) {
    if constexpr (Begin < Count) {
      for (int i = Begin; i < kept.end; ++i)
        x = Run<Begin>::forward(std::move(x), kept.turns[static_cast<std::size_t>(i - Begin)], turn(at, i));
      return from<Runs<Begin>::end>(std::move(x), kept.rest, at);
    } else {
      return x;
    }
  }
  template <int Begin>
  static Flow back(Flow dy, Runs<Begin>& kept, const Place& at) {
    if constexpr (Begin < Count) {
      dy = back<Runs<Begin>::end>(std::move(dy), kept.rest, at);
      if constexpr (!need(Begin) && !detail::any_trains<facts(Begin)>) return {};
      for (int i = kept.end; i-- > Begin;)
        dy = Run<Begin>::backward(std::move(dy), kept.turns[static_cast<std::size_t>(i - Begin)], turn(at, i));
    }
    return dy;
  }

 public:
  using Kept = Runs<0>;
  static at::Tensor forward(at::Tensor x, Kept& kept, const Place& at) { return from<0>(std::move(x), kept, at); }
  static Flow backward(Flow dy, Kept& kept, const Place& at) { return back<0>(std::move(dy), kept, at); }
};

}  // namespace tuneit
