#pragma once
// Runs tuneit::main<R> as a shell would, and reads what it leaves: what it prints, its tables, its figures.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <unistd.h>
#include <nlohmann/json.hpp>

#include <tuneit/app/main.hpp>
#include <tuneit/io/csv.hpp>

namespace tuneit::test {

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Takes what is written to a file descriptor, by whatever means, until it is destroyed.
class Captured {
 public:
  Captured(int descriptor, std::filesystem::path file) : descriptor_(descriptor), file_(std::move(file)) {
    flush();
    before_ = ::dup(descriptor_);
    std::FILE* const to = std::fopen(file_.c_str(), "wb");
    ::dup2(::fileno(to), descriptor_);
    std::fclose(to);
  }
  ~Captured() {
    flush();
    ::dup2(before_, descriptor_);
    ::close(before_);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

 private:
  static void flush() {
    std::cout.flush();
    std::cerr.flush();
    std::fflush(nullptr);
  }
  int descriptor_, before_ = -1;
  std::filesystem::path file_;
};

struct Ran {
  int status = 0;
  std::string out, err;
};

/// The program of recipe R with these arguments, on one thread. `folder`: for what it prints.
template <class R>
Ran run_main(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  for (const char* const more : {"--threads", "1", "--device", "cpu"}) arguments.emplace_back(more);
  arguments.insert(arguments.begin(), "program");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  Ran ran;
  {
    const Captured out(STDOUT_FILENO, folder / "out.txt"), err(STDERR_FILENO, folder / "err.txt");
    ran.status = tuneit::main<R>(static_cast<int>(argv.size()), argv.data());
  }
  ran.out = read_text(folder / "out.txt");
  ran.err = read_text(folder / "err.txt");
  return ran;
}

/// A CSV file by the names of its columns.
inline std::map<std::string, std::vector<std::string>> read_columns(const std::filesystem::path& file) {
  std::map<std::string, std::vector<std::string>> columns;
  const std::vector<io::CsvRow> rows = io::read_csv(file);
  for (std::size_t c = 0; c < rows.front().fields.size(); ++c)
    for (std::size_t r = 1; r < rows.size(); ++r) columns[rows.front().fields[c]].push_back(rows[r].fields[c]);
  return columns;
}
inline std::vector<std::string> read_column(const std::filesystem::path& file, const std::string& name) {
  return read_columns(file)[name];
}
inline std::vector<double> numbers(const std::vector<std::string>& fields) {
  std::vector<double> out;
  for (const std::string& field : fields) out.push_back(std::stod(field));
  return out;
}
inline nlohmann::json read_json(const std::filesystem::path& file) { return nlohmann::json::parse(read_text(file)); }

}  // namespace tuneit::test
