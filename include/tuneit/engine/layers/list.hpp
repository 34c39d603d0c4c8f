#pragma once
// Operations one after the other, and blocks that repeat: forward in order, backward in reverse, both composed by the
// compiler. An operation needs the gradient of its input if anything before it trains.
#include <array>
#include <concepts>
#include <tuple>
#include <type_traits>

#include "tuneit/engine/checks/told_shape.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/net/program.hpp"
#include "tuneit/recipe/assemble/facts.hpp"
#include "tuneit/verdict/reasons/networks.hpp"

namespace tuneit {

namespace detail {

/// Does the forward of a `Train` take what it saves by value, so that it is lost?
template <class Run>
concept LosesSaved = requires(at::Tensor x, const Context& c) {
  Run::forward(std::move(x), typename Run::Saved{}, c);
}
&&!std::is_empty_v<typename Run::Saved>;
/// Has a `Train` what it must have?
template <class Run>
concept Trains = std::default_initializable<typename Run::Saved> &&
    requires(at::Tensor x, typename Run::Saved& saved, const Context& c, Gradient dy) {
  { Run::forward(std::move(x), saved, c) } -> std::convertible_to<at::Tensor>;
  { Run::backward(std::move(dy), saved, c) } -> std::convertible_to<Gradient>;
} && !LosesSaved<Run>;

/// The `Train` of an operation. A layer's own that is not complete is refused, once, and stood in for.
template <class Op, class Run>
struct Judged {
  using type = Run;
};
template <LoneLayer Op, class Run>
requires(!Trains<Run>) struct Judged<Op, Run> {
  using once = std::bool_constant<reported<LayerLacks<Op, ItsBackward>>()>;
  struct type {
    using Saved = NothingSaved;
    static at::Tensor forward(at::Tensor x, Saved&, const Context&) { return x; }
    static Gradient backward(Gradient dy, Saved&, const Context&) { return dy; }
  };
};

/// A layer with buffers that may move in its forward pass: it works on copies, whose values are the buffers' when the
/// statistics of the batch are committed.
template <class Run, auto F, std::size_t Size>
struct OnCopies {
  struct Saved {
    typename Run::Saved run{};
    std::array<at::Tensor, Size> tensors{};
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    for (std::size_t i = 0; i < Size; ++i) {
      saved.tensors[i] = c.tensors[i];
      if (F.of_batch(i))
        saved.tensors[i] = c.statistics != nullptr ? c.statistics->ahead(c.tensors[i]) : c.tensors[i].clone();
    }
    return Run::forward(std::move(x), saved.run, on_copies(c, saved));
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    return Run::backward(std::move(dy), saved.run, on_copies(c, saved));
  }

 private:
  static Context on_copies(Context c, const Saved& saved) {
    c.tensors = saved.tensors.data();
    return c;
  }
};
template <LoneLayer Op, auto F, Need N>
requires(F.any_of_batch() && Trains<Train<Op, F, N>>) struct Judged<Op, Train<Op, F, N>> {
  using type = OnCopies<Train<Op, F, N>, F, op_tensors<Op>>;
};
// Its operations are judged, each by itself.
template <int First, int Count, class Layer, auto F, Need N>
struct Judged<Repeat<First, Count, Layer>, Train<Repeat<First, Count, Layer>, F, N>> {
  using type = Train<Repeat<First, Count, Layer>, F, N>;
};
/// What operations leave, by number, in indexed bases: a std::tuple of 500 takes g++ 20 s.
template <std::size_t I, class T>
struct Slot {
  T value{};
};
template <class Indices, class... T>
struct Slots;
template <std::size_t... I, class... T>
struct Slots<std::index_sequence<I...>, T...> : Slot<I, T>... {};
template <std::size_t I, class T>
[[gnu::always_inline]] inline T& slot(Slot<I, T>& s) {
  return s.value;
}

}  // namespace detail

template <class... Ops, auto F, Need N>
struct Train<List<Ops...>, F, N> {
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
    bool any = N.x;
    for (std::size_t i = 0; i < begin<I>; ++i) any = any || F.trains(i);
    return any;
  }
  static constexpr bool is_wired = detail::names_wires<List<Ops...>>;
  struct AllFacts {
    template <std::size_t I>
    static constexpr auto at = facts<I>;
  };
  template <std::size_t I>
  static constexpr Need need_of = [] {
    if constexpr (is_wired)
      return detail::NeedChain<AllFacts, N, Ops...>::template need<I>();
    else
      return Need{need<I>()};
  }();
  template <std::size_t I>
  using Run = typename detail::MayRead<Op<I>, typename detail::Judged<Op<I>, Train<Op<I>, facts<I>, need_of<I>>>::type,
                                       need_of<I>>::type;
  template <std::size_t... I>
  static detail::Slots<std::index_sequence<I...>, typename Run<I>::Saved...> saved_of(std::index_sequence<I...>);

 public:
  using Saved = decltype(saved_of(std::index_sequence_for<Ops...>{}));

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = step<I>(std::move(x), saved, c.after(begin<I>))), ...);
      return std::move(x);
    }
    (std::index_sequence_for<Ops...>{});
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) { return back<size>(std::move(dy), saved, c); }

 private:
  template <std::size_t I>
  [[gnu::always_inline]] static at::Tensor step(at::Tensor x, Saved& saved, const Context& c) {
    if constexpr (detail::OwnLayer<Op<I>>) {
      const Shape in = detail::shape_of(x);
      at::Tensor y = Run<I>::forward(std::move(x), detail::slot<I>(saved), c);
      detail::check_told(&type_name<Op<I>>, in, detail::told_shape<Op<I>>(in), y);
      return y;
    } else {
      return Run<I>::forward(std::move(x), detail::slot<I>(saved), c);
    }
  }
  template <std::size_t Left>
  static Gradient back(Gradient dy, Saved& saved, const Context& c) {
    if constexpr (Left == 0) {
      return dy;
    } else if constexpr (is_wired) {
      constexpr std::size_t i = Left - 1;
      if constexpr (need_of<i>.x || need_of<i>.wires != 0 || detail::any_trains<facts<i>>) {
        dy = Run<i>::backward(std::move(dy), detail::slot<i>(saved), c.after(begin<i>));
      } else if constexpr (detail::cuts<Op<i>>) {
        dy = {};
      }
      return back<i>(std::move(dy), saved, c);
    } else {
      constexpr std::size_t i = Left - 1;
      // nothing from here to the beginning asks for a gradient
      if constexpr (!need<i>() && !detail::any_trains<facts<i>>) return {};
      return back<i>(Run<i>::backward(std::move(dy), detail::slot<i>(saved), c.after(begin<i>)), saved, c);
    }
  }
};

// Turns of equal plan run in one loop over one instantiation; where the plan differs, the repeat is cut.
template <int First, int Count, class Layer, auto F, Need N>
struct Train<Repeat<First, Count, Layer>, F, N> {
 private:
  static constexpr std::size_t size = tensor_count<Layer>;
  static constexpr auto facts(int i) { return detail::iteration_slice<size>(F, static_cast<std::size_t>(i) * size); }
  template <std::size_t... I>
  static constexpr std::array<bool, sizeof...(I)> needs_of(std::index_sequence<I...>) {
    return {detail::need_of_turn<Layer, F, N, I>...};
  }
  static constexpr bool need(int iteration) {
    if constexpr (detail::wired<Layer>)
      return needs_of(std::make_index_sequence<static_cast<std::size_t>(Count)>{})[static_cast<std::size_t>(iteration)];
    bool any = N.x;
    for (std::size_t i = 0; i < static_cast<std::size_t>(iteration) * size; ++i) any = any || F.trains(i);
    return any;
  }
  static constexpr int end_of_run(int begin) {
    int end = begin + 1;
    while (end < Count && facts(end) == facts(begin) && need(end) == need(begin)) ++end;
    return end;
  }
  template <int Begin>
  using Run = Train<program<Layer>, facts(Begin), Need{need(Begin), N.wires}>;

  template <int Begin, bool = (Begin < Count)>
  struct Runs {
    static constexpr int end = end_of_run(Begin);
    std::array<typename Run<Begin>::Saved, static_cast<std::size_t>(end - Begin)> iterations{};
    Runs<end> rest{};
  };
  template <int Begin>
  struct Runs<Begin, false> {};

  static Context iteration(const Context& c, int i) {
    Context there = c.after(static_cast<std::size_t>(i) * size);
    there.iteration = First + i;
    return there;
  }

  template <int Begin>
  static at::Tensor from(at::Tensor x, Runs<Begin>& saved, const Context& c) {
    if constexpr (Begin < Count) {
      for (int i = Begin; i < saved.end; ++i)
        x = Run<Begin>::forward(std::move(x), saved.iterations[static_cast<std::size_t>(i - Begin)], iteration(c, i));
      return from<Runs<Begin>::end>(std::move(x), saved.rest, c);
    } else {
      return x;
    }
  }
  template <int Begin>
  static Gradient back(Gradient dy, Runs<Begin>& saved, const Context& c) {
    if constexpr (Begin < Count) {
      dy = back<Runs<Begin>::end>(std::move(dy), saved.rest, c);
      if constexpr (!need(Begin) && N.wires == 0 && !detail::any_trains<facts(Begin)>) return {};
      for (int i = saved.end; i-- > Begin;)
        dy =
            Run<Begin>::backward(std::move(dy), saved.iterations[static_cast<std::size_t>(i - Begin)], iteration(c, i));
    }
    return dy;
  }

 public:
  using Saved = Runs<0>;
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) { return from<0>(std::move(x), saved, c); }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) { return back<0>(std::move(dy), saved, c); }
};

}  // namespace tuneit
