// systemd.nspawn(5) files, which come with images that strangers made.
#include "cli/settings.h"

#include <algorithm>
#include <string_view>

#include "cli/spawn_options.h"
#include "config/ini.h"
#include "spec/validate.h"
#include "tests/fuzz/check.h"

using namespace warren;

namespace {

/// Whether every key for the option is the administrator's alone.
bool is_owners(std::string_view option) {
  return std::ranges::none_of(cli::settings_keys(), [&](const cli::SettingsKey& key) {
    return key.option == option && key.trust != cli::KeyTrust::Owner;
  });
}

bool is_one_clean_line(std::string_view text) {
  return !text.contains('\n') && !text.contains('\x1b');
}

/// Carries out what a stranger's file says, as `spawn` would.
void apply(const cli::FileSettings& settings) {
  cli::SpawnRequest request;
  request.surroundings = {.working_directory = "/",
                          .variable = [](const std::string& name) { return std::optional(name); }};
  for (const auto& [option, origin] : settings.options) {
    const auto& row = cli::spawn_options()[option.index];
    fuzz::always(!is_owners(row.name));
    if (auto done = row.apply(request, option.value); !done) {
      fuzz::always(is_one_clean_line(cli::at_origin(origin, std::move(done).error()).message()));
    }
  }
  (void)spec::validate(request.container);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  (void)config::split_words(text);
  const image::SettingsFile file{.path = "/images/x.nspawn", .text = text};
  (void)cli::read_settings(file, true);
  const auto read = cli::read_settings(file, false);
  if (!read) {
    fuzz::always(is_one_clean_line(read.error().message()));
    return 0;
  }
  apply(*read);
  return 0;
}
