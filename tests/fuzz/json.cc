// JSON, also that of declarations.
#include "config/json.h"

#include "tests/fuzz/check.h"

using namespace warren;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  config::Problems problems;
  const auto value = config::parse_json(fuzz::text_of(data, size), "a.json", problems);
  fuzz::always(value.has_value() == problems.empty());
  if (value) {
    for (const auto form : {config::JsonForm::OneLine, config::JsonForm::Indented}) {
      const auto written = config::to_json(*value, form);
      const auto again = config::parse_json(written, "b.json", problems);
      fuzz::always(again.has_value());
      fuzz::always(config::to_json(*again, form) == written);
    }
  }
  return 0;
}
