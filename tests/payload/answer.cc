// A server that says who it is that asks, and a client that asks such a one.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

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

int fetch(const std::string& address, int port) {
  constexpr timeval kPatience = {.tv_sec = 1, .tv_usec = 0};
  const bool six = address.find(':') != std::string::npos;
  sockaddr_in6 there6 = {};
  there6.sin6_family = AF_INET6;
  there6.sin6_port = htons(static_cast<std::uint16_t>(port));
  sockaddr_in there4 = {};
  there4.sin_family = AF_INET;
  there4.sin_port = there6.sin6_port;
  const int client = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
  setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (inet_pton(six ? AF_INET6 : AF_INET, address.c_str(),
                six ? static_cast<void*>(&there6.sin6_addr) : &there4.sin_addr) != 1 ||
      connect(client,
              six ? reinterpret_cast<sockaddr*>(&there6) : reinterpret_cast<sockaddr*>(&there4),
              six ? sizeof there6 : sizeof there4) < 0) {
    return 1;
  }
  constexpr char kQuestion[] = "GET /cgi-bin/who HTTP/1.0\r\n\r\n";
  send(client, kQuestion, sizeof kQuestion - 1, 0);
  std::string answer;
  char part[1000];
  for (ssize_t size = 0; (size = recv(client, part, sizeof part, 0)) > 0;) {
    answer.append(part, static_cast<std::size_t>(size));
  }
  const auto body = answer.find("\r\n\r\n");
  if (body == std::string::npos) {
    return 1;
  }
  fputs(answer.substr(body + 4).c_str(), stdout);
  return 0;
}

}  // namespace payload
