#include "cli/seen_checkpoint.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>

#include "store/data_directory.hpp"

namespace usermeta {
namespace {

namespace fs = std::filesystem;

fs::path file_in(const fs::path& data) {
  return data / "audit.checkpoint";
}

}  // namespace

std::string SeenCheckpoint::read(const fs::path& data) {
  const fs::path file = file_in(data);
  std::error_code error;
  const bool there = fs::exists(file, error);
  if (!error && !there) return {};
  try {
    std::ifstream stream(file);
    stream.exceptions(std::ios::badbit | std::ios::failbit);
    return {std::istreambuf_iterator<char>(stream), {}};
  } catch (const std::ios::failure&) {
    throw std::runtime_error("the checkpoint that was seen signed, " + file.string() + ", cannot be read");
  }
}

SeenCheckpoint::SeenCheckpoint(const fs::path& data, std::function<void(const std::string&)> on_trouble)
    : file_(file_in(data)), on_trouble_(std::move(on_trouble)) {}

SeenCheckpoint::~SeenCheckpoint() {
  writer_.join();
}

void SeenCheckpoint::keep(const std::string& note) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(waiting_, note)) boost::asio::post(writer_, [this] { write(); });
}

void SeenCheckpoint::write() {
  std::string note;
  {
    const std::lock_guard lock(mutex_);
    note = *std::exchange(waiting_, std::nullopt);
  }
  std::string trouble;
  try {
    replace_file(file_, note, 0644);
  } catch (const std::system_error& error) {
    trouble = std::string("the newest checkpoint cannot be kept in the data directory: ") + error.what();
  }
  if (trouble != trouble_) on_trouble_(trouble);
  trouble_ = trouble;
}

}  // namespace usermeta
