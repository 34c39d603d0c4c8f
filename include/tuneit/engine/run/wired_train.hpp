#pragma once
// A recipe's network in training where it names wires, or has several inputs or outputs.
#include <tuple>
#include <utility>

#include "tuneit/engine/run/outputs.hpp"
#include "tuneit/engine/run/train.hpp"
#include "tuneit/engine/run/wires.hpp"
#include "tuneit/engine/wires/unread.hpp"
#include "tuneit/recipe/assemble/unread.hpp"

namespace tuneit {

namespace detail {

/// Of a recipe with outputs that have no loss.
template <class R>
requires(R::parts::unused::names::size > 0) class TrainPrograms<R> {
  template <class... Programs>
  static List<Programs...> in_list(std::tuple<Programs...>*);
  template <class... Programs>
  static std::tuple<Programs...> in_tuple(List<Programs...>);
  using programs = decltype(in_list(static_cast<typename BlockPrograms<R>::all*>(nullptr)));

 public:
  using all = decltype(in_tuple(typename OnlyRead<typename R::parts, programs>::type{}));
};
/// Is a gradient by an output wanted, or is nothing made of it?
template <class R>
struct ReadOutputs {
  static constexpr bool reads(std::size_t output) {
    return !is_unused<typename R::model>(static_cast<int>(output), typename R::parts::unused::names{});
  }
};

/// The programs of the blocks from First on with their facts, and whose gradient is wanted of each.
template <class R, std::size_t First, class Indices, class Programs>
struct WiredNeeds;
template <class R, std::size_t First, std::size_t... I, class Programs>
struct WiredNeeds<R, First, std::index_sequence<I...>, Programs> {
  struct AllFacts {
    template <std::size_t K>
    static constexpr auto at = Moving<R>::template facts<First + K>;
  };
  using type = NeedChain<AllFacts, Need{}, std::tuple_element_t<First + I, Programs>...>;
};

}  // namespace detail

/// One pass of a recipe's blocks [First, end), as of a network without wires (train.hpp), and with several inputs and
/// outputs.
template <class R, std::size_t First>
class WiredTrainPass {
  using Model = typename R::model;
  static constexpr std::size_t count = Model::block_count - First;

  using Programs = typename detail::TrainPrograms<R>::all;
  using Read = detail::ReadOutputs<R>;
  template <std::size_t I>
  using Program = std::tuple_element_t<First + I, Programs>;
  using Store = detail::WireStore<Model, First, Model::block_count>;
  template <std::size_t I>
  static constexpr auto facts = detail::Moving<R>::template facts<First + I>;
  using Needs = typename detail::WiredNeeds<R, First, std::make_index_sequence<count>, Programs>::type;
  template <std::size_t I>
  static constexpr Need need = Needs::template need<I>();
  template <std::size_t I>
  using Run = Train<Program<I>, facts<I>, need<I>>;
  template <std::size_t... I>
  static detail::Slots<std::index_sequence<I...>, typename Run<I>::Saved...> saved_of(std::index_sequence<I...>);

 public:
  /// Before forward: vectors that are moved in it.
  void move_vectors(detail::MovedVectors* moved) { moved_ = moved; }
  /// `others`: the inputs behind the first, or, where First > 0, what crosses the cut there. Returns what flows at the
  /// end: the last output; the statistics of the batch are left in `statistics`.
  at::Tensor forward(at::Tensor x, const Tensors& tensors, const at::Generator& generator,
                     PendingStatistics* statistics = nullptr, const Tensors& others = {},
                     at::ScalarType numbers = at::ScalarType::Undefined) {
    wires_.begin(others);
    context_ = {tensors.data(), nullptr, &generator, 0, numbers, statistics, &wires_.frame(), moved_};
    if (moved_ != nullptr) moved_->at = tensors.data() + moved_->row;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = Run<I>::forward(std::move(x), detail::slot<I>(saved_), place<I>())), ...);
    }
    (std::make_index_sequence<count>{});
    if constexpr (!Store::names_outputs) last_ = x;
    return x;
  }
  /// All outputs, before backward.
  [[nodiscard]] Outputs outputs() const { return Outputs(wires_.outputs_of(last_)); }

  /// dy: the gradient by the only output.
  void backward(at::Tensor dy, Tensors& gradients) {
    static_assert(detail::output_count<Model> == 1,
                  "tuneit: this network has several outputs: give a gradient for each");
    go_back(wires_.begin_backward(std::move(dy)), gradients);
  }
  /// dy: the gradients by all outputs; an undefined one is zero. They are overwritten. That by an output that the
  /// recipe says to be unused is not looked at.
  void backward(Outputs dy, Tensors& gradients) {
    go_back(wires_.template begin_backward<Read>(Tensors(dy.begin(), dy.end())), gradients);
  }
  /// The same. `done(block)`: the gradients of a block that trains are there, and all behind it.
  template <class Dy, class Done>
  void backward(Dy dy, Tensors& gradients, const Done& done) {
    context_.gradients = gradients.data();
    if constexpr (std::is_same_v<Dy, Outputs>)
      back<count>({wires_.template begin_backward<Read>(Tensors(dy.begin(), dy.end()))}, done);
    else
      back<count>({wires_.begin_backward(std::move(dy))}, done);
  }

 private:
  void go_back(at::Tensor dy, Tensors& gradients) {
    context_.gradients = gradients.data();
    back<count>({std::move(dy)});
  }
  template <std::size_t I>
  Context place() const {
    return context_.after(table<Model>.block_begin[First + I]);
  }
  template <std::size_t Left>
  void back(Gradient dy) {
    if constexpr (Left > 0) {
      constexpr std::size_t i = Left - 1;
      if constexpr (need<i>.x || need<i>.wires != 0 || detail::any_trains<facts<i>>)
        dy = Run<i>::backward(std::move(dy), detail::slot<i>(saved_), place<i>());
      else if constexpr (detail::cuts<Program<i>>)
        dy = {};
      back<i>(std::move(dy));
    }
  }
  template <std::size_t Left, class Done>
  void back(Gradient dy, const Done& done) {
    if constexpr (Left > 0) {
      constexpr std::size_t i = Left - 1;
      if constexpr (need<i>.x || need<i>.wires != 0 || detail::any_trains<facts<i>>)
        dy = Run<i>::backward(std::move(dy), detail::slot<i>(saved_), place<i>());
      else if constexpr (detail::cuts<Program<i>>)
        dy = {};
      if constexpr (detail::any_trains<facts<i>>) done(First + i);
      back<i>(std::move(dy), done);
    }
  }

  Context context_{};
  detail::MovedVectors* moved_ = nullptr;
  Store wires_;
  decltype(saved_of(std::make_index_sequence<count>{})) saved_{};
  at::Tensor last_;
};

template <class R, std::size_t First>
requires(detail::has_wires<typename R::model> && !ModuleModel<typename R::model>) class TrainPass<R, First>
    : public WiredTrainPass<R, First> {
};

}  // namespace tuneit
