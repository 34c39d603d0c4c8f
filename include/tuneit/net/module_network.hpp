#pragma once
// A network whose computation is a torch::nn::Module of one's own. Its blocks say only which tensors the module has, so
// that a recipe can name, freeze and scale them; no LibTorch is needed for that.
#include <string_view>

#include "tuneit/net/cost.hpp"
#include "tuneit/net/shape.hpp"

namespace tuneit {

/// A tensor of a module by its name there, with its sizes: `Parameter<"token", 1, 1, 64>`. One whose name ends with
/// "bias" is a bias.
template <fixed_string Name, int... Dims>
struct Parameter : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    static_assert(sizeof...(Dims) <= 4, "tuneit: a Parameter has at most four dimensions");
    const std::string_view name(Name.data(), Name.size());
    sink.tensor(name, name.ends_with("bias") ? Kind::Bias : Kind::Weight, {Dims...});
  }
  using out = SameShape;
};

/// How many numbers come out for a picture: the classes.
template <int N>
struct OutputSize : LayerTag {
  using tensors = None;
  static constexpr int count = N;
  static constexpr Shape out(Shape in) { return Shape(N).with_fit(in.fits); }
};

/// The layers of a block of which only the tensors count: of what a module computes only the module knows.
template <class... Layers>
struct Declared : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& sink) {
    tensors_of<Layers...>(sink);
  }
  using out = SameShape;
  static constexpr Cost cost(Shape, Shape) { return {}; }  // see forward_macs
  static constexpr SavedSizes saved(Shape, Shape, const Facts&) { return {.passes = true}; }
};

namespace detail {

template <class B>
struct DeclaredBlock;
template <fixed_string Name, class... Layers>
struct DeclaredBlock<Block<Name, Layers...>> {
  using type = Block<Name, Declared<Layers...>>;
};
template <class Out, class Done, class... Blocks>
struct DeclaredBlocks;
template <class Out, class... Done, fixed_string Name, class... Layers>
struct DeclaredBlocks<Out, List<Done...>, Block<Name, Layers...>> {
  using type = List<Done..., Block<Name, Declared<Layers...>, Out>>;
};
template <class Out, class... Done, class First, class Second, class... Rest>
struct DeclaredBlocks<Out, List<Done...>, First, Second, Rest...>
    : DeclaredBlocks<Out, List<Done..., typename DeclaredBlock<First>::type>, Second, Rest...> {};

}  // namespace detail

/// A network that runs as one call of `Module::forward(at::Tensor)`. Blocks list the module's tensors by their names
/// there, in layers (`Named<"conv1", Conv2d<3, 16, Window{3, 1, 1}>>`, a BatchNorm2d with its buffers) or one by one
/// (Parameter); the last is the head. When training starts they are compared with the live module, and the first
/// difference is named. The module is made by its default constructor, or by a static `make()` of the struct that
/// returns a std::shared_ptr of it, and brings its own first values. What it computes for a picture, in multiply-
/// accumulates, may be said by a static constexpr `long long forward_macs(int side)` of the struct. To train: `#include
/// <tuneit/engine/module_network.hpp>`.
///
///     struct Mine final : ModuleNetwork<MineImpl, Input<3, 32>, OutputSize<10>, Block<"stem", ...>, Block<"head",
///     ...>>
///     {};
template <class Module, class In, class Out, class... Blocks>
struct ModuleNetwork {
  using module = Module;
  using input = In;
  using blocks = typename detail::DeclaredBlocks<Out, List<>, Blocks...>::type;
  static constexpr std::size_t block_count = sizeof...(Blocks);
};

/// Does a module of torch::nn compute this network?
template <class M>
concept ModuleModel = NetworkLike<M> && requires {
  typename M::module;
};

namespace detail {

/// Is it known how much a model computes?
template <class Model>
inline constexpr bool counts_macs = [] {
  if constexpr (ModuleModel<Model>) return requires {
      { Model::forward_macs(1) } -> std::same_as<long long>;
    };
  else
    return true;
}();

}  // namespace detail
}  // namespace tuneit
