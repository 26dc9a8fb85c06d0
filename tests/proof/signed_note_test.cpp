#include "proof/signed_note.hpp"

#include <gmock/gmock.h>

#include "proof/checkpoint.hpp"

namespace usermeta {
namespace {

using testing::Optional;
using testing::StartsWith;

// The example of C2SP's signed-note.
const std::string kTheirKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string kTheirText = "This is an example message.\n";
const std::string kTheirNote =
    kTheirText +
    "\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72Ine"
    "yaQM=\n";

// What golang.org/x/mod/sumdb/note has made with the key of the bytes 0, 1, 2 ... 31.
const std::string kPem =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
    "-----END PRIVATE KEY-----\n";
const std::string kName = "usermeta.invalid/0123";
const std::string kVerifier = kName + "+02f6c1a5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const std::string kText = kName + "\n1000\nNGxrnLicS3b6ydyyDNqG46AcCldBfBOQKOrNRTj96Vs=\n";
const std::string kNote =
    kText + "\n\u2014 " + kName +
    " AvbBpTE0ixXUPkeGmRzE0eWEQnFoQLNlRyWB6h6uCNpXVshKAR51MHBIwu8CGQwiIy/h2W8PVlaepYebgNZxAsn0owM=\n";

TEST(SignedNote, OpensWhatOthersHaveSigned) {
  const auto key = parse_verifier_key(kTheirKey);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->name, "example.com/foo");
  EXPECT_EQ(to_text(*key), kTheirKey);
  EXPECT_THAT(open_note(kTheirNote, *key), Optional(kTheirText));
}

TEST(SignedNote, SignsAsOthersDo) {
  const SigningKey key = SigningKey::from_pem(kPem);
  EXPECT_EQ(to_text(VerifierKey{kName, key.public_key()}), kVerifier);
  EXPECT_EQ(sign_note(kText, kName, key), kNote);
  EXPECT_EQ(key.to_pem(), kPem);
}

TEST(SignedNote, OfAKeyThatWasMadeNow) {
  const SigningKey key = SigningKey::generate();
  const SigningKey again = SigningKey::from_pem(key.to_pem());
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_NE(SigningKey::generate().public_key(), key.public_key());
  EXPECT_THAT(open_note(sign_note("text\n\nmore\n", "a/b", key), {"a/b", again.public_key()}),
              Optional(std::string("text\n\nmore\n")));
}

TEST(SignedNote, IsRefusedWithAnyOtherByte) {
  const VerifierKey key = *parse_verifier_key(kVerifier);
  ASSERT_TRUE(open_note(kNote, key));
  for (std::size_t at = 0; at < kNote.size(); ++at) {
    std::string changed = kNote;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(open_note(changed, key)) << at << ": " << changed;
    EXPECT_FALSE(open_note(kNote.substr(0, at), key)) << at;
  }
}

TEST(SignedNote, OtherSignaturesArePassedOver) {
  const VerifierKey key = *parse_verifier_key(kVerifier);
  const std::string signatures = kNote.substr(kText.size() + 1);
  const std::string others = kTheirNote.substr(kTheirText.size() + 1);
  EXPECT_THAT(open_note(kText + "\n" + others + signatures, key), Optional(kText));
  EXPECT_FALSE(open_note(kText + "\n" + others, key));
  EXPECT_FALSE(open_note(kNote, *parse_verifier_key(kTheirKey)));
  // The same name, and another key.
  EXPECT_FALSE(open_note(kNote, {kName, SigningKey::generate().public_key()}));
}

TEST(SignedNote, WhatIsNoVerifierKey) {
  EXPECT_EQ(parse_verifier_key(kVerifier)->name, kName);
  for (const char* text : {"", "a", "a+b", "a+b+c", "+02f6c1a5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"})
    EXPECT_FALSE(parse_verifier_key(text)) << text;
  std::string other_id = kVerifier;
  other_id.replace(other_id.find("02f6"), 4, "02f7");
  EXPECT_FALSE(parse_verifier_key(other_id));
  EXPECT_FALSE(parse_verifier_key("x" + kVerifier)) << "the id is of name and key";
}

TEST(SigningKey, WhatIsNoneIsSaid) {
  for (const std::string& pem : {std::string(), std::string("nonsense"), kPem.substr(0, 40)})
    EXPECT_THROW(SigningKey::from_pem(pem), std::runtime_error);
}

TEST(Checkpoint, IsReadAsItIsWritten) {
  const auto checkpoint = parse_checkpoint(kText);
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->origin, kName);
  EXPECT_EQ(checkpoint->size, 1000U);
  EXPECT_EQ(to_text(*checkpoint), kText);
  EXPECT_EQ(parse_checkpoint(kText + "an extension\n"), checkpoint);
  EXPECT_THAT(to_text(Checkpoint{"a", 0, sha256("")}),
              StartsWith("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
}

TEST(Checkpoint, WhatIsNone) {
  const std::string root = "NGxrnLicS3b6ydyyDNqG46AcCldBfBOQKOrNRTj96Vs=\n";
  for (const std::string& text : std::vector<std::string>{
           "", "a\n", "a\n1\n", "a\n1\nNGxr\n", "\n1\n" + root, "a\n01\n" + root, "a\n-1\n" + root,
           "a\n1 \n" + root, "a\n\n" + root, "a\n1\n" + root.substr(0, root.size() - 1),
           "a\n99999999999999999999\n" + root})
    EXPECT_FALSE(parse_checkpoint(text)) << text;
}

}  // namespace
}  // namespace usermeta
