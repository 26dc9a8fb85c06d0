#include "http/client_address.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace usermeta {
namespace {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

std::string address(const std::string& peer, const HeaderFields& fields,
                    const std::vector<std::string>& networks = {"10.0.0.0/8", "fd00::/8"}) {
  HttpRequest request{"GET", "/", {}, {}, peer};
  for (const auto& [name, value] : fields) request.fields.add(name, value);
  return client_address(request, TrustedProxies(networks));
}

TEST(TrustedProxies, AreAddressesAndNetworks) {
  struct Row {
    std::string network, address;
    bool trusted;
  };
  for (const Row& row : {Row{"10.0.0.0/8", "10.255.255.255", true},
                         {"10.0.0.0/8", "11.0.0.0", false},
                         {"10.0.0.0/8", "9.255.255.255", false},
                         {"10.1.2.3/8", "10.9.9.9", true},  // bits past the prefix do not count
                         {"192.168.4.0/22", "192.168.7.255", true},
                         {"192.168.4.0/22", "192.168.8.0", false},
                         {"192.0.2.1", "192.0.2.1", true},
                         {"192.0.2.1", "192.0.2.2", false},
                         {"192.0.2.1/32", "192.0.2.0", false},
                         {"0.0.0.0/0", "203.0.113.9", true},
                         {"0.0.0.0/0", "::1", false},
                         {"::/0", "2001:db8::1", true},
                         {"::/0", "10.0.0.1", false},
                         {"2001:db8::/33", "2001:db8:7fff::1", true},
                         {"2001:db8::/33", "2001:db8:8000::1", false},
                         {"::1", "0:0:0:0:0:0:0:1", true},
                         {"10.0.0.0/8", "::ffff:10.1.2.3", true},
                         {"::ffff:10.1.2.3", "10.1.2.3", true},
                         {"10.0.0.0/8", "", false},
                         {"10.0.0.0/8", "localhost", false},
                         {"10.0.0.0/8", "10.0.0.1:80", false},
                         {"10.0.0.0/8", "10.1", false},
                         {"10.0.0.0/8", std::string("10.0.0.1\0", 9), false}})
    EXPECT_EQ(TrustedProxies({row.network}).trusts(row.address), row.trusted)
        << row.network << " " << row.address;
  EXPECT_FALSE(TrustedProxies().trusts("127.0.0.1"));
  EXPECT_TRUE(TrustedProxies({"192.0.2.1", "10.0.0.0/8"}).trusts("10.0.0.1"));
}

TEST(TrustedProxies, AreRefusedByName) {
  for (const std::string bad : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
                                "10.0.0.0/8x", "10.0.0/8", "::/129", "proxy.example", "10.0.0.0/8/8",
                                "10.0.0.1:80", "[::1]", " 10.0.0.1", "10.0.0.0/4294967304"})
    try {
      const TrustedProxies proxies({"10.0.0.0/8", bad});
      ADD_FAILURE() << bad << " was taken";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()).rfind("--trusted-proxies: " + bad + " is no", 0), 0U)
          << error.what();
    }
}

TEST(ClientAddress, IsThePeersWithoutATrustedProxy) {
  EXPECT_EQ(address("192.0.2.1", {}), "192.0.2.1");
  EXPECT_EQ(address("192.0.2.1", {{"x-forwarded-for", "198.51.100.7"}}), "192.0.2.1");
  EXPECT_EQ(address("192.0.2.1", {{"forwarded", "for=198.51.100.7"}}), "192.0.2.1");
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "198.51.100.7"}}, {}), "10.0.0.1");
  EXPECT_EQ(address("10.0.0.1", {}), "10.0.0.1");
}

TEST(ClientAddress, ComesFromXForwardedFor) {
  struct Row {
    std::string value, client;
  };
  for (const Row& row : {Row{"198.51.100.7", "198.51.100.7"},
                         {"  198.51.100.7\t", "198.51.100.7"},
                         {"198.51.100.7:4711", "198.51.100.7"},
                         {"2001:db8::7", "2001:db8::7"},
                         {"[2001:db8::7]:4711", "2001:db8::7"},
                         {"[2001:db8::7]", "2001:db8::7"},
                         // What the client says of itself stands before what the proxies saw.
                         {"203.0.113.66, 198.51.100.7", "198.51.100.7"},
                         {"203.0.113.66,198.51.100.7 , 10.0.0.9,fd00::2", "198.51.100.7"},
                         {"10.0.0.8, 10.0.0.9", "10.0.0.8"},
                         // What cannot be read ends the chain: the last proxy known before it is meant.
                         {"198.51.100.7, unknown, 10.0.0.9", "10.0.0.9"},
                         {"198.51.100.7, 10.0.0.300", "10.0.0.1"},
                         {"unknown", "10.0.0.1"},
                         {"", "10.0.0.1"},
                         {",,", "10.0.0.1"},
                         {"[", "10.0.0.1"},
                         {"[]", "10.0.0.1"},
                         {"\"", "10.0.0.1"},
                         {"1:2", "10.0.0.1"},
                         {"198.51.100.7 x", "10.0.0.1"}})
    EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", row.value}}), row.client) << row.value;
}

TEST(ClientAddress, CountsRepeatedFieldsAsOneList) {
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "203.0.113.66"},
                                 {"accept", "198.51.100.8"},
                                 {"x-forwarded-for", "198.51.100.7, 10.0.0.9"}}),
            "198.51.100.7");
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "198.51.100.7"}, {"x-forwarded-for", "10.0.0.9"}}),
            "198.51.100.7");
}

TEST(ClientAddress, ComesFromForwarded) {
  struct Row {
    std::string value, client;
  };
  for (const Row& row : {Row{"for=198.51.100.7", "198.51.100.7"},
                         {"For=198.51.100.7", "198.51.100.7"},
                         {"FOR=\"198.51.100.7:4711\"", "198.51.100.7"},
                         {"for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"},
                         {"for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"},
                         {"proto=https;for=198.51.100.7;by=10.0.0.9", "198.51.100.7"},
                         {"by=10.0.0.9 ; for=198.51.100.7 ; host=a.example", "198.51.100.7"},
                         {"for=203.0.113.66, for=198.51.100.7;proto=http, for=10.0.0.9", "198.51.100.7"},
                         {"for=198.51.100.7, for=unknown", "10.0.0.1"},
                         {"for=198.51.100.7, for=\"_hidden\", for=10.0.0.9", "10.0.0.9"},
                         {"for=198.51.100.7, proto=https", "10.0.0.1"},
                         {"198.51.100.7", "10.0.0.1"},
                         {"for", "10.0.0.1"},
                         {"for=", "10.0.0.1"},
                         {"for=\"", "10.0.0.1"},
                         {";;", "10.0.0.1"},
                         {"", "10.0.0.1"}})
    EXPECT_EQ(address("10.0.0.1", {{"forwarded", row.value}}), row.client) << row.value;
}

TEST(ClientAddress, TakesTheStandardFieldBeforeTheOther) {
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "203.0.113.66"}, {"forwarded", "for=198.51.100.7"}}),
            "198.51.100.7");
}

TEST(ClientAddress, WorksBehindAnIpv6Proxy) {
  EXPECT_EQ(address("fd00::1", {{"x-forwarded-for", "198.51.100.7"}}), "198.51.100.7");
  EXPECT_EQ(address("::ffff:10.0.0.1", {{"x-forwarded-for", "198.51.100.7"}}), "198.51.100.7");
}

}  // namespace
}  // namespace usermeta
