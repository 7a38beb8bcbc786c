#include "manager/listing.h"

#include "base/text.h"
#include "config/addresses.h"
#include "image/store.h"

namespace warren::manager {

Listing make_listing(const spec::Declaration& declaration) {
  Listing listing;
  listing.image =
      declaration.path.empty() ? image::to_text(declaration.image) : cat("path:", declaration.path);
  listing.auto_start = declaration.auto_start;
  const auto add = [&](const spec::DeclaredVeth& veth) {
    for (const auto& address : {veth.local_address, veth.local_address6}) {
      if (!address.empty() && address != "auto") {
        listing.addresses.emplace_back(config::bare_address(address));
      }
    }
  };
  add(declaration.network.first);
  for (const auto& veth : declaration.network.extra_veths) {
    add(veth);
  }
  return listing;
}

std::string to_text(const Listing& listing) {
  std::string text =
      cat("image=", listing.image, "\nauto-start=", listing.auto_start ? 1 : 0, "\n");
  for (const auto& address : listing.addresses) {
    text += cat("address=", address, "\n");
  }
  return text;
}

Listing parse_listing(std::string_view text) {
  Listing listing;
  for (const auto line : split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
      continue;
    }
    const auto key = line.substr(0, equals);
    const auto value = line.substr(equals + 1);
    if (key == "image") {
      listing.image = value;
    } else if (key == "auto-start") {
      listing.auto_start = value == "1";
    } else if (key == "address") {
      listing.addresses.emplace_back(value);
    }
  }
  return listing;
}

}  // namespace warren::manager
