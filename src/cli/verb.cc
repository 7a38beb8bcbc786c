#include "cli/verb.h"

#include <unistd.h>

#include <utility>

#include "base/text.h"
#include "cli/report.h"
#include "config/values.h"
#include "kernel/file.h"

namespace warren::cli {

Result<int> print(std::string_view text) {
  TRY(kernel::write_all(STDOUT_FILENO, text, "standard output"));
  return 0;
}

int finish(Result<int> status) {
  if (!status) {
    report(std::move(status).error());
    return kExitFailed;
  }
  return *status;
}

Result<> check_name(const std::string& name) {
  if (auto checked = config::parse_name(name); !checked) {
    checked.error().subject = name;
    return std::move(checked).error();
  }
  return {};
}

Result<> check_names(const std::vector<std::string>& words) {
  if (words.empty()) {
    return Error::because("", "", "the container's name is missing");
  }
  for (const auto& word : words) {
    TRY(check_name(word));
  }
  return {};
}

Result<std::string> only_name(const std::vector<std::string>& words) {
  TRY(check_names(words));
  if (words.size() > 1) {
    return Error::because("", words[1], "there is an argument too many");
  }
  return words.front();
}

}  // namespace warren::cli
