// What warren notes of containers and images, and what the kernel says in text where paths are a
// payload's.
#include "image/stored_image.h"
#include "manager/container_directory.h"
#include "monitor/memory_kills.h"
#include "state/entry.h"
#include "state/record.h"
#include "tests/fuzz/check.h"

using namespace warren;

namespace {

template <typename Parse>
void both_ways(Parse parse, std::string_view text) {
  if (const auto record = parse(text)) {
    const auto again = parse(state::to_text(*record));
    fuzz::always(again.has_value());
    fuzz::always(*again == *record);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  both_ways(state::parse_record, text);
  both_ways(state::parse_adopted, text);
  both_ways(state::parse_ending, text);
  both_ways(state::parse_entry, text);
  if (const auto image = image::parse_record(text)) {
    const auto written = image::write_record(*image);
    const auto again = image::parse_record(written);
    fuzz::always(again.has_value());
    fuzz::always(image::write_record(*again) == written);
  }
  (void)manager::mount_below(text, "/var/lib/warren/containers/web");
  (void)monitor::parse_memory_kills(text);
  return 0;
}
