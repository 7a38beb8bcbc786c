// netlink(7): requests to the kernel, written one after another, sent in one go, and their answers.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// Requests in the order in which they are carried out. The kernel goes on behind one that fails.
class NetlinkRequests {
 public:
  /// Begins one: NLM_F_* `flags` beside NLM_F_REQUEST. `operation` and `subject` are for the error.
  /// Its fixed part and its attributes follow.
  void begin(std::uint16_t type, std::uint16_t flags, std::string_view operation,
             std::string_view subject);

  template <typename Fixed>
  requires std::is_trivially_copyable_v<Fixed>
  void put(const Fixed& fixed) { append(&fixed, sizeof fixed); }

  void attribute(std::uint16_t type, std::span<const std::uint8_t> value);
  void attribute(std::uint16_t type, std::string_view text);  ///< with a final zero
  void attribute(std::uint16_t type, std::uint32_t number);
  /// An attribute of attributes: what is written until close() gets the result.
  [[nodiscard]] std::size_t open(std::uint16_t type);
  void close(std::size_t opened);

  [[nodiscard]] bool empty() const { return names_.empty(); }
  [[nodiscard]] std::size_t count() const { return names_.size(); }
  /// The bytes to send; the answer to the last one is asked for.
  [[nodiscard]] std::string_view finish();
  /// The error of request `number`, from 1.
  [[nodiscard]] Error error_of(std::size_t number, int code, std::string_view reason) const;

 private:
  struct Name {
    std::string operation;
    std::string subject;
  };
  void append(const void* data, std::size_t size);
  void end_request();

  std::string bytes_;
  std::size_t begin_ = 0;  ///< of the request that is being written
  std::vector<Name> names_;
};

/// What the kernel answers beside success or failure.
struct NetlinkMessage {
  std::uint16_t type = 0;
  std::string body;  ///< the fixed part and the attributes

  template <typename Fixed>
  requires std::is_trivially_copyable_v<Fixed>
  [[nodiscard]] Fixed fixed() const {
    Fixed value = {};
    body.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }
};

/// The attributes of `bytes`, by a function that gets type and value of each.
template <typename Visitor>
void for_each_attribute(std::string_view bytes, Visitor visit);

class Netlink {
 public:
  /// A socket of `family` (NETLINK_…; 0 for routes) in this process's network namespace. It stays
  /// in it.
  [[nodiscard]] static Result<Netlink> open(int family = 0);
  /// The same that gets the messages of these multicast `groups` (RTMGRP_*) that the program
  /// `filter` lets through, and does not block.
  [[nodiscard]] static Result<Netlink> listen(std::uint32_t groups,
                                              std::span<const sock_filter> filter);
  /// The same for a group of netfilter's (NFNLGRP_*). `program` is one of eBPF, or -1 for all
  /// messages.
  [[nodiscard]] static Result<Netlink> listen_netfilter(unsigned group, int program);

  /// Puts another program in the place of that of a listening socket.
  [[nodiscard]] Result<> filter_by(std::span<const sock_filter> filter) const;

  /// Carries all requests out. The error is that of the first that failed.
  [[nodiscard]] Result<> carry_out(NetlinkRequests requests) const;
  /// The same for a batch of nfnetlink, from its first mark to its last: all of it or nothing.
  [[nodiscard]] Result<> carry_out_all(NetlinkRequests requests) const;
  /// The same for requests that ask; answers in their order.
  [[nodiscard]] Result<std::vector<NetlinkMessage>> ask(NetlinkRequests requests) const;
  /// What has come for a listening socket; empty when nothing has. ENOBUFS when something is lost.
  [[nodiscard]] Result<std::vector<NetlinkMessage>> receive() const;

  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  explicit Netlink(UniqueFd socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Result<> send(std::string_view bytes) const;
  [[nodiscard]] Result<std::vector<NetlinkMessage>> answers_to(const NetlinkRequests& requests,
                                                               std::size_t last) const;
  UniqueFd socket_;
};

namespace netlink_detail {
/// Takes the next attribute off `bytes`; false at the end.
bool next_attribute(std::string_view& bytes, std::uint16_t& type, std::string_view& value);
}  // namespace netlink_detail

template <typename Visitor>
void for_each_attribute(std::string_view bytes, Visitor visit) {
  std::uint16_t type = 0;
  std::string_view value;
  while (netlink_detail::next_attribute(bytes, type, value)) {
    visit(type, value);
  }
}

}  // namespace warren::kernel
