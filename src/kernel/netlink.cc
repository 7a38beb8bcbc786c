#include "kernel/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"

namespace warren::kernel {

void NetlinkRequests::append(const void* data, std::size_t size) {
  bytes_.append(static_cast<const char*>(data), size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()), '\0');
}

void NetlinkRequests::end_request() {
  if (!names_.empty()) {
    const auto length = static_cast<std::uint32_t>(bytes_.size() - begin_);
    std::memcpy(bytes_.data() + begin_ + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
  }
}

void NetlinkRequests::begin(std::uint16_t type, std::uint16_t flags, std::string_view operation,
                            std::string_view subject) {
  end_request();
  begin_ = bytes_.size();
  names_.push_back({std::string(operation), std::string(subject)});
  put(nlmsghdr{.nlmsg_len = 0,
               .nlmsg_type = type,
               .nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags),
               .nlmsg_seq = static_cast<std::uint32_t>(names_.size()),
               .nlmsg_pid = 0});
}

void NetlinkRequests::attribute(std::uint16_t type, std::span<const std::uint8_t> value) {
  const auto at = open(type);
  bytes_.append(reinterpret_cast<const char*>(value.data()), value.size());
  close(at);
}

void NetlinkRequests::attribute(std::uint16_t type, std::string_view text) {
  const std::string terminated(text);
  attribute(type, std::span(reinterpret_cast<const std::uint8_t*>(terminated.c_str()),
                            terminated.size() + 1));
}

void NetlinkRequests::attribute(std::uint16_t type, std::uint32_t number) {
  attribute(type, std::span(reinterpret_cast<const std::uint8_t*>(&number), sizeof number));
}

std::size_t NetlinkRequests::open(std::uint16_t type) {
  const std::size_t at = bytes_.size();
  append(std::to_array<std::uint16_t>({0, type}).data(), sizeof(nlattr));
  return at;
}

void NetlinkRequests::close(std::size_t opened) {
  const auto length = static_cast<std::uint16_t>(bytes_.size() - opened);
  std::memcpy(bytes_.data() + opened, &length, sizeof length);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()), '\0');
}

std::string_view NetlinkRequests::finish() {
  end_request();
  std::uint16_t flags = 0;
  char* const place = bytes_.data() + begin_ + offsetof(nlmsghdr, nlmsg_flags);
  std::memcpy(&flags, place, sizeof flags);
  flags |= NLM_F_ACK;
  std::memcpy(place, &flags, sizeof flags);
  return bytes_;
}

Error NetlinkRequests::error_of(std::size_t number, int code, std::string_view reason) const {
  const bool known = number > 0 && number <= names_.size();
  Error error =
      known ? Error::from_errno(code, names_[number - 1].operation, names_[number - 1].subject)
            : Error::from_errno(code, "netlink");
  if (!reason.empty()) {
    error.reason += cat(": ", reason);
  }
  return error;
}

bool netlink_detail::next_attribute(std::string_view& bytes, std::uint16_t& type,
                                    std::string_view& value) {
  nlattr header = {};
  if (bytes.size() < sizeof header) {
    return false;
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.nla_len < sizeof header || header.nla_len > bytes.size()) {
    return false;
  }
  type = header.nla_type & NLA_TYPE_MASK;
  value = bytes.substr(sizeof header, header.nla_len - sizeof header);
  bytes.remove_prefix(std::min<std::size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
  return true;
}

namespace {

Result<UniqueFd> open_socket(int family, int flags) {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, family));
  if (!socket) {
    return Error::sys("socket", "netlink");
  }
  const int on = 1;
  // Without them messages are shorter, or answers longer.
  (void)::setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  (void)::setsockopt(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  (void)::setsockopt(socket.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return socket;
}

Result<> join_groups(int socket, std::uint32_t groups) {
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    return Error::sys("bind", "netlink");
  }
  return {};
}

/// What the kernel adds to an error number.
std::string_view extended_reason(const nlmsghdr& header, std::string_view body) {
  const std::size_t skipped = sizeof(nlmsgerr);
  std::string_view reason;
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) != 0 && body.size() > skipped) {
    for_each_attribute(body.substr(skipped), [&](std::uint16_t type, std::string_view value) {
      if (type == NLMSGERR_ATTR_MSG && !value.empty()) {
        reason = value.substr(0, value.find('\0'));
      }
    });
  }
  return reason;
}

/// One datagram, a part of an answer; nullopt when there is none yet.
Result<std::optional<std::string>> receive_datagram_of(int socket) {
  constexpr std::size_t kLongest = 65536;  // netlink(7): a dump's parts are at most half of it
  std::string bytes(kLongest, '\0');
  ssize_t length = -1;
  do {
    length = ::recv(socket, bytes.data(), bytes.size(), 0);
  } while (length < 0 && errno == EINTR);
  if (length < 0) {
    return errno == EAGAIN ? Result<std::optional<std::string>>(std::nullopt)
                           : Error::sys("recv", "netlink");
  }
  bytes.resize(static_cast<std::size_t>(length));
  return std::optional(std::move(bytes));
}

/// Calls `visit` with the header and the body of each message of a datagram.
template <typename Visitor>
void for_each_message(std::string_view bytes, Visitor visit) {
  nlmsghdr header = {};
  while (bytes.size() >= sizeof header) {
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) {
      return;
    }
    visit(header, bytes.substr(sizeof header, header.nlmsg_len - sizeof header));
    bytes.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), bytes.size()));
  }
}

}  // namespace

Result<Netlink> Netlink::open(int family) {
  TRY_ASSIGN(auto socket, open_socket(family, 0));
  return Netlink(std::move(socket));
}

Result<Netlink> Netlink::listen(std::uint32_t groups, std::span<const sock_filter> filter) {
  TRY_ASSIGN(auto socket, open_socket(NETLINK_ROUTE, SOCK_NONBLOCK));
  Netlink netlink(std::move(socket));
  TRY(netlink.filter_by(filter));
  TRY(join_groups(netlink.fd(), groups));
  return netlink;
}

Result<Netlink> Netlink::listen_netfilter(unsigned group, int program) {
  TRY_ASSIGN(auto socket, open_socket(NETLINK_NETFILTER, SOCK_NONBLOCK));
  if (program >= 0 &&
      ::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) < 0) {
    return Error::sys("attach a program", "netlink");
  }
  TRY(join_groups(socket.get(), 1U << (group - 1)));
  return Netlink(std::move(socket));
}

Result<> Netlink::filter_by(std::span<const sock_filter> filter) const {
  const sock_fprog program = {.len = static_cast<unsigned short>(filter.size()),
                              .filter = const_cast<sock_filter*>(filter.data())};
  if (::setsockopt(fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0) {
    return Error::sys("attach a filter", "netlink");
  }
  return {};
}

Result<> Netlink::carry_out(NetlinkRequests requests) const {
  auto answers = ask(std::move(requests));
  return answers ? Result<>() : std::move(answers).error();
}

Result<> Netlink::send(std::string_view bytes) const {
  constexpr int kUsual = 100 * 1024;  // half of net.core.wmem_default, as others may have set it
  if (const int size = static_cast<int>(bytes.size()); size > kUsual) {
    (void)::setsockopt(fd(), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  }
  if (::send(fd(), bytes.data(), bytes.size(), 0) < 0) {
    return Error::sys("send", "netlink");
  }
  return {};
}

Result<std::vector<NetlinkMessage>> Netlink::ask(NetlinkRequests requests) const {
  if (requests.empty()) {
    return std::vector<NetlinkMessage>();
  }
  TRY(send(requests.finish()));
  return answers_to(requests, requests.count());
}

Result<> Netlink::carry_out_all(NetlinkRequests requests) const {
  TRY(send(requests.finish()));
  auto answers = answers_to(requests, requests.count() - 1);
  return answers ? Result<>() : std::move(answers).error();
}

/// Up to the answer to request `last`. Where the mark of a batch is refused, no other answer comes.
Result<std::vector<NetlinkMessage>> Netlink::answers_to(const NetlinkRequests& requests,
                                                        std::size_t last) const {
  std::vector<NetlinkMessage> answers;
  std::optional<Error> failure;
  bool over = false;
  while (!over) {
    TRY_ASSIGN(const auto datagram, receive_datagram_of(fd()));
    for_each_message(datagram.value_or(""), [&](const nlmsghdr& header, std::string_view body) {
      const bool ends = header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE;
      if (!ends) {
        answers.push_back({header.nlmsg_type, std::string(body)});
        return;
      }
      int code = 0;
      body.copy(reinterpret_cast<char*>(&code), sizeof code);
      if (code != 0 && !failure) {
        failure = requests.error_of(header.nlmsg_seq, -code, extended_reason(header, body));
      }
      const bool refused = last != requests.count() && code != 0 && header.nlmsg_seq == 1;
      over = over || header.nlmsg_seq == last || refused;
    });
  }
  return failure ? Result<std::vector<NetlinkMessage>>(*std::move(failure)) : answers;
}

Result<std::vector<NetlinkMessage>> Netlink::receive() const {
  std::vector<NetlinkMessage> messages;
  while (true) {
    TRY_ASSIGN(const auto datagram, receive_datagram_of(fd()));
    if (!datagram) {
      return messages;
    }
    for_each_message(*datagram, [&](const nlmsghdr& header, std::string_view body) {
      messages.push_back({header.nlmsg_type, std::string(body)});
    });
  }
}

}  // namespace warren::kernel
