#pragma once
// Tables of numbers that Python wrote, for tests without LibTorch.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

/// The folder that make_NAME.py filled.
inline std::filesystem::path made(const std::string& name) {
  const char* root = std::getenv("TUNEIT_PARITY_DIR");
  if (root == nullptr) FAIL("TUNEIT_PARITY_DIR is not set: run the tests through ctest");
  return std::filesystem::path(root) / name;
}

/// The lines of a file, cut at blanks.
inline std::vector<std::vector<std::string>> words(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) FAIL("cannot read " << path);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream text(line);
    lines.emplace_back();
    for (std::string word; text >> word;) lines.back().push_back(word);
  }
  return lines;
}

/// The lines of a file as numbers ("nan" is one).
inline std::vector<std::vector<double>> numbers(const std::filesystem::path& path) {
  std::vector<std::vector<double>> lines;
  for (const auto& line : words(path)) {
    lines.emplace_back();
    for (const std::string& word : line) lines.back().push_back(std::strtod(word.c_str(), nullptr));
  }
  return lines;
}

/// |a - b| / |b|, where b is 0: |a|.
inline double relative_difference(double a, double b) { return std::abs(a - b) / (b != 0 ? std::abs(b) : 1); }
