#pragma once
// Is a step the same each time? Asked of the operators that it calls, on any device.
#include <functional>
#include <memory>
#include <string>

#include "tuneit/aten/device_graph.hpp"
#include "tuneit/aten/operator_record.hpp"

namespace tuneit {

/// A maker of graphs that knows how to watch.
class RecordedGraphs : public GraphMaker {
  struct Record final : Watched {
    OperatorRecord operators;
    [[nodiscard]] std::string difference(const Watched& next) const override {
      return operators.difference(static_cast<const Record&>(next).operators, true);
    }
  };

 public:
  std::unique_ptr<Watched> watch(const std::function<void()>& body) override {
    auto record = std::make_unique<Record>();
    body();
    record->operators.stop();
    return record;
  }
};

}  // namespace tuneit
