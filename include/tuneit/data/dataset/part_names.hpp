#pragma once
// The parts of a data set as io/part_names.hpp knows them, under the names of this folder.
#include "tuneit/io/part_names.hpp"

namespace tuneit::data {

using io::fold_name;
using io::FoldName;
using io::Part;
using io::part_name;
using io::part_of_word;
using io::PartName;

namespace detail {
using io::detail::is_neutral_name;
}

}  // namespace tuneit::data
