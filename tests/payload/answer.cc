// Answers of a server: who it is that asks.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "payload.h"

namespace payload {

int answer_datagrams(int port) {
  const int server = socket(AF_INET6, SOCK_DGRAM, 0);
  sockaddr_in6 here = {};
  here.sin6_family = AF_INET6;
  here.sin6_port = htons(static_cast<std::uint16_t>(port));
  if (server < 0 || bind(server, reinterpret_cast<sockaddr*>(&here), sizeof here) < 0) {
    return 1;
  }
  while (true) {
    char question[100];
    sockaddr_in6 from = {};
    socklen_t length = sizeof from;
    if (recvfrom(server, question, sizeof question, 0, reinterpret_cast<sockaddr*>(&from),
                 &length) < 0) {
      return 1;
    }
    char name[INET6_ADDRSTRLEN] = {};
    inet_ntop(AF_INET6, &from.sin6_addr, name, sizeof name);
    sendto(server, name, strlen(name), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
}

}  // namespace payload
