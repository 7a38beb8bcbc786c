#include "config/reference.h"

#include <array>
#include <string_view>

#include "base/text.h"
#include "config/schema.h"
#include "config/toml.h"

namespace warren::config {
namespace {

constexpr std::string_view kIntroduction =
    R"md(<!-- Made from the schema: WARREN_ACCEPT=1 unit_tests -->
# Declarations

A declaration says what a container is; warren makes it so. Declarations are in the files `*.toml`
and `*.json` of three directories:

| Directory | Whose |
|---|---|
| `/etc/warren` | the administrator's |
| `/run/warren` | made while the host runs |
| `/usr/lib/warren` | of packages |

A file in one of them replaces a file of the same name further down; a symbolic link to `/dev/null`
takes its place with nothing. With `--root DIR` the directories are those below `DIR`.

A file has any number of containers. `warren check` says what is wrong with it, one mistake a line;
`warren show` prints what it means, with every default filled in.

```console
# cat > web.toml <<'END'
> [containers.web]
> image = "busybox"
> privateNetwork = true
> localAdress = "10.231.136.2"
> END
# warren check web.toml
web.toml:4:1: localAdress: no such key (did you mean localAddress?)
# sed -i s/localAdress/localAddress/ web.toml
# warren check web.toml
1 container: fine
```

## JSON and Nix

The same in JSON declares the same. The keys have the names of NixOS's `containers.<name>`, so what
Nix evaluates can be read as it is; a setting that is `null` is as good as none.

```console
# echo '{"containers": {"web": {"path": "/srv/web", "hostAddress": null}}}' | warren check -
1 container: fine
```

## Templates

What is below `templates` is no container, but containers, and other templates, build on it with
`inherit`. Single values and lists replace the template's, tables are merged key by key, and a
`path` takes the place of an inherited `image`.

```console
# mkdir -p $WARREN_ROOT/etc/warren
# cat > $WARREN_ROOT/etc/warren/web.toml <<'END'
> [templates.small]
> image = "busybox"
> limits = { memory = "64M", tasks = 100 }
> [containers.web]
> inherit = "small"
> limits.memory = "128M"
> END
# warren show web | grep limits
…limits = { memory = 134217728, tasks = 100, io = [], required = true }
```

## What containers cannot share

`warren check` looks at all containers together. Two of them cannot have one address inside (unless
they are on different bridges), one Ethernet address, one port or socket of the host, or one
interface that is moved in, and their fixed ranges of user ids cannot overlap. The mistake is that
of the container that is declared later.

## Keys

The last column says what a change does to a running container: *live* changes it as it runs,
*restart* starts it again, *none* counts the next time.

A key `a.b` is `b` in the table `a`; `a.*.b` is `b` in each table of `a`, by name; `a[].b` is `b` in
each table of the list `a`.
)md";

/// `text` as it is in a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    out += letter == '|' ? std::string("\\|") : std::string(1, letter);
  }
  return out;
}

std::string code(std::string_view text) { return cat("`", cell(text), "`"); }

std::string default_of(const Key& key) {
  if (!key.fallback.empty()) {
    return cell(key.fallback);
  }
  const Value value = key.binding.fallback != nullptr ? key.binding.fallback() : Value();
  const bool is_table = value.members() != nullptr;
  return value.is_null() || is_table ? "" : code(to_toml_value(value));
}

std::string row(const KeyPath& path) {
  const Key& key = *path.key;
  const std::string example = key.example.empty() ? "" : cat(" Example: ", code(key.example));
  return cat("| ", code(path.path), " | ", cell(key.binding.type), " | ", default_of(key), " | ",
             cell(key.help), example, " | ", to_text(key.effect), " |\n");
}

}  // namespace

std::string reference_page() {
  std::string page(kIntroduction);
  const Group* group = nullptr;
  for (const auto& path : key_paths()) {
    if (path.group != group && !path.group->title.empty()) {
      page += cat("\n### ", path.group->title,
                  "\n\n| Key | Value | Default | Meaning | A change |\n|---|---|---|---|---|\n");
    }
    group = path.group;
    page += row(path);
  }
  return page;
}

}  // namespace warren::config
