#pragma once
// Trainers that replay their steps on the device that is made up.
#include <functional>
#include <memory>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "tuneit/aten/recorded_graphs.hpp"

class FakeGraphs final : public tuneit::RecordedGraphs {
  struct Graph final : tuneit::DeviceGraph {
    fake_cuda::Graph graph;
    Graph(const std::function<void()>& body, const std::vector<at::Generator>& draws) : graph(body, draws) {}
    void replay() override { graph.replay(); }
  };

 public:
  std::unique_ptr<tuneit::DeviceGraph> capture(const std::function<void()>& body,
                                               const std::vector<at::Generator>& draws) override {
    return std::make_unique<Graph>(body, draws);
  }
};
/// Trainers that are made while it lives have graphs; others of this program have none.
struct HasGraphs {
  HasGraphs() {
    tuneit::graph_factory() = [](c10::Device) -> std::unique_ptr<tuneit::GraphMaker> {
      return std::make_unique<FakeGraphs>();
    };
  }
  ~HasGraphs() { tuneit::graph_factory() = nullptr; }
};
