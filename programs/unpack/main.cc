// unpack: the helper that reads archives which strangers made. warren starts it twice, as a
// pipeline, each in namespaces of its own:
//   unpack digest   copies standard input to standard output, and writes its SHA-256 to fd 3
//   unpack extract  unpacks standard input into the tree whose mount is fd 3, with the ids of the
//                   user namespace that is fd 4
// Standard error has one message a line: "status …", "warning …", "error …".
#include <clocale>
#include <string_view>

#include "base/result.h"
#include "programs/unpack/digest.h"
#include "programs/unpack/extract.h"
#include "programs/unpack/message.h"
#include "programs/unpack/sandbox.h"

namespace {

using namespace warren;

constexpr int kDigest = 3;
constexpr int kTree = 3;
constexpr int kUsers = 4;

Result<> extract() {
  TRY(unpack::lock_up(kTree, kUsers));
  return unpack::extract();
}

}  // namespace

int main(int count, char** words) {
  // Names in archives are UTF-8, or bytes that stay as they are.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  const std::string_view verb = count == 2 ? words[1] : "";
  Result<> done = Error::because("unpack", verb, "it is warren's to start");
  if (verb == "digest") {
    done = unpack::digest(kDigest);
  } else if (verb == "extract") {
    done = extract();
  }
  if (!done) {
    unpack::say("error", done.error().message());
    return 1;
  }
  return 0;
}
