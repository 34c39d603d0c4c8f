#pragma once
// What a network of texts is fine-tuned for. A family says which blocks stand behind its layers then (`ForTask`); a
// recipe says the task by a policy (recipe/rewrites/tasks.hpp).
#include <cstddef>
#include <type_traits>

#include "tuneit/meta/list.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/table.hpp"

namespace tuneit {

/// Pooled are all tokens that are there, by their mean, instead of the first alone.
struct MeanPooling {};

namespace tasks {

template <int K, class... Options>
struct Classes {};  ///< K classes of a text
template <int K>
struct Tags {};          ///< one of K tags for each token
struct Spans {};         ///< where an answer begins and ends
struct MaskedTokens {};  ///< which tokens were hidden
struct NextToken {};     ///< which token comes next

/// Blocks behind the layers of a family, `type`, of which the last `fresh` are in no file of the layers. void: it has
/// no head for this task.
struct NoHead {
  using type = void;
};

}  // namespace tasks

/// Has a network a head for a task?
template <class Model, class Task>
inline constexpr bool has_head_for = [] {
  if constexpr (requires { typename Model::template head_for<Task>::type; })
    return !std::is_void_v<typename Model::template head_for<Task>::type>;
  return false;
}();

namespace detail {

template <class Before, class Behind>
struct JoinedBlocks;
template <class... A, class... B>
struct JoinedBlocks<List<A...>, List<B...>> {
  using type = typename Network<Input<1, 1>, A..., B...>::blocks;
};

}  // namespace detail

/// Base with the head of a task: a model like any other. Messages still name Base.
template <class Base, class Task>
struct ForTask {
  using head = typename Base::template head_for<Task>;
  using root = Base;
  using task = Task;
  using input = typename Base::input;
  using blocks = typename detail::JoinedBlocks<typename Base::body, typename head::type>::type;
  static constexpr std::size_t block_count = blocks::size;

  /// Has no file of the layers this row? (A tied one is of the layers.)
  static constexpr bool is_fresh(std::size_t row) {
    const TensorRow& r = table<ForTask>.rows[row];
    return r.block + static_cast<std::size_t>(head::fresh) >= block_count && !r.is_tied();
  }
};

}  // namespace tuneit
