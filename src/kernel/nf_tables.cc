#include "kernel/nf_tables.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <cstring>

#include "base/text.h"

namespace warren::kernel {
namespace {

constexpr const char* kOperation = "change the packet filter";
// What is kept with rules and entries is a row of type, length, value, of nft's (libnftnl/udata.h):
// it shows comments and passes over types that it does not know.
constexpr std::uint8_t kComment = 0;
constexpr std::uint8_t kMark = 'w';
constexpr std::uint32_t kFirstRegister = NFT_REG32_00;

std::uint16_t type_of(int message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

void begin(NetlinkRequests& requests, int message, std::uint16_t flags, std::string_view subject) {
  requests.begin(type_of(message), flags, kOperation, subject);
  requests.put(nfgenmsg{.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0, .res_id = 0});
}

void mark_of_batch(NetlinkRequests& requests, std::uint16_t message) {
  requests.begin(message, 0, kOperation, "");
  requests.put(nfgenmsg{
      .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)});
}

void number(NetlinkRequests& requests, int type, std::uint32_t value) {
  requests.attribute(static_cast<std::uint16_t>(type), htonl(value));
}

std::size_t open_nested(NetlinkRequests& requests, int type) {
  return requests.open(static_cast<std::uint16_t>(NLA_F_NESTED | type));
}

void value(NetlinkRequests& requests, int type, const FilterBytes& bytes) {
  const auto data = open_nested(requests, type);
  requests.attribute(NFTA_DATA_VALUE, std::span(bytes));
  requests.close(data);
}

void kept(NetlinkRequests& requests, int type, std::uint8_t kind, const void* data,
          std::size_t size) {
  FilterBytes bytes = {kind, static_cast<std::uint8_t>(size)};
  const auto* first = static_cast<const std::uint8_t*>(data);
  bytes.insert(bytes.end(), first, first + size);
  requests.attribute(static_cast<std::uint16_t>(type), std::span<const std::uint8_t>(bytes));
}

}  // namespace

NetlinkRequests begin_filter_change() {
  NetlinkRequests requests;
  mark_of_batch(requests, NFNL_MSG_BATCH_BEGIN);
  return requests;
}

Result<> commit_filter_change(NetlinkRequests requests) {
  TRY_ASSIGN(const auto netlink, Netlink::open(NETLINK_NETFILTER));
  (void)requests.finish();  // the last one but for the mark is answered by every kernel
  mark_of_batch(requests, NFNL_MSG_BATCH_END);
  return netlink.carry_out_all(std::move(requests));
}

void write_filter_table(NetlinkRequests& requests, std::string_view table) {
  begin(requests, NFT_MSG_NEWTABLE, NLM_F_CREATE, table);
  requests.attribute(NFTA_TABLE_NAME, table);
}

void write_filter_table_deletion(NetlinkRequests& requests, std::string_view table) {
  begin(requests, NFT_MSG_DELTABLE, 0, table);
  requests.attribute(NFTA_TABLE_NAME, table);
}

void write_filter_set(NetlinkRequests& requests, std::string_view table, const FilterSet& set,
                      std::uint32_t id) {
  begin(requests, NFT_MSG_NEWSET, NLM_F_CREATE, set.name);
  requests.attribute(NFTA_SET_TABLE, table);
  requests.attribute(NFTA_SET_NAME, set.name);
  number(requests, NFTA_SET_ID, id);
  number(requests, NFTA_SET_FLAGS, set.value.length != 0 ? NFT_SET_MAP : 0);
  number(requests, NFTA_SET_KEY_TYPE, set.key.number);
  number(requests, NFTA_SET_KEY_LEN, set.key.length);
  if (set.value.length != 0) {
    number(requests, NFTA_SET_DATA_TYPE, set.value.number);
    number(requests, NFTA_SET_DATA_LEN, set.value.length);
  }
}

void write_filter_chain(NetlinkRequests& requests, std::string_view table,
                        const FilterChain& chain) {
  begin(requests, NFT_MSG_NEWCHAIN, NLM_F_CREATE, chain.name);
  requests.attribute(NFTA_CHAIN_TABLE, table);
  requests.attribute(NFTA_CHAIN_NAME, chain.name);
  const auto hook = open_nested(requests, NFTA_CHAIN_HOOK);
  number(requests, NFTA_HOOK_HOOKNUM, chain.hook);
  number(requests, NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(chain.priority));
  requests.close(hook);
  number(requests, NFTA_CHAIN_POLICY, NF_ACCEPT);
  requests.attribute(NFTA_CHAIN_TYPE, chain.type);
}

void write_filter_chain_flush(NetlinkRequests& requests, std::string_view table,
                              std::string_view chain) {
  begin(requests, NFT_MSG_DELRULE, 0, chain);
  requests.attribute(NFTA_RULE_TABLE, table);
  requests.attribute(NFTA_RULE_CHAIN, chain);
}

void write_filter_entries(NetlinkRequests& requests, FilterVerb verb, std::string_view table,
                          std::string_view set, std::span<const FilterEntry> entries) {
  constexpr std::size_t kOfOneRequest = 100;  // their attribute has 65,535 bytes at most
  for (; !entries.empty(); entries = entries.subspan(std::min(kOfOneRequest, entries.size()))) {
    const bool adds = verb == FilterVerb::Add;
    begin(requests, adds ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, adds ? NLM_F_CREATE : 0, set);
    requests.attribute(NFTA_SET_ELEM_LIST_TABLE, table);
    requests.attribute(NFTA_SET_ELEM_LIST_SET, set);
    const auto list = open_nested(requests, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (const auto& entry : entries.first(std::min(kOfOneRequest, entries.size()))) {
      const auto element = open_nested(requests, NFTA_LIST_ELEM);
      value(requests, NFTA_SET_ELEM_KEY, entry.key);
      if (!entry.value.empty()) {
        value(requests, NFTA_SET_ELEM_DATA, entry.value);
      }
      if (!entry.comment.empty()) {
        const std::string terminated(entry.comment);
        kept(requests, NFTA_SET_ELEM_USERDATA, kComment, terminated.c_str(), terminated.size() + 1);
      }
      requests.close(element);
    }
    requests.close(list);
  }
}

FilterRule::FilterRule(NetlinkRequests& requests, std::string_view table, std::string_view chain,
                       std::uint64_t mark)
    : requests_(requests), mark_(mark) {
  begin(requests, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, chain);
  requests.attribute(NFTA_RULE_TABLE, table);
  requests.attribute(NFTA_RULE_CHAIN, chain);
  expressions_ = open_nested(requests, NFTA_RULE_EXPRESSIONS);
}

FilterRule::~FilterRule() {
  requests_.close(expressions_);
  kept(requests_, NFTA_RULE_USERDATA, kMark, &mark_, sizeof mark_);
}

FilterRule::Opened FilterRule::open(std::string_view expression) {
  const auto element = open_nested(requests_, NFTA_LIST_ELEM);
  requests_.attribute(NFTA_EXPR_NAME, expression);
  return {element, open_nested(requests_, NFTA_EXPR_DATA)};
}

void FilterRule::close(const Opened& opened) {
  requests_.close(opened.data);
  requests_.close(opened.element);
}

void FilterRule::load_meta(std::uint32_t key, std::uint32_t to) {
  const auto opened = open("meta");
  number(requests_, NFTA_META_KEY, key);
  number(requests_, NFTA_META_DREG, kFirstRegister + to);
  close(opened);
}

void FilterRule::load_payload(std::uint32_t base, std::uint32_t offset, std::uint32_t length,
                              std::uint32_t to) {
  const auto opened = open("payload");
  number(requests_, NFTA_PAYLOAD_DREG, kFirstRegister + to);
  number(requests_, NFTA_PAYLOAD_BASE, base);
  number(requests_, NFTA_PAYLOAD_OFFSET, offset);
  number(requests_, NFTA_PAYLOAD_LEN, length);
  close(opened);
}

void FilterRule::load_connection_status(std::uint32_t to) {
  const auto opened = open("ct");
  number(requests_, NFTA_CT_KEY, NFT_CT_STATUS);
  number(requests_, NFTA_CT_DREG, kFirstRegister + to);
  close(opened);
}

void FilterRule::load_destination_type(std::uint32_t to) {
  const auto opened = open("fib");
  number(requests_, NFTA_FIB_DREG, kFirstRegister + to);
  number(requests_, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  number(requests_, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
  close(opened);
}

void FilterRule::mask(std::uint32_t in, std::uint32_t bits) {
  FilterBytes bytes(sizeof bits);
  std::memcpy(bytes.data(), &bits, sizeof bits);
  const auto opened = open("bitwise");
  number(requests_, NFTA_BITWISE_SREG, kFirstRegister + in);
  number(requests_, NFTA_BITWISE_DREG, kFirstRegister + in);
  number(requests_, NFTA_BITWISE_LEN, sizeof bits);
  value(requests_, NFTA_BITWISE_MASK, bytes);
  value(requests_, NFTA_BITWISE_XOR, FilterBytes(sizeof bits));
  close(opened);
}

void FilterRule::compare(std::uint32_t in, bool equal, const FilterBytes& with) {
  const auto opened = open("cmp");
  number(requests_, NFTA_CMP_SREG, kFirstRegister + in);
  number(requests_, NFTA_CMP_OP, equal ? NFT_CMP_EQ : NFT_CMP_NEQ);
  value(requests_, NFTA_CMP_DATA, with);
  close(opened);
}

void FilterRule::look_up(std::string_view set, std::uint32_t key) {
  const auto opened = open("lookup");
  requests_.attribute(NFTA_LOOKUP_SET, set);
  number(requests_, NFTA_LOOKUP_SREG, kFirstRegister + key);
  close(opened);
}

void FilterRule::look_up(std::string_view map, std::uint32_t key, std::uint32_t to) {
  const auto opened = open("lookup");
  requests_.attribute(NFTA_LOOKUP_SET, map);
  number(requests_, NFTA_LOOKUP_SREG, kFirstRegister + key);
  number(requests_, NFTA_LOOKUP_DREG, kFirstRegister + to);
  close(opened);
}

void FilterRule::translate_destination(std::uint32_t family, std::uint32_t address,
                                       std::uint32_t port) {
  const auto opened = open("nat");
  number(requests_, NFTA_NAT_TYPE, NFT_NAT_DNAT);
  number(requests_, NFTA_NAT_FAMILY, family);
  number(requests_, NFTA_NAT_REG_ADDR_MIN, kFirstRegister + address);
  number(requests_, NFTA_NAT_REG_PROTO_MIN, kFirstRegister + port);
  close(opened);
}

void FilterRule::masquerade() { close(open("masq")); }

void FilterRule::decide(std::int32_t verdict) {
  const auto opened = open("immediate");
  number(requests_, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
  const auto data = open_nested(requests_, NFTA_IMMEDIATE_DATA);
  const auto code = open_nested(requests_, NFTA_DATA_VERDICT);
  number(requests_, NFTA_VERDICT_CODE, static_cast<std::uint32_t>(verdict));
  requests_.close(code);
  requests_.close(data);
  close(opened);
}

Result<std::vector<std::uint64_t>> list_rule_marks(std::string_view table) {
  TRY_ASSIGN(const auto netlink, Netlink::open(NETLINK_NETFILTER));
  NetlinkRequests requests;
  begin(requests, NFT_MSG_GETRULE, NLM_F_DUMP, table);
  requests.attribute(NFTA_RULE_TABLE, table);
  TRY_ASSIGN(const auto rules, netlink.ask(std::move(requests)));
  std::vector<std::uint64_t> marks;
  for (const auto& rule : rules) {
    std::uint64_t mark = 0;
    for_each_attribute(
        std::string_view(rule.body).substr(sizeof(nfgenmsg)),
        [&](std::uint16_t type, std::string_view bytes) {
          if (type == NFTA_RULE_USERDATA && bytes.size() == 2 + sizeof mark && bytes[0] == kMark) {
            std::memcpy(&mark, bytes.data() + 2, sizeof mark);
          }
        });
    marks.push_back(mark);
  }
  return marks;
}

}  // namespace warren::kernel
