#pragma once
// What a plan does with the blocks of a network, as a table.
#include <string>
#include <vector>

#include "tuneit/meta/columns.hpp"
#include "tuneit/net/print.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit::detail {

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

// A model as plain values: the table is made by one function for all recipes.
struct ModelView {
  const TensorRow* rows;
  const std::uint32_t* block_begin;
  std::vector<std::string> blocks;
};

template <class Model>
ModelView view_of() {
  ModelView view{table<Model>.rows, table<Model>.block_begin, std::vector<std::string>(Model::block_count)};
  block_names(typename Model::blocks{}, view.blocks.data());
  return view;
}

struct RateAndDecay {
  double rate = 0, decay = 0;
};

/// Block, parameters, how many of them train, rates and decay, batch norms, where they start from; then a line with the
/// sums. The plan's scales multiply the numbers of a row's group (0: of none). `last` holds the rows of the phase
/// before, which are not printed again, and is left with those of this one; empty: no row was the same.
inline std::string plan_table(const ModelView& v, const PlanRow* plan, const RateAndDecay* of_group, int classes,
                              std::vector<std::vector<std::string>>& last) {
  Columns columns({"", "block", "parameters", "trains", "rate", "decay", "batch norm", "starts from"}, "><>>>>><");
  std::vector<std::vector<std::string>> rows;
  std::size_t same = 0;
  std::int64_t all_trained = 0, sum = 0;
  for (std::size_t b = 0; b < v.blocks.size(); ++b) {
    std::int64_t all = 0, trained = 0;
    Spread rate, decay;
    bool norms = false, moving = false, still = false, fresh = false, loaded = false, tied = false;
    for (std::size_t i = v.block_begin[b]; i < v.block_begin[b + 1]; ++i) {
      const PlanRow& p = plan[i];
      if (v.rows[i].is_buffer()) {
        norms = true;
        (p.batch_statistics ? moving : still) = true;
        continue;
      }
      if (v.rows[i].is_tied()) {  // it is counted where it stands first
        tied = true;
        continue;
      }
      all += v.rows[i].numel(classes);
      (p.starts_from == Origin::Fresh ? fresh : loaded) = true;
      if (p.frozen) continue;
      trained += v.rows[i].numel(classes);
      rate.add(of_group[p.group].rate * p.lr_scale);
      decay.add(of_group[p.group].decay * p.decay_scale);
    }
    all_trained += trained;
    sum += all;
    rows.push_back({std::to_string(b), v.blocks[b], grouped(all),
                    all == 0 && tied ? "tied"
                    : trained == 0   ? "frozen"
                    : trained == all ? "all"
                                     : grouped(trained),
                    rate.text(), decay.text(),
                    !norms            ? "-"
                    : moving && still ? "mixed"
                    : moving          ? "of the batch"
                                      : "frozen",
                    fresh && loaded ? "both"
                    : fresh         ? "random"
                    : loaded        ? "weights"
                                    : "-"});
    if (!last.empty() && rows.back() == last[b])
      ++same;
    else
      columns.row(rows.back());
  }
  last = std::move(rows);
  if (same == last.size()) return "  all blocks as in the phase before\n";
  return columns.text() + (same > 0 ? "  the other blocks as in the phase before\n" : "") + "  trains " +
         grouped(all_trained) + " of " + grouped(sum) + " parameters\n";
}

}  // namespace tuneit::detail
