// warren: runs Linux system containers.
#include "cli/main.h"

#include <cstdlib>
#include <string>
#include <vector>

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + (count > 0 ? 1 : 0), words + count);
  return warren::cli::run(count > 0 ? words[0] : "warren", arguments);
}
