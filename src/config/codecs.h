// The codecs of the schema: how one setting is read from a value and written as one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/text.h"
#include "config/addresses.h"
#include "config/declared_values.h"
#include "config/schema.h"
#include "config/values.h"

namespace warren::config {

struct Boolean {
  static constexpr unsigned kKinds = kBoolean;
  static constexpr std::string_view kType = "true or false";
  static Result<bool> read(const Value& value) { return *value.boolean(); }
  static Value write(bool setting) { return setting; }
};

/// A string with a grammar. Nothing is written as null.
template <auto Parse>
struct Text {
  static constexpr unsigned kKinds = kString;
  static Result<std::string> read(const Value& value) { return Parse(*value.string()); }
  static Value write(const std::string& setting) {
    return setting.empty() ? Value() : Value(setting);
  }
};

/// A string or whole number with a grammar; what is a number is written as one.
template <auto Parse>
struct TextOrNumber {
  static constexpr unsigned kKinds = kString | kInteger;
  static Result<std::string> read(const Value& value) {
    return Parse(value.string() != nullptr ? *value.string() : cat(*value.integer()));
  }
  static Value write(const std::string& setting) {
    const auto number = parse_number<std::int64_t>(setting);
    return setting.empty() ? Value() : number ? Value(*number) : Value(setting);
  }
};

struct Line : Text<parse_line> {
  static constexpr std::string_view kType = "a string";
  static constexpr std::string_view kListType = "a list of strings";
};
/// A field of /etc/passwd.
struct Description : Text<parse_description> {
  static constexpr std::string_view kType = "a string without ':'";
};
struct Anything {
  static constexpr unsigned kKinds = kString;
  static constexpr std::string_view kType = "a string, of many lines if need be";
  static Result<std::string> read(const Value& value) { return *value.string(); }
  static Value write(const std::string& setting) { return setting; }
};
struct HostPath : Text<parse_host_path> {
  static constexpr std::string_view kType = "an absolute path on the host";
};
struct InsidePath : Text<parse_host_path> {
  static constexpr std::string_view kType = "an absolute path inside";
};
struct Home : Text<parse_home> {
  static constexpr std::string_view kType = "an absolute path inside";
};
struct Tmpfs : Text<parse_declared_tmpfs> {
  static constexpr std::string_view kType = "PATH[:OPTIONS]";
  static constexpr std::string_view kListType = "a list of PATH[:OPTIONS]";
};
struct HostName : Text<parse_name> {
  static constexpr std::string_view kType = "a host name";
};
struct Account : Text<parse_account> {
  static constexpr std::string_view kType = "the name of a user or group";
  static constexpr std::string_view kListType = "a list of names";
};
struct AccountOrId : TextOrNumber<parse_account_or_id> {
  static constexpr std::string_view kType = "a name or number";
};
struct ServiceCommand : Text<parse_service_command> {
  static constexpr std::string_view kType = "a program's path and arguments";
};
struct Package : Text<parse_package> {
  static constexpr std::string_view kType = "the name of a package";
  static constexpr std::string_view kListType = "a list of names of packages";
};
struct PasswordHash : Text<parse_password_hash> {
  static constexpr std::string_view kType = "a hash of crypt(5)";
};
struct Zone : Text<parse_zone> {
  static constexpr std::string_view kType = "a name such as Europe/Berlin";
};
struct Capability : Text<parse_declared_capability> {
  static constexpr std::string_view kType = "the name of a capability";
  static constexpr std::string_view kListType = "a list of names of capabilities";
};
struct DeviceNode : Text<parse_device_node> {
  static constexpr std::string_view kType = "a path below /dev";
};
struct DeviceModifier : Text<parse_device_modifier> {
  static constexpr std::string_view kType = "letters of rwm";
};
struct PrivateUsers : TextOrNumber<parse_declared_users> {
  static constexpr std::string_view kType = "pick, identity, no, yes, BASE or BASE:COUNT";
};
struct Owner : TextOrNumber<parse_owner> {
  static constexpr std::string_view kType = "root, same, or a user inside";
};
struct Ipv4 : Text<parse_ipv4> {
  static constexpr std::string_view kType = "an IPv4 address";
};
struct LocalIpv4 : Text<parse_local_ipv4> {
  static constexpr std::string_view kType = "an IPv4 address, or auto";
};
struct Ipv6 : Text<parse_ipv6> {
  static constexpr std::string_view kType = "an IPv6 address";
};
struct HostAddress : Text<parse_host> {
  static constexpr std::string_view kType = "an address of the host";
};
struct Mac : Text<parse_mac> {
  static constexpr std::string_view kType = "an Ethernet address";
};
struct Interface : Text<parse_interface> {
  static constexpr std::string_view kType = "the name of an interface";
  static constexpr std::string_view kListType = "a list of names of interfaces";
};
struct FilteredInterface : Text<parse_filtered_interface> {
  static constexpr std::string_view kType = "the name of an interface";
};
struct AddressPool : Text<parse_address_pool> {
  static constexpr std::string_view kType = "an IPv4 network such as 10.231.0.0/16";
};
struct Socket : TextOrNumber<parse_socket> {
  static constexpr std::string_view kType = "PATH, PORT or ADDRESS:PORT";
  static constexpr std::string_view kListType = "a list of PATH, PORT or ADDRESS:PORT";
};

struct Image {
  static constexpr unsigned kKinds = kString;
  static constexpr std::string_view kType =
      "busybox, debian[:SUITE], directory:PATH, archive:PATH or image:NAME";
  static Result<spec::ImageSource> read(const Value& value) { return parse_image(*value.string()); }
  static Value write(const spec::ImageSource& image) {
    return image.kind == spec::ImageSource::Kind::None ? Value() : Value(to_text(image));
  }
};

struct Mode {
  static constexpr unsigned kKinds = kString;
  static constexpr std::string_view kType = "an octal mode in quotes";
  static Result<mode_t> read(const Value& value) { return parse_mode(*value.string()); }
  static Value write(mode_t mode) { return mode_text(mode); }
};

/// One of a few words, in the order of an enumeration's values.
template <typename Enumeration>
Result<Enumeration> choose(std::string_view word, std::span<const std::string_view> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) {
      return static_cast<Enumeration>(i);
    }
  }
  const auto close = nearest(word, words);
  Error error = Error::because("", "", cat("'", word, "' is not one of its words"));
  return close.empty() ? error : std::move(error).advise(cat("did you mean ", close, "?"));
}

template <typename Enumeration>
struct RestartWord {
  static constexpr unsigned kKinds = kString;
  static constexpr std::string_view kType = "no, on-failure or always";
  static constexpr std::array<std::string_view, 3> kWords = {"no", "on-failure", "always"};
  static Result<Enumeration> read(const Value& value) {
    return choose<Enumeration>(*value.string(), kWords);
  }
  static Value write(Enumeration word) { return kWords[static_cast<std::size_t>(word)]; }
};

/// NAME = VALUE, sorted by name.
struct Environment {
  static constexpr Binding shape() {
    return {
        .shape = Shape::Named, .kinds = kTable, .type = "a table of strings", .name_of = "NAME"};
  }
  static void read_into(Reader& reader, const Value& value, spec::Variables& variables);
  static Value write(const spec::Variables& variables);
};

/// Read elsewhere, or by nobody: any value will do, and none is written.
template <typename Record>
[[nodiscard]] constexpr Binding elsewhere(unsigned kinds, std::string_view type) {
  return {.shape = Shape::Plain,
          .kinds = kinds,
          .type = type,
          .read = [](Reader&, const Value&, void*) {}};
}

}  // namespace warren::config
