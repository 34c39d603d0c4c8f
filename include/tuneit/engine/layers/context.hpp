#pragma once
// What an operation is handed when it runs, and the gradient that flows back.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/pending_statistics.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/net/layers/wires.hpp"
#include "tuneit/net/run.hpp"
#include "tuneit/recipe/assemble/wire_needs.hpp"

namespace tuneit {

namespace detail {

[[noreturn, gnu::cold]] inline void refuse_gradient(std::size_t i) {
  throw Error(ErrorKind::Usage,
              std::string("a layer's gradient of its tensor ").append(std::to_string(i)).append(" is not of its shape"),
              "Each set_gradient(i, g) must have the shape of tensor(i).");
}

/// Do the numbers of a gradient lie as those of its tensor? Optimizers go through both in the order of memory.
inline bool lies_as(const at::Tensor& g, const at::Tensor& of) {
  constexpr auto last = at::MemoryFormat::ChannelsLast;
  return of.dim() == 4 && of.is_contiguous(last) ? g.is_contiguous(last) : g.is_contiguous() && of.is_contiguous();
}

[[noreturn, gnu::cold]] inline void refuse_wire_gradient(std::size_t i, const char* what) {
  throw Error(ErrorKind::Usage,
              std::string("a layer's gradient of its wire ").append(std::to_string(i)).append(" is ").append(what),
              "Its backward calls set_wire_gradient(i, g), with a tensor of the shape of wire(i), for each i with "
              "`N.wires >> i & 1`.");
}

[[noreturn, gnu::cold]] inline void refuse_wire(std::size_t i, std::size_t read) {
  throw Error(ErrorKind::Usage,
              std::string("a layer asks for its wire ")
                  .append(std::to_string(i))
                  .append(" (from 0), and says that it reads ")
                  .append(read == 0 ? "none" : std::to_string(read)),
              "A layer names the wires that it reads: `using reads = Wires<\"attention_mask\">;`.");
}

/// Does nobody else hold this tensor or its memory? Then it may be overwritten.
inline bool exclusive(const at::Tensor& x) { return x.use_count() == 1 && x.storage().use_count() == 1; }

/// What lies on the wires of a network during a pass. A wire is found by its name's hash among a network's few.
struct WireFrame {
  const std::uint64_t* names = nullptr;  ///< of the slots
  at::Tensor* values = nullptr;
  at::Tensor* gradients = nullptr;  ///< only in backward
  int* left = nullptr;              ///< how often each will still be read
  const int* reads = nullptr;       ///< how often each of the saves to come will be read
  const std::uint64_t* output_names = nullptr;
  at::Tensor* outputs = nullptr;                     ///< in backward the gradients by them
  std::span<const std::uint64_t> reading{};          ///< names that the layer at hand reads
  const std::vector<std::int64_t>* sizes = nullptr;  ///< in backward: of what it read
  std::uint32_t given = 0;                           ///< bits of the wires whose gradient it has left

  static std::size_t find(const std::uint64_t* in, std::uint64_t name) {
    std::size_t i = 0;
    while (in[i] != name) ++i;  // judged: it is there
    return i;
  }
  void save(std::uint64_t name, const at::Tensor& x) {
    const std::size_t i = find(names, name);
    left[i] = *reads++;
    if (left[i] > 0) values[i] = x;
  }
  [[nodiscard]] const at::Tensor& peek(std::uint64_t name) const { return values[find(names, name)]; }
  /// The last to read it takes it off.
  void pass_by(std::uint64_t name) {
    const std::size_t i = find(names, name);
    if (--left[i] == 0) values[i].reset();
  }
  [[nodiscard]] at::Tensor take(std::uint64_t name) {
    const std::size_t i = find(names, name);
    return --left[i] == 0 ? std::move(values[i]) : values[i];
  }
  /// A gradient that nobody else holds.
  void add_gradient(std::uint64_t name, at::Tensor g) {
    at::Tensor& slot = gradients[find(names, name)];
    if (slot.defined())
      slot.add_(g);
    else
      slot = std::move(g);
  }
};

/// Something that is added to the vectors that an Embedding looks up, for a pass, and the gradient that comes back.
struct MovedVectors {
  std::size_t row = 0;             ///< of the Embedding's table
  const at::Tensor* at = nullptr;  ///< that row's tensor, as the pass reads it
  at::Tensor by{};                 ///< of the shape of the vectors; undefined: nothing is added
  at::Tensor gradient{};           ///< by the vectors; undefined where none came
};

}  // namespace detail

/// Where an operation finds its tensors, and leaves their gradients: both in the order of the network's table, from the
/// operation's first tensor on. `iteration` is the number of the enclosing Repeat's turn.
struct Context {
  const at::Tensor* tensors = nullptr;
  at::Tensor* gradients = nullptr;
  const at::Generator* random = nullptr;
  int iteration = 0;
  /// In which the network computes; undefined: as its weights are. Said only where a network takes indices, which have
  /// no type of their own to hand on.
  at::ScalarType numbers = at::ScalarType::Undefined;
  PendingStatistics* statistics = nullptr;  ///< of batch norms; null: nobody asks for them
  detail::WireFrame* wired = nullptr;       ///< what lies on wires; null in a network without
  detail::MovedVectors* moved = nullptr;    ///< null: no vectors are moved

  /// The operation's i-th tensor, in the order in which it names them. In single precision (double in double
  /// precision), whatever what flows is computed in.
  [[nodiscard]] const at::Tensor& tensor(std::size_t i) const { return tensors[i]; }
  /// Only in backward: the gradient of the i-th tensor, in any number type and layout. Throws Error(Usage) if shapes
  /// differ.
  void set_gradient(std::size_t i, at::Tensor g) const {
    if (g.sizes() != tensors[i].sizes()) detail::refuse_gradient(i);
    const at::ScalarType type = tensors[i].scalar_type();
    if (g.scalar_type() != type) g = g.to(type);
    gradients[i] = detail::lies_as(g, tensors[i]) ? std::move(g) : aten::empty_like(tensors[i]).copy_(g);
  }
  /// What is on the i-th of the wires that a layer reads (`using reads = Wires<...>`).
  /// Throws Error(Usage) where it reads no such.
  [[nodiscard]] const at::Tensor& wire(std::size_t i) const { return wired->peek(name_of_wire(i)); }
  /// Only in backward, and where `N.wires >> i & 1`: the gradient of the i-th wire. Throws Error(Usage) for none, and
  /// for one of another shape. One that is left out is refused when the backward is through.
  void set_wire_gradient(std::size_t i, at::Tensor g) const {
    const std::uint64_t name = name_of_wire(i);
    detail::WireFrame& f = *wired;
    if (!g.defined()) detail::refuse_wire_gradient(i, "none");
    if (g.sizes() != f.sizes[i]) detail::refuse_wire_gradient(i, "not of its shape");
    f.given |= std::uint32_t{1} << i;
    f.add_gradient(name, detail::exclusive(g) ? std::move(g) : g.clone());
  }
  /// Of a network with wires.
  [[nodiscard]] detail::WireFrame& frame() const { return *wired; }

  /// What is random is drawn from it.
  [[nodiscard]] const at::Generator& generator() const { return *random; }

  /// Of the operation that follows `count` tensors later.
  [[nodiscard]] Context after(std::size_t count) const {
    Context there = *this;
    there.tensors += count;
    if (gradients != nullptr) there.gradients += count;
    return there;
  }

 private:
  [[nodiscard]] std::uint64_t name_of_wire(std::size_t i) const {
    if (wired == nullptr || i >= wired->reading.size())
      detail::refuse_wire(i, wired == nullptr ? 0 : wired->reading.size());
    return wired->reading[i];
  }
};

/// A gradient on its way back: the sum of one or two tensors that nobody else holds, so that whoever receives them may
/// overwrite them. (Two where a shortcut joined; the next batch norm adds them in passing.)
struct Gradient {
  at::Tensor value, more{};

  Gradient() = default;
  Gradient(at::Tensor&& one) noexcept : value(std::move(one)) {}
  Gradient(const at::Tensor& one) : value(one) {}
  Gradient(at::Tensor&& one, at::Tensor&& other) noexcept : value(std::move(one)), more(std::move(other)) {}

  /// Both together; `std::move(dy).sum()` hands the tensor over.
  const at::Tensor& sum() & {
    if (more.defined()) value.add_(std::exchange(more, {}));
    return value;
  }
  at::Tensor sum() && {
    if (more.defined()) value.add_(more);
    return std::move(value);
  }
};

namespace detail {

/// An operation that leaves nothing for backward.
struct NothingSaved {};

/// How a layer that reads wires runs: it is told which, and each whose gradient is wanted (N.wires) must get one.
template <class Layer, class Run, Need N>
struct Reader {
  static constexpr const auto& names = Layer::reads::names;
  static constexpr std::uint32_t wanted = N.wires & (~std::uint32_t{0} >> (32 - Layer::reads::size));
  struct Saved {
    typename Run::Saved own{};
    std::vector<std::int64_t> sizes[wanted != 0 ? Layer::reads::size : 1];
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    WireFrame& frame = c.frame();
    frame.reading = names;
    if constexpr (wanted != 0)
      for (std::size_t i = 0; i < names.size(); ++i) saved.sizes[i] = c.wire(i).sizes().vec();
    at::Tensor y = Run::forward(std::move(x), saved.own, c);
    frame.reading = {};
    for (const std::uint64_t name : names) frame.pass_by(name);
    return y;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    WireFrame& frame = c.frame();
    frame.reading = names;
    frame.sizes = saved.sizes;
    frame.given = 0;
    Gradient dx = Run::backward(std::move(dy), saved.own, c);
    frame.reading = {};
    if ((frame.given & wanted) != wanted) refuse_missing(frame.given);
    return dx;
  }

 private:
  [[noreturn, gnu::cold]] static void refuse_missing(std::uint32_t given) {
    std::size_t i = 0;
    while ((wanted >> i & 1) == 0 || (given >> i & 1) != 0) ++i;
    refuse_wire_gradient(i, "none");
  }
};
template <class Layer, class Run, Need N>
struct MayRead {
  using type = Run;
};
template <ReadsWires Layer, class Run, Need N>
requires(!WireTag<Layer>) struct MayRead<Layer, Run, N> {
  using type = Reader<Layer, Run, N>;
};

}  // namespace detail
}  // namespace tuneit
