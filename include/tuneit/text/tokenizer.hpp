#pragma once
// Texts to ids and back, as tokenizers 0.23.3 of Hugging Face does it (docs/tokenisers.md):
//
//   const auto loaded = tuneit::text::load_tokenizer("folder");  // tokenizer.json, or vocab.txt
//   const tuneit::text::Encoding e = loaded.tokenizer.encode("Hello, world!");
//   e.ids, e.type_ids, e.byte_offsets, e.word_ids, ...
#include "tuneit/text/tokenizer/encoding.hpp"
#include "tuneit/text/tokenizer/load.hpp"
#include "tuneit/text/tokenizer/tokenizer.hpp"
#include "tuneit/text/unicode/offsets.hpp"
