#pragma once
// Which process of how many is this one? Read from the environment that torchrun, mpirun, srun or a hand has set.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tuneit/meta/error.hpp"

namespace tuneit::ranks {

/// What launchers say. One process where they say nothing.
struct Environment {
  int rank = 0, size = 1;              ///< of all processes
  int local_rank = 0, local_size = 1;  ///< of those of this machine
  std::string host = "127.0.0.1";      ///< where the store of addresses is served
  int port = 29500;
  bool served = false;        ///< by the launcher (torchrun), so that rank 0 must not
  std::string attempt = "0";  ///< of a launcher that starts anew, which time it is
  double peer_timeout = 60;   ///< seconds without a word after which a process counts as lost
};

namespace detail {

using Getter = const char* (*)(const char* name);

inline const char* own_environment(const char* name) { return std::getenv(name); }

/// A whole number of the environment; throws Error(Usage) for one that is none, or is out of its range.
inline int number_of(Getter get, const char* name, int least, int most) {
  const std::string text = get(name);
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < least || value > most)
    throw Error(ErrorKind::Usage,
                std::string("the environment says ")
                    .append(name)
                    .append("=")
                    .append(text)
                    .append(", and a number from ")
                    .append(std::to_string(least))
                    .append(" to ")
                    .append(std::to_string(most))
                    .append(" is wanted"),
                "Start with torchrun --no-python, mpirun or srun, or set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT "
                "by hand; unset RANK and WORLD_SIZE for one process.");
  return static_cast<int>(value);
}

/// The names that a launcher gives to the same four numbers.
struct Names {
  const char *rank, *size, *local_rank, *local_size;
};
// srun alone sets SLURM_STEP_NUM_TASKS: within a batch script, or salloc, there is one process, whatever SLURM_NTASKS.
inline constexpr Names launchers[] = {
    {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"},  // MPICH, Intel MPI
    {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE"},
};

/// The first machine of a list as Slurm writes it: "gpu[03-05,9],x1" begins with gpu03.
inline std::string first_host(const std::string& list) {
  const std::size_t bracket = list.find_first_of("[,");
  if (bracket == std::string::npos || list[bracket] == ',') return list.substr(0, bracket);
  const std::size_t end = list.find_first_of("-,]", bracket);
  return list.substr(0, bracket) + list.substr(bracket + 1, end - bracket - 1);
}

}  // namespace detail

/// Reads it. Throws Error(Usage) for numbers that are none, a rank without a size, and several machines without an
/// address.
inline Environment environment(detail::Getter get = &detail::own_environment) {
  Environment e;
  const auto said = [&](const char* name) { return get(name) != nullptr && *get(name) != '\0'; };
  if (said("RANK") != said("WORLD_SIZE"))
    throw Error(
        ErrorKind::Usage,
        std::string("the environment says ") + (said("RANK") ? "RANK and no WORLD_SIZE" : "WORLD_SIZE and no RANK"),
        "Set both, or neither for one process.");
  bool of_slurm = false;
  for (const detail::Names& names : detail::launchers) {
    if (!said(names.rank) || !said(names.size)) continue;
    e.size = detail::number_of(get, names.size, 1, 1 << 20);
    e.rank = detail::number_of(get, names.rank, 0, e.size - 1);
    e.local_size = said(names.local_size) ? detail::number_of(get, names.local_size, 1, e.size) : e.size;
    e.local_rank =
        said(names.local_rank) ? detail::number_of(get, names.local_rank, 0, e.size - 1) : e.rank % e.local_size;
    of_slurm = names.rank == detail::launchers[3].rank;
    break;
  }
  if (said("TUNEIT_PEER_TIMEOUT")) e.peer_timeout = detail::number_of(get, "TUNEIT_PEER_TIMEOUT", 1, 86400);
  if (e.size == 1) return e;
  if (of_slurm && said("SLURM_JOB_ID"))  // two jobs on one machine do not meet
    e.port = 20000 + detail::number_of(get, "SLURM_JOB_ID", 0, 2147483647) % 20000;
  if (said("MASTER_PORT")) e.port = detail::number_of(get, "MASTER_PORT", 1, 65535);
  if (said("MASTER_ADDR"))
    e.host = get("MASTER_ADDR");
  else if (of_slurm && said("SLURM_STEP_NODELIST"))
    e.host = detail::first_host(get("SLURM_STEP_NODELIST"));
  else if (e.local_size < e.size)
    throw Error(ErrorKind::Usage,
                "there are " + std::to_string(e.size) +
                    " processes on several machines, and the environment does not "
                    "say where the first one is",
                "Set MASTER_ADDR to the name or address of the machine of rank 0 (mpirun -x MASTER_ADDR=...), and "
                "MASTER_PORT to a free port of it.");
  e.served = said("TORCHELASTIC_USE_AGENT_STORE") && std::string(get("TORCHELASTIC_USE_AGENT_STORE")) == "True";
  if (said("TORCHELASTIC_RESTART_COUNT")) e.attempt = get("TORCHELASTIC_RESTART_COUNT");
  return e;
}

}  // namespace tuneit::ranks
