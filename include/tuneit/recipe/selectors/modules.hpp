#pragma once
// Modules by the end of their names, as PEFT's target_modules says them.
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {

namespace detail {

/// How long is the name of the module whose tensor this is? "a.b.weight": that of "a.b".
constexpr std::size_t module_size(const char* name, std::size_t n) {
  while (n > 0 && name[n - 1] != '.') --n;
  return n > 0 ? n - 1 : 0;
}
/// Is it `suffix`, or does it end with "." and that?
constexpr bool ends_module(const char* module, std::size_t n, const char* suffix, std::size_t size) {
  return size > 0 && size <= n && text::equal(module + (n - size), size, suffix, size) &&
         (size == n || module[n - size - 1] == '.');
}

template <class Model, fixed_string Name>
constexpr bool in_module(std::size_t row) {
  const char* name = table<Model>.name_data(row);
  return ends_module(name, module_size(name, table<Model>.rows[row].name_size), Name.data(), Name.size());
}

// The nearest end of a module's name with as many components.
template <class Model, fixed_string Name>
constexpr Spelling nearest_module() {
  int dots = 0;
  for (std::size_t i = 0; i < Name.size(); ++i) dots += Name.data()[i] == '.' ? 1 : 0;
  Spelling best;
  std::size_t least = 1000;
  for (std::size_t i = 0; i < table<Model>.size; ++i) {
    const char* name = table<Model>.name_data(i);
    const std::size_t n = module_size(name, table<Model>.rows[i].name_size);
    std::size_t from = n;
    for (int left = dots; from > 0 && (name[from - 1] != '.' || left-- > 0);) --from;
    const std::size_t d = text::distance(name + from, n - from, Name.data(), Name.size());
    if (n == from || d >= least) continue;
    least = d;
    best = Spelling{};
    best.append(name + from, n - from);
  }
  return best;
}
template <class Model, fixed_string Name>
struct NearestModule {
  static constexpr Spelling spelling = nearest_module<Model, Name>();
  using type = DidYouMean<fixed_string<spelling.size() + 1>(spelling.data(), spelling.size())>;
};

template <class Model, fixed_string Name>
constexpr bool module_exists() {
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (in_module<Model, Name>(i)) return true;
  return false;
}
template <class Model, fixed_string Name, bool Exists = module_exists<Model, Name>()>
struct JudgeModule {
  using type = Accepted;
};
template <class Model, fixed_string Name>
struct JudgeModule<Model, Name, false> {
  using type = NoSuchModule<origin_t<Model>, Name, typename NearestModule<Model, Name>::type>;
};

}  // namespace detail

/// The tensors of modules whose name is one of these or ends with "." and one of them, PEFT's rule for target_modules:
/// `Modules<"query", "value">`, `Modules<"layer4.1.conv2">`. (Layer<> goes by beginnings.)
template <fixed_string... Names>
struct Modules : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return (detail::in_module<Model, Names>(row) || ...);
  }
};

namespace detail {

template <class Model, fixed_string... Names>
struct JudgeParts<Model, Modules<Names...>> : judge_all<JudgeModule<Model, Names>...> {};
template <class Model>
struct JudgeParts<Model, Modules<>> {
  using type = NothingInside<Modules<>>;
};

}  // namespace detail
}  // namespace tuneit
