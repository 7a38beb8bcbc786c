// A program for the kernel that lets messages about some interfaces through to a route socket.
#pragma once

#include <linux/filter.h>

#include <span>
#include <string_view>
#include <vector>

namespace warren::network {

class LinkFilter {
 public:
  /// What is about the link that has this index: itself, and its addresses.
  void let_index(int index);
  /// Routes that leave by it. Messages of other kinds must not come to the socket then.
  void let_routes(int index);
  /// Links of this name.
  void let_name(std::string_view name);

  [[nodiscard]] std::span<const sock_filter> finish();

 private:
  void add(sock_filter instruction) { program_.push_back(instruction); }
  std::vector<sock_filter> program_;
};

}  // namespace warren::network
