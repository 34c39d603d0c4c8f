#pragma once
// Would the script of --emit-python find the same pictures in the same classes?
#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "tuneit/data/dataset/files.hpp"
#include "tuneit/data/dataset/samples.hpp"

namespace tuneit::app {

/// The script takes --data/train and --data/test (or val), else --data itself, each by torchvision's ImageFolder.
/// Returns the first picture that it would not find so in its class and part; empty if there is none.
inline std::string not_in_script(const std::string& data, const data::Dataset& dataset) {
  namespace fs = std::filesystem;
  constexpr std::array<std::string_view, 9> known{".jpg", ".jpeg", ".png",  ".ppm", ".bmp",
                                                  ".pgm", ".tif",  ".tiff", ".webp"};
  std::error_code error;
  const fs::path root(data);
  const bool train = fs::is_directory(root / "train", error);
  const fs::path test = fs::is_directory(root / "test", error)  ? root / "test"
                        : fs::is_directory(root / "val", error) ? root / "val"
                        : train                                 ? root / "train"
                                                                : root;
  const auto first = [&](const std::vector<data::Sample>& samples, const fs::path& folder) -> std::string {
    for (const data::Sample& sample : samples) {
      const fs::path path(sample.path), inner = path.lexically_relative(folder);
      const std::string extension = data::ascii_lower(path.extension().string());
      const bool found = sample.targets.empty() && std::distance(inner.begin(), inner.end()) > 1 &&
                         inner.begin()->string() == dataset.classes[static_cast<std::size_t>(sample.label)] &&
                         std::find(known.begin(), known.end(), extension) != known.end();
      if (!found) return sample.path;
    }
    return {};
  };
  const std::string trained = first(dataset.train, train ? root / "train" : root);
  return trained.empty() ? first(dataset.test, test) : trained;
}

}  // namespace tuneit::app
