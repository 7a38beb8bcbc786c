// What the payload can do; its verbs are in payload.cc.
#pragma once

#include <string>

namespace payload {

/// Prints everything about this process, as JSON.
int report();

/// Makes a system call that a filter may refuse; prints the name of its error.
int make_call(const std::string& name);

/// Makes each of these calls, by number, with senseless arguments in a process of its own. Prints
/// a line for each: the number and the name of the error.
int probe_calls(char** numbers);

/// Tries to take each restriction of each mount away, to unmount it and to move it. Prints what it
/// could do.
int attack_mounts();

/// Takes as many "descriptors" or "mounts" as it gets, prints the number and the name of the error
/// that ended it, and holds them.
int drop_bomb(const std::string& kind);

/// Tries to mount a file system of each of these types at /mnt. Prints those that it could.
int mount_types(char** types);

/// Tries a way out of the container, of which `argument` is the goal. Prints its name and "out" or
/// "refused".
int escape(const std::string& way, const std::string& argument);

/// Prints every file below these directories that can be opened to write, but for those of
/// processes: "opens PATH", or "takes PATH" where a write would not be refused as senseless.
int find_writable(char** directories);

/// Answers each datagram to this port with the address that it came from.
int answer_datagrams(int port);

/// Prints what the web server there says about /cgi-bin/who.
int fetch(const std::string& address, int port);

}  // namespace payload
