// keyrings(7): keys know no namespaces, so who is put into a container gets a keyring of its own.
#pragma once

namespace warren::launch {

/// A session keyring of this process's own, which its children inherit.
void join_fresh_keyring();

}  // namespace warren::launch
