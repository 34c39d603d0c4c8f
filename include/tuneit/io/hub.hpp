#pragma once
// Which file or folder does a person mean who gives a path, a name or an address? It is fetched if it is not there yet.
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tuneit/io/download/archive.hpp"
#include "tuneit/io/download/download.hpp"
#include "tuneit/io/download/registry.hpp"
#include "tuneit/io/torch_home.hpp"
#include "tuneit/meta/text.hpp"

namespace tuneit::io {

/// $TORCH_HOME, else $XDG_CACHE_HOME/torch, else ~/.cache/torch: as PyTorch.
[[nodiscard]] inline std::filesystem::path torch_home() { return torch_home_folder(); }

struct HubOptions {
  std::filesystem::path weights = torch_home() / "hub" / "checkpoints";  ///< where PyTorch keeps its downloads
  std::filesystem::path data = torch_home() / "datasets";
  bool offline = !detail::environment("TUNEIT_OFFLINE").empty() && detail::environment("TUNEIT_OFFLINE") != "0";
  DownloadOptions download = {};
  ArchiveLimits limits = {};
};

namespace detail {

/// One file of the hub: from where, to where, and what it should be.
struct HubFile {
  Url url;
  std::filesystem::path path;
  Expected expected;
};

/// Names without a checksum of their own get one of the address, so that two files called model.pth do not meet.
inline HubFile hub_file(const std::string& address, const std::filesystem::path& folder, ErrorKind error_kind) {
  Url url = parse_url(address);
  const bool in_name = checksum_in_name(url.file_name).known();
  const std::string name = in_name ? url.file_name : "url" + hash_of(url.address).substr(0, 12) + "-" + url.file_name;
  const Checksum checksum = url.checksum;
  return {std::move(url), folder / name, {checksum, 0, error_kind}};
}
inline HubFile hub_file(const Known& known, const std::filesystem::path& folder) {
  const ErrorKind error_kind = known.kind == KnownKind::Weights ? ErrorKind::Weights : ErrorKind::Data;
  return {parse_url(std::string(known.url)),
          folder / known.file_name(),
          {{known.hash, std::string(known.digits)}, known.bytes, error_kind}};
}

inline void fetch(const HubFile& file, const HubOptions& options) {
  if (is_as_expected(file.path, file.expected)) return;
  std::error_code failed;
  const bool there = std::filesystem::exists(file.path, failed);
  const std::string state =
      there ? " is not the file that was asked for (its size or hash is another), and " : " is not there, and ";
  if (options.offline)
    throw Error(ErrorKind::Io, quote_path(file.path) + state + "TUNEIT_OFFLINE forbids to download it",
                "Fetch " + file.url.shown + " elsewhere and put it there.");
  if (options.download.progress) {
    if (there) options.download.progress({{}, 0, 0, 0, 0, quote_path(file.path) + state + "it is fetched anew"});
    options.download.progress({{}, 0, 0, 0, 0, "downloading " + file.url.shown + " to " + file.path.string()});
  }
  download(file.url, file.path, file.expected, options.download);
}

/// An archive with one folder at its top means that folder.
inline std::filesystem::path inner_folder(std::filesystem::path folder) {
  for (int i = 0; i < 4; ++i) {
    std::filesystem::path only;
    int entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name == "__MACOSX" || name.front() == '.') continue;
      ++entries;
      only = entry.path();
    }
    const bool part = only.filename() == "train";  // of a set without a test part
    if (entries != 1 || part || !std::filesystem::is_directory(only)) break;
    folder = only;
  }
  return folder;
}

inline std::filesystem::path fetch_data(const HubFile& file, const HubOptions& options) {
  const std::string name = file.path.filename().string();
  const std::string digits = file.expected.checksum.digits.substr(0, 8);
  const std::filesystem::path folder =
      options.data / (name.substr(0, name.find('.')) + (digits.empty() ? "" : "-" + digits));
  std::error_code failed;
  if (!std::filesystem::is_directory(folder, failed)) {
    const bool there = std::filesystem::exists(file.path, failed);
    fetch(file, options);
    if (options.download.progress)
      options.download.progress({{}, 0, 0, 0, 0, "unpacking " + name + " to " + folder.string()});
    unpack(file.path, folder, options.limits);
    if (!there) std::filesystem::remove(file.path, failed);  // unpacked pictures do not need it; a file of yours stays
  }
  return inner_folder(folder);
}

/// The known name nearest to the text, if it differs in few characters.
inline std::string_view nearest_known(std::string_view text, KnownKind kind) {
  std::size_t best = std::max<std::size_t>(2, text.size() / 3) + 1;
  std::string_view found;
  for (const Known& known : known_files()) {
    std::string_view name = known.name;
    if (kind == KnownKind::Weights) name.remove_suffix(3);  // -v1
    const std::size_t distance = text::distance(text.data(), text.size(), name.data(), name.size());
    if (known.kind != kind || distance >= best) continue;
    best = distance;
    found = name;
  }
  return found;
}

[[noreturn]] inline void refuse_name(const std::string& text, KnownKind kind) {
  std::string names;
  for (const Known& known : known_files())
    if (known.kind == kind) names += (names.empty() ? "" : ", ") + std::string(known.name);
  const std::string_view nearest = nearest_known(text, kind);
  throw Error(ErrorKind::Usage,
              kind == KnownKind::Weights
                  ? "there is no file " + quote(text) + ", and no weights are known by that name"
                  : "there is no folder " + quote(text) + ", and no data set is known by that name",
              (nearest.empty() ? "" : "Did you mean " + std::string(nearest) + "? ") + "Known are " + names +
                  "; an address (https://...) will do, too.");
}

inline bool looks_like_path(const std::string& text) {
  return text.find('/') != std::string::npos || std::filesystem::path(text).has_extension();
}

}  // namespace detail

/// The file of weights that `text` means: a path that exists; a known name (find_known), which is looked for where
/// PyTorch keeps its downloads and fetched to there; or an address, with #sha256=DIGITS if you like. A path that does
/// not exist is returned as it is, for its reader to refuse. Hashes are checked each time. Throws what download throws,
/// and ErrorKind::Usage for a name that is not known.
[[nodiscard]] inline std::filesystem::path find_weights(const std::string& text, const HubOptions& options = {}) {
  std::error_code failed;
  const std::filesystem::path path(text);
  if (std::filesystem::exists(path, failed) && !std::filesystem::is_directory(path, failed)) return path;
  const Known* known = is_url(text) ? nullptr : find_known(text, KnownKind::Weights);
  if (known == nullptr && !is_url(text)) {
    if (detail::looks_like_path(text)) return path;
    detail::refuse_name(text, KnownKind::Weights);
  }
  const detail::HubFile file = known != nullptr ? detail::hub_file(*known, options.weights)
                                                : detail::hub_file(text, options.weights, ErrorKind::Weights);
  detail::fetch(file, options);
  return file.path;
}

/// The folder (or table) of pictures that `text` means: a path that exists, a known name, or the address of an archive.
/// Archives are unpacked beside each other (see unpack); what is there is not fetched again. Throws as find_weights.
[[nodiscard]] inline std::filesystem::path find_data(const std::string& text, const HubOptions& options = {}) {
  std::error_code failed;
  const std::filesystem::path path(text);
  if (std::filesystem::exists(path, failed)) return path;
  const Known* known = is_url(text) ? nullptr : find_known(text, KnownKind::Data);
  if (known == nullptr && !is_url(text)) {
    if (detail::looks_like_path(text)) return path;
    detail::refuse_name(text, KnownKind::Data);
  }
  return detail::fetch_data(
      known != nullptr ? detail::hub_file(*known, options.data) : detail::hub_file(text, options.data, ErrorKind::Data),
      options);
}

}  // namespace tuneit::io
