// Included at the end of the file of inlines_io (inlines_once.cmake). Of members that are `= default` or not written,
// the library has those that it uses: here are the ones that otherwise only templates and tests do.
namespace tuneit {

[[maybe_unused]] kernels::Dropping no_dropping;

template <class... Compared>
struct AllCompared {
  bool operator()(const Compared&... one, const Compared&... other) const { return ((one == other) && ...); }
};
template struct AllCompared<io::DeltaCard, io::ModelCard, io::peft::Config>;

}  // namespace tuneit
