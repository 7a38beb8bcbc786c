#include "plan/contents.h"

#include <gmock/gmock.h>

#include <map>

#include "plan/services.h"

namespace warren::plan {
namespace {

using testing::HasSubstr;
using testing::Not;

spec::Declaration declaration() {
  spec::Declaration one;
  one.name = "box";
  return one;
}

spec::DeclaredService hello() {
  return {.name = "hello",
          .command = "/bin/httpd -f -p 80",
          .user = {},
          .environment = {{"TEXT", "it's"}},
          .working_directory = {}};
}

std::map<std::string, spec::File> files_of(const spec::Declaration& one, const TreeTexts& present,
                                           const std::vector<std::string>& sources = {}) {
  const auto files = declared_contents(one, present, sources);
  EXPECT_TRUE(files) << files.error().message();
  std::map<std::string, spec::File> by_path;
  for (const auto& file : files.value_or({})) {
    by_path[file.path] = file;
  }
  return by_path;
}

TEST(Contents, OfNothingAreTheNames) {
  const auto files = files_of(declaration(), {});
  EXPECT_EQ(files.at("/etc/hostname").content, "box\n");
  EXPECT_THAT(files.at("/etc/hosts").content, HasSubstr("127.0.1.1 box\n"));
  EXPECT_FALSE(files.contains("/etc/passwd"));
  EXPECT_FALSE(files.contains("/etc/inittab"));
}

TEST(Contents, HostsOfTheTreeStay) {
  const std::string own = "10.0.0.1\tbox other # box\n";
  EXPECT_EQ(files_of(declaration(), {.hosts = own}).at("/etc/hosts").content, own);
  EXPECT_EQ(files_of(declaration(), {.hosts = "::1 boxer # box"}).at("/etc/hosts").content,
            "::1 boxer # box\n127.0.1.1 box\n");
  for (const std::string last : {"::1\tbox", "::1 other  box", "box"}) {
    EXPECT_EQ(files_of(declaration(), {.hosts = last}).at("/etc/hosts").content, last);
  }
}

TEST(Contents, FilesWithOwners) {
  auto one = declaration();
  one.users = {{.name = "alice",
                .uid = 1500,
                .group = {},
                .home = "/home/alice",
                .create_home = true,
                .authorized_keys = {"ssh-ed25519 A", "ssh-ed25519 B"}}};
  one.files = {{.path = "/etc/motd", .text = "hi\n", .source = {}},
               {.path = "/secret",
                .text = std::nullopt,
                .source = "/host/file",
                .mode = 0600,
                .user = "alice",
                .group = "7"}};
  const auto files = files_of(one, {}, {"from the host"});
  EXPECT_EQ(files.at("/etc/motd").content, "hi\n");
  EXPECT_EQ(files.at("/secret").content, "from the host");
  EXPECT_EQ(files.at("/secret").uid, 1500U);
  EXPECT_EQ(files.at("/secret").gid, 7U);
  EXPECT_EQ(files.at("/home/alice").kind, spec::File::Kind::Directory);
  EXPECT_EQ(files.at("/home/alice/.ssh/authorized_keys").content, "ssh-ed25519 A\nssh-ed25519 B\n");
  EXPECT_EQ(files.at("/etc/shadow").mode, 0600U);
  one.files.front().user = "nobody-here";
  const auto refused = declared_contents(one, {}, {"x"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("files.\"/etc/motd\": owner nobody-here"));
}

TEST(Contents, ServicesOfBusybox) {
  auto one = declaration();
  one.services = {hello()};
  const TreeTexts present = {.inittab = "::respawn:/sbin/syslogd -n\n", .init = InitKind::Busybox};
  const auto files = files_of(one, present);
  const auto& inittab = files.at("/etc/inittab").content;
  EXPECT_THAT(inittab, testing::StartsWith("::respawn:/sbin/syslogd -n\n"));
  EXPECT_THAT(inittab, HasSubstr("::sysinit:/etc/warren/ready\n"));
  EXPECT_THAT(inittab, HasSubstr("::respawn:/etc/warren/services/hello\n"));
  EXPECT_EQ(files.at("/etc/warren/services/hello").content,
            "#!/bin/sh\nexport TEXT='it'\\''s'\nexec /bin/httpd -f -p 80\n");
  // The same again changes nothing; without services their lines go, and nobody else's.
  EXPECT_EQ(
      files_of(one, {.inittab = inittab, .init = InitKind::Busybox}).at("/etc/inittab").content,
      inittab);
  const auto gone = files_of(declaration(), {.inittab = inittab, .init = InitKind::Busybox});
  EXPECT_THAT(gone.at("/etc/inittab").content, HasSubstr("::respawn:/sbin/syslogd -n\n"));
  EXPECT_THAT(gone.at("/etc/inittab").content, Not(HasSubstr("hello")));
}

TEST(Contents, RestartsAndUsersOfBusybox) {
  auto service = hello();
  service.user = "www";
  service.working_directory = "/srv/it's";
  service.restart = spec::DeclaredService::Restart::OnFailure;
  const auto files = service_files({service}, InitKind::Busybox, "");
  EXPECT_THAT(files[0].content, HasSubstr("cd '/srv/it'\\''s' || exit 1\n"));
  EXPECT_THAT(files[0].content,
              HasSubstr("until (exec su -s /bin/sh 'www' -c 'exec /bin/httpd -f -p 80')"));
  EXPECT_THAT(files.back().content, HasSubstr("::once:/etc/warren/services/hello\n"));
  EXPECT_THAT(files.back().content, testing::StartsWith("::sysinit:/etc/init.d/rcS\n"));
}

TEST(Contents, ServicesOfSystemd) {
  auto one = declaration();
  one.services = {hello()};
  one.services.front().user = "www";
  const auto files = files_of(one, {.init = InitKind::Systemd});
  EXPECT_THAT(files.at("/etc/systemd/system/hello.service").content,
              HasSubstr("ExecStart=/etc/warren/services/hello\nRestart=always\nUser=www\n"));
  EXPECT_THAT(files.at("/etc/systemd/system/multi-user.target.d/warren.conf").content,
              HasSubstr("Wants=hello.service\n"));
  EXPECT_FALSE(files.contains("/etc/inittab"));
}

TEST(Contents, ServicesOfAnotherInitAreRefused) {
  auto one = declaration();
  one.services = {hello()};
  EXPECT_FALSE(declared_contents(one, {.init = InitKind::Other}, {}));
}

}  // namespace
}  // namespace warren::plan
