#pragma once
// The shapes of a network as data: what is asked of a shape at run time is answered by one function for all networks,
// and not by code for each of their layers.
#include <array>
#include <cstddef>
#include <cstdint>

#include "tuneit/net/shape.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/recipe/plan/plan.hpp"

namespace tuneit::detail {

enum class ShapeKind : std::uint8_t { Leaf, Norm, Residual, Repeat, End };

/// A leaf, or where a combinator begins or ends: behind a Residual stand its body and its shortcut, behind a Repeat one
/// of its turns, each up to its End.
struct ShapeStep {
  ShapeKind kind = ShapeKind::End;
  Shape (*out)(Shape) = nullptr;                ///< of a leaf; null: what goes in
  Shape (*pass)(WireShapes&, Shape) = nullptr;  ///< of a leaf that names a wire
  std::size_t tensors = 0;                      ///< of a leaf
  int turns = 0;                                ///< of a Repeat
};

template <class Leaf>
constexpr Shape out_of(Shape in) {
  return Leaf::out(in);
}
template <class Leaf>
constexpr Shape passed(WireShapes& wires, Shape in) {
  bool need = false;
  return wires.template pass<Leaf>(in, need);
}

template <class Leaf>
inline constexpr bool is_batch_norm = false;
template <int C, NormOptions O>
inline constexpr bool is_batch_norm<BatchNorm2d<C, O>> = true;

/// Puts the steps of layers to a place; where there is none they are counted.
class ShapeWriter : public Walker<ShapeWriter> {
 public:
  constexpr explicit ShapeWriter(ShapeStep* to = nullptr) : to_(to) {}
  [[nodiscard]] constexpr std::size_t count() const { return count_; }
  constexpr void put(ShapeStep s) {
    if (to_ != nullptr) to_[count_] = s;
    ++count_;
  }
  constexpr void end() { put({}); }

  using Walker::walk;
  template <class Leaf>
  constexpr void walk(Leaf) {
    ShapeStep s{.kind = is_batch_norm<Leaf> ? ShapeKind::Norm : ShapeKind::Leaf, .tensors = tensor_count<Leaf>};
    if constexpr (WireTag<Leaf>)
      s.pass = &passed<Leaf>;
    else if constexpr (MakesShape<Leaf>)
      s.out = &out_of<Leaf>;
    if (s.out != nullptr || s.pass != nullptr || s.tensors > 0) put(s);
  }
  template <int First, int Count, class Layer>
  constexpr void walk(Repeat<First, Count, Layer>) {
    if constexpr (Count > 0) {
      put({.kind = ShapeKind::Repeat, .turns = Count});
      walk(Layer{});
      end();
    }
  }
  template <class Body, class Shortcut>
  constexpr void walk(Residual<Body, Shortcut>) {
    put({.kind = ShapeKind::Residual});
    walk(Body{});
    end();
    walk(Shortcut{});
    end();
  }

 private:
  ShapeStep* to_;
  std::size_t count_ = 0;
};

/// The steps of blocks, and where each block begins.
template <std::size_t Steps, std::size_t Blocks>
struct ShapeTable {
  std::array<ShapeStep, Steps> steps{};
  std::array<std::size_t, Blocks> begin{};
};
template <class... Blocks>
constexpr auto make_shape_table(List<Blocks...>) {
  constexpr std::size_t size = [] {
    ShapeWriter count;
    ((count.walk(typename Blocks::layers{}), count.end()), ...);
    return count.count();
  }();
  ShapeTable<size, sizeof...(Blocks)> table;
  ShapeWriter write(table.steps.data());
  std::size_t block = 0;
  ((table.begin[block++] = write.count(), write.walk(typename Blocks::layers{}), write.end()), ...);
  return table;
}
template <class Model>
inline constexpr auto shape_table = make_shape_table(typename Model::blocks{});

/// Runs steps on a shape, and looks for batch norms that use the batch's statistics and see one value per channel.
class ShapeRun {
 public:
  WireShapes* wires = nullptr;    ///< of a network that has some
  const PlanRow* rows = nullptr;  ///< of the tensors from here on; null: nobody asks for batch norms
  bool lone = false;              ///< one of them saw one value per channel

  /// Changes x to what comes out. Returns the step behind the End.
  constexpr const ShapeStep* run(const ShapeStep* at, Shape& x) {
    while (at->kind != ShapeKind::End) {
      if (at->kind == ShapeKind::Residual) {
        Shape around = x;
        at = run(at + 1, x);
        at = run(at, around);
        x = added(x, around);
      } else if (at->kind == ShapeKind::Repeat) {
        const ShapeStep* behind = at;
        for (int turn = 0; turn < at->turns; ++turn) {
          const int outside = wires == nullptr ? 0 : wires->count();
          behind = run(at + 1, x);
          if (wires != nullptr) wires->forget_from(outside);  // what a turn saves is its own
        }
        at = behind;
      } else {
        leaf(*at++, x);
      }
    }
    return at + 1;
  }

 private:
  constexpr void leaf(const ShapeStep& s, Shape& x) {
    if (rows != nullptr) {
      lone = lone || (s.kind == ShapeKind::Norm && rows[2].batch_statistics && x.is_flat());
      rows += s.tensors;
    }
    if (s.pass != nullptr) x = s.pass(*wires, x);
    if (s.out != nullptr) x = s.out(x);
  }
};

/// Blocks from `first` on. Returns what comes out of the last.
template <class Model>
constexpr Shape run_blocks(ShapeRun& run, std::size_t first, Shape x) {
  const ShapeStep* at = shape_table<Model>.steps.data() + shape_table<Model>.begin[first];
  for (std::size_t block = first; block < Model::block_count; ++block) at = run.run(at, x);
  return x;
}

}  // namespace tuneit::detail
