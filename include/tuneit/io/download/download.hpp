#pragma once
// How does a file get here from a server that may fail in every way? Whole, checked, or not at all.
#include <filesystem>
#include <system_error>

#include "tuneit/io/download/attempts.hpp"
#include "tuneit/io/download/expected_file.hpp"
#include "tuneit/io/download/url.hpp"

namespace tuneit::io {

/// Makes `target` the file at `url`, unless it is there already, as expected. The bytes come to `target`.partial first;
/// a start that finds some there asks for the rest, if there is a checksum to tell whether they fit together. The
/// target appears when the whole has the expected size and hash, never before. Failures that may pass are tried again
/// (options); of two processes that ask for the same file one waits. Throws ErrorKind::Io for what network or disk
/// refuse, expected.fault for a file that is not the expected one, ErrorKind::Usage for an address that is none.
inline void download(const Url& url, const std::filesystem::path& target, const Expected& expected = {},
                     const DownloadOptions& options = {}) {
  if (is_as_expected(target, expected)) return;
  std::error_code failed;
  if (std::filesystem::is_directory(target, failed))
    throw Error(ErrorKind::Io, quote_path(target) + " is a directory; a downloaded file should lie there");
  if (target.has_parent_path()) std::filesystem::create_directories(target.parent_path(), failed);
  if (failed)
    throw Error(ErrorKind::Io, "cannot make the folder " + quote_path(target.parent_path()) + ": " + failed.message(),
                "Set TORCH_HOME to a folder that you may write to.");
  detail::Download(url, target, expected, options).run();
}

}  // namespace tuneit::io
