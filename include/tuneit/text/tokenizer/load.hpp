#pragma once
// Which tokeniser does a folder hold?
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "tuneit/io/input_file.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/text/tokenizer/bert_files.hpp"
#include "tuneit/text/tokenizer/byte_level_files.hpp"
#include "tuneit/text/tokenizer/sentencepiece.hpp"
#include "tuneit/text/tokenizer/tokenizer.hpp"
#include "tuneit/text/tokenizer/tokenizer_json.hpp"

namespace tuneit::text {

/// Which file decides where a tokenizer.json and the tokenizer_config.json beside it contradict each other: Unnamed
/// refuses, TokenizerJson is what tokenizers gives, TokenizerConfig what transformers 5 gives.
enum class TokenizerSource { Unnamed, TokenizerJson, TokenizerConfig };

/// A tokeniser, and what its files say besides. Nothing of that is applied: who wants it passes it on as EncodeOptions.
struct LoadedTokenizer {
  Tokenizer tokenizer;
  std::optional<Truncation> truncation;         ///< that tokenizer.json asks for
  std::optional<Padding> padding;               ///< that tokenizer.json asks for
  std::optional<std::size_t> model_max_length;  ///< of tokenizer_config.json
};

namespace detail {

[[nodiscard]] inline std::string read_text(const std::filesystem::path& path) {
  const io::InputFile file(path, ErrorKind::Data);
  if (file.size() > kMostJsonBytes)
    throw Error(ErrorKind::Data, file.name() + " is longer than 256 MiB", "Is this a file of a tokeniser?");
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace detail

/// Loads a tokenizer.json, a vocab.txt or a .model of SentencePiece; or a folder that has tokenizer.json, else
/// vocab.json and merges.txt, else vocab.txt. The tokenizer_config.json beside it is heeded if there is one. Throws
/// Error(Data) for what is damaged, not known or contradicts itself, Error(Io) where the system refuses.
[[nodiscard]] inline LoadedTokenizer load_tokenizer(const std::filesystem::path& path,
                                                    TokenizerSource source = TokenizerSource::Unnamed) {
  namespace fs = std::filesystem;
  std::error_code refused;  // what the system refuses to say is not there; reading it says why
  const auto exists = [&](const fs::path& p) { return fs::exists(p, refused); };
  const bool folder = fs::is_directory(path, refused);
  const fs::path in = folder ? path : path.parent_path(), config_path = in / "tokenizer_config.json";
  const bool two_files = folder && !exists(in / "tokenizer.json") && exists(in / "vocab.json");
  const fs::path file = !folder ? path : exists(in / "tokenizer.json") ? in / "tokenizer.json" : in / "vocab.txt";
  if (folder && !two_files && !exists(file))
    throw Error(ErrorKind::Data,
                io::quote_path(path) + " has no tokenizer.json, no vocab.txt, and no vocab.json with merges.txt");
  std::optional<BertConfig> config;
  if (exists(config_path)) config = parse_bert_config(detail::read_text(config_path), io::quote_path(config_path));
  const std::optional<std::size_t> longest = config ? config->model_max_length : std::nullopt;
  if (two_files)
    return {Tokenizer(byte_level_pipeline(detail::read_text(in / "vocab.json"), detail::read_text(in / "merges.txt"),
                                          byte_level_kind(config ? config->tokenizer_class : ""), io::quote_path(in))),
            {},
            {},
            longest};
  const std::string text = detail::read_text(file), name = io::quote_path(file);
  if (file.extension() == ".model") return {Tokenizer(sentencepiece_pipeline(text, name)), {}, {}, longest};
  if (file.extension() != ".json") {
    const BertConfig used = config.value_or(BertConfig{});
    WordPiece model(parse_vocab_txt(text, name), used.unk, "##", 100, name);
    return {Tokenizer(bert_pipeline(std::move(model), used, name)), {}, {}, longest};
  }
  TokenizerJson read = parse_tokenizer_json(text, name);
  if (const std::string differs = config ? contradiction(read.pipeline, *config) : std::string(); !differs.empty()) {
    if (source == TokenizerSource::Unnamed)
      throw Error(ErrorKind::Data,
                  name + " contradicts the tokenizer_config.json beside it: " + differs +
                      ". tokenizers does what the first says, transformers 5 what the second says",
                  "Say which one is meant (TokenizerSource::TokenizerJson or TokenizerSource::TokenizerConfig).");
    if (source == TokenizerSource::TokenizerConfig)
      read.pipeline = bert_pipeline(std::get<WordPiece>(std::move(read.pipeline.model)), *config, name);
  }
  return {Tokenizer(std::move(read.pipeline)), read.truncation, read.padding, longest};
}

}  // namespace tuneit::text
