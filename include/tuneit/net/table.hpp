#pragma once
// What are the tensors of a network called, how are they shaped, of which block and kind are they?
// The answer is one constexpr table per model, in the order of the state dict; everything else reads it.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "tuneit/net/walk.hpp"

namespace tuneit {

/// One tensor of a network. Its name lies in the table's pool of characters; a dimension may be Dynamic (-1) in a head.
struct TensorRow {
  std::uint32_t name_begin = 0;
  std::uint16_t name_size = 0;
  std::uint16_t block = 0;
  std::uint16_t depth = 0;  ///< counts turns of outermost Repeats and, where there are none, top-level blocks
  Kind kind = Kind::Weight;
  Owner owner = Owner::Other;
  std::uint8_t rank = 0;
  std::int32_t dims[4]{};

  /// Running statistics: no gradient, no optimizer.
  [[nodiscard]] constexpr bool is_buffer() const { return kind >= Kind::RunningMean; }

  /// Elements, with `classes` in the place of a Dynamic dimension.
  [[nodiscard]] constexpr std::int64_t numel(int classes = 0) const {
    std::int64_t n = 1;
    for (int d = 0; d < rank; ++d) n *= dims[d] == Dynamic ? classes : dims[d];
    return n;
  }
};

/// The table of a network of N tensors whose names have C characters together.
template <std::size_t N, std::size_t C, std::size_t B>
struct TensorTable {
  static constexpr std::size_t size = N;
  TensorRow rows[N]{};
  char pool[C]{};
  std::uint32_t block_begin[B + 1]{};  ///< rows of block b: [block_begin[b], block_begin[b + 1])

  [[nodiscard]] constexpr const char* name_data(std::size_t i) const { return pool + rows[i].name_begin; }
  [[nodiscard]] constexpr std::string_view name(std::size_t i) const { return {name_data(i), rows[i].name_size}; }
};

namespace detail {

// First pass: how many tensors, how many characters.
struct CountTensors {
  std::size_t tensors = 0, chars = 0, prefix = 0;

  constexpr std::size_t enter(const char*, std::size_t n) {
    const std::size_t before = prefix;
    prefix += n + 1;
    return before;
  }
  constexpr std::size_t enter(int number) { return enter("", number > 99 ? 3 : number > 9 ? 2 : 1); }
  constexpr void leave(std::size_t before) { prefix = before; }
  constexpr void tensor(std::string_view name, Kind, Owner, std::initializer_list<int>) {
    ++tensors;
    chars += prefix + name.size();
  }
};

// Second pass: the rows. A layer begins with the first tensor of a block or of a turn of its outermost Repeat; what
// comes after the turns (the last norm of a transformer) belongs to the last of them, as in timm.
template <class Table>
struct FillTable {
  struct Turn {
    std::size_t prefix;
  };
  Table& table;
  Text<128> prefix{};
  std::size_t next = 0, pool = 0;
  std::uint16_t block = 0, layer = 0;
  int turns = 0;           // how many Repeats are around
  bool new_layer = false;  // begins with the next tensor

  constexpr std::size_t enter(const char* name, std::size_t n) {
    const std::size_t before = prefix.size();
    prefix.append(name, n);
    prefix.append(".", 1);
    return before;
  }
  constexpr Turn enter(int number) {
    const Turn before{prefix.size()};
    prefix.append_number(number);
    prefix.append(".", 1);
    new_layer = new_layer || turns == 0;
    ++turns;
    return before;
  }
  constexpr void leave(std::size_t before) { prefix.truncate(before); }
  constexpr void leave(Turn before) {
    prefix.truncate(before.prefix);
    --turns;
  }
  // Half of the work: no call and no member within the loop.
  constexpr void copy(const char* from, std::size_t n) {
    char* to = table.pool + pool;
    pool += n;
    for (; n > 0; --n) *to++ = *from++;
  }
  constexpr void tensor(std::string_view name, Kind kind, Owner owner, std::initializer_list<int> dims) {
    if (new_layer && next > 0) ++layer;
    new_layer = false;
    TensorRow& row = table.rows[next++];
    row.depth = layer;
    row.name_begin = static_cast<std::uint32_t>(pool);
    row.name_size = static_cast<std::uint16_t>(prefix.size() + name.size());
    row.block = block;
    row.kind = kind;
    row.owner = owner;
    for (const int d : dims) row.dims[row.rank++] = d;
    copy(prefix.data(), prefix.size());
    copy(name.data(), name.size());
  }
};

template <class... Blocks>
constexpr CountTensors count_blocks(List<Blocks...>) {
  CountTensors count;
  (walk_tensors(typename Blocks::layers{}, count), ...);
  return count;
}

template <class... Blocks>
constexpr auto fill_blocks(List<Blocks...>) {
  constexpr CountTensors count = count_blocks(List<Blocks...>{});
  using Table = TensorTable<count.tensors, count.chars, sizeof...(Blocks)>;
  Table table{};
  FillTable<Table> fill{table};
  const auto one = [&](auto layers) {
    table.block_begin[fill.block] = static_cast<std::uint32_t>(fill.next);
    fill.new_layer = true;
    walk_tensors(layers, fill);
    ++fill.block;
  };
  (one(typename Blocks::layers{}), ...);
  table.block_begin[fill.block] = static_cast<std::uint32_t>(fill.next);
  return table;
}

template <class Layer>
constexpr std::size_t count_layer() {
  CountTensors count;
  walk_tensors(Layer{}, count);
  return count.tensors;
}

}  // namespace detail

/// The table of a model, computed once per model and translation unit.
template <NetworkLike Model>
inline constexpr auto table = detail::fill_blocks(typename Model::blocks{});

/// How many tensors (parameters and buffers) a layer has.
template <class Layer>
inline constexpr std::size_t tensor_count = detail::count_layer<Layer>();

/// Parameters (not buffers) of a model in elements; `classes` stands in for a Dynamic head.
template <NetworkLike Model>
constexpr std::int64_t parameter_count(int classes = 0) {
  std::int64_t n = 0;
  for (const TensorRow& row : table<Model>.rows)
    if (!row.is_buffer()) n += row.numel(classes);
  return n;
}

}  // namespace tuneit
