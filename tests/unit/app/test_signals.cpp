// What do signals do to a program: in a part that has nothing to keep, in an orderly one, twice, ignored, afterwards?
// Each in a child process. What they do to a training: faults/check_runs.py.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>

#include "tuneit/app/guarded.hpp"
#include "tuneit/app/signals.hpp"
#include "unit/io/tensor_bytes.hpp"

using namespace tensor_bytes;
using namespace tuneit;
using namespace tuneit::app;

namespace {

void sleep_milliseconds(long n) {
  const timespec time{n / 1000, n % 1000 * 1'000'000};
  ::nanosleep(&time, nullptr);
}

struct Ended {
  int status = -1, by = 0;  ///< of exit, or the signal that ended it
  std::string said;
};

/// body() in a child process, whose result is its exit status.
Ended in_child(const std::function<int()>& body) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (const int n : {SIGINT, SIGTERM, SIGHUP}) ::signal(n, SIG_DFL);
    ::dup2(pipe[1], STDERR_FILENO);
    ::close(pipe[0]);
    ::_exit(body());
  }
  ::close(pipe[1]);
  Ended ended;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(pipe[0], buffer, sizeof buffer)) > 0;)
    ended.said.append(buffer, static_cast<std::size_t>(got));
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.by = WTERMSIG(status);
  return ended;
}

}  // namespace

TEST_CASE("where nothing is to be kept a signal ends the program at once", "[app][signals]") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const Ended ended = in_child([&] {
      const Signals signals("program");
      ::raise(number);
      return 1;
    });
    CHECK(ended.status == 75);
    CHECK(ended.said == std::string("program: stopped by ") + app::detail::signal_name(number) +
                            " before anything was trained or tested\n");
  }
  // and takes the folders with it that were made for nothing
  const Scratch scratch;
  std::filesystem::create_directories(scratch / "a/b/c");
  scratch.write("a/mine", "");
  const Ended ended = in_child([&] {
    const Signals signals("program");
    remove_on_signal(scratch / "a/b/c", 2);
    ::raise(SIGTERM);
    return 1;
  });
  CHECK(ended.status == 75);
  CHECK(std::filesystem::exists(scratch / "a/mine"));
  CHECK_FALSE(std::filesystem::exists(scratch / "a/b"));
}

TEST_CASE("in an orderly part a signal is noted, and the second one ends the program", "[app][signals]") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const auto body = [&](bool again) {
      return [=] {
        const Signals signals("program");
        const Orderly part;
        if (caught_signal() != 0 || StopOnSignal::should_stop()) return 1;
        stop_if_told(" here");
        ::raise(number);
        ::raise(number);  // timeout(1) sends it twice
        if (caught_signal() != number || !StopOnSignal::should_stop()) return 2;
        try {
          stop_if_told(" here");
        } catch (const Error& e) {
          const std::string expected = std::string("stopped by ") + app::detail::signal_name(number) + " here";
          if (again) {
            sleep_milliseconds(60);
            ::raise(SIGTERM);
          }
          return e.what() == expected ? e.exit_status() : 3;
        }
        return 4;
      };
    };
    auto once = in_child(body(false));  // again where the machine held it for 50 ms between the two
    for (int attempt = 0; attempt < 10 && once.status == 128 + number; ++attempt) once = in_child(body(false));
    CHECK(once.status == 75);
    CHECK(in_child(body(true)).status == 128 + SIGTERM);
    CHECK(in_child(body(true)).said.empty());
  }
}

TEST_CASE("an orderly part ends, one in another does not end it", "[app][signals]") {
  const Ended ended = in_child([] {
    const Signals signals("program");
    {
      const Orderly outer;
      { const Orderly inner; }
      ::raise(SIGINT);
      if (caught_signal() != SIGINT) return 1;
    }
    const Signals anew("program");
    ::raise(SIGINT);
    return 2;
  });
  CHECK(ended.status == 75);
}

TEST_CASE("what was ignored stays so, and all is as before afterwards", "[app][signals]") {
  CHECK(in_child([] {
          ::signal(SIGHUP, SIG_IGN);
          const Signals signals("program");
          ::raise(SIGHUP);
          return caught_signal() == 0 ? 7 : 1;
        }).status == 7);
  CHECK(in_child([] {
          { const Signals signals("program"); }
          ::raise(SIGTERM);
          return 1;
        }).by == SIGTERM);
  CHECK(in_child([] {  // a program that is ending because of a signal
          {
            const Signals signals("program");
            const Orderly part;
            ::raise(SIGTERM);
          }
          sleep_milliseconds(60);
          ::raise(SIGTERM);
          return 1;
        })
            .status == 128 + SIGTERM);
}

TEST_CASE("a program that is done ends as it would, unless it is told twice", "[app][signals]") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    for (const bool again : {false, true}) {
      const Ended ended = in_child([=] {
        const int status = app::guarded("program", [] {});
        ::raise(number);  // while destructors run
        if (again) {
          sleep_milliseconds(60);
          ::raise(number);
        }
        return status + 7;
      });
      CHECK(ended.status == (again ? 128 + number : 7));
      CHECK(ended.said.empty());
    }
  CHECK(in_child([] {
          const int status = app::guarded("program", [] { throw Error(ErrorKind::Diverged, "too far"); });
          ::raise(SIGTERM);
          return status;
        }).status == 5);
}

TEST_CASE("writing to nobody is an error of the write", "[app][signals]") {
  CHECK(in_child([] {
          int pipe[2];
          if (::pipe(pipe) != 0) return 1;
          ::close(pipe[0]);
          const Signals signals("program");
          return ::write(pipe[1], "x", 1) < 0 && errno == EPIPE ? 7 : 2;
        }).status == 7);
}
