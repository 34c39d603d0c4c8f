// Which process of how many is this one, by what launchers say?
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <tuneit/engine/ranks/batches.hpp>
#include <tuneit/ranks/environment.hpp>

using namespace tuneit;

namespace {

std::map<std::string, std::string> said;
const char* told(const char* name) {
  const auto at = said.find(name);
  return at == said.end() ? nullptr : at->second.c_str();
}
ranks::Environment of(std::map<std::string, std::string> all) {
  said = std::move(all);
  return ranks::environment(&told);
}

}  // namespace

TEST_CASE("launchers say the same in their own words") {
  const auto nothing = of({});
  CHECK(nothing.size == 1);
  const auto torchrun = of({{"RANK", "5"},
                            {"WORLD_SIZE", "8"},
                            {"LOCAL_RANK", "1"},
                            {"LOCAL_WORLD_SIZE", "4"},
                            {"MASTER_ADDR", "first"},
                            {"MASTER_PORT", "1234"},
                            {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                            {"TORCHELASTIC_RESTART_COUNT", "2"},
                            {"OMPI_COMM_WORLD_RANK", "9"}});
  CHECK((torchrun.rank == 5 && torchrun.size == 8 && torchrun.local_rank == 1 && torchrun.local_size == 4));
  CHECK((torchrun.host == "first" && torchrun.port == 1234 && torchrun.served && torchrun.attempt == "2"));
  const auto mpi = of({{"OMPI_COMM_WORLD_RANK", "1"},
                       {"OMPI_COMM_WORLD_SIZE", "2"},
                       {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                       {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  CHECK((mpi.rank == 1 && mpi.size == 2 && mpi.local_rank == 1 && mpi.host == "127.0.0.1" && !mpi.served));
  const auto slurm = of({{"SLURM_PROCID", "3"},
                         {"SLURM_STEP_NUM_TASKS", "4"},
                         {"SLURM_LOCALID", "1"},
                         {"SLURM_NTASKS", "9"},
                         {"SLURM_NTASKS_PER_NODE", "2"},
                         {"SLURM_STEP_NODELIST", "gpu[07-09,12]"},
                         {"SLURM_JOB_ID", "45001"}});
  CHECK((slurm.rank == 3 && slurm.size == 4 && slurm.local_size == 2 && slurm.host == "gpu07" && slurm.port == 25001));
  CHECK(of({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}).size == 1);  // a batch script, without srun
}

TEST_CASE("an environment that contradicts itself is refused") {
  CHECK_THROWS_WITH(of({{"RANK", "0"}}), Catch::Contains("RANK and no WORLD_SIZE"));
  CHECK_THROWS_WITH(of({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), Catch::Contains("RANK=2, and a number from 0 to 1"));
  CHECK_THROWS_WITH(of({{"RANK", "x"}, {"WORLD_SIZE", "2"}}), Catch::Contains("RANK=x"));
  CHECK_THROWS_WITH(
      of({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}}),
      Catch::Contains("where the first one is"));
}

TEST_CASE("rows of a batch are divided, each once, and nobody has one alone") {
  for (std::size_t rows = 1; rows < 40; ++rows)
    for (std::size_t size = 1; size < 9; ++size) {
      std::size_t next = 0;
      for (std::size_t rank = 0; rank < size; ++rank) {
        const auto share = tuneit::detail::share_of(rows, rank, size);
        CAPTURE(rows, size, rank);
        REQUIRE(share.end > share.begin);
        if (share.stands_in) continue;
        REQUIRE(share.begin == next);
        next = share.end;
        if (rows > 1 && rows != size) REQUIRE(share.end - share.begin >= 2);
      }
      REQUIRE(next == rows);
    }
}
