#pragma once
// What a leaf of a network's description says of itself, by members. Interpreters know the combinators (compose.hpp)
// and ask leaves these questions:
//
//     template <int C>
//     struct Swish : LayerTag {
//       template <class Sink>
//       static constexpr void tensors(Sink& s) { s.tensor("beta", Kind::Weight, {C}); }   // or using tensors = None;
//       static constexpr Shape out(Shape in) { return in.with_fit(in.channels() == C); }  // or using out = SameShape;
//       static constexpr Cost cost(Shape in, Shape) { return {.macs = 2 * in.numel()}; }  // may be left out
//       static constexpr SavedSizes saved(Shape, Shape, Facts f) { return {.input = f.need.x}; }  // may be left out
//     };
//
// How it runs is said elsewhere (run.hpp), with LibTorch.
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "tuneit/net/tensor_sink.hpp"

namespace tuneit {

/// A leaf derives from it. It supplies nothing: what a layer does not say is not guessed (LayerLacks).
struct LayerTag {};

namespace detail {

/// A leaf of this library: its word is tested, so that nobody needs to ask it again.
struct ShippedLayer : LayerTag {
  using ships = void;
};
template <class Layer>
concept Ships = requires {
  typename Layer::ships;
};

}  // namespace detail

/// Said by a layer: it has no tensors (`using tensors = None;`).
struct None {};

/// Said by a layer: what comes out has the shape of what goes in (`using out = SameShape;`).
struct SameShape {};

/// A class count that is known only at run time: `ReplaceHead<Dynamic>`.
inline constexpr int Dynamic = -1;

/// What a tensor between layers holds: numbers of the network's type, indices (int64), or truths (bool).
enum class ElementType : std::uint8_t { Number, Index, Truth };

/// The shape of what flows between layers for one sample: images [C, H, W], a flat vector [C], tokens [T, D]. `fits` is
/// false from the first layer on whose declared input does not agree with what reaches it.
struct Shape {
  int rank = 0;
  int dims[4]{};
  ElementType dtype = ElementType::Number;
  bool fits = true;

  constexpr Shape() = default;
  constexpr explicit Shape(int features) : rank(1), dims{features} {}
  constexpr Shape(int tokens, int features) : rank(2), dims{tokens, features} {}
  constexpr Shape(int channels, int height, int width, bool is_fit = true)
      : rank(3), dims{channels, height, width}, fits(is_fit) {}

  /// Of an image: its channels. Of tokens and flat vectors: features.
  [[nodiscard]] constexpr int channels() const { return rank == 2 ? dims[1] : dims[0]; }
  /// Of an image; 1 of a flat vector. Of tokens: how many there are, and 1.
  [[nodiscard]] constexpr int height() const { return rank == 2 ? dims[0] : rank > 2 ? dims[1] : 1; }
  [[nodiscard]] constexpr int width() const { return rank > 2 ? dims[2] : 1; }
  /// Is it a vector, or an image of a single pixel?
  [[nodiscard]] constexpr bool is_flat() const { return rank != 2 && height() == 1 && width() == 1; }

  [[nodiscard]] constexpr long long numel() const {
    long long n = 1;
    for (int d = 0; d < rank; ++d) n *= dims[d];
    return rank == 0 ? 0 : n;
  }
  /// The same, fitting if it did and `also`.
  [[nodiscard]] constexpr Shape with_fit(bool also) const {
    Shape s = *this;
    s.fits = fits && also;
    return s;
  }
  /// The same with other channels (features).
  [[nodiscard]] constexpr Shape with_channels(int n) const {
    Shape s = *this;
    s.dims[rank == 2 ? 1 : 0] = n;
    return s;
  }
  /// The same with other elements.
  [[nodiscard]] constexpr Shape of(ElementType type) const {
    Shape s = *this;
    s.dtype = type;
    return s;
  }
  constexpr bool operator==(const Shape&) const = default;
};

/// Cost of one picture. MACs are multiply-accumulates of convolutions and linear layers, the count that torchvision's
/// model pages call GFLOPs. `activations` are elements kept for backward: the output of each convolution and batch norm
/// (ReLU and addition work in place), pooled maxima with their 8-byte indices counted as two more. Of a head whose
/// class count comes at run time, `macs_per_class` are those of each class.
struct Cost {
  long long macs = 0;
  long long activations = 0;
  long long macs_per_class = 0;

  [[nodiscard]] constexpr long long macs_of(int classes) const { return macs + macs_per_class * classes; }
  constexpr Cost& operator+=(const Cost& other) {
    macs += other.macs;
    activations += other.activations;
    macs_per_class += other.macs_per_class;
    return *this;
  }
};

/// Whose gradient is wanted of an operation: of what flows into it (x). `wires` is for layers that read more than what
/// flows, of which there are none yet: 0.
struct Need {
  bool x = false;
  std::uint32_t wires = 0;
  constexpr bool operator==(const Need&) const = default;
};

/// What a layer is told of a training step when it says what it keeps: what trains of it, and how large a batch is.
struct Facts {
  Need need{};
  bool trains_any = false;                      ///< any of its tensors
  bool live = true;                             ///< something in its block moves: dropout is on
  std::uint64_t trained = 0, of_the_batch = 0;  ///< bits of its first 64 tensors
  std::int64_t batch = 1;
  int bytes = 4;    ///< of one of the network's numbers
  int classes = 0;  ///< stand in for Dynamic

  [[nodiscard]] constexpr bool trains(std::size_t i) const { return i < 64 && (trained >> i & 1) != 0; }
  [[nodiscard]] constexpr bool of_batch(std::size_t i) const { return i < 64 && (of_the_batch >> i & 1) != 0; }
  /// Numbers of a batch of this shape.
  [[nodiscard]] constexpr std::int64_t count(Shape s) const {
    return batch * (s.channels() == Dynamic ? classes : s.numel());
  }
};

/// What a layer keeps in a training step for its way back, and where its results lie: what `memory<R>` adds up. The
/// contract of its `Train`. Without one, autograd keeps its input and its result.
struct SavedSizes {
  bool input = false;         ///< it keeps its input
  bool output = false;        ///< and its result
  std::int64_t elements = 0;  ///< further numbers of the network's type (a mask), of the whole batch
  std::int64_t bytes = 0;     ///< further bytes
  /// Bytes that are there for a moment, on the way forward and back.
  std::int64_t forward_scratch = 0, backward_scratch = 0;
  bool passes = false;               ///< its result is its input itself
  bool in_place = false;             ///< its result is written over its input where nobody else holds that
  bool gradient_in_place = false;    ///< the gradient of its input over that of its result
  bool gradient_over_input = false;  ///< the gradient of its input over the input that it kept
  bool frees_output_first = false;   ///< its result is freed before a gradient is made
};

/// Where a layer's random numbers come from, for who runs it twice (Recompute): `static constexpr DrawsFrom draws =
/// DrawsFrom::Nothing;`. Trainer: the generator of its Context, where `F.live`. Anywhere: also LibTorch's global ones,
/// as modules of torch::nn do; so may a layer that does not say it.
enum class DrawsFrom : std::uint8_t { Nothing, Trainer, Anywhere };

/// What a layer has beside its tensors when it is prepared for inference, in bytes: copies of its weights, what of
/// them a batch norm that is folded in makes anew, and memory that is there for a moment.
struct PreparedSizes {
  std::int64_t copies = 0, foldable = 0, scratch = 0;
};

namespace detail {

/// Does a layer say which tensors it has?
template <class Layer>
concept HasNoTensors = std::same_as<typename Layer::tensors, None>;
template <class Layer>
concept NamesTensors = requires(TensorSink& sink) {
  { Layer::tensors(sink) } -> std::same_as<void>;
};
template <class Layer>
concept SaysTensors = HasNoTensors<Layer> || NamesTensors<Layer>;

/// Does it say what comes out of it?
template <class Layer>
concept KeepsShape = std::same_as<typename Layer::out, SameShape>;
template <class Layer>
concept MakesShape = requires(Shape in) {
  { Layer::out(in) } -> std::same_as<Shape>;
};
template <class Layer>
concept SaysShape = KeepsShape<Layer> || MakesShape<Layer>;

/// What it costs?
template <class Layer>
concept SaysCost = requires(Shape s) {
  { Layer::cost(s, s) } -> std::same_as<Cost>;
};

/// Where its random numbers come from?
template <class Layer>
concept SaysDraws = requires {
  requires std::same_as<std::remove_cvref_t<decltype(Layer::draws)>, DrawsFrom>;
};

/// What it keeps?
template <class Layer>
concept SaysSaved = requires(Shape s, Facts f) {
  { Layer::saved(s, s, f) } -> std::same_as<SavedSizes>;
};

}  // namespace detail
}  // namespace tuneit
