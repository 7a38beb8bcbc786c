# Run in the tests' host before its systemd starts: what an administrator did before the last
# shutdown.
set -e
