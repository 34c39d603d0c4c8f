// Does the progress line say what it should, and rarely enough?
#include <algorithm>
#include <cstdio>
#include <string>

#include <tuneit/report/progress.hpp>

#include <catch2/catch.hpp>

namespace {

using namespace tuneit::report;

/// What is written to a FILE.
class Paper {
 public:
  Paper() : file_(std::tmpfile()) {}
  ~Paper() { std::fclose(file_); }
  Paper(const Paper&) = delete;
  Paper& operator=(const Paper&) = delete;
  [[nodiscard]] std::FILE* file() const { return file_; }
  [[nodiscard]] std::string text() const {
    std::string out(static_cast<std::size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    const std::size_t read = std::fread(out.data(), 1, out.size(), file_);
    out.resize(read);
    return out;
  }

 private:
  std::FILE* file_;
};

}  // namespace

TEST_CASE("the line", "[report][progress]") {
  CHECK(progress_line({2, 5, 50, 100, 0.3123, 0.9125, 10.0}, 10) ==
        "Epoch 2/5 [=====>    ]  50 %  loss 0.3123  accuracy 91.25 %  5.0 images/s  0:10 left");
  CHECK(progress_line({1, 1, 100, 100, 0.1, 1.0, 4000.0}, 4) ==
        "Epoch 1/1 [====] 100 %  loss 0.1000  accuracy 100.00 %  0.0 images/s  1:06:40");
  CHECK(progress_line({1, 1, 0, 100}, 0) == "Epoch 1/1   0 %");
  CHECK(progress_line({1, 1, 999, 1000}, 0) == "Epoch 1/1  99 %");  // never 100 before the end
  CHECK(progress_line({1, 1, 0, 0}, 2) == "Epoch 1/1 [==] 100 %");
}

TEST_CASE("a terminal is redrawn ten times a second at most", "[report][progress]") {
  const Paper paper;
  double now = 0.0;
  {
    ProgressOptions options;
    options.out = paper.file();
    options.terminal = true;
    options.clock = [&] { return now; };
    Progress progress(2, options);
    progress.begin(1, 1000);
    for (std::size_t i = 1; i <= 1000; ++i) {
      now += 0.001;
      progress.update(i, 0.5, 0.5);
    }
    progress.end("test 93.0 %");
    progress.begin(2, 1000);
    now += 1.0;
    progress.update(500, 0.4, 0.6);
  }  // left in the middle: the line is ended
  const std::string text = paper.text();
  const auto drawn = std::count(text.begin(), text.end(), '\r');
  CHECK(drawn >= 10);
  CHECK(drawn <= 13);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(text.back() == '\n');
  CHECK(text.find("test 93.0 %") != std::string::npos);
}

TEST_CASE("a log file gets a line every ten seconds", "[report][progress]") {
  const Paper paper;
  double now = 0.0;
  ProgressOptions options;
  options.out = paper.file();
  options.terminal = false;
  options.clock = [&] { return now; };
  Progress progress(1, options);
  progress.begin(1, 100);
  for (std::size_t i = 1; i <= 100; ++i) {
    now += 0.25;
    progress.update(i, 0.5, 0.5);
  }
  progress.end();
  const std::string text = paper.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find("\x1b") == std::string::npos);
}
