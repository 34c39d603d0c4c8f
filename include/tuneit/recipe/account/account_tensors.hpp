#pragma once
// What does the account of a step know of the tensors of an operation, and of what flows between two?
#include <cstddef>
#include <cstdint>

#include "tuneit/net/leaf.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/recipe/plan/plan.hpp"

namespace tuneit::detail {

/// What flows from one operation to the next: its shape, and whether somebody before keeps it anyway.
struct Flowing {
  Shape shape;
  bool held = false;
  int wire = -1;  ///< it is held by this wire of the account
};

/// What the account knows of a wire.
struct WireAccount {
  std::uint64_t name = 0;
  Shape shape{};
  bool need = false;        ///< a gradient is wanted of it
  bool owns = false;        ///< nobody else held it when it was saved
  bool kept = false;        ///< somebody who read it keeps it for his way back
  int left = 0;             ///< how often it will still be read
  std::size_t save_at = 0;  ///< where the way back of its Save is
};

/// What the account knows of tensors: those of the operation at hand are the next ones of the table.
class AccountTensors {
 public:
  constexpr AccountTensors(const TensorRow* table, const PlanRow* plan, std::int64_t batch, int bytes, int classes)
      : table_(table), plan_(plan), batch_(batch), bytes_(bytes), classes_(classes) {}

  [[nodiscard]] constexpr std::int64_t size(Shape s) const { return count(s) * bytes_; }
  [[nodiscard]] constexpr std::int64_t count(Shape s) const {
    return batch_ * (s.channels() == Dynamic ? classes_ : s.numel());
  }
  [[nodiscard]] constexpr int bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::int64_t batch() const { return batch_; }

  // --- the tensors of the operation at hand
  [[nodiscard]] constexpr bool trains(std::size_t i) const {
    return !plan_[at_ + i].frozen && !table_[at_ + i].is_buffer();
  }
  [[nodiscard]] constexpr std::int64_t numel(std::size_t i) const { return table_[at_ + i].numel(classes_); }
  [[nodiscard]] constexpr bool needs_input() const { return need_; }
  /// What an operation of so many tensors is told. Dropout is on where anything in its block moves.
  [[nodiscard]] constexpr Facts facts(std::size_t tensors) const {
    Facts f{.need = {need_}, .live = live_block_, .batch = batch_, .bytes = bytes_, .classes = classes_};
    for (std::size_t i = 0; i < tensors; ++i) {
      f.trains_any = f.trains_any || trains(i);
      if (i >= 64) continue;
      f.trained |= static_cast<std::uint64_t>(trains(i)) << i;
      f.of_the_batch |= static_cast<std::uint64_t>(plan_[at_ + i].batch_statistics) << i;
    }
    return f;
  }
  constexpr void begin_block(std::size_t tensors) {
    live_block_ = false;
    for (std::size_t i = 0; i < tensors; ++i) live_block_ = live_block_ || !plan_[at_ + i].frozen;
  }
  /// The operation's tensors are done: the next one's begin.
  constexpr void advance(std::size_t tensors) {
    for (std::size_t i = 0; i < tensors; ++i) need_ = need_ || trains(i);
    at_ += tensors;
  }
  /// Where the tensors of the operation at hand are, and whether something before them trains: a residual sum's
  /// shortcut runs before its branch, but stands behind it in the table.
  struct Position {
    std::size_t at;
    bool need;
  };
  [[nodiscard]] constexpr Position position() const { return {at_, need_}; }
  constexpr void go_to(Position p) { at_ = p.at, need_ = p.need; }
  [[nodiscard]] constexpr std::int64_t gradients(std::size_t tensors) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < tensors; ++i)
      if (trains(i)) sum += numel(i) * (bytes_ == 8 ? 8 : 4);
    return sum;
  }

 protected:
  const TensorRow* table_;
  const PlanRow* plan_;
  std::int64_t batch_;
  int bytes_, classes_;
  bool need_ = false, live_block_ = true;
  std::size_t at_ = 0;
};

}  // namespace tuneit::detail
