// How many tokens a second does our tokeniser make of lines? For tokenise.py: one thread, or as many as are named.
//   bench-tokenise TOKENIZER TEXTS THREADS    a line of stdin starts a round, and gets "tokens seconds"
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tuneit/text/tokenizer.hpp"

int main(int, char** arguments) {
  const auto loaded = tuneit::text::load_tokenizer(arguments[1], tuneit::text::TokenizerSource::TokenizerJson);
  std::vector<std::string> texts;
  std::ifstream file(arguments[2]);
  for (std::string line; std::getline(file, line);) texts.push_back(line);
  const auto threads = static_cast<unsigned>(std::stoul(arguments[3]));
  for (std::string round; std::getline(std::cin, round);) {
    const std::clock_t start = std::clock();  // of all threads
    std::size_t tokens = 0;
    for (const tuneit::text::Encoding& e : loaded.tokenizer.encode_batch(texts, {}, threads)) tokens += e.size();
    std::cout << tokens << ' ' << static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC << std::endl;
  }
}
