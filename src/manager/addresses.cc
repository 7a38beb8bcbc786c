#include "manager/addresses.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/file.h"
#include "manager/condition.h"
#include "network/directory_lock.h"
#include "network/host_networks.h"
#include "plan/address_pool.h"

namespace warren::manager {
namespace {

using plan::KeptPair;
using plan::Network4;
using spec::DeclaredVeth;

constexpr const char* kPairsFile = "pairs";
constexpr const char* kAuto = "auto";

/// The link's name in the file.
std::string link_of(const DeclaredVeth& veth) { return veth.name.empty() ? "eth0" : veth.name; }

/// The pairs that containers keep, while nobody else changes them.
class Book {
 public:
  static Result<Book> open(const state::Paths& paths) {
    Book book;
    TRY_ASSIGN(book.directory_, network::lock_directory(paths.state + "/addresses"));
    book.pairs_ =
        plan::parse_pairs(kernel::read_file(book.directory_.get(), kPairsFile).value_or(""));
    std::erase_if(book.pairs_, [&](const KeptPair& pair) {
      return ::access(directory_of(paths, pair.container).c_str(), F_OK) < 0;
    });
    return book;
  }

  /// The host's address of the pair.
  Result<std::uint32_t> pair_of(const std::string& container, const DeclaredVeth& veth,
                                const std::string& pool_text) {
    const std::string link = link_of(veth);
    const Network4 pool = plan::parse_network(pool_text).value_or(Network4{});
    const auto kept = std::ranges::find_if(pairs_, [&](const KeptPair& pair) {
      return pair.container == container && pair.link == link;
    });
    if (kept != pairs_.end() && pool.has(kept->host)) {
      return kept->host;
    }
    if (kept != pairs_.end()) {
      pairs_.erase(kept);
    }
    auto taken = network::host_networks();
    for (const auto& pair : pairs_) {
      taken.push_back({.first = pair.host, .mask = ~0U});
      taken.push_back({.first = pair.host + 1, .mask = ~0U});
    }
    const auto host = plan::free_pair(pool, taken);
    if (!host) {
      return Error::because("localAddress", "auto", cat("no pair of ", pool_text, " is free"))
          .advise("set addressPool");
    }
    pairs_.push_back({.container = container, .link = link, .host = *host});
    TRY(kernel::replace_file(directory_.get(), kPairsFile, plan::to_text(pairs_), 0644));
    return *host;
  }

 private:
  UniqueFd directory_;
  std::vector<KeptPair> pairs_;
};

}  // namespace

Result<> assign_addresses(spec::Declaration& declaration, const state::Paths& paths) {
  auto& network = declaration.network;
  std::vector<DeclaredVeth*> veths = {&network.first};
  for (auto& veth : network.extra_veths) {
    veths.push_back(&veth);
  }
  std::erase_if(veths, [](const DeclaredVeth* veth) { return veth->local_address != kAuto; });
  if (veths.empty()) {
    return {};
  }
  TRY_ASSIGN(auto book, Book::open(paths));
  for (auto* veth : veths) {
    TRY_ASSIGN(const auto host, book.pair_of(declaration.name, *veth, network.address_pool));
    veth->host_address = plan::address_text(host);
    veth->local_address = plan::address_text(host + 1);
  }
  return {};
}

}  // namespace warren::manager
