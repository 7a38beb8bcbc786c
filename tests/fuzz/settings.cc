// systemd.nspawn(5) files, which come with images that strangers made.
#include "cli/settings.h"

#include "config/ini.h"
#include "tests/fuzz/check.h"

using namespace warren;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  (void)config::split_words(text);
  image::SettingsFile file{.path = "/images/x.nspawn", .text = text};
  (void)cli::read_settings(file, true);
  const auto read = cli::read_settings(file, false);
  if (!read) {
    fuzz::always(!read.error().message().contains('\n'));
    fuzz::always(!read.error().message().contains('\x1b'));
  }
  return 0;
}
