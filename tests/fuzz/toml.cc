// TOML, also that of declarations and of `warren set`.
#include "config/toml.h"

#include "config/edit.h"
#include "tests/fuzz/check.h"

using namespace warren;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  config::Problems problems;
  const auto value = config::parse_toml(text, "a.toml", problems);
  fuzz::always(value.has_value() == problems.empty());
  if (value) {
    const auto written = config::to_toml(*value);
    const auto again = config::parse_toml(written, "b.toml", problems);
    fuzz::always(again.has_value());
    fuzz::always(config::to_toml(*again) == written);
  }
  auto table = config::Value::table();
  (void)config::set(table, text);
  return 0;
}
