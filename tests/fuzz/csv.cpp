// CSV tables: rows of one length, lines that count up, and the same rows again from their own text.
#include "tuneit/io/csv.hpp"

#include <string>
#include <vector>

#include "target.hpp"

using namespace tuneit;

namespace {

std::string written(const std::vector<io::CsvRow>& rows) {
  std::string text;
  for (const io::CsvRow& row : rows) {
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      text += i == 0 ? "\"" : ",\"";
      for (const char c : row.fields[i]) text += c == '"' ? "\"\"" : std::string(1, c);
      text += '"';
    }
    text += '\n';
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {  // whatever separates the fields
    const std::string_view text = fuzz::text_of(data, size);
    const std::vector<io::CsvRow> rows = io::parse_csv(text, "t.csv", io::separator_of(text));
    for (const io::CsvRow& row : rows)
      fuzz::promise(row.fields.size() == rows.front().fields.size(), "rows have one length");
  });
  fuzz::accept_or_refuse(ErrorKind::Data, [&] {
    const std::vector<io::CsvRow> rows = io::parse_csv(fuzz::text_of(data, size), "t.csv");
    std::size_t line = 0;
    for (const io::CsvRow& row : rows) {
      fuzz::promise(row.line > line, "lines count up");
      fuzz::promise(!row.fields.empty() && row.fields.size() == rows.front().fields.size(), "rows have one length");
      line = row.line;
    }
    const std::vector<io::CsvRow> again = io::parse_csv(written(rows), "again.csv");
    fuzz::promise(again.size() == rows.size(), "as many rows again");
    for (std::size_t i = 0; i < rows.size(); ++i)
      fuzz::promise(again[i].fields == rows[i].fields, "the same fields again");
  });
  return 0;
}
