#pragma once
// Which tensors have no weight decay? Three libraries, three answers.
#include "tuneit/recipe/policies/rates.hpp"

namespace tuneit {
namespace detail {

/// Is the row part of a batch norm? Of all norms, those alone have running statistics, which come after bias or weight.
template <class Model>
constexpr bool of_batch_norm(std::size_t row) {
  const auto& t = table<Model>;
  if (t.rows[row].owner != Owner::Norm) return false;
  if (t.rows[row].kind == Kind::Weight && row + 1 < t.size && t.rows[row + 1].kind == Kind::Bias) ++row;
  return t.rows[row].is_buffer() || (row + 1 < t.size && t.rows[row + 1].kind == Kind::RunningMean);
}

constexpr bool same_letter(char name, char lower) {
  return name == lower || (name >= 'A' && name <= 'Z' && name + 32 == lower);
}
/// Does `word` (in small letters) stand in a name of n characters at `at`, whatever the case?
constexpr bool stands_at(const char* name, std::size_t n, std::size_t at, std::string_view word) {
  if (at + word.size() > n) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (!same_letter(name[at + i], word[i])) return false;
  return true;
}
constexpr bool contains(const char* name, std::size_t n, std::string_view word) {
  for (std::size_t at = 0; at + word.size() <= n; ++at)
    if (stands_at(name, n, at, word)) return true;
  return false;
}
/// Is a component of the name "norm", or does one end in "_norm"?
constexpr bool has_norm_component(const char* name, std::size_t n) {
  for (std::size_t at = 0; at + 4 <= n; ++at)
    if (stands_at(name, n, at, "norm") && (at + 4 == n || name[at + 4] == '.') &&
        (at == 0 || name[at - 1] == '.' || name[at - 1] == '_'))
      return true;
  return false;
}

}  // namespace detail

/// transformers' Trainer (get_decay_parameter_names of 5.24): LayerNorms by their type, and names with "bias",
/// "layernorm", "rmsnorm", a component "norm" or one that ends in "_norm". Batch norms called bn1 do decay.
struct Transformers {
  template <class Model>
  static constexpr bool exempts(std::size_t row) {
    const char* name = table<Model>.name_data(row);
    const std::size_t n = table<Model>.rows[row].name_size;
    return (table<Model>.rows[row].owner == Owner::Norm && !detail::of_batch_norm<Model>(row)) ||
           detail::contains(name, n, "bias") || detail::contains(name, n, "layernorm") ||
           detail::contains(name, n, "rmsnorm") || detail::has_norm_component(name, n);
  }
};

/// torchvision's training scripts with --norm-weight-decay 0 (torchvision.ops._utils.split_normalization_params):
/// weight and bias of every norm, by the type of the module; all other biases decay.
struct Torchvision {
  template <class Model>
  static constexpr bool exempts(std::size_t row) {
    return table<Model>.rows[row].owner == Owner::Norm;
  }
};

/// timm's param_groups_weight_decay: tensors of at most one dimension, and names that end in ".bias". The names that a
/// model of timm adds itself (pos_embed, cls_token) are a NoDecay<Match<...>> beside it.
struct Timm {
  template <class Model>
  static constexpr bool exempts(std::size_t row) {
    return table<Model>.rows[row].rank <= 1 || table<Model>.rows[row].kind == Kind::Bias;
  }
};

/// What a convention exempts from weight decay, as a selector: parameters alone, no running statistics.
template <class Convention>
struct UndecayedBy : SelectorTag {
  template <NetworkLike Model>
  static constexpr bool matches(std::size_t row) {
    return !table<Model>.rows[row].is_buffer() && Convention::template exempts<Model>(row);
  }
};

namespace detail {

template <class C, class Model>
concept DecayConvention = requires(std::size_t row) {
  { C::template exempts<Model>(row) } -> std::convertible_to<bool>;
};
template <class Policy, class Model, class C, bool = DecayConvention<C, Model>>
struct JudgeConvention {
  using type = NotAnOption<Policy, C>;
};
template <class Policy, class Model, class C>
struct JudgeConvention<Policy, Model, C, true> : judge_selector<Policy, Model, UndecayedBy<C>> {};

}  // namespace detail

struct Fastai;  // recipe/named/fastai.hpp

/// No weight decay where Convention (Transformers, Torchvision, Timm, Fastai) has none. They differ: read the three.
template <class Convention>
struct NoDecayLike : PolicyTag {
  using known_options = List<Transformers, Torchvision, Timm, Fastai>;
  static constexpr Stage stage = Stage::Scale;
  template <class Model>
  using judge = detail::JudgeConvention<NoDecayLike, Model, Convention>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, UndecayedBy<Convention>>(plan, [](PlanRow& row, const TensorRow&) { row.decay_scale = 0; });
  }
};

}  // namespace tuneit
