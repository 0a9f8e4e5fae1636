#pragma once

#include <gtest/gtest.h>

#include "peers.h"

namespace tincan::inline v0::dtls::test {

/// One message each way arrives, and nothing else does.
inline void expectDataFlows(Pair& pair) {
  for (const Role sender : {Role::kClient, Role::kServer}) {
    const Log& heard = pair.logOf(sender == Role::kClient ? Role::kServer : Role::kClient);
    const size_t before = heard.data.size();
    ASSERT_TRUE(pair.of(sender).send(pair.now, asBytes("still here")).ok());
    pair.run(Duration::seconds(1));
    ASSERT_EQ(heard.data.size(), before + 1);
    EXPECT_EQ(asText(heard.data.back()), "still here");
  }
}

}  // namespace tincan::inline v0::dtls::test
