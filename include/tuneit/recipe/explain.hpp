#pragma once
// A recipe in plain words and a table, before any weights are loaded.
#include <string>

#include "tuneit/net/print.hpp"
#include "tuneit/recipe/chosen.hpp"
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

inline const char* algorithm_name(Algorithm a) {
  return a == Algorithm::Sgd ? "SGD" : a == Algorithm::Adam ? "Adam" : "AdamW";
}

template <class R>
std::string schedule_text(const Settings& s) {
  std::string text = type_name<typename R::schedule>();
  if constexpr (std::is_same_v<typename R::schedule, ChosenSchedule>)
    text = s.schedule == ScheduleKind::Cosine ? "cosine"
           : s.schedule == ScheduleKind::Constant
               ? "constant"
               : "times " + short_number(s.step_gamma) + " every " + std::to_string(s.step_epochs) + " epochs";
  if (s.warmup_steps > 0) text += " after " + std::to_string(s.warmup_steps) + " steps of warm-up";
  else if constexpr (!std::is_same_v<typename R::warmup, NoWarmup>) text += " after " + type_name<typename R::warmup>();
  return text;
}

template <class R>
std::string plan_table(const Settings& s) {
  using Model = typename R::model;
  std::string names[Model::block_count];
  block_names(typename Model::blocks{}, names);
  Columns columns({"", "block", "parameters", "trains", "rate", "decay", "batch norm", "starts from"}, "><>>>>><");
  for (std::size_t b = 0; b < Model::block_count; ++b) {
    std::int64_t all = 0, trained = 0;
    Spread rate, decay;
    bool norms = false, moving = false, still = false, fresh = false, loaded = false;
    for (std::size_t i = table<Model>.block_begin[b]; i < table<Model>.block_begin[b + 1]; ++i) {
      const TensorRow& row = table<Model>.rows[i];
      const PlanRow& p = plan<R>.rows[i];
      if (row.is_buffer()) {
        norms = true;
        (p.batch_statistics ? moving : still) = true;
        continue;
      }
      all += row.numel(s.classes);
      (p.origin == Origin::Fresh ? fresh : loaded) = true;
      if (p.frozen) continue;
      trained += row.numel(s.classes);
      rate.add(s.optimizer.lr * p.lr_scale * (b + 1 == Model::block_count ? s.head_lr_scale : 1));
      decay.add(s.optimizer.weight_decay * p.decay_scale);
    }
    columns.row({std::to_string(b), names[b], grouped(all),
                 trained == 0 ? "frozen" : trained == all ? "all" : grouped(trained), rate.text(), decay.text(),
                 !norms ? "-" : moving && still ? "mixed" : moving ? "of the batch" : "frozen",
                 fresh && loaded ? "both" : fresh ? "random" : "weights"});
  }
  return columns.text();
}

}  // namespace detail

/// The plan of R for these run-time numbers: a table of blocks (does it train, at which rate), then optimizer, schedule,
/// parameters, memory and arithmetic of a step.
template <class R>
std::string explain(const Settings& s = defaults<R>()) {
  const std::int64_t trained = count_parameters<R>(false, s.classes), frozen = count_parameters<R>(true, s.classes);
  const Memory m = memory<R>(s);
  std::string out = "Plan: " + type_name<typename R::origin>() + ", " + std::to_string(s.classes) + " classes, pictures of " +
                    std::to_string(s.side) + " x " + std::to_string(s.side) + " pixels\n" + detail::plan_table<R>(s);
  out += "  trains " + grouped(trained) + " of " + grouped(trained + frozen) + " parameters\n";
  out += std::string("  ") + detail::algorithm_name(s.algorithm) + ", rate " + short_number(s.optimizer.lr) +
         (s.algorithm == Algorithm::Sgd ? ", momentum " + short_number(s.optimizer.momentum) : "") + ", weight decay " +
         short_number(s.optimizer.weight_decay) + "; schedule " + detail::schedule_text<R>(s) + "\n";
  out += "  " + std::to_string(s.epochs) + " epochs, batches of " + std::to_string(s.batch_size) + "; " +
         (s.bf16 ? "bfloat16" : "single precision") + "; cross-entropy" +
         (s.label_smoothing > 0 ? " with label smoothing " + short_number(s.label_smoothing) : "") + "\n";
  out += "  memory of a step about " + bytes_text(m.total()) + ": weights " + bytes_text(m.weights) + ", gradients " +
         bytes_text(m.gradients) + ", optimizer " + bytes_text(m.optimizer) + ", activations " +
         bytes_text(m.activations) + "\n";
  out += "  arithmetic of a step about " + short_number(1e-9 * static_cast<double>(s.batch_size * macs<R>(s.side))) +
         " GMAC\n";
  return out;
}

}  // namespace tuneit
