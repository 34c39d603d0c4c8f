#pragma once
// The account of a training step's memory: what is taken and given back on the way forward, what is kept for the way
// back and freed on it.
#include <array>
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
};

/// The account of a step, in bytes for the whole batch.
class StepAccount {
 public:
  constexpr StepAccount(const TensorRow* table, const PlanRow* plan, std::int64_t batch, int bytes, int classes)
      : table_(table), plan_(plan), batch_(batch), bytes_(bytes), classes_(classes) {}

  [[nodiscard]] constexpr std::int64_t size(Shape s) const { return count(s) * bytes_; }
  [[nodiscard]] constexpr std::int64_t count(Shape s) const {
    return batch_ * (s.channels == Dynamic ? classes_ : s.numel());
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

  // --- forward
  constexpr void take(std::int64_t n) { touch(n), live_ += n; }
  constexpr void give(std::int64_t n) { live_ -= n; }
  constexpr void touch(std::int64_t n) {  // for a moment
    if (live_ + n > peak_) peak_ = live_ + n;
  }

  /// What an operation does on the way back: scratch memory, gradients of weights, the gradient dx that it makes, dy
  /// that it frees, what it had kept, a second summand of dx, there already, that the next operation frees (`more`),
  /// and what it had kept and frees before it makes anything (`first`).
  struct Back {
    std::int64_t scratch = 0, gradients = 0, dx = 0, dy = 0, freed = 0, more = 0, first = 0;
    bool hands_on = false;  ///< it makes no gradient: a second summand stays for the next operation
  };
  constexpr void back(const Back& b) { back_[backs_++] = b; }

  /// An operation has read `x`: it keeps it until its way back, or frees it now, unless somebody before holds it.
  constexpr void leave(Flowing x, bool keeps, Back& b) {
    if (x.held) return;
    if (keeps)
      b.freed += size(x.shape);
    else
      give(size(x.shape));
  }

  /// An operation that says what it keeps: it has read `x` and made `out`.
  constexpr Flowing run(Flowing x, Shape out, const SavedSizes& s, std::size_t tensors) {
    Back b{.scratch = s.backward_scratch, .gradients = gradients(tensors)};
    if (s.passes) {
      if (tensors > 0) back(b);
      advance(tensors);
      return {out, x.held};
    }
    const bool here = s.in_place && !x.held, over_input = s.gradient_over_input && s.input && need_ && !x.held;
    const std::int64_t further = s.elements * bytes_ + s.bytes;
    if (!here) take(size(out));
    touch(s.forward_scratch);
    take(further);
    b.freed += further;
    if (s.output) (s.frees_output_first ? b.first : b.freed) += size(out);
    if (!s.gradient_in_place) {
      b.dx = need_ && !over_input ? size(x.shape) : 0;
      b.dy = size(out);
    }
    if (!here && !over_input) leave(x, s.input, b);
    back(b);
    advance(tensors);
    return {out, s.output};
  }

  // --- operations that run twice
  /// A moment on the way forward, to come back to.
  struct Mark {
    Position place;
    std::size_t backs;
    std::int64_t live;
  };
  [[nodiscard]] constexpr Mark mark() const { return {position(), backs_, live_}; }
  constexpr void rewind(const Mark& m) { go_to(m.place), backs_ = m.backs, live_ = m.live; }
  /// From here on the peak is that of what comes. Returns what it was.
  constexpr std::int64_t restart_peak() {
    const std::int64_t before = peak_;
    peak_ = live_;
    return before;
  }
  /// All since `begin` happens on the way back, just before its own way back; here only its result, which it makes in
  /// both directions, goes on. `peak`: what restart_peak gave at `begin`.
  constexpr void second_forward(const Mark& begin, Flowing out, std::int64_t peak) {
    const std::int64_t kept = live_ - begin.live - (out.held ? 0 : size(out.shape));
    back({.scratch = peak_ - begin.live, .freed = -kept, .hands_on = true});
    live_ = begin.live;
    peak_ = peak;
    take(size(out.shape));
  }

  /// All of it backwards. Returns the largest number of bytes that was there at once; `kept`: when forward was through.
  constexpr std::int64_t run_back(std::int64_t* kept) {
    *kept = live_;
    std::int64_t more = 0;
    while (backs_ > 0) {
      const Back& b = back_[--backs_];
      live_ += b.gradients - b.first;
      touch(b.scratch + b.dx);
      live_ += b.dx - b.dy - b.freed;
      if (b.hands_on) continue;
      live_ -= more;
      more = b.more;
    }
    return peak_;
  }

 private:
  const TensorRow* table_;
  const PlanRow* plan_;
  std::int64_t batch_;
  int bytes_, classes_;
  bool need_ = false, live_block_ = true;
  std::size_t at_ = 0, backs_ = 0;
  std::int64_t live_ = 0, peak_ = 0;
  std::array<Back, 768> back_{};
};

}  // namespace tuneit::detail
