// Declarations in TOML or JSON: what is read is also written so that it reads as the same.
#include "config/declarations.h"

#include "config/json.h"
#include "config/toml.h"
#include "tests/fuzz/check.h"

using namespace warren;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  for (const char* path : {"a.toml", "a.json"}) {
    const config::SourceFile file{.path = path, .text = text};
    const auto loaded = config::load({&file, 1});
    fuzz::always(loaded.declarations.size() == loaded.places.size());
    for (const auto& declaration : loaded.declarations) {
      const auto again =
          config::declaration_from_json(config::declaration_to_json(declaration), declaration.name);
      fuzz::always(again.has_value());
      fuzz::always(*again == declaration);
    }
    for (const auto& problem : loaded.problems) {
      fuzz::always(!problem.text().empty());
    }
  }
  return 0;
}
