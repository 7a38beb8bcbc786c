// The schema's rows for the root tree and what is mounted in it.
#include "config/codecs.h"
#include "config/records.h"

namespace warren::config {
namespace {

using spec::Declaration;
using spec::DeclaredBind;

constexpr auto kBindKeys = std::to_array<Key>({
    {.name = "hostPath",
     .binding = at<One<HostPath>, &DeclaredBind::host_path>(),
     .fallback = "the mount point",
     .example = "\"/home/alice\"",
     .help = "The file or directory of the host's that is shown."},
    {.name = "isReadOnly",
     .binding = at<One<Boolean>, &DeclaredBind::is_read_only>(),
     .example = "false",
     .help = "Whether nothing in it can be changed from inside, not even by root."},
    {.name = "owner",
     .binding = at<One<Owner>, &DeclaredBind::owner>(),
     .fallback = "as on the host, seen as nobody",
     .example = "\"root\"",
     .help = "Who owns the files inside: `root` (the source's owner is root inside), `same` (id N "
             "is id N), or the number of a user inside, or the name of one that is declared with a "
             "uid: the source's owner and group then have that number."},
    {.name = "createHostPath",
     .binding = at<One<Boolean>, &DeclaredBind::create_host_path>(),
     .example = "true",
     .help = "Make an empty directory on the host when there is none."},
    {.name = "mountPoint",
     .binding = at<One<InsidePath>, &DeclaredBind::mount_point>(),
     .fallback = "the name of the table",
     .example = "\"/srv/www\"",
     .help = "Where it is shown, when that is not the name of the table."},
});

constexpr auto kTreeKeys = std::to_array<Key>({
    {.name = "image",
     .binding = at<One<Image>, &Declaration::image>(),
     .example = "\"debian:bookworm\"",
     .help = "Where the root tree comes from. Many containers share one image; what a container "
             "changes is kept apart."},
    {.name = "path",
     .binding = at<One<HostPath>, &Declaration::path>(),
     .example = "\"/nix/var/nix/profiles/webserver\"",
     .help = "A ready-made tree with its own `init`, shown read-only, instead of an image."},
    {.name = "packages",
     .binding = at<Many<Package>, &Declaration::packages>(),
     .example = "[\"nginx-light\"]",
     .help = "What a Debian image contains beside the base system."},
    {.name = "ephemeral",
     .binding = at<One<Boolean>, &Declaration::ephemeral>(),
     .example = "true",
     .help = "Start every time from the image alone; what was changed is gone after a stop."},
    {.name = "readOnly",
     .binding = at<One<Boolean>, &Declaration::read_only>(),
     .example = "true",
     .help = "Nothing in the tree can be changed from inside."},
    {.name = "bindMounts",
     .binding = at<ByName<DeclaredBind>, &Declaration::bind_mounts>(),
     .example = "{ \"/srv/www\" = { hostPath = \"/home/alice/www\" } }",
     .effect = Effect::LiveWhenNew,
     .help = "Files and directories of the host's that are shown inside, by mount point."},
    {.name = "tmpfs",
     .binding = at<Many<Tmpfs>, &Declaration::tmpfs>(),
     .example = "[\"/var/cache:size=64M\"]",
     .help = "Empty directories in memory, with options of tmpfs(5) behind a colon."},
});

}  // namespace

Keys tree_keys() { return kTreeKeys; }

Keys RecordOf<DeclaredBind>::keys() { return kBindKeys; }

Result<> RecordOf<DeclaredBind>::set_name(DeclaredBind& bind, std::string_view name) {
  TRY_ASSIGN(bind.mount_point, parse_host_path(name));
  return {};
}

void RecordOf<DeclaredBind>::finish(Reader&, const Value&, DeclaredBind& bind) {
  if (bind.host_path.empty()) {
    bind.host_path = bind.mount_point;
  }
}

}  // namespace warren::config
