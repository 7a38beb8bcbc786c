#include "base/error.h"

#include <gmock/gmock.h>

#include <cerrno>

#include "base/result.h"
#include "base/undo.h"
#include "base/unique_fd.h"

namespace warren {
namespace {

TEST(Error, MessageHasAllParts) {
  auto error =
      Error::from_errno(ENOENT, "open", "/x").with("bind /x").with("start web").advise("create it");
  EXPECT_EQ(error.message(), "start web: bind /x: open /x: No such file or directory (create it)");
  EXPECT_EQ(error.code, ENOENT);
}

TEST(Error, EmptyPartsAreLeftOut) {
  EXPECT_EQ(Error::from_errno(EPERM, "unshare").message(), "unshare: Operation not permitted");
  EXPECT_EQ(Error::because("", "--bind", "no value").message(), "--bind: no value");
  EXPECT_EQ(Error::because("", "", "no value").message(), "no value");
  EXPECT_EQ(Error::because("", "", "").message(), "");
}

TEST(Error, FirstAdviceStays) {
  EXPECT_EQ(Error::because("", "", "x").advise("a").advise("b").message(), "x (a)");
}

TEST(Error, UnknownNumbersAreShown) {
  EXPECT_EQ(Error::from_errno(9999, "f").message(), "f: error 9999");
}

Result<int> half(int number) {
  if (number % 2 != 0) {
    return Error::because("half", "", "odd");
  }
  return number / 2;
}

Result<int> quarter(int number) {
  TRY_ASSIGN(const int once, half(number));
  TRY_ASSIGN(const int twice, half(once));
  return twice;
}

TEST(Result, TryAssignPassesValuesAndErrorsOn) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().reason, "odd");
  EXPECT_EQ(quarter(6).value_or(-1), -1);
}

TEST(Result, ConvertsToItsValue) {
  const Result<std::string> text = "literal";
  EXPECT_EQ(*text, "literal");
  const Result<bool> truth = true;
  EXPECT_TRUE(truth.has_value());
}

TEST(Undo, RunsBackwardsUnlessDismissed) {
  std::string order;
  {
    Undo undo;
    undo.add([&] { order += "a"; });
    undo.add([&] { order += "b"; });
  }
  EXPECT_EQ(order, "ba");
  {
    Undo undo;
    undo.add([&] { order += "c"; });
    undo.dismiss();
  }
  EXPECT_EQ(order, "ba");
}

TEST(Undo, MovesItsSteps) {
  int runs = 0;
  {
    Undo first;
    first.add([&] { ++runs; });
    const Undo second = std::move(first);
    EXPECT_EQ(runs, 0);
  }
  EXPECT_EQ(runs, 1);
}

TEST(UniqueFd, ClosesOnce) {
  int pair[2];
  ASSERT_EQ(pipe(pair), 0);
  {
    UniqueFd first(pair[0]);
    UniqueFd second = std::move(first);
    EXPECT_FALSE(first.valid());
    EXPECT_EQ(second.get(), pair[0]);
  }
  EXPECT_EQ(close(pair[0]), -1);
  UniqueFd third(pair[1]);
  EXPECT_EQ(third.release(), pair[1]);
  EXPECT_EQ(close(pair[1]), 0);
}

}  // namespace
}  // namespace warren
