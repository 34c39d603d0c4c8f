#pragma once
// What has a loss of one's own misspelt? Its optional members have defaults, so nobody would miss them. Asked of one's
// own alone.
#include <concepts>
#include <string>
#include <type_traits>

#include "tuneit/meta/member_probe.hpp"
#include "tuneit/recipe/losses/loss.hpp"
#include "tuneit/verdict/reasons/members.hpp"
#include "tuneit/verdict/reasons/vocabulary.hpp"

namespace tuneit::detail {

/// Has L all that its slot asks for?
template <class L>
inline constexpr bool has_all_asked = slot_asks<L, void>.lacks() == nullptr&& slot_asks<L, void>.fit();
template <class L>
constexpr auto find_lacking_reason() {
  if constexpr (slot_asks<L, void>.lacks() != nullptr)
    return Type<LacksInItsSlot<L, lacks_name<L, void>>>{};
  else
    return Type<LacksItsFunction<L>>{};
}
/// Why not, where it has not.
template <class L>
using lacking_reason = typename decltype(find_lacking_reason<L>())::type;

template <class L>
concept ShippedLoss = requires {
  requires std::is_same_v<typename L::ships, L>;
};

struct NearlyReduction {
  int reducton, reducion, reductions, Reduction, reduces;
};
struct NearlySmoothing {
  int label_smothing, label_smoothings, labels_smoothing, Label_smoothing, LabelSmoothing, smooth_labels;
};
struct NearlyName {
  int nam, names, Name;
};
struct NearlyMixes {
  int mixs, mixing, Mixes;
};
struct NearlyWords {
  int word, Words;
};
struct NearlyOn {
  int On, On_, of_output, on_output;
};
struct NearlyLossNumbers {
  int number, Numbers, hyperparameters, hyperparameter, hyper_parameters;
};
template <class Probe>
concept NothingNearReduction = requires {
  &Probe::reducton, &Probe::reducion, &Probe::reductions, &Probe::Reduction, &Probe::reduces;
};
template <class Probe>
concept NothingNearSmoothing = requires {
  &Probe::label_smothing, &Probe::label_smoothings, &Probe::labels_smoothing, &Probe::Label_smoothing,
      &Probe::LabelSmoothing, &Probe::smooth_labels;
};
template <class Probe>
concept NothingNearName = requires {
  &Probe::nam, &Probe::names, &Probe::Name;
};
template <class Probe>
concept NothingNearMixes = requires {
  &Probe::mixs, &Probe::mixing, &Probe::Mixes;
};
template <class Probe>
concept NothingNearWords = requires {
  &Probe::word, &Probe::Words;
};
template <class Probe>
concept NothingNearOn = requires {
  &Probe::On, &Probe::On_, &Probe::of_output, &Probe::on_output;
};
template <class Probe>
concept NothingNearNumbers = requires {
  &Probe::number, &Probe::Numbers, &Probe::hyperparameters, &Probe::hyperparameter, &Probe::hyper_parameters;
};
struct NearlyInLosses : NearlyReduction,
                        NearlySmoothing,
                        NearlyName,
                        NearlyMixes,
                        NearlyWords,
                        NearlyOn,
                        NearlyLossNumbers {};

// Words that may mean something else are asked by their type.
template <class L>
concept ReduceMeansReduction = is_reduction<typename L::reduce>;
template <class L>
concept SmoothingMeansLabels = requires {
  { L::smoothing } -> std::convertible_to<double>;
};
template <class L>
concept MixMeansMixes = requires {
  { L::mix } -> Is<Mixes>;
};
template <class L>
concept OutputMeansOn = is_on<typename L::output> || is_on<typename L::outputs> || is_on<typename L::of>;

template <class L>
concept HasSmoothing = requires {
  L::label_smoothing;
};
template <class L>
concept HasName = requires {
  L::name;
};
template <class L>
concept RightName = requires {
  std::string(L::name);
};
template <class L>
concept HasOn = requires {
  typename L::on;
}
|| requires { L::on; };
template <class L>
concept RightOn = is_on<typename L::on> || std::is_void_v<typename L::on>;
struct WordsName {
  int words;
};
template <class L>
concept HasWords = can_be_probed<L> && !requires {
  &MemberProbe<L, WordsName>::words;
};
template <class L>
concept RightWords = requires(const Numbers<L>& n) {
  { L::words(n) } -> std::convertible_to<std::string>;
}
|| requires(const Numbers<typename L::self>& n) {
  { L::self::words(n) } -> std::convertible_to<std::string>;
};

// Its base is Loss of itself, or one of ours.
template <class L>
constexpr bool is_loss_of_itself() {
  if constexpr (requires { typename L::self; }) return std::is_base_of_v<typename L::self, L>;
  return true;
}

template <class L>
constexpr const char* find_misspelt_in_loss() {
  constexpr bool probed = can_be_probed<L>;
  using Probe = MemberProbe<std::conditional_t<probed, L, WordsName>, NearlyInLosses>;
  if (!is_loss_of_itself<L>()) return "Loss<Self>";
  if (!NothingNearReduction<Probe> || ReduceMeansReduction<L>) return "reduction";
  if (!SmoothsLabels<L> && (HasSmoothing<L> || !NothingNearSmoothing<Probe> || SmoothingMeansLabels<L>))
    return "label_smoothing";
  if (number_count<L> == 0 && !NothingNearNumbers<Probe>) return "numbers";
  if (!numbers_have_names<L>()) return "numbers";
  if (!NothingNearMixes<Probe> || MixMeansMixes<L>) return "mixes";
  if (!RightOn<L> && (HasOn<L> || !NothingNearOn<Probe> || OutputMeansOn<L>)) return "on";
  if (!RightName<L> && (HasName<L> || !NothingNearName<Probe>)) return "name";
  if (HasWords<L> ? !RightWords<L> : !NothingNearWords<Probe>) return "words";
  return nullptr;
}
template <class L>
requires(TakesSlot<L, slots::Loss> && !ShippedLoss<L>) inline constexpr const
    char* loss_misspells<L> = find_misspelt_in_loss<L>();

}  // namespace tuneit::detail
