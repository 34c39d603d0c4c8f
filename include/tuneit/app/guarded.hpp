#pragma once
// How does a program end: which message and exit status does an error become? No LibTorch.
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "tuneit/app/signals.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::app {

/// Runs body() and tells errors as a program does: one message on stderr, and an exit status that says what was wrong.
/// Ctrl-C, SIGTERM and SIGHUP are handled meanwhile, and after it to the end of the program (Signals::stay).
template <class Body>
int guarded(const char* program, const Body& body) {
  Signals signals(program);
  const struct Stay {
    Signals& signals;
    ~Stay() { signals.stay(); }
  } after{signals};
  try {
    body();
    return 0;
  } catch (const Error& e) {
    std::cerr << program << ": " << e.what() << "\n";
    return e.exit_status();
  } catch (const std::bad_alloc&) {
    std::cerr << program << ": out of memory\n  lower --batch-size or --image-size\n";
    return static_cast<int>(ErrorKind::Memory);
  } catch (const std::exception& e) {
    const std::string what = e.what();
    std::cerr << program << ": " << what.substr(0, what.find('\n')) << "\n";
    return 1;
  }
}

}  // namespace tuneit::app
