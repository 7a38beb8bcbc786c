// What went wrong, as data: which operation, on what, why, and what to do about it.
#pragma once

#include <string>
#include <string_view>

namespace warren {

/// A failure. Rendered by message() as
///   [context: ]operation subject: reason[ (hint)]
/// Empty parts are left out.
struct Error {
  int code = 0;           ///< errno of the failed call; 0 when the verdict is warren's own
  std::string operation;  ///< what was tried, for a system call its man page name: "move_mount"
  std::string subject;    ///< what it was tried on, mostly a path
  std::string reason;     ///< why it failed; for a system call the text of `code`
  std::string context;    ///< what it was part of, outermost first: "start web"
  std::string hint;       ///< what the user can do about it

  /// A failed system call; reads errno at once, so call it before anything else.
  [[nodiscard]] static Error sys(std::string_view operation, std::string_view subject = {});

  /// A failed system call whose errno value is at hand.
  [[nodiscard]] static Error from_errno(int code, std::string_view operation,
                                        std::string_view subject = {});

  /// A verdict of warren's own, not the kernel's.
  [[nodiscard]] static Error because(std::string_view operation, std::string_view subject,
                                     std::string_view reason);

  /// The same error inside a larger undertaking. Used at module boundaries only.
  [[nodiscard]] Error with(std::string_view outer) &&;

  /// The same error with advice, unless it has some already.
  [[nodiscard]] Error advise(std::string_view text) &&;

  /// One line without "warren:" in front and without a line end.
  [[nodiscard]] std::string message() const;
};

}  // namespace warren
