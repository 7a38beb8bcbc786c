// The tables inside a declaration, as binding.h wants them described.
#pragma once

#include "config/binding.h"
#include "config/keys.h"

namespace warren::config {

template <>
struct RecordOf<spec::DeclaredBind> {
  static constexpr std::string_view kType = "a table of mounts";
  static constexpr std::string_view kName = "PATH";
  static Keys keys();
  static Result<> set_name(spec::DeclaredBind& bind, std::string_view name);
  static const std::string& name(const spec::DeclaredBind& bind) { return bind.mount_point; }
  static void finish(Reader& reader, const Value& table, spec::DeclaredBind& bind);
};

template <>
struct RecordOf<spec::DeclaredService> {
  static constexpr std::string_view kType = "a table of services";
  static constexpr std::string_view kName = "NAME";
  static Keys keys();
  static Result<> set_name(spec::DeclaredService& service, std::string_view name);
  static const std::string& name(const spec::DeclaredService& service) { return service.name; }
  static void finish(Reader& reader, const Value& table, spec::DeclaredService& service);
};

template <>
struct RecordOf<spec::DeclaredFile> {
  static constexpr std::string_view kType = "a table of files";
  static constexpr std::string_view kName = "PATH";
  static Keys keys();
  static Result<> set_name(spec::DeclaredFile& file, std::string_view name);
  static const std::string& name(const spec::DeclaredFile& file) { return file.path; }
  static void finish(Reader& reader, const Value& table, spec::DeclaredFile& file);
};

template <>
struct RecordOf<spec::DeclaredUser> {
  static constexpr std::string_view kType = "a table of users";
  static constexpr std::string_view kName = "NAME";
  static Keys keys();
  static Result<> set_name(spec::DeclaredUser& user, std::string_view name);
  static const std::string& name(const spec::DeclaredUser& user) { return user.name; }
  static void finish(Reader& reader, const Value& table, spec::DeclaredUser& user);
};

template <>
struct RecordOf<spec::DeclaredGroup> {
  static constexpr std::string_view kType = "a table of groups";
  static constexpr std::string_view kName = "NAME";
  static Keys keys();
  static Result<> set_name(spec::DeclaredGroup& group, std::string_view name);
  static const std::string& name(const spec::DeclaredGroup& group) { return group.name; }
};

template <>
struct RecordOf<spec::DeclaredVeth> {
  static constexpr std::string_view kType = "a table of interfaces";
  static constexpr std::string_view kName = "INTERFACE";
  static Keys keys() { return veth_keys(); }
  static Result<> set_name(spec::DeclaredVeth& veth, std::string_view name);
  static const std::string& name(const spec::DeclaredVeth& veth) { return veth.name; }
};

template <>
struct RecordOf<spec::ForwardPort> {
  static constexpr std::string_view kType = "a list of tables";
  static Keys keys();
  static void finish(Reader& reader, const Value& table, spec::ForwardPort& port);
};

template <>
struct RecordOf<spec::IoLimit> {
  static constexpr std::string_view kType = "a list of tables";
  static Keys keys();
  static void finish(Reader& reader, const Value& table, spec::IoLimit& limit);
};

template <>
struct RecordOf<spec::AllowedDevice> {
  static constexpr std::string_view kType = "a list of tables";
  static Keys keys();
  static void finish(Reader& reader, const Value& table, spec::AllowedDevice& device);
};

template <>
struct RecordOf<spec::Limits> {
  static Keys keys();
};

}  // namespace warren::config
