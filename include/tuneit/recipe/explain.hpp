#pragma once
// A recipe in plain words and a table, before any weights are loaded.
#include <string>
#include <vector>

#include "tuneit/net/print.hpp"
#include "tuneit/recipe/chosen.hpp"
#include "tuneit/recipe/features.hpp"
#include "tuneit/recipe/queries.hpp"

namespace tuneit {
namespace detail {

// Where all rows of a block agree, their common text; else the range.
struct Spread {
  double low = 0, high = 0;
  bool any = false;
  void add(double x) {
    low = any && low < x ? low : x;
    high = any && high > x ? high : x;
    any = true;
  }
  [[nodiscard]] std::string text() const {
    if (!any) return "-";
    return low == high ? short_number(low) : short_number(low) + " .. " + short_number(high);
  }
};

template <class R>
std::string schedule_text(const Settings& s) {
  std::string text = type_name<typename R::schedule>();
  if constexpr (std::is_same_v<typename R::schedule, ChosenSchedule>)
    text = s.schedule == ScheduleKind::Cosine ? "cosine"
           : s.schedule == ScheduleKind::Constant
               ? "constant"
               : "times " + short_number(s.step_gamma) + " every " + std::to_string(s.step_epochs) + " epochs";
  if (s.warmup_steps > 0)
    text += " after " + std::to_string(s.warmup_steps) + " steps of warm-up";
  else if constexpr (!std::is_same_v<typename R::warmup, NoWarmup>)
    text += " after " + type_name<typename R::warmup>();
  return text;
}

// What the table and the sentences need of a recipe, as plain values: the text is made by one function for all recipes.
struct PlanView {
  const TensorRow* rows;
  const PlanRow* plan;
  const std::uint32_t* block_begin;
  std::vector<std::string> blocks;
  std::string origin, schedule;
  Memory memory;
  long long macs;
  std::size_t frozen_blocks;
  std::int64_t features;
};

inline std::string plan_table(const PlanView& v, const Settings& s) {
  Columns columns({"", "block", "parameters", "trains", "rate", "decay", "batch norm", "starts from"}, "><>>>>><");
  for (std::size_t b = 0; b < v.blocks.size(); ++b) {
    std::int64_t all = 0, trained = 0;
    Spread rate, decay;
    bool norms = false, moving = false, still = false, fresh = false, loaded = false;
    for (std::size_t i = v.block_begin[b]; i < v.block_begin[b + 1]; ++i) {
      const PlanRow& p = v.plan[i];
      if (v.rows[i].is_buffer()) {
        norms = true;
        (p.batch_statistics ? moving : still) = true;
        continue;
      }
      all += v.rows[i].numel(s.classes);
      (p.origin == Origin::Fresh ? fresh : loaded) = true;
      if (p.frozen) continue;
      trained += v.rows[i].numel(s.classes);
      rate.add(s.optimizer.lr * p.lr_scale * (b + 1 == v.blocks.size() ? s.head_lr_scale : 1));
      decay.add(s.optimizer.weight_decay * p.decay_scale);
    }
    columns.row({std::to_string(b), v.blocks[b], grouped(all),
                 trained == 0     ? "frozen"
                 : trained == all ? "all"
                                  : grouped(trained),
                 rate.text(), decay.text(),
                 !norms            ? "-"
                 : moving && still ? "mixed"
                 : moving          ? "of the batch"
                                   : "frozen",
                 fresh && loaded ? "both"
                 : fresh         ? "random"
                                 : "weights"});
  }
  return columns.text();
}

inline std::string explain(const PlanView& v, const Settings& s) {
  std::int64_t trained = 0, all = 0;
  for (std::size_t i = 0; i < v.block_begin[v.blocks.size()]; ++i)
    if (!v.rows[i].is_buffer()) {
      all += v.rows[i].numel(s.classes);
      if (!v.plan[i].frozen) trained += v.rows[i].numel(s.classes);
    }
  const Memory& m = v.memory;
  std::string out = "Plan: " + v.origin + ", " + std::to_string(s.classes) + " classes, pictures of " +
                    std::to_string(s.side) + " x " + std::to_string(s.side) + " pixels\n" + plan_table(v, s);
  out += "  trains " + grouped(trained) + " of " + grouped(all) + " parameters\n";
  out += std::string("  ") + name_of(s.algorithm) + ", rate " + short_number(s.optimizer.lr) +
         (s.algorithm == Algorithm::Sgd ? ", momentum " + short_number(s.optimizer.momentum) : "") + ", weight decay " +
         short_number(s.optimizer.weight_decay) + "; schedule " + v.schedule + "\n";
  out += "  " + std::to_string(s.epochs) + " epochs, batches of " + std::to_string(s.batch_size) + "; " +
         name_of(s.numbers) + "; cross-entropy" +
         (s.label_smoothing > 0 ? " with label smoothing " + short_number(s.label_smoothing) : "") + "\n";
  out += "  memory of a step about " + bytes_text(m.total()) + ": weights " + bytes_text(m.weights) + ", gradients " +
         bytes_text(m.gradients) + ", optimizer " + bytes_text(m.optimizer) + ", activations " +
         bytes_text(m.activations) + ", workspace " + bytes_text(m.workspace) + "\n";
  out += "  arithmetic of a step about " + short_number(1e-9 * static_cast<double>(s.batch_size * v.macs)) + " GMAC\n";
  if (s.views > 0)
    out += "  random augmentation makes " + std::to_string(s.views) + " versions of each picture, one an epoch\n";
  if (v.features > 0 && s.cache_features)
    out += "  of pictures that come again, what the " +
           (v.frozen_blocks == 1 ? "frozen block" : std::to_string(v.frozen_blocks) + " frozen blocks") +
           " at the beginning make of them is kept: " + grouped(v.features) + " numbers each\n";
  return out;
}

}  // namespace detail

/// The plan of R for these run-time numbers: a table of blocks (does it train, at which rate), then optimizer,
/// schedule, parameters, memory and arithmetic of a step.
template <class R>
std::string explain(const Settings& s = defaults<R>()) {
  using Model = typename R::model;
  detail::PlanView view{table<Model>.rows,
                        plan<R>.rows,
                        table<Model>.block_begin,
                        std::vector<std::string>(Model::block_count),
                        type_name<typename R::origin>(),
                        detail::schedule_text<R>(s),
                        memory<R>(s),
                        macs<R>(s.side),
                        frozen_prefix<R>(),
                        feature_count<R>(s.side)};
  detail::block_names(typename Model::blocks{}, view.blocks.data());
  return detail::explain(view, s);
}

}  // namespace tuneit
