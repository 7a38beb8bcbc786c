// What is kept of a declared container: STATE/containers/NAME, as docs/ARCHITECTURE.md shows it.
// A lock on the directory orders those who change it; everything is written beside its place and
// renamed, so that whoever is killed leaves what was there before or what was to be.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/undo.h"
#include "base/unique_fd.h"
#include "state/paths.h"

namespace warren::manager {

/// One version of a container, as texts. It never changes.
struct GenerationTexts {
  std::string declaration;  ///< as config::declaration_to_json() has it
  std::string image;        ///< id of an image of the store, directory:PATH, or path:PATH
  std::string listing;      ///< what `list` shows of it: see listing.h
};

/// What `image` of a generation begins with when a declared `path` is its tree.
inline constexpr std::string_view kPathTree = "path:";

/// So many generations can be gone back to.
inline constexpr std::size_t kMostGenerations = 10;

class ContainerDirectory {
 public:
  /// A new container with generation 1, which nobody sees before publish(). EEXIST when the name
  /// is taken, EBUSY when it is just being taken.
  [[nodiscard]] static Result<ContainerDirectory> create(const state::Paths& paths,
                                                         const std::string& name,
                                                         const GenerationTexts& texts);

  /// Look takes no turn: it is for what never changes, a generation.
  enum class Access { Look, Read, Change };
  /// Waits for its turn, and for that of Change removes what killed ones left. ENOENT when there
  /// is no such container.
  [[nodiscard]] static Result<ContainerDirectory> open(const state::Paths& paths,
                                                       const std::string& name, Access access);

  ContainerDirectory(ContainerDirectory&&) = default;
  ContainerDirectory& operator=(ContainerDirectory&&) = default;
  ContainerDirectory(const ContainerDirectory&) = delete;
  ContainerDirectory& operator=(const ContainerDirectory&) = delete;
  ~ContainerDirectory() = default;

  /// Makes a new container visible under its name.
  [[nodiscard]] Result<> publish();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] Result<unsigned> current() const;
  /// The numbers of all generations, in order.
  [[nodiscard]] Result<std::vector<unsigned>> generations() const;
  /// ENOENT when there is no such generation.
  [[nodiscard]] Result<GenerationTexts> read(unsigned generation) const;
  /// When it was made, in seconds since 1970.
  [[nodiscard]] Result<std::int64_t> time_of(unsigned generation) const;

  /// Adds the next generation; `current` stays. Until it returns, the caller keeps the image from
  /// being removed (image::Store::use).
  [[nodiscard]] Result<unsigned> add_generation(const GenerationTexts& texts);
  [[nodiscard]] Result<> switch_to(unsigned generation);
  /// Removes all generations but the current one, those in `keep`, and the kMostGenerations newest.
  void prune_generations(std::span<const unsigned> keep);
  /// Takes back a generation that was not switched to.
  [[nodiscard]] Result<> remove_generation(unsigned generation);

  /// Notes that what ran is about to be stopped and started again, so that somebody does it if the
  /// caller is killed in between. See restart_note.h.
  [[nodiscard]] Result<> note_restart();

  /// 32 hexadecimal digits, made with the container.
  [[nodiscard]] Result<std::string> machine_id() const;
  /// The file that it is declared in; empty when it was made by hand.
  [[nodiscard]] std::string declared() const;
  [[nodiscard]] Result<> set_declared(const std::string& file);

  /// Where something is mounted in it, as nothing of warren's is while it does not run.
  [[nodiscard]] Result<std::optional<std::string>> mounted() const;

  /// Removes the container. Fails with EBUSY, before anything is gone, when something is mounted
  /// in it. The caller has made sure that it does not run and is not started meanwhile.
  [[nodiscard]] Result<> remove();

 private:
  ContainerDirectory(UniqueFd directory, std::string parent, std::string path, std::string name)
      : directory_(std::move(directory)),
        parent_(std::move(parent)),
        path_(std::move(path)),
        name_(std::move(name)) {}

  UniqueFd directory_;  ///< carries the lock
  std::string parent_;
  std::string path_;
  std::string name_;
  Undo unpublished_;
};

/// EBUSY, with what to do.
[[nodiscard]] Error something_is_mounted(const std::string& name, const std::string& place);

/// Where something is mounted at or below `path`, from the text of /proc/self/mountinfo (proc(5)).
[[nodiscard]] std::optional<std::string> mount_below(std::string_view mountinfo,
                                                     const std::string& path);

/// Removes what a killed `create` or `destroy` of any container left.
void remove_abandoned_containers(const state::Paths& paths);

}  // namespace warren::manager
