#pragma once
// Which picture files lie in a folder? The same list, in the same order, on every file system and in every locale.
#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "tuneit/io/quote.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::data {

/// Lower case of the ASCII letters, whatever the locale.
inline std::string ascii_lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// By extension (.jpg .jpeg .png .webp in any case), as torchvision does: nothing is opened.
inline bool has_picture_name(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 4> known{".jpg", ".jpeg", ".png", ".webp"};
  const std::string extension = ascii_lower(path.extension().string());
  return std::find(known.begin(), known.end(), extension) != known.end();
}

/// Hidden files and folders, and the folder that macOS puts into archives.
inline bool is_hidden(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.empty() || name.front() == '.' || name == "__MACOSX";
}

/// Pictures found below a folder, and how many other files were passed over.
struct FoundPictures {
  std::vector<std::string> paths;
  std::size_t skipped = 0;
};

namespace detail {

/// Entries of a folder sorted by the bytes of their names. Throws Fault::Data where it cannot be read.
inline std::vector<std::filesystem::path> sorted_entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) entries.push_back(at->path());
  if (error)
    throw Error(Fault::Data, "Cannot read the folder " + io::quote_path(folder) + ": " + error.message() + ".");
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return entries;
}

inline void collect_pictures(const std::filesystem::path& folder, std::vector<std::pair<dev_t, ino_t>>& above,
                             FoundPictures& found) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return;
  const std::pair identity{status.st_dev, status.st_ino};
  // A link to a folder that we are in: following it would never end.
  if (std::find(above.begin(), above.end(), identity) != above.end()) {
    ++found.skipped;
    return;
  }
  above.push_back(identity);
  std::vector<std::filesystem::path> folders;
  for (const std::filesystem::path& entry : sorted_entries(folder)) {
    std::error_code error;
    const std::filesystem::file_status kind = std::filesystem::status(entry, error);  // follows links
    if (is_hidden(entry))
      ++found.skipped;
    else if (std::filesystem::is_directory(kind))
      folders.push_back(entry);
    else if (std::filesystem::is_regular_file(kind) && has_picture_name(entry))
      found.paths.push_back(entry.string());
    else
      ++found.skipped;
  }
  for (const std::filesystem::path& inner : folders) collect_pictures(inner, above, found);
  above.pop_back();
}

}  // namespace detail

/// All pictures below `folder`, links followed, loops of links left alone; a folder's own pictures come before those
/// of its folders. Hidden files, other kinds of files, FIFOs, devices and dangling links are counted as skipped.
inline FoundPictures find_pictures(const std::filesystem::path& folder) {
  FoundPictures found;
  std::vector<std::pair<dev_t, ino_t>> above;
  detail::collect_pictures(folder, above, found);
  return found;
}

/// The folders in `folder` that are not hidden, sorted by the bytes of their names.
inline std::vector<std::filesystem::path> subfolders(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  for (const std::filesystem::path& entry : detail::sorted_entries(folder)) {
    std::error_code error;
    if (!is_hidden(entry) && std::filesystem::is_directory(entry, error)) out.push_back(entry);
  }
  return out;
}

}  // namespace tuneit::data
