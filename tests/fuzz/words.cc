// Single values of options and declarations: names, addresses, ports, sizes, mounts.
#include <string>

#include "base/text.h"
#include "config/addresses.h"
#include "config/declared_values.h"
#include "config/values.h"
#include "tests/fuzz/check.h"

using namespace warren;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  const config::Surroundings surroundings{
      .working_directory = "/srv",
      .variable = [](const std::string& name) { return std::optional(name); }};
  (void)config::parse_bind(text, false, surroundings);
  (void)config::parse_overlay(text, false, surroundings);
  (void)config::parse_tmpfs(text);
  (void)config::parse_image(text);
  (void)config::parse_socket(text);
  (void)config::parse_duration(text);
  (void)config::parse_credential(text);
  (void)config::parse_ports(text);
  (void)config::parse_private_users(text);
  (void)parse_size(text);
  (void)unescape_c(text);
  for (const char separator : {':', ',', '/'}) {
    fuzz::always(split_escaped(text, separator).size() <= size + 1);
  }
  return 0;
}
