// Which changes are made while a container runs.
#include "manager/live.h"

#include <gtest/gtest.h>

#include "manager/update.h"

namespace warren::manager {
namespace {

using config::Effect;

TEST(Live, NeedsTheSchemaAndTheTable) {
  EXPECT_TRUE(is_live({"restart", Effect::Live}));
  EXPECT_TRUE(is_live({"timeoutStopSec", Effect::Live}));
  EXPECT_FALSE(is_live({"restart", Effect::Restart}));
  EXPECT_FALSE(is_live({"restartIfChanged", Effect::Live})) << "a key is no prefix of another";
  EXPECT_FALSE(is_live({"nonesuch", Effect::Live}));
}

TEST(Live, EffectsInWords) {
  EXPECT_EQ(effect_of({"restart", Effect::Live}), "live");
  EXPECT_EQ(effect_of({"nonesuch", Effect::Live}), "restart");
  EXPECT_EQ(effect_of({"hostName", Effect::Restart}), "restart");
  EXPECT_EQ(effect_of({"autoStart", Effect::None}), "");
}

TEST(Live, OneKeyThatNeedsARestartIsEnough) {
  Difference difference = {.keys = {{"restart", Effect::Live}, {"autoStart", Effect::None}}};
  EXPECT_FALSE(difference.needs_restart());
  EXPECT_TRUE(difference.is_live());
  difference.keys.push_back({"hostName", Effect::Restart});
  EXPECT_TRUE(difference.needs_restart());
  EXPECT_TRUE((Difference{.keys = {}, .is_new_image = true}).needs_restart());
}

}  // namespace
}  // namespace warren::manager
