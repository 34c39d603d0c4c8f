#pragma once
// A recipe in plain words and tables, before any weights are loaded.
#include "tuneit/recipe/features.hpp"
#include "tuneit/recipe/plan_table.hpp"
#include "tuneit/recipe/queries.hpp"
#include "tuneit/recipe/sentences.hpp"

namespace tuneit {
namespace detail {

inline std::string feature_text(std::size_t blocks, std::int64_t numbers) {
  return "  of pictures that come again, what the " +
         (blocks == 1 ? "frozen block at the beginning makes"
                      : std::to_string(blocks) + " frozen blocks at the beginning make") +
         " of them is kept: " + grouped(numbers) + " numbers each\n";
}

/// The phases one after the other: what is special in them, and the rows of the table that are new.
template <class R, std::size_t... I>
std::string phases_text(const Settings& s, const ModelView& model, std::index_sequence<I...>) {
  using P = typename R::parts;
  std::string text;
  std::vector<std::vector<std::string>> last;
  int epoch = 0;
  const auto phase = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
    if constexpr (!std::is_void_v<typename R::phased>) {
      const auto epochs = static_cast<int>(s.values[phase_offset<P, J>]);
      text += "Phase " + std::to_string(J + 1) + " of " + std::to_string(R::phase_count) + ", " +
              (epochs == 1 ? "epoch " + std::to_string(epoch + 1)
                           : "epochs " + std::to_string(epoch + 1) + " to " + std::to_string(epoch + epochs));
      epoch += epochs;
      std::string items;
      [&]<class... Item>(List<Item...>) {
        ((items += ", " + policy_text<Item>(s.values.data() + phase_item_offset<P, J, Item>)), ...);
      }(typename phase_t<P, J>::items{});
      text += (items.empty() ? "" : ": " + items.substr(2)) + "\n";
    }
    const auto plan = make_plan<P, J>(s.values.data());
    text += plan_table(model, plan.rows, numbers_of_phase<P, J>(s), s.classes, last);
    constexpr std::size_t frozen = frozen_prefix<InPhase<R, J>>();
    const std::int64_t features = feature_count<InPhase<R, J>>(s.side);
    if (features > 0 && s.cache_features) text += feature_text(frozen, features);
  };
  (phase(std::integral_constant<std::size_t, I>{}), ...);
  return text;
}

inline std::string step_text(const Settings& s, const Memory& m, long long macs) {
  return "  memory of a step about " + bytes_text(m.total()) + ": weights " + bytes_text(m.weights) + ", gradients " +
         bytes_text(m.gradients) + ", optimizer " + bytes_text(m.optimizer) + ", activations " +
         bytes_text(m.activations) + ", workspace " + bytes_text(m.workspace) + "\n  arithmetic of a step about " +
         short_number(1e-9 * static_cast<double>(s.batch_size * macs)) + " GMAC\n";
}

}  // namespace detail

/// All of R under these run-time numbers: for each phase a table of blocks (does it train, at which rate, from where),
/// then optimizer and schedule, length, loss, regularizers, memory and arithmetic of a step.
template <class R>
std::string explain(const Settings& s = defaults<R>()) {
  using P = typename R::parts;
  std::string out = "Plan: " + type_name<typename R::origin>() + ", " + std::to_string(s.classes) +
                    " classes, pictures of " + std::to_string(s.side) + " x " + std::to_string(s.side) + " pixels\n";
  out += detail::phases_text<R>(s, detail::view_of<typename R::model>(), std::make_index_sequence<R::phase_count>{});
  out += "  " + detail::optimizer_text(s.algorithm, s.optimizer) + "; schedule ";
  const double* const n = s.values.data();
  using S = typename R::schedule;
  if (s.warmup_steps > 0)
    out += detail::schedule_text<S, detail::NoWarmup>(s, n + detail::knob_offset<P, S>, n) + " after " +
           std::to_string(s.warmup_steps) + " steps of warm-up\n";
  else
    out += detail::schedule_text<S, typename R::warmup>(s, n + detail::knob_offset<P, S>,
                                                        n + detail::knob_offset<P, typename R::warmup>) +
           "\n";
  out += "  " + std::to_string(total_epochs<R>(s)) + " epochs, batches of " + std::to_string(s.batch_size) + "; " +
         name_of(s.numbers) + "; " + detail::loss_text<typename R::loss>(s) + "\n";
  out += detail::extras_text<R>(s);
  if (s.views > 0)
    out += "  random augmentation makes " + std::to_string(s.views) + " versions of each picture, one an epoch\n";
  return out + detail::step_text(s, memory<R>(s), macs<R>(s.side));
}

}  // namespace tuneit
