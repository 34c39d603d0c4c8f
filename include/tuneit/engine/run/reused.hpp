#pragma once
// Objects that a step needs for a while, one for each place at which they work, and that are dear to make.
#include <memory>
#include <utility>
#include <vector>

namespace tuneit::detail {

/// Base of such a T, which has a default constructor: `T::take()` makes one, or gives one that was given back in this
/// thread.
template <class T>
class Reused {
 public:
  static std::unique_ptr<T> take() {
    if (spare().empty()) return std::make_unique<T>();
    std::unique_ptr<T> one = std::move(spare().back());
    spare().pop_back();
    return one;
  }
  static void give_back(std::unique_ptr<T> one) { spare().push_back(std::move(one)); }

 private:
  static std::vector<std::unique_ptr<T>>& spare() {
    static thread_local std::vector<std::unique_ptr<T>> objects;
    return objects;
  }
};

}  // namespace tuneit::detail
