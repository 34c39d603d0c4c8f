#pragma once
// The leaves of a network's description: empty tags. What they mean is said by the interpreters (table, shape, cost,
// forward), each in a header of its own. Argument order and defaults are those of torch.nn. A layer says which tensors
// it has and what comes out of it, or that there is nothing to say: silence is refused (LayerLacks).

namespace tuneit {

/// Said by a layer: it has no tensors (`using tensors = None;`).
struct None {};

/// Said by a layer: what comes out has the shape of what goes in (`using out = SameShape;`).
struct SameShape {};

/// A class count that is known only at run time: `ReplaceHead<Dynamic>`.
inline constexpr int Dynamic = -1;

/// Padding that keeps ceil(size / stride), more of it at the right and bottom (TensorFlow's SAME, of the image's own
/// size).
inline constexpr int Same = -1;

/// The sliding window of a convolution or a pooling: square, in pixels.
struct Window {
  int kernel;
  int stride = 1;
  int padding = 0;
  int groups = 1;
};

/// Numbers of a batch norm: torch's names and defaults; `momentum` is the weight of the new batch.
struct NormOptions {
  double eps = 1e-5;
  double momentum = 0.1;
};

/// 2-d convolution, [N, In, H, W] -> [N, Out, H', W'].
template <int In, int Out, Window W, bool Bias = false>
struct Conv2d {};

/// Batch norm over N, H, W with affine weight and bias and running statistics.
template <int Channels, NormOptions Options = NormOptions{}>
struct BatchNorm2d {};

/// y = x W^T + b on the last dimension; Out may be Dynamic in a head.
template <int In, int Out, bool Bias = true>
struct Linear {};

struct ReLU {
  using tensors = None;
  using out = SameShape;
};

/// min(max(x, 0), 6).
struct ReLU6 {
  using tensors = None;
  using out = SameShape;
};

/// Maximum over windows; padding is minus infinity.
template <Window W>
struct MaxPool2d {
  using tensors = None;
};

/// Mean over H and W: [N, C, H, W] -> [N, C].
struct GlobalAvgPool {
  using tensors = None;
};

/// Maximum and mean over H and W, one after the other: [N, C, H, W] -> [N, 2 C] (fastai's AdaptiveConcatPool2d(1)).
struct GlobalConcatPool {
  using tensors = None;
};

/// Mean over the cells of a fixed grid, whatever the size of the picture: [N, C, H, W] -> [N, C, Height, Width]. Cell i
/// of n begins at floor(i H / n) and ends at ceil((i + 1) H / n), so cells may overlap (torch's rule).
template <int Height, int Width = Height>
struct AdaptiveAvgPool2d {
  using tensors = None;
};

/// [N, C, H, W] -> [N, C H W], channels outermost whatever the memory format.
struct Flatten {
  using tensors = None;
};

struct Identity {
  using tensors = None;
  using out = SameShape;
};

/// Zeroes each value with this probability in training and scales the rest up. Off in frozen blocks.
template <auto Probability>
struct Dropout {
  using tensors = None;
  using out = SameShape;
};

/// Drops a residual branch for whole samples in training ("drop connect", stochastic depth, arXiv 1603.09382) with the
/// probability Probability * i / Blocks, where i is the number of the enclosing Repeat's turn: the linear rule.
template <auto Probability, int Blocks>
struct StochasticDepth {
  using tensors = None;
  using out = SameShape;
};

}  // namespace tuneit
