#include "base/error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace warren {

Error Error::sys(std::string_view operation, std::string_view subject) {
  return from_errno(errno, operation, subject);
}

Error Error::from_errno(int code, std::string_view operation, std::string_view subject) {
  const char* text = strerrordesc_np(code);
  return {.code = code,
          .operation = std::string(operation),
          .subject = std::string(subject),
          .reason = text != nullptr ? text : "error " + std::to_string(code),
          .context = {},
          .hint = {}};
}

Error Error::because(std::string_view operation, std::string_view subject,
                     std::string_view reason) {
  return {.code = 0,
          .operation = std::string(operation),
          .subject = std::string(subject),
          .reason = std::string(reason),
          .context = {},
          .hint = {}};
}

Error Error::with(std::string_view outer) && {
  context = context.empty() ? std::string(outer) : std::string(outer) + ": " + context;
  return std::move(*this);
}

Error Error::advise(std::string_view text) && {
  if (hint.empty()) {
    hint = text;
  }
  return std::move(*this);
}

std::string Error::message() const {
  std::string line = context;
  const auto append = [&line](std::string_view part, std::string_view separator) {
    if (part.empty()) {
      return;
    }
    if (!line.empty()) {
      line += separator;
    }
    line += part;
  };
  append(operation, ": ");
  append(subject, operation.empty() ? ": " : " ");
  append(reason, ": ");
  if (!hint.empty()) {
    line += " (" + hint + ")";
  }
  return line;
}

}  // namespace warren
