#pragma once
// What is known of texts beside what a network should give: names of tags, passages and accepted answers. Figures of
// texts ask for it (engine/metric/text_figures.hpp). No LibTorch.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tuneit/report/text/answers.hpp"

namespace tuneit::data {

/// A question, its passage and what is accepted as its answer; nothing: the passage does not answer it.
struct QuestionNote {
  std::string id{};
  std::shared_ptr<const std::string> passage{};
  std::vector<std::string> accepted{};
};
/// A text of a set that is a window of a question and its passage: which question, and where its tokens stand.
struct WindowNote {
  std::size_t question = 0;
  std::vector<report::TokenBytes> tokens{};
};

struct TextNotes {
  std::vector<std::string> classes{};  ///< the names of classes, or of tags, by number
  std::vector<QuestionNote> questions{};
  std::vector<WindowNote> windows{};  ///< one for each text of the set, where texts are windows

  /// May the answer be that there is none?
  [[nodiscard]] bool some_unanswered() const {
    for (const QuestionNote& q : questions)
      if (q.accepted.empty()) return true;
    return false;
  }
};

}  // namespace tuneit::data
