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
  FirstValues start = FirstValues::Usual;
  std::int16_t tied = own;     ///< which row before it is, under a name of its own
  std::int32_t base = -1;      ///< which row of the network before all rewrites it is; -1: a rewrite added it
  std::int32_t zero_row = -1;  ///< which row starts from zeros, where the others do not; -1: none
  std::int32_t dims[4]{};

  /// Of `tied`: it is no other; it names one that is not there, or of another shape, which is refused.
  static constexpr std::int16_t own = -1, tied_to_none = -2;
  [[nodiscard]] constexpr bool is_tied() const { return tied != own; }

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

// First pass: how many tensors, how many characters, in all names and in the longest of what stands before them.
struct CountTensors final : TensorSink {
  std::size_t tensors = 0, chars = 0, longest = 0;

 private:
  constexpr std::size_t begin(std::string_view name) override {
    const std::size_t outside = prefix_;
    grow(name.size() + 1);
    return outside;
  }
  constexpr std::size_t begin_turn(int number) override {
    const std::size_t outside = prefix_;
    std::size_t digits = 1;
    for (; number > 9; number /= 10) ++digits;
    grow(digits + 1);
    return outside;
  }
  constexpr void end(std::size_t outside) override { prefix_ = outside; }
  constexpr void end_turn(std::size_t outside) override { prefix_ = outside; }
  constexpr void add(std::string_view name, Kind, Owner, std::initializer_list<int>) override {
    ++tensors;
    chars += prefix_ + name.size();
  }
  constexpr void grow(std::size_t n) {
    prefix_ += n;
    if (prefix_ > longest) longest = prefix_;
  }
  std::size_t prefix_ = 0;
};

// Second pass: the rows. A layer begins with the first tensor of a block or of a turn of its outermost Repeat; what
// comes after the turns (the last norm of a transformer) belongs to the last of them, as in timm.
class FillTable final : public TensorSink {
 public:
  /// `prefix`: room for what stands before a name.
  constexpr FillTable(TensorRow* rows, char* pool, char* prefix) : rows_(rows), pool_(pool), prefix_(prefix) {}
  std::size_t next = 0;  ///< row
  std::uint16_t block = 0;
  bool new_layer = false;  ///< begins with the next tensor

 private:
  constexpr std::size_t begin(std::string_view name) override {
    const std::size_t outside = length_;
    for (const char c : name) prefix_[length_++] = c;
    prefix_[length_++] = '.';
    return outside;
  }
  constexpr std::size_t begin_turn(int number) override {
    const std::size_t outside = length_;
    Text<12> digits;
    digits.append_number(number);
    for (std::size_t i = 0; i < digits.size(); ++i) prefix_[length_++] = digits.data()[i];
    prefix_[length_++] = '.';
    new_layer = new_layer || turns_ == 0;
    ++turns_;
    return outside;
  }
  constexpr void end(std::size_t outside) override { length_ = outside; }
  constexpr void end_turn(std::size_t outside) override {
    length_ = outside;
    --turns_;
  }
  // Half of the work: no call and no member within the loop.
  constexpr void copy(const char* from, std::size_t n) {
    char* to = pool_ + used_;
    used_ += n;
    for (; n > 0; --n) *to++ = *from++;
  }
  constexpr void add(std::string_view name, Kind kind, Owner owner, std::initializer_list<int> dims) override {
    if (new_layer && next > 0) ++layer_;
    new_layer = false;
    TensorRow& row = rows_[next++];
    row.depth = layer_;
    row.name_begin = static_cast<std::uint32_t>(used_);
    row.name_size = static_cast<std::uint16_t>(length_ + name.size());
    row.block = block;
    row.kind = kind;
    row.owner = owner;
    row.start = start();
    row.zero_row = zero_row();
    row.base = next_base();
    for (const int d : dims) row.dims[row.rank++] = d;
    copy(prefix_, length_);
    copy(name.data(), name.size());
    if (!tied_to().empty()) row.tied = find(tied_to(), row);
  }
  /// The row before of this name, and of the shape of `like`.
  [[nodiscard]] constexpr std::int16_t find(std::string_view name, const TensorRow& like) const {
    for (std::size_t i = 0; i + 1 < next; ++i) {
      const TensorRow& row = rows_[i];
      bool same = row.name_size == name.size() && row.rank == like.rank && row.kind == like.kind && !row.is_tied();
      for (std::size_t k = 0; same && k < name.size(); ++k) same = pool_[row.name_begin + k] == name[k];
      for (int d = 0; same && d < row.rank; ++d) same = row.dims[d] == like.dims[d];
      if (same) return static_cast<std::int16_t>(i);
    }
    return TensorRow::tied_to_none;
  }

  TensorRow* rows_;
  char* pool_;
  char* prefix_;
  std::size_t length_ = 0;  // of the prefix
  std::size_t used_ = 0;    // of the pool
  std::uint16_t layer_ = 0;
  int turns_ = 0;  // how many Repeats are around
};

struct TableSize {
  std::size_t tensors, chars, longest;
};

template <class... Blocks>
constexpr TableSize count_blocks(List<Blocks...>) {
  CountTensors count;
  (WalkTensors(count).walk(typename Blocks::layers{}), ...);
  return {count.tensors, count.chars, count.longest};
}

template <class... Blocks>
constexpr auto fill_blocks(List<Blocks...>) {
  constexpr TableSize count = count_blocks(List<Blocks...>{});
  TensorTable<count.tensors, count.chars, sizeof...(Blocks)> table{};
  char prefix[count.longest + 1]{};
  FillTable fill(table.rows, table.pool, prefix);
  const auto begin = [&] {
    table.block_begin[fill.block] = static_cast<std::uint32_t>(fill.next);
    fill.new_layer = true;
  };
  ((begin(), WalkTensors(fill).walk(typename Blocks::layers{}), ++fill.block), ...);
  begin();
  return table;
}

template <class Layer>
constexpr std::size_t count_layer() {
  CountTensors count;
  WalkTensors(count).walk(Layer{});
  return count.tensors;
}

}  // namespace detail

/// The table of a model, computed once per model and translation unit.
template <NetworkLike Model>
inline constexpr auto table = detail::fill_blocks(typename Model::blocks{});

/// How many tensors (parameters and buffers) a layer has.
template <class Layer>
inline constexpr std::size_t tensor_count = detail::count_layer<Layer>();

namespace detail {
/// The name of a row, for reasons.
template <class Model, std::size_t Row>
inline constexpr fixed_string<table<Model>.rows[Row].name_size + 1> row_name{table<Model>.name_data(Row), 0};
}  // namespace detail

/// Has a model tensors with several names?
template <NetworkLike Model>
inline constexpr bool has_ties = [] {
  for (const TensorRow& row : table<Model>.rows)
    if (row.is_tied()) return true;
  return false;
}();

/// Parameters (not buffers) of a model in elements, tied ones once; `classes` stands in for a Dynamic head.
template <NetworkLike Model>
constexpr std::int64_t parameter_count(int classes = 0) {
  std::int64_t n = 0;
  for (const TensorRow& row : table<Model>.rows)
    if (!row.is_buffer() && !row.is_tied()) n += row.numel(classes);
  return n;
}

}  // namespace tuneit
