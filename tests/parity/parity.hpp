#pragma once
// What the parity tests share: where Python left its files, and how far two tensors are apart.
#include <ATen/core/Tensor.h>
#include <ATen/ops/abs.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tuneit/io/weights/read_tensors.hpp"
#include "tuneit/weights/tensors.hpp"

/// The folder that make_NAME.py filled.
inline std::filesystem::path made(const std::string& name) {
  const char* root = std::getenv("TUNEIT_PARITY_DIR");
  if (root == nullptr) FAIL("TUNEIT_PARITY_DIR is not set: run the tests through ctest");
  return std::filesystem::path(root) / name;
}

inline std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

inline at::Tensor tensor(const tuneit::io::TensorFile& file, const std::string& name) {
  const tuneit::io::NamedTensor* found = file.find(name);
  if (found == nullptr) FAIL("no tensor " << name << " in " << file.path);
  return tuneit::weights::to_tensor(*found);
}

/// max |a - b| / max |b|
inline double relative(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.detach().to(at::kDouble), y = b.detach().to(at::kDouble);
  const double scale = y.abs().max().item<double>();
  return x.sub(y).abs().max().item<double>() / (scale > 0 ? scale : 1);
}
