#pragma once
// Which texts does a folder hold: a folder for each class, parts, files of parts?
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "tuneit/io/input_file.hpp"
#include "tuneit/io/part_names.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/plain.hpp"
#include "tuneit/io/text/read.hpp"
#include "tuneit/io/text/text_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::io {

namespace detail {

/// What lies right in a folder, sorted by the bytes of the names; hidden things are left out. Links are followed.
struct Listing {
  std::vector<std::filesystem::path> folders, files;
};
inline Listing list_folder(const std::filesystem::path& folder) {
  Listing out;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::error_code gone;
    const std::string name = at->path().filename().string();
    if (name.starts_with('.') || name == "__MACOSX") continue;
    if (at->is_directory(gone))
      out.folders.push_back(at->path());
    else if (at->is_regular_file(gone))
      out.files.push_back(at->path());
  }
  if (error)
    throw Error(ErrorKind::Data, "Cannot read the folder " + quote_path(folder) + ": " + error.message() + ".");
  const auto by_bytes = [](const auto& a, const auto& b) { return a.native() < b.native(); };
  std::sort(out.folders.begin(), out.folders.end(), by_bytes);
  std::sort(out.files.begin(), out.files.end(), by_bytes);
  return out;
}

inline bool is_plain(const std::filesystem::path& path) { return text_format_of(path) == TextFormat::Plain; }

/// One example for each .txt file right in the folder. Files of other kinds are counted.
inline std::size_t read_each_file(const std::vector<std::filesystem::path>& files, const TextOptions& options,
                                  const TextLabel& label, const std::string& part, Texts& into) {
  TextOptions whole = options;
  whole.documents = Documents::File;
  std::size_t others = 0;
  for (const std::filesystem::path& path : files) {
    if (!is_plain(path)) {
      ++others;
      continue;
    }
    read_text_file(path, whole, into, TextFormat::Plain);
    into.examples.back().label = label;
    into.examples.back().part = part;
  }
  return others;
}

inline void read_class_folders(const std::filesystem::path& folder, const Listing& listing, const TextOptions& options,
                               const std::string& part, Texts& into) {
  if (listing.folders.empty())
    throw Error(ErrorKind::Data, "The folder " + quote_path(folder) + " holds no class folders.",
                "Make one folder for each class and put its .txt files there.");
  auto others = static_cast<std::size_t>(std::count_if(listing.files.begin(), listing.files.end(), is_plain));
  if (others > 0)
    into.notes.push_back(std::to_string(others) + " .txt file" + (others == 1 ? "" : "s") +
                         " beside the class folders of " + quote_path(folder) +
                         " belong to no class and are not used.");
  others = 0;
  for (const std::filesystem::path& inner : listing.folders) {
    const std::size_t before = into.examples.size();
    const std::string label = inner.filename().string();
    if (!is_utf8(label))
      throw Error(ErrorKind::Data, "The name of the class folder " + quote_path(inner) + " is not UTF-8.",
                  "Rename it.");
    others += read_each_file(list_folder(inner).files, options, label, part, into);
    if (into.examples.size() == before)
      throw Error(ErrorKind::Data, "The class folder " + quote_path(inner) + " holds no .txt files.",
                  "Put texts into it, one file each, or remove the folder.");
  }
  if (others > 0)
    into.notes.push_back(std::to_string(others) + " file" + (others == 1 ? "" : "s") +
                         " of other kinds in the class folders of " + quote_path(folder) +
                         (others == 1 ? " was" : " were") + " passed over.");
}

}  // namespace detail

/// A folder of class folders with a .txt file for each text; of parts (train, test, val and what people call them else,
/// see part_names.hpp), which hold class folders; or of one file for each part (train.csv, test.csv). Without labels: a
/// folder of .txt files. Throws ErrorKind::Data where it is none of these, or a class folder holds no texts.
inline void read_text_folder(const std::filesystem::path& folder, const TextOptions& options, Texts& into) {
  const detail::Listing here = detail::list_folder(folder);
  bool parts = false;
  for (const std::filesystem::path& inner : here.folders) parts |= part_of_word(inner.filename().string()).has_value();
  if (parts && options.labels) {
    for (const std::filesystem::path& inner : here.folders) {
      const std::string name = inner.filename().string();
      if (part_of_word(name))
        detail::read_class_folders(inner, detail::list_folder(inner), options, name, into);
      else
        into.notes.push_back("The folder " + quote_path(inner) +
                             " is not used: it is no part for training or testing.");
    }
    return;
  }
  for (const std::filesystem::path& path : here.files) {
    const std::string stem = path.stem().string();
    if (!text_format_of(path) || !part_of_word(stem)) continue;
    if (detail::is_plain(path) && options.labels) continue;  // it would have none
    parts = true;
    const std::size_t before = into.examples.size();
    read_text_file(path, options, into);
    for (std::size_t i = before; i < into.examples.size(); ++i)
      if (into.examples[i].part.empty()) into.examples[i].part = stem;
  }
  if (parts) return;
  if (options.labels)
    detail::read_class_folders(folder, here, options, "", into);
  else
    detail::read_each_file(here.files, options, std::monostate(), "", into);
  if (into.examples.empty()) throw Error(ErrorKind::Data, "The folder " + quote_path(folder) + " holds no texts.");
}

}  // namespace tuneit::io
