# The commands of a working day. The build itself is CMake's: see CMakePresets.json.
PREFIX  ?= /usr/local
DESTDIR ?=
JOBS    ?= $(shell nproc)
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(JOBS)

.PHONY: all deps demo check bench lint install clean help

all:         ## build the static executable build/warren
	@tools/deps.sh build
	@cmake --preset release >/dev/null
	@cmake --build --preset release

deps:        ## install the packages that building and testing need, if some are missing (root)
	@tools/deps.sh build demo test

demo: all    ## declare a BusyBox machine, start it, log in over SSH, remove it (root)
	@tools/deps.sh demo
	@tools/demo.sh

check: deps  ## build everything and run every test (root)
	@tools/check.sh --label-exclude tidy

lint: deps   ## check the rules of the code, with clang-tidy
	@tools/check.sh --label-regex lint

bench: all   ## measure warren beside its peers (root)
	@tools/deps.sh bench
	@/usr/bin/python3 bench/run.py

install: all ## install below PREFIX (/usr/local), in a package's DESTDIR
	@cmake --install build --prefix $(PREFIX) >/dev/null
	@echo "warren is in $(DESTDIR)$(PREFIX)/bin. To start containers with the host: systemctl enable warren.service."
	@echo "To use it as systemd-nspawn: ln -s warren $(DESTDIR)$(PREFIX)/bin/systemd-nspawn"

clean:       ## remove everything that was built
	@rm -rf build build-debug build-sanitize

help:        ## show this list
	@sed -n 's/^\([a-z]*\):[^#]*## /make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
