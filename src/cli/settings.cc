#include "cli/settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "config/ini.h"

namespace warren::cli {
namespace {

using Values = std::vector<std::string>;

// Options that answer one question, which has the name of the first.
constexpr auto kSubjects = std::to_array<std::array<std::string_view, 10>>({
    {"boot", "as-pid2"},
    {"user", "uid"},
    {"capability", "drop-capability", "ambient-capability"},
    {"private-users", "private-users-ownership", "private-users-chown", "U"},
    {"bind", "bind-ro", "inaccessible", "tmpfs", "overlay", "overlay-ro"},
    {"private-network", "network-namespace-path", "network-interface", "network-macvlan",
     "network-ipvlan", "network-veth", "network-veth-extra", "network-bridge", "network-zone"},
    {"link-journal", "j"},
});
constexpr std::string_view kStart = "boot";  // also the command's

std::string subject_of_given(const ParsedOption& option) {
  const auto& row = spawn_options()[option.index];
  const std::string letter(1, row.letter);
  return subject_of(*row.name != '\0' ? row.name : letter.c_str(), option.value);
}

std::size_t index_of(std::string_view option) {
  const auto table = spawn_options();
  const auto at = std::ranges::find_if(
      table, [option](const auto& row) { return row.name != nullptr && row.name == option; });
  return static_cast<std::size_t>(at - table.begin());
}

/// The file's value as values of the option; none where it says no.
Result<Values> values_of(const SettingsKey& key, const std::string& value) {
  if (key.form == KeyForm::Switch) {
    const auto truth = parse_boolean(value);
    return truth ? Result<Values>(*truth ? Values{""} : Values())
                 : Error::because("", "", "it is yes or no");
  }
  if (key.form == KeyForm::Value || key.form == KeyForm::Filter) {
    return Values{value};
  }
  if (key.form == KeyForm::Limit) {
    return Values{cat(key.key.substr(std::string_view("Limit").size()), "=", value)};
  }
  TRY_ASSIGN(auto words, config::split_words(value));
  const auto no_variable = [](const std::string& word) { return !word.contains('='); };
  // Without a value it would be the caller's, which the file's author has no claim to.
  if (key.form == KeyForm::Variables && std::ranges::any_of(words, no_variable)) {
    return Error::because("", "", "it is NAME=VALUE");
  }
  return key.form == KeyForm::List ? Values{join(words, ",")} : words;
}

bool is_privileged(const SettingsKey& key, std::string_view value) {
  return key.trust == KeyTrust::Owner || (key.form == KeyForm::Filter && !value.starts_with('~'));
}

class SettingsReader {
 public:
  SettingsReader(const image::SettingsFile& file, bool trusted) : file_(file), trusted_(trusted) {}

  Result<> take(const config::IniSetting& setting) {
    const auto keys = settings_keys();
    const auto at = std::ranges::find_if(keys, [&setting](const SettingsKey& key) {
      return key.section == setting.section && key.key == setting.key;
    });
    if (at == keys.end()) {
      pass_over_unknown(setting);
      return {};
    }
    if (!trusted_ && is_privileged(*at, setting.value)) {
      if (std::ranges::find(privileged_, setting.key) == privileged_.end()) {
        privileged_.push_back(setting.key);
      }
      return {};
    }
    const std::string origin =
        cat(file_.path, ":", setting.line, ": ", setting.key, "=", setting.value);
    auto values = values_of(*at, setting.value);
    if (!values) {
      return at_origin(origin, std::move(values).error());
    }
    settle_subject(*at, setting.value);
    return add(*at, *std::move(values), origin);
  }

  FileSettings end() {
    if (!unknown_.empty()) {
      const auto more = others_ == 0 ? std::string() : cat(", and ", others_, " more");
      settings_.notices.push_back(printable_line(cat(unknown_, more)));
    }
    if (!privileged_.empty()) {
      settings_.notices.push_back(
          cat(file_.path,
              ": ignored, as the file lies beside the root tree: ", join(privileged_, "=, "),
              "= (move it to /etc/systemd/nspawn, or give --settings=trusted)"));
    }
    return std::move(settings_);
  }

 private:
  void pass_over_unknown(const config::IniSetting& setting) {
    if (setting.section.starts_with("X-") || setting.key.starts_with("X-")) {
      return;  // systemd leaves these to others
    }
    if (!unknown_.empty()) {
      ++others_;
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& key : settings_keys()) {
      names.push_back(key.key);
    }
    const auto close = nearest(setting.key, names);
    unknown_ = cat(file_.path, ":", setting.line, ": ", setting.key, "= in [", setting.section,
                   "] is not known and is ignored",
                   close.empty() || close == setting.key ? std::string()
                                                         : cat(" (did you mean ", close, "=?)"));
  }

  void settle_subject(const SettingsKey& key, std::string_view value) {
    const std::string name = key.form == KeyForm::Parameters ? std::string(kStart)
                             : key.form == KeyForm::Limit
                                 ? subject_of(key.option, key.key.substr(5))
                                 : subject_of(key.option, value);
    auto& subjects = settings_.subjects;
    if (std::ranges::find(subjects, name, &FileSubject::name) == subjects.end()) {
      subjects.push_back({.name = name, .yields = !trusted_ && key.trust != KeyTrust::Anyone});
    }
  }

  Result<> add(const SettingsKey& key, Values values, const std::string& origin) {
    if (key.form == KeyForm::Parameters) {
      std::ranges::move(values, std::back_inserter(settings_.arguments));
      return {};
    }
    const auto index = index_of(key.option);
    auto& options = settings_.options;
    const auto same = [index](const FileOption& one) { return one.option.index == index; };
    if (key.form == KeyForm::Switch) {
      std::erase_if(options, same);  // the last word counts
    }
    const auto earlier = std::ranges::find_if(options, same);
    if (key.form == KeyForm::List && earlier != options.end()) {
      earlier->option.value += cat(",", values[0]);
      return {};
    }
    for (auto& value : values) {
      options.push_back({.option = {.index = index,
                                    .value = std::move(value),
                                    .has_value = key.form != KeyForm::Switch},
                         .origin = origin});
    }
    return check_start(key, origin);
  }

  [[nodiscard]] Result<> check_start(const SettingsKey& key, const std::string& origin) const {
    const auto has = [this](std::string_view option) {
      return std::ranges::any_of(settings_.options, [index = index_of(option)](const auto& one) {
        return one.option.index == index;
      });
    };
    if (subject_of(key.option, "") == kStart && has("boot") && has("as-pid2")) {
      return at_origin(origin, Error::because("", "", "Boot= and ProcessTwo= exclude each other"));
    }
    return {};
  }

  const image::SettingsFile& file_;
  bool trusted_;
  FileSettings settings_;
  std::vector<std::string> privileged_;  ///< keys that were passed over
  std::string unknown_;                  ///< about the first that is not known
  std::size_t others_ = 0;
};

}  // namespace

Error at_origin(const std::string& origin, Error error) {
  error.subject = printable_line(error.subject.empty() ? origin : cat(origin, ": ", error.subject));
  error.reason = printable_line(error.reason);
  error.hint = printable_line(error.hint);
  return error;
}

std::string subject_of(std::string_view option, std::string_view value) {
  for (const auto& group : kSubjects) {
    if (std::ranges::find(group, option) != group.end()) {
      return std::string(group[0]);
    }
  }
  return option == "rlimit" ? cat("rlimit ", value.substr(0, value.find('=')))
                            : std::string(option);
}

Result<FileSettings> read_settings(const image::SettingsFile& file, bool trusted) {
  TRY_ASSIGN(const auto settings, config::parse_ini(file.text, file.path));
  SettingsReader reader(file, trusted);
  for (const auto& setting : settings) {
    TRY(reader.take(setting));
  }
  return reader.end();
}

void settle(SettingsMode mode, ParsedCommandLine& given, FileSettings& file) {
  for (const auto& subject : file.subjects) {
    const std::string& name = subject.name;
    const auto is_about = [&name](const ParsedOption& one) {
      return subject_of_given(one) == name;
    };
    const bool starts = name == kStart;
    const bool is_given =
        std::ranges::any_of(given.options, is_about) || (starts && !given.arguments.empty());
    if (is_given && mode == SettingsMode::Override && !subject.yields) {
      std::erase_if(given.options, is_about);
    } else if (is_given) {
      std::erase_if(file.options, [&](const FileOption& one) { return is_about(one.option); });
    }
    if (is_given && starts) {
      (mode == SettingsMode::Override ? given.arguments : file.arguments).clear();
    }
  }
}

Result<SettingsMode> parse_settings_mode(std::string_view text) {
  if (text == "override" || text == "trusted") {
    return text == "override" ? SettingsMode::Override : SettingsMode::Trusted;
  }
  const auto truth = parse_boolean(text);
  if (!truth) {
    return Error::because("", "", "it is yes or no");
  }
  return *truth ? SettingsMode::Yes : SettingsMode::No;
}

}  // namespace warren::cli
