// What a person asks to be mounted in a container, beyond what every container gets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace warren::spec {

/// Where the files of a mount come from.
struct Source {
  enum class Place {
    Host,       ///< a path on the host
    Container,  ///< a path inside the root tree, written `+/path`
    Temporary,  ///< a fresh directory, removed when the container stops; written as nothing
  };
  Place place = Place::Host;
  std::string path;  ///< absolute; empty for Temporary
  friend bool operator==(const Source&, const Source&) = default;
};

/// Who owns the files of a bind mount inside, when the container has a user namespace.
enum class Ownership {
  Unmapped,       ///< `noidmap`: host ids, which the container sees as nobody
  Same,           ///< `idmap`: id N outside is id N inside
  RootIsOwner,    ///< `rootidmap`: the source's owner is root inside, nobody else is mapped
  OwnerIsUser,    ///< the source's owner and group are both `Mount::owner` inside
  OwnerIsTarget,  ///< `owneridmap`: the source's owner is the target directory's owner inside
};

struct Mount {
  enum class Kind { Bind, Tmpfs, Overlay, Inaccessible };
  Kind kind = Kind::Bind;
  std::vector<Source> sources;  ///< Bind: one. Overlay: lowest first; the last is the upper one
  std::string target;           ///< absolute, inside
  bool read_only = false;       ///< Overlay: without an upper layer, all sources are lower
  bool recursive = true;        ///< Bind: with what is mounted below the source
  Ownership ownership = Ownership::Unmapped;  ///< Bind
  std::uint32_t owner = 0;                    ///< OwnerIsUser
  std::string options;                        ///< Tmpfs: as in mount(8), comma-separated
  friend bool operator==(const Mount&, const Mount&) = default;
};

}  // namespace warren::spec
