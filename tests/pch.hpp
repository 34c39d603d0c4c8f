// The precompiled header of the tests with LibTorch: that of the programs, and Catch2 after it, because both define
// CHECK and the tests mean Catch2's.
#include "../cmake/pch.hpp"
//
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

// LibTorch's logging puts unconstrained operator<< for these into namespace std, so Catch2 takes every vector to be
// printable, and one of a type that is not fails to compile. Here elements are printed by Catch2's own rules.
namespace Catch {
template <typename T, typename A>
struct StringMaker<std::vector<T, A>> {
  static std::string convert(const std::vector<T, A>& values) {
    return Detail::rangeToString(values.begin(), values.end());
  }
};
template <typename T, typename C, typename A>
struct StringMaker<std::set<T, C, A>> {
  static std::string convert(const std::set<T, C, A>& values) {
    return Detail::rangeToString(values.begin(), values.end());
  }
};
template <typename K, typename V, typename C, typename A>
struct StringMaker<std::map<K, V, C, A>> {
  static std::string convert(const std::map<K, V, C, A>& values) {
    return Detail::rangeToString(values.begin(), values.end());
  }
};
template <typename First, typename Second>
struct StringMaker<std::pair<First, Second>> {
  static std::string convert(const std::pair<First, Second>& pair) {
    return "{ " + Detail::stringify(pair.first) + ", " + Detail::stringify(pair.second) + " }";
  }
};
}  // namespace Catch
