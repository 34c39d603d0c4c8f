#pragma once
// Which data does a command line name?
#include "tuneit/app/options/options.hpp"
#include "tuneit/data/dataset/dataset.hpp"

namespace tuneit::app {

/// Opens --data, or --train-data and --test-data, with the classes and columns that are asked for. `split`: what is
/// kept for the test, of data without parts.
inline data::Dataset open_data(const Options& o, data::SplitOptions split) {
  split.merge_classes = o.merge_classes;
  split.class_folders = o.class_folders;
  if (!o.data.empty()) return data::open_dataset(o.data, split, o.table);
  if (o.train_data.empty()) split.all_is_test = true;
  return data::open_dataset(data::PartPaths{o.train_data, o.test_data}, split, o.table);
}

}  // namespace tuneit::app
