#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "store/writer.hpp"

namespace usermeta {

namespace asio = boost::asio;

// On the strand, where nothing has to be atomic for it.
asio::awaitable<Writer::Figures> Writer::figures() {
  // Named: g++ 12 destroys a closure twice that is a temporary of a co_await (GCC bug 107288).
  const auto look = [this]() -> asio::awaitable<Figures> {
    Figures figures{handler_.figures(), observed_};
    figures.commands.since.refused += refused_;
    co_return figures;
  };
  const Figures figures = co_await asio::co_spawn(strand_, look, asio::use_awaitable);
  co_return figures;
}

}  // namespace usermeta
