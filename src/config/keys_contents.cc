// The schema's rows for what is inside the tree.
#include "config/codecs.h"
#include "config/number_codecs.h"
#include "config/records.h"

namespace warren::config {
namespace {

using spec::Declaration;
using spec::DeclaredFile;
using spec::DeclaredGroup;
using spec::DeclaredService;
using spec::DeclaredUser;

constexpr auto kServiceKeys = std::to_array<Key>({
    {.name = "command",
     .binding = at<One<ServiceCommand>, &DeclaredService::command>(),
     .example = "\"/bin/httpd -f -p 80\"",
     .help = "The program, by its absolute path inside, and its arguments."},
    {.name = "user",
     .binding = at<One<Account>, &DeclaredService::user>(),
     .fallback = "root",
     .example = "\"www\"",
     .help = "Whom it runs as."},
    {.name = "restart",
     .binding = at<One<RestartWord<DeclaredService::Restart>>, &DeclaredService::restart>(),
     .example = "\"on-failure\"",
     .help = "When it is started again after it has ended."},
    {.name = "environment",
     .binding = at<Environment, &DeclaredService::environment>(),
     .example = "{ LANG = \"C.UTF-8\" }",
     .help = "Variables of its own."},
    {.name = "workingDirectory",
     .binding = at<One<InsidePath>, &DeclaredService::working_directory>(),
     .fallback = "/",
     .example = "\"/srv/www\"",
     .help = "Where it starts."},
});

constexpr auto kFileKeys = std::to_array<Key>({
    {.name = "text",
     .binding = at<Maybe<Anything>, &DeclaredFile::text>(),
     .example = "\"hello\\n\"",
     .help = "The content."},
    {.name = "source",
     .binding = at<One<HostPath>, &DeclaredFile::source>(),
     .example = "\"/etc/ssl/certs/site.pem\"",
     .help = "A file of the host's that has the content instead; it is read at every start."},
    {.name = "mode",
     .binding = at<One<Mode>, &DeclaredFile::mode>(),
     .example = "\"0600\"",
     .help = "Who may do what with it: octal, as for chmod(1), in quotes."},
    {.name = "user",
     .binding = at<One<AccountOrId>, &DeclaredFile::user>(),
     .example = "\"www\"",
     .help = "Its owner inside."},
    {.name = "group",
     .binding = at<One<AccountOrId>, &DeclaredFile::group>(),
     .example = "\"www\"",
     .help = "Its group inside."},
});

constexpr auto kUserKeys = std::to_array<Key>({
    {.name = "uid",
     .binding = at<Maybe<Id>, &DeclaredUser::uid>(),
     .fallback = "the next free one from 1000",
     .example = "1000",
     .help = "The number."},
    {.name = "group",
     .binding = at<One<Account>, &DeclaredUser::group>(),
     .fallback = "one of the user's name",
     .example = "\"users\"",
     .help = "The primary group."},
    {.name = "extraGroups",
     .binding = at<Many<Account>, &DeclaredUser::extra_groups>(),
     .example = "[\"wheel\"]",
     .help = "Further groups."},
    {.name = "home",
     .binding = at<One<Home>, &DeclaredUser::home>(),
     .fallback = "/home/NAME; of root /root",
     .example = "\"/home/alice\"",
     .help = "The home directory."},
    {.name = "createHome",
     .binding = at<One<Boolean>, &DeclaredUser::create_home>(),
     .example = "true",
     .help = "Make the home directory when there is none."},
    {.name = "shell",
     .binding = at<One<Home>, &DeclaredUser::shell>(),
     .example = "\"/bin/bash\"",
     .help = "The login shell."},
    {.name = "description",
     .binding = at<One<Description>, &DeclaredUser::description>(),
     .example = "\"Alice Doe\"",
     .help = "The full name."},
    {.name = "hashedPassword",
     .binding = at<One<PasswordHash>, &DeclaredUser::hashed_password>(),
     .fallback = "no password is valid",
     .example = "\"$6$salt$hash\"",
     .help = "A hash of crypt(5), taken as it is. `openssl passwd -6` makes one."},
    {.name = "authorizedKeys",
     .binding = at<Many<Line>, &DeclaredUser::authorized_keys>(),
     .example = "[\"ssh-ed25519 AAAA… alice\"]",
     .help = "Lines of ~/.ssh/authorized_keys."},
});

constexpr auto kGroupKeys = std::to_array<Key>({
    {.name = "gid",
     .binding = at<Maybe<Id>, &DeclaredGroup::gid>(),
     .fallback = "the next free one from 1000",
     .example = "100",
     .help = "The number."},
    {.name = "members",
     .binding = at<Many<Account>, &DeclaredGroup::members>(),
     .example = "[\"alice\"]",
     .help = "Users that are in it."},
});

constexpr auto kContentsKeys = std::to_array<Key>({
    {.name = "boot",
     .binding = at<One<Boolean>, &Declaration::boot>(),
     .example = "false",
     .help = "Run the image's init; otherwise `command` is process 1."},
    {.name = "command",
     .binding = at<Many<Line>, &Declaration::command>(),
     .example = "[\"/bin/httpd\", \"-f\"]",
     .help = "A program and its arguments instead of the init; with `boot` the init's arguments."},
    {.name = "environment",
     .binding = at<Environment, &Declaration::environment>(),
     .example = "{ LANG = \"C.UTF-8\" }",
     .help = "Variables of process 1."},
    {.name = "hostName",
     .binding = at<One<HostName>, &Declaration::host_name>(),
     .fallback = "the container's name",
     .example = "\"web.example.org\"",
     .help = "What the container calls itself."},
    {.name = "services",
     .binding = at<ByName<DeclaredService>, &Declaration::services>(),
     .example = "{ hello = { command = \"/bin/httpd -f -p 80\" } }",
     .effect = Effect::LiveWhenNew,
     .help = "Programs that the image's init keeps running: lines of BusyBox's inittab or units of "
             "systemd, as the image needs."},
    {.name = "files",
     .binding = at<ByName<DeclaredFile>, &Declaration::files>(),
     .example = "{ \"/etc/motd\" = { text = \"hello\\n\" } }",
     .help = "Files inside, by path, written at every start."},
    {.name = "users",
     .binding = at<ByName<DeclaredUser>, &Declaration::users>(),
     .example = "{ alice = { uid = 1000, createHome = true } }",
     .help = "Users inside, by name."},
    {.name = "groups",
     .binding = at<ByName<DeclaredGroup>, &Declaration::groups>(),
     .example = "{ www = { members = [\"alice\"] } }",
     .help = "Groups inside, by name."},
    {.name = "mutableUsers",
     .binding = at<One<Boolean>, &Declaration::mutable_users>(),
     .example = "false",
     .help = "Whether a user or group that the tree has already wins; otherwise the declared ones "
             "are all there are."},
    {.name = "timeZone",
     .binding = at<One<Zone>, &Declaration::time_zone>(),
     .fallback = "the host's",
     .example = "\"Europe/Berlin\"",
     .help = "The time zone, as the time zone database calls it."},
});

}  // namespace

Keys contents_keys() { return kContentsKeys; }
Keys RecordOf<DeclaredService>::keys() { return kServiceKeys; }
Keys RecordOf<DeclaredFile>::keys() { return kFileKeys; }
Keys RecordOf<DeclaredUser>::keys() { return kUserKeys; }
Keys RecordOf<DeclaredGroup>::keys() { return kGroupKeys; }

Result<> RecordOf<DeclaredService>::set_name(DeclaredService& service, std::string_view name) {
  TRY_ASSIGN(service.name, parse_service_name(name));
  return {};
}

void RecordOf<DeclaredService>::finish(Reader& reader, const Value& table,
                                       DeclaredService& service) {
  if (service.command.empty() && table.find("command") == nullptr) {
    reader.refuse_missing(table.at,
                          "its command is missing (for example command = \"/bin/httpd -f\")");
  }
}

Result<> RecordOf<DeclaredFile>::set_name(DeclaredFile& file, std::string_view name) {
  TRY_ASSIGN(file.path, parse_host_path(name));
  return {};
}

void RecordOf<DeclaredFile>::finish(Reader& reader, const Value& table, DeclaredFile& file) {
  if (file.text.has_value() && !file.source.empty()) {
    reader.refuse(table.find("source")->at, "text and source are both there: leave one out");
  } else if (table.find("text") == nullptr && table.find("source") == nullptr) {
    reader.refuse_missing(table.at, "its content is missing: give text or source");
  }
}

Result<> RecordOf<DeclaredUser>::set_name(DeclaredUser& user, std::string_view name) {
  TRY_ASSIGN(user.name, parse_account(name));
  return {};
}

void RecordOf<DeclaredUser>::finish(Reader&, const Value&, DeclaredUser& user) {
  if (user.home.empty()) {
    user.home = user.name == "root" ? "/root" : cat("/home/", user.name);
  }
}

Result<> RecordOf<DeclaredGroup>::set_name(DeclaredGroup& group, std::string_view name) {
  TRY_ASSIGN(group.name, parse_account(name));
  return {};
}

void Environment::read_into(Reader& reader, const Value& value, spec::Variables& variables) {
  variables.clear();
  for (const auto& member : *value.members()) {
    const Reader::Inside inside(reader, cat(".", to_toml_key(member.key)));
    auto name = parse_variable_name(member.key);
    if (!name) {
      reader.refuse(member.at, name.error());
    } else if (!member.value.is_null() &&
               reader.has_kind(member.value, kString | kInteger, "a string")) {
      const auto* text = member.value.string();
      variables.emplace_back(*std::move(name),
                             text != nullptr ? *text : cat(*member.value.integer()));
    }
  }
  std::ranges::sort(variables);
}

Value Environment::write(const spec::Variables& variables) {
  Value table = Value::table();
  for (const auto& [name, value] : variables) {
    table.members()->push_back({name, value});
  }
  return table;
}

}  // namespace warren::config
