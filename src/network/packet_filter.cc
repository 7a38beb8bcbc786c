#include "network/packet_filter.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/file.h"
#include "network/directory_lock.h"
#include "network/forwarding.h"
#include "network/nft.h"

namespace warren::network {
namespace {

using plan::FilterElement;
using Elements = std::vector<FilterElement>;

/// Not the names of other files in the directory, which begin as no container's does.
std::vector<std::string> owners_in(const std::string& directory) {
  auto names = kernel::list_names(directory);
  if (!names) {
    return {};
  }
  std::erase_if(*names, [](const std::string& name) { return name.starts_with('.'); });
  return *std::move(names);
}

/// Whether rules of others are about packets that the host forwards.
bool somebody_forwards(const std::string& table) {
  const auto listing = list_nft("chains");
  // Of the iptables that is not a front end of nftables.
  const auto legacy = kernel::read_file("/proc/self/net/ip_tables_names");
  return !listing || plan::has_forwarding_chains(*listing, table) || !legacy.value_or("").empty();
}

bool has_same_place(const FilterElement& a, const FilterElement& b) {
  return a.set == b.set && a.key == b.key;
}

}  // namespace

PacketFilter::PacketFilter(std::string table, std::string directory)
    : table_(std::move(table)), directory_(std::move(directory)) {}

Elements PacketFilter::listed() const {
  const auto listing = list_nft(cat("table inet ", table_));
  return listing ? plan::parse_elements(*listing) : Elements();
}

/// The note says what to run to take it all away. It is there before what it speaks of.
Result<> PacketFilter::replace(int notes, const std::string& owner, const Elements& wanted) const {
  const auto old = kernel::read_file(notes, owner).value_or("");
  const std::string gone = plan::delete_text(table_, wanted);
  const std::string rules = plan::table_text(table_) + plan::add_text(table_, wanted);
  TRY(kernel::replace_file(notes, owner, old + gone, 0600));
  auto done = run_nft(old + rules);
  if (!done && (done.error().code == ENOENT || done.error().code == EEXIST)) {
    // The note speaks of something that somebody has flushed, or a killed owner had not come to.
    Elements present = listed();
    std::erase_if(present, [&](const FilterElement& one) { return one.owner != owner; });
    done = run_nft(plan::delete_text(table_, present) + rules);
  }
  if (!done) {
    (void)kernel::replace_file(notes, owner, old, 0600);
    return done;
  }
  return kernel::replace_file(notes, owner, gone, 0600);
}

Result<> PacketFilter::refuse_taken(const std::string& owner, const Elements& wanted,
                                    Error error) const {
  if (error.code != EEXIST) {
    return error;
  }
  for (const auto& one : listed()) {
    const auto taken = std::ranges::find_if(
        wanted, [&](const FilterElement& mine) { return has_same_place(one, mine); });
    if (taken != wanted.end() && one.owner != owner) {
      Error refusal = Error::because("", taken->key, cat("the container ", one.owner, " has it"));
      refusal.code = EADDRINUSE;
      return refusal;
    }
  }
  return error;
}

Result<> PacketFilter::set(const std::string& owner, const plan::Filtered& wanted,
                           const std::function<bool()>& is_gone) const {
  const auto elements = plan::filter_elements(wanted, owner);
  if (elements.empty()) {
    remove(owner);
    return {};
  }
  TRY_ASSIGN(const auto notes, lock_directory(directory_));
  if (is_gone()) {
    return {};
  }
  TRY(enable_forwarding(plan::forwarded_families(wanted), notes.get()));
  auto done = replace(notes.get(), owner, elements);
  if (!done) {
    auto refused = refuse_taken(owner, elements, std::move(done).error());
    if (kernel::read_file(notes.get(), owner).value_or("").empty()) {
      ::unlinkat(notes.get(), owner.c_str(), 0);
      restore_when_last(notes.get());
    }
    return refused;
  }
  return {};
}

Result<> PacketFilter::check_free(const std::string& owner, const plan::Filtered& wanted) const {
  Error taken = refuse_taken(owner, plan::filter_elements(wanted, owner), {.code = EEXIST}).error();
  return taken.code == EADDRINUSE ? Result<>(std::move(taken)) : Result<>();
}

Result<> PacketFilter::restore(const std::string& owner, const plan::Filtered& had,
                               const std::function<bool()>& is_gone) const {
  const auto elements = plan::filter_elements(had, owner);
  if (elements.empty()) {
    return {};
  }
  {
    TRY_ASSIGN(const auto notes, lock_directory(directory_));
    // Its note says how to take the same away.
    if (is_gone() || run_nft(plan::table_text(table_) + plan::add_text(table_, elements))) {
      return {};
    }
  }
  return set(owner, had, is_gone);
}

void PacketFilter::remove_noted(int notes, const std::string& owner) const {
  const auto text = kernel::read_file(notes, owner);
  if (!text) {
    return;
  }
  const auto owners = owners_in(directory_);
  if (owners.size() == 1) {
    (void)run_nft(cat("add table inet ", table_, "\ndelete table inet ", table_, "\n"));
  } else if (!run_nft(*text)) {
    Elements present = listed();
    std::erase_if(present, [&](const FilterElement& one) { return one.owner != owner; });
    if (!present.empty()) {
      (void)run_nft(plan::delete_text(table_, present));
    }
  }
  ::unlinkat(notes, owner.c_str(), 0);
  restore_when_last(notes);
}

void PacketFilter::restore_when_last(int notes) const {
  if (owners_in(directory_).empty()) {
    restore_forwarding(notes, [this] { return somebody_forwards(table_); });
  }
}

void PacketFilter::remove(const std::string& owner) const {
  // Without waiting only where nobody has ever had anything: who is just at it has no note yet.
  if (::access(directory_.c_str(), F_OK) < 0) {
    return;
  }
  if (const auto notes = lock_directory(directory_)) {
    remove_noted(notes->get(), owner);
  }
}

void PacketFilter::reap(const std::function<bool(const std::string& owner)>& is_alive) const {
  for (const auto& owner : owners_in(directory_)) {
    const auto notes = is_alive(owner) ? Result<UniqueFd>(UniqueFd()) : lock_directory(directory_);
    // It may have come back before nobody else could change anything.
    if (notes && *notes && !is_alive(owner)) {
      remove_noted(notes->get(), owner);
    }
  }
}

std::vector<std::string> PacketFilter::others_that_drop() const {
  const auto listing = list_nft("chains");
  return listing ? plan::dropping_tables(*listing, table_) : std::vector<std::string>();
}

}  // namespace warren::network
