// passwd(5), group(5) and shadow(5) of an image, and those of the host that ids are taken from.
#include "plan/accounts.h"

#include "image/users.h"
#include "state/id_range.h"
#include "tests/fuzz/check.h"

using namespace warren;

namespace {

void merge(const plan::Accounts& present) {
  const std::vector<spec::DeclaredUser> users = {
      {.name = "alice", .uid = 1000, .extra_groups = {"wheel"}, .hashed_password = "$6$x$y"},
      {.name = "bob"}};
  const std::vector<spec::DeclaredGroup> groups = {{.name = "wheel", .members = {"alice"}}};
  for (const bool is_mutable : {false, true}) {
    const auto merged = plan::merge_accounts(present, users, groups, is_mutable);
    if (!merged) {
      continue;
    }
    // Done once more it changes nothing.
    const auto again = plan::merge_accounts(*merged, users, groups, is_mutable);
    fuzz::always(again.has_value());
    fuzz::always(*again == *merged);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  for (const char* who : {"root", "0", "alice", "4294967295", "bob"}) {
    const auto user = image::find_user(who, text, text);
    fuzz::always(!user ||
                 (user->uid != static_cast<uid_t>(-1) && user->gid != static_cast<gid_t>(-1)));
    (void)plan::find_account(who, text);
    (void)plan::find_primary_group(who, text);
  }
  merge({.passwd = text, .group = text, .shadow = text});
  const auto half = text.size() / 2;
  merge({.passwd = text.substr(0, half), .group = text.substr(half)});
  for (const auto& spans : {state::parse_subordinate_ids(text), state::parse_user_ids(text)}) {
    (void)state::overlaps(spans, 524288);
  }
  (void)state::ids_for_containers(text);
  return 0;
}
