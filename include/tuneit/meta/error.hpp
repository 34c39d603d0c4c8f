#pragma once
// What went wrong at run time, where, and how to mend it.
#include <stdexcept>
#include <string>

namespace tuneit {

/// The families of run-time faults. The value is the exit status of the programs.
enum class ErrorKind : int {
  Usage = 2,         ///< a wrong option or an impossible combination of options
  Weights = 3,       ///< a file of weights that is damaged or does not fit the model
  Data = 4,          ///< a picture, folder or table that cannot be used
  Diverged = 5,      ///< the loss or a gradient is not finite
  Io = 6,            ///< the operating system refused to read or write
  Memory = 8,        ///< memory ran out
  Interrupted = 75,  ///< told to stop (SIGINT, SIGTERM, SIGHUP); what was computed is kept
};

/// The one exception type of tuneit. `what()` is a sentence for people: what is wrong, where (file, key, row), and,
/// after a line break, how to mend it where that is known.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind error_kind, const std::string& what_and_where, const std::string& how_to_mend = {})
      : std::runtime_error(joined(what_and_where, how_to_mend)), error_kind_(error_kind) {}

  [[nodiscard]] ErrorKind kind() const noexcept { return error_kind_; }
  [[nodiscard]] int exit_status() const noexcept { return static_cast<int>(error_kind_); }

 private:
  // a function, and not code in everything that throws
  [[gnu::noinline]] static std::string joined(const std::string& what_and_where, const std::string& how_to_mend) {
    return how_to_mend.empty() ? what_and_where : what_and_where + "\n  " + how_to_mend;
  }
  ErrorKind error_kind_;
};

}  // namespace tuneit
