#pragma once
// How much memory does the frozen beginning of a network need? It runs as an inference program: nothing is kept,
// weights are there once more, folded and packed. What an operation has prepared it says itself.
#include <array>

#include "tuneit/recipe/account/step_memory.hpp"

namespace tuneit::detail {

class InferenceAccount {
 public:
  constexpr InferenceAccount(std::int64_t batch, int bytes) : facts_{.live = false, .batch = batch, .bytes = bytes} {}

  /// Runs a program on what flows in; that is freed on the way, but for the pictures, which are somebody else's.
  template <class... Ops>
  constexpr Shape run(List<Ops...>, Shape x) {
    ((x = one(Ops{}, x)), ...);
    return x;
  }
  [[nodiscard]] constexpr std::int64_t peak() const { return peak_; }
  /// Copies of weights.
  [[nodiscard]] constexpr std::int64_t prepared() const { return prepared_; }

  // --- for operations that are made of others
  template <class Op>
  constexpr Shape one(Shape x) {
    return one(Op{}, x);
  }
  /// A batch norm behind a convolution: the convolution's weights become another tensor.
  constexpr void fold() {
    prepared_ += foldable_;
    foldable_ = 0;
  }
  constexpr void nothing_foldable() { foldable_ = 0; }

  // --- wires: what lies there is there beside what flows
  template <class Model, class Plan>
  constexpr void begin_wires(const Plan& plan, int side) {
    KeepShapes keep;
    WireShapes wires;
    trace_up_to<Model>(0, side, wires, keep);
    reads_ = plan.reads;
    for (int i = 0; i < plan.begin_count; ++i)  // inputs, which are somebody else's
      put({plan.begin[i].name, wires.shape(plan.begin[i].name), plan.begin[i].reads, false});
  }

 private:
  struct OnWire {
    std::uint64_t name = 0;
    Shape shape{};
    int left = 0;
    bool owned = true;
  };
  constexpr void put(const OnWire& w) {
    if (wire_count_ >= most_wires) return;
    wires_[wire_count_++] = w;
    if (w.owned && w.left > 0) around_ += size(w.shape);
  }
  constexpr Shape read(std::uint64_t name) {
    int i = wire_count_ - 1;
    while (i > 0 && wires_[i].name != name) --i;
    OnWire& w = wires_[i < 0 ? 0 : i];
    if (--w.left == 0 && w.owned) around_ -= size(w.shape);
    return w.shape;
  }
  template <fixed_string Wire>
  constexpr Shape one(Save<Wire>, Shape x) {
    put({name_hash<Wire>, x, *reads_++});
    on_wire_ = true;
    return x;
  }
  template <fixed_string Wire>
  constexpr Shape one(From<Wire>, Shape) {
    return read(name_hash<Wire>);
  }
  template <class Fn, fixed_string Wire>
  constexpr Shape one(Merge<Fn, Wire>, Shape x) {
    const std::int64_t before = around_;
    const Shape w = read(name_hash<Wire>), out = Fn::out(x, w);
    const std::int64_t after = around_;
    around_ = before;  // it is there while it is read
    touch(size(x) + size(out));
    around_ = after;
    return out;
  }
  template <fixed_string Name>
  constexpr Shape one(Output<Name>, Shape x) {
    around_ += size(x);
    return x;
  }
  [[nodiscard]] constexpr std::int64_t size(Shape s) const { return facts_.batch * s.numel() * facts_.bytes; }
  constexpr void touch(std::int64_t n) {
    if (around_ + n > peak_) peak_ = around_ + n;
  }

  template <LoneLayer Layer>  // one's own too
  constexpr Shape one(Layer, Shape x) {
    Shape out = x;
    if constexpr (MakesShape<Layer>) out = Layer::out(x);
    PreparedSizes p;
    if constexpr (requires { Layer::prepared(x, facts_); }) p = Layer::prepared(x, facts_);
    prepared_ += p.copies;
    foldable_ = p.foldable;
    if constexpr (ReadsWires<Layer>)
      for (const std::uint64_t name : Layer::reads::names) read(name);
    touch((on_wire_ ? 0 : size(x)) + size(out) + p.scratch);
    on_wire_ = false;
    return out;
  }
  template <class Op>
  requires(!LoneLayer<Op>) constexpr Shape one(Op, Shape x) { return Op::infer(x, *this); }
  template <int First, int Count, class Layer>
  constexpr Shape one(Repeat<First, Count, Layer>, Shape x) {
    for (int i = 0; i < Count; ++i) {
      const int outside = wire_count_;
      x = run(program<Layer>{}, x);
      wire_count_ = outside;
    }
    return x;
  }
  template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation>
  constexpr Shape one(op::Sum<Front, BatchNorm, Drop, Shortcut, Activation>, Shape x) {
    const Shape around = run(Shortcut{}, x);
    const std::int64_t outside = around_;
    around_ += size(around);
    Shape out = run(Front{}, x);
    around_ = outside;
    if constexpr (!std::is_void_v<BatchNorm>) out = one(op::Norm<BatchNorm, Activation>{}, out);
    nothing_foldable();
    return added(out, around);
  }

  Facts facts_;
  std::int64_t around_ = 0, peak_ = 0, prepared_ = 0;
  const int* reads_ = nullptr;
  int wire_count_ = 0;
  bool on_wire_ = false;  ///< what flows is on a wire, and counted there
  OnWire wires_[most_wires]{};
  std::int64_t foldable_ = 0;  ///< bytes of the weights of a convolution that has just run
};

}  // namespace tuneit::detail
