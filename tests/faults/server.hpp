#pragma once
// misbehaving_server.py as a child process, and what its files hold.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

extern char** environ;

namespace faults {

/// The bytes of a file of the server.
inline std::string content(std::size_t size, std::uint64_t seed = 0) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((((i + 1) * (2654435761U + seed)) >> 13U) & 255U);
  return bytes;
}

/// One server for the whole test program; it ends with it.
class Server {
 public:
  static const Server& get() {
    static const Server server;
    return server;
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// A fresh key, so that the server counts from one.
  static std::string new_key() {
    static int serial = 0;
    return "k" + std::to_string(::getpid()) + "-" + std::to_string(serial++);
  }
  [[nodiscard]] std::string url(const std::string& behaviour, const std::string& key, std::size_t size = 200'000,
                                const std::string& name = "file.bin") const {
    return "http://127.0.0.1:" + port_ + "/" + name + "?do=" + behaviour + "&size=" + std::to_string(size) +
           "&key=" + key;
  }
  [[nodiscard]] bool has_tls() const { return tls_ != "0"; }
  [[nodiscard]] std::string tls_url(const std::string& behaviour, const std::string& key) const {
    return "https://127.0.0.1:" + tls_ + "/file.bin?do=" + behaviour + "&size=200000&key=" + key;
  }
  [[nodiscard]] const std::string& port() const { return port_; }
  [[nodiscard]] const std::string& certificate() const { return certificate_; }

  /// The requests that came with the key: "Range|If-Range" each.
  [[nodiscard]] std::vector<std::string> requests(const std::string& key) const {
    const std::string body = ask("/log?key=" + key);
    std::vector<std::string> lines;
    std::istringstream in(body);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

 private:
  Server() {
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "SSL_CERT_FILE",
                             "TUNEIT_OFFLINE", "TORCH_HOME", "XDG_CACHE_HOME"})
      ::unsetenv(name);
    const std::string script = (std::filesystem::path(__FILE__).parent_path() / "misbehaving_server.py").string();
    int in[2], out[2];
    REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    std::string python = "python3", path = script;
    std::array<char*, 3> arguments{python.data(), path.data(), nullptr};
    pid_t child = 0;
    REQUIRE(::posix_spawnp(&child, "python3", &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);  // in[1] stays open until this program ends, and with it the server
    std::string line;
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(out[0]);
    std::istringstream(line) >> port_ >> tls_ >> certificate_;
    INFO("the server says " << line);
    REQUIRE(!certificate_.empty());
  }

  [[nodiscard]] std::string ask(const std::string& path) const {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port_)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const std::string request = "GET " + path + " HTTP/1.0\r\nConnection: close\r\n\r\n";
    REQUIRE(::write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
    std::string answer;
    char piece[4096];
    for (ssize_t got = 0; (got = ::read(fd, piece, sizeof piece)) > 0;)
      answer.append(piece, static_cast<std::size_t>(got));
    ::close(fd);
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  std::string port_, tls_, certificate_;
};

}  // namespace faults
