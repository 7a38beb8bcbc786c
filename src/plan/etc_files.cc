#include "plan/etc_files.h"

#include <utility>

#include "base/text.h"

namespace warren::plan {
namespace {

using spec::ResolvConf;
using spec::Timezone;

enum class Way { Leave, Copy, Replace, Bind, Delete };

Way way_of(ResolvConf mode) {
  switch (mode) {
    case ResolvConf::CopyHost:
    case ResolvConf::CopyStatic:
    case ResolvConf::CopyUplink:
    case ResolvConf::CopyStub:
    case ResolvConf::CopyReachable:
      return Way::Copy;
    case ResolvConf::ReplaceHost:
    case ResolvConf::ReplaceStatic:
    case ResolvConf::ReplaceUplink:
    case ResolvConf::ReplaceStub:
      return Way::Replace;
    case ResolvConf::BindHost:
    case ResolvConf::BindStatic:
    case ResolvConf::BindUplink:
    case ResolvConf::BindStub:
      return Way::Bind;
    case ResolvConf::Delete:
      return Way::Delete;
    case ResolvConf::Auto:
    case ResolvConf::Off:
      break;
  }
  return Way::Leave;
}

Step bind_file(const std::string& from, const char* target, std::vector<Source>& sources) {
  sources.push_back({.path = from});
  return BindSource{.source = sources.size() - 1,
                    .target = target,
                    .flags = kReadOnly | kNoSuid | kNoDev | kNoExec,
                    .recursive = false};
}

/// Whether a file of the host can be shown as `file`. Where nobody asked for it and there is no
/// place for it, the container does without.
bool can_be_bound(const EtcFile& file, const ImageFacts& image, bool nobodys_wish) {
  const bool has_place = file.kind != EtcFile::Kind::Absent || image.can_have_mount_points;
  return file.kind != EtcFile::Kind::Symlink && (has_place || !nobodys_wish);
}

Timezone effective_timezone(const spec::Container& container, const HostFacts& host,
                            bool writable) {
  if (container.timezone != Timezone::Auto) {
    return container.timezone;
  }
  if (host.localtime.empty()) {
    return writable ? Timezone::Delete : Timezone::Off;
  }
  if (!writable) {
    return Timezone::Bind;
  }
  return host.timezone.empty() ? Timezone::Copy : Timezone::Symlink;
}

}  // namespace

const char* resolv_conf_path(ResolvConf mode) {
  switch (mode) {
    case ResolvConf::CopyHost:
    case ResolvConf::ReplaceHost:
    case ResolvConf::BindHost:
      return "/etc/resolv.conf";
    case ResolvConf::CopyStatic:
    case ResolvConf::ReplaceStatic:
    case ResolvConf::BindStatic:
      return "/usr/lib/systemd/resolv.conf";
    case ResolvConf::CopyUplink:
    case ResolvConf::ReplaceUplink:
    case ResolvConf::BindUplink:
      return "/run/systemd/resolve/resolv.conf";
    case ResolvConf::CopyStub:
    case ResolvConf::ReplaceStub:
    case ResolvConf::BindStub:
      return "/run/systemd/resolve/stub-resolv.conf";
    case ResolvConf::Auto:
    case ResolvConf::Off:
    case ResolvConf::Delete:
    case ResolvConf::CopyReachable:  // one of several
      break;
  }
  return nullptr;
}

ResolvConf effective_resolv_conf(const spec::Container& container, bool writable) {
  if (container.resolv_conf == ResolvConf::CopyReachable && !writable) {
    return ResolvConf::Off;  // no file of the host's is like it
  }
  if (container.resolv_conf != ResolvConf::Auto) {
    return container.resolv_conf;
  }
  if (container.network.isolated || !container.network.namespace_path.empty()) {
    return ResolvConf::Off;
  }
  return writable ? ResolvConf::CopyHost : ResolvConf::BindHost;
}

std::vector<Step> plan_resolv_conf(const spec::Container& container, const HostFacts& host,
                                   const ImageFacts& image, std::vector<Source>& sources) {
  constexpr const char* kTarget = "/etc/resolv.conf";
  const Way way = way_of(effective_resolv_conf(container, image.writable));
  if (way == Way::Delete && image.resolv_conf.kind != EtcFile::Kind::Absent) {
    return {Remove{kTarget}};
  }
  if (!host.resolv_conf || !image.has_etc) {
    return {};
  }
  const auto& [path, content] = *host.resolv_conf;
  if (way == Way::Bind &&
      can_be_bound(image.resolv_conf, image, container.resolv_conf == ResolvConf::Auto)) {
    return {bind_file(path, kTarget, sources)};
  }
  // A copy leaves alone what is not a plain file: the image manages it.
  const bool plain = image.resolv_conf.kind == EtcFile::Kind::Absent ||
                     image.resolv_conf.kind == EtcFile::Kind::Regular;
  const bool same = image.resolv_conf == EtcFile{EtcFile::Kind::Regular, content};
  if (!same && (way == Way::Replace || (way == Way::Copy && plain))) {
    return {MakeFile{.path = kTarget, .content = content}};
  }
  return {};
}

std::vector<Step> plan_timezone(const spec::Container& container, const HostFacts& host,
                                const ImageFacts& image, std::vector<Source>& sources) {
  constexpr const char* kTarget = "/etc/localtime";
  if (!image.has_etc) {
    return {};
  }
  switch (effective_timezone(container, host, image.writable)) {
    case Timezone::Delete:
      if (image.localtime.kind != EtcFile::Kind::Absent) {
        return {Remove{kTarget}};
      }
      break;
    case Timezone::Symlink: {
      // The link that distributions make is as good as the relative one that is preferred.
      const auto link = cat("../usr/share/zoneinfo/", host.timezone);
      const auto absolute = cat("/usr/share/zoneinfo/", host.timezone);
      const bool right = image.localtime.kind == EtcFile::Kind::Symlink &&
                         (image.localtime.content == link || image.localtime.content == absolute);
      if (image.has_zone && !right) {
        return {MakeSymlink{.path = kTarget, .target = link}};
      }
      break;
    }
    case Timezone::Bind:
      if (!host.localtime.empty() &&
          can_be_bound(image.localtime, image, container.timezone == Timezone::Auto)) {
        return {bind_file(host.localtime, kTarget, sources)};
      }
      break;
    case Timezone::Copy:
      if (!host.localtime_content.empty() &&
          image.localtime != EtcFile{EtcFile::Kind::Regular, host.localtime_content}) {
        return {MakeFile{.path = kTarget, .content = host.localtime_content}};
      }
      break;
    case Timezone::Auto:
    case Timezone::Off:
      break;
  }
  return {};
}

}  // namespace warren::plan
