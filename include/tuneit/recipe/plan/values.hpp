#pragma once
// As many numbers as a recipe has: a constexpr vector of doubles, a few of which are kept in place.
#include <cstddef>

namespace tuneit {

class HyperparameterValues {
 public:
  constexpr HyperparameterValues() = default;
  constexpr HyperparameterValues(const HyperparameterValues& other) { *this = other; }
  constexpr HyperparameterValues& operator=(const HyperparameterValues& other) {
    if (this == &other) return *this;
    resize(other.size_);
    for (std::size_t i = 0; i < size_; ++i) data()[i] = other.data()[i];
    return *this;
  }
  constexpr ~HyperparameterValues() { delete[] many_; }

  /// All become 0.
  constexpr void resize(std::size_t size) {
    double* const before = many_;
    many_ = size > few ? new double[size]{} : nullptr;
    delete[] before;
    size_ = size;
    for (double& x : few_) x = 0;
  }

  [[nodiscard]] constexpr double* data() { return many_ != nullptr ? many_ : few_; }
  [[nodiscard]] constexpr const double* data() const { return many_ != nullptr ? many_ : few_; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr double& operator[](std::size_t i) { return data()[i]; }
  [[nodiscard]] constexpr const double& operator[](std::size_t i) const { return data()[i]; }
  [[nodiscard]] constexpr const double* begin() const { return data(); }
  [[nodiscard]] constexpr const double* end() const { return data() + size_; }

 private:
  static constexpr std::size_t few = 24;  ///< recipes rarely have more: their Settings can be constants
  double few_[few]{};
  double* many_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tuneit
