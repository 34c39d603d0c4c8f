#pragma once
// A recipe in plain words and tables, before any weights are loaded.
#include "tuneit/recipe/algebra/fingerprint.hpp"
#include "tuneit/recipe/queries/features.hpp"
#include "tuneit/recipe/queries/ins_and_outs.hpp"
#include "tuneit/recipe/queries/plan_table.hpp"
#include "tuneit/recipe/queries/queries.hpp"
#include "tuneit/recipe/queries/sentences.hpp"

namespace tuneit {
namespace detail {

inline std::string feature_text(std::size_t blocks, std::int64_t numbers) {
  return "  of samples that come again, what the " +
         (blocks == 1 ? "frozen block at the beginning makes"
                      : std::to_string(blocks) + " frozen blocks at the beginning make") +
         " of them is kept: " + grouped(numbers) + " numbers each\n";
}

// A recipe in pieces: what is made for each recipe is short, the text is put together by one function for all.
struct ExplainView {
  std::string model, in_and_out, phases, optimizer, schedule, groups, loss, extras;
  bool classes = true;  ///< outputs are those of classes; `in_and_out`, if there is one, says it
  bool module = false;  ///< a module computes the network
  int epochs = 0;
  Memory memory{};
  std::string arithmetic{};  ///< of a step; empty: not known
  bool phased = false;
};

/// Multiply-accumulates of a step of each phase; once where all are alike.
inline std::string arithmetic_text(const long long* macs, std::size_t phases) {
  bool alike = true;
  for (std::size_t i = 1; i < phases; ++i) alike = alike && macs[i] == macs[0];
  if (alike) return macs_text(macs[0]);
  std::string text;
  for (std::size_t i = 0; i < phases; ++i) {
    if (i > 0) text += ", ";
    text += macs_text(macs[i]) + " in phase ";
    text += std::to_string(i + 1);
  }
  return text;
}

inline std::string phase_heading(std::size_t number, std::size_t count, int epoch, int epochs,
                                 const std::vector<std::string>& items) {
  std::string text = "Phase " + std::to_string(number) + " of " + std::to_string(count) + ", " +
                     (epochs == 1 ? "epoch " + std::to_string(epoch + 1)
                                  : "epochs " + std::to_string(epoch + 1) + " to " + std::to_string(epoch + epochs));
  for (std::size_t i = 0; i < items.size(); ++i) text += (i == 0 ? ": " : ", ") + items[i];
  return text + "\n";
}

/// Of what is in no group (0), and of each group by its number.
template <class P, std::size_t I>
struct RatesOfGroups {
  RateAndDecay all[groups_of<P>::size + 1]{};
  RatesOfGroups(const Settings& s, const RateAndDecay& rest) : all{rest} {
    each_group<P, I>([&]<class Place>(Type<Place>, std::uint16_t number) {
      const auto own = numbers_of_phase<P, I, Place>(s);
      all[number] = {own.lr, own.decay};
    });
  }
};

/// The groups that hold in all phases: a line for each.
template <class P>
std::string groups_text(const Settings& s) {
  std::string text;
  each_group<P, 0>([&]<class Place>(Type<Place>, std::uint16_t) {
    if constexpr (Place::phase < 0) text += "  " + group_text<P, Place>(s) + "\n";
  });
  return text;
}

/// An item of a phase, and what was changed since.
template <class P, std::size_t I, class Item>
std::string item_text(const Settings& s) {
  std::string text = policy_text<Item>(s.values.data() + phase_item_offset<P, I, Item>);
  if constexpr (phase_numbers<Item>.size() > 0)
    return with_changes(std::move(text), phase_numbers<Item>.data(), phase_numbers<Item>.size(),
                        s.values.data() + phase_item_offset<P, I, PhaseOnly<Item>>);
  return text;
}

/// The phases one after the other: what is special in them, and the rows of the table that are new.
template <class R, std::size_t... I>
std::string phases_text(const Settings& s, std::index_sequence<I...>) {
  using P = typename R::parts;
  const ModelView model = view_of<typename R::model>();
  std::string text;
  std::vector<std::vector<std::string>> last;
  [[maybe_unused]] int epoch = 0;
  const auto phase = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
    if constexpr (!std::is_void_v<typename R::phased>) {
      const auto epochs = static_cast<int>(s.values[phase_offset<P, J>]);
      const auto items = [&]<class... Item>(List<Item...>) {
        return std::vector<std::string>{item_text<P, J, Item>(s)...};
      }(typename phase_t<P, J>::items{});
      text += phase_heading(J + 1, R::phase_count, epoch, epochs, items);
      epoch += epochs;
    }
    auto plan = make_plan<P, J>(s.values.data());
    if constexpr (requires { R::model::is_fresh(0); })
      for (std::size_t i = 0; s.keeps_head && i < plan.size; ++i)
        if (R::model::is_fresh(i)) plan.rows[i].starts_from = Origin::Pretrained;
    const auto now = numbers_of_phase<P, J>(s);
    const RateAndDecay rest{now.lr, now.decay};
    if constexpr (P::grouped)
      text += plan_table(model, plan.rows, RatesOfGroups<P, J>(s, rest).all, s.classes, last);
    else
      text += plan_table(model, plan.rows, &rest, s.classes, last);
    const std::int64_t features = feature_count<InPhase<R, J>>(side_in<R, J>(s));
    if (features > 0 && s.cache_features) text += feature_text(frozen_prefix<InPhase<R, J>>(), features);
  };
  (phase(std::integral_constant<std::size_t, I>{}), ...);
  return text;
}

inline std::string explain(const ExplainView& v, const Settings& s) {
  const Memory& m = v.memory;
  std::string out = "Plan: " + v.model;
  if (v.in_and_out.empty())
    out += ", " + std::to_string(s.classes) +
           (v.classes        ? " classes"
            : s.classes == 1 ? " output"
                             : " outputs") +
           ", pictures of " + std::to_string(s.side) + " x " + std::to_string(s.side) + " pixels";
  out += "\n" + v.in_and_out + v.phases;
  out += "  " + v.optimizer + "; schedule " + v.schedule +
         (s.warmup_steps > 0 ? " after " + std::to_string(s.warmup_steps) + " steps of warm-up" : "") + "\n" + v.groups;
  out += "  " + std::to_string(v.epochs) + (v.epochs == 1 ? " epoch" : " epochs") + ", batches of " +
         std::to_string(s.batch_size) + "; " + name_of(s.precision) + "; " + v.loss + "\n" + v.extras;
  if (s.views > 0)
    out += "  random augmentation makes " + std::to_string(s.views) + " versions of each picture, one an epoch\n";
  out += (v.phased ? "  memory of a step of the largest phase about " : "  memory of a step about ") +
         bytes_text(m.total()) + ": weights " + bytes_text(m.weights) + ", gradients " + bytes_text(m.gradients) +
         ", optimizer " + bytes_text(m.optimizer) + ", activations " + bytes_text(m.activations) + ", workspace " +
         bytes_text(m.workspace) + (m.copies > 0 ? ", copies of weights " + bytes_text(m.copies) : "") +
         (m.beside > 0 ? ", beside the network " + bytes_text(m.beside) : "") +
         (v.module ? "; what the module keeps comes to it\n" : "\n");
  if (v.arithmetic.empty()) return out + "  arithmetic of a step: not known, a module computes it\n";
  return out + "  arithmetic of a step about " + v.arithmetic + "\n";
}

}  // namespace detail

/// All of R under these run-time numbers: where there are several of either, or no square pictures, a table of inputs
/// and outputs and their losses; for each phase a table of blocks (does it train, at which rate, from where), then
/// optimizer and schedule, length, loss, regularizers, memory and arithmetic of a step, and the fingerprint.
template <class R>
std::string explain(const Settings& s = defaults<R>()) {
  using P = typename R::parts;
  using S = typename R::schedule;
  using W = typename R::warmup;
  const double* const n = s.values.data();
  detail::ExplainView v;
  v.model = type_name<typename R::root>();
  v.phases = detail::phases_text<R>(s, std::make_index_sequence<R::phase_count>{});
  v.optimizer = detail::optimizer_text(s, detail::common_values<P>(s));
  v.schedule = detail::schedule_text<S>(s, n + detail::number_offset<P, S>);
  if constexpr (!std::is_same_v<W, detail::NoWarmup>)
    if (s.warmup_steps < 0) v.schedule += " after " + detail::policy_text<W>(n + detail::number_offset<P, W>);
  v.loss = detail::loss_text<R>(s);
  if constexpr (detail::needs_table<R>) v.in_and_out = detail::in_and_out_table<R>(s);
  constexpr const char* tested = " (in tests, and where a phase has no other)";
  if constexpr (detail::differs_in_phases<P, slots::Loss>) v.loss += tested;
  v.classes = are_of_classes(target_kind<typename R::loss>);
  if constexpr (P::grouped) v.groups = detail::groups_text<P>(s);
  v.extras = detail::extras_text<R>(s);
  v.epochs = total_epochs<R>(s);
  v.memory = memory<R>(s);
  v.module = ModuleModel<typename R::model>;
  if constexpr (detail::counts_macs<typename R::model>)
    v.arithmetic = [&]<std::size_t... I>(std::index_sequence<I...>) {
      const long long macs[] = {detail::training_macs_in<R>(I, side_in<R, I>(s), s.classes) *
                                batch_size_in<R, I>(s)...};
      return detail::arithmetic_text(macs, R::phase_count);
    }
  (std::make_index_sequence<R::phase_count>{});
  v.phased = R::phase_count > 1;
  std::string text = detail::explain(v, s);
  if constexpr (verdict<R>::accepted)  // what was refused may have no name
    if constexpr (fingerprint_verdict<R>::accepted) text += "  fingerprint " + fingerprint<R>(s).hex() + "\n";
  return text;
}

}  // namespace tuneit
