#pragma once
// The pictures of bench/pictures.py as samples.
#include <tuneit/data/dataset/dataset.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/worker.hpp"

namespace bench::ours {

/// Those of a kind, png or jpeg; their classes mean nothing.
inline std::vector<tuneit::data::Sample> picture_samples(const std::string& kind) {
  const char* folder = std::getenv("TUNEIT_BENCH_PICTURES");
  if (folder == nullptr)
    throw tuneit::Error(tuneit::ErrorKind::Usage, "TUNEIT_BENCH_PICTURES names no folder of pictures");
  std::vector<std::string> paths;
  tuneit::data::append_images(tuneit::data::read_tree(std::filesystem::path(folder) / kind / "cells"), paths);
  std::vector<tuneit::data::Sample> out;
  for (const std::string& path : paths) out.push_back({path, static_cast<int>(out.size() % classes)});
  return out;
}

}  // namespace bench::ours
