/// The shapes of secrets that mtor knows besides the maintained ones: looser, so that a token of a
/// length that its issuer has changed, or one made up for a test, is taken out too.
enum SecretRules {
  struct Rule: Sendable {
    let name: String
    let prefix: String
    let characters: Characters
    /// How many characters follow the prefix at least.
    let length: Int
  }

  enum Characters: Sendable {
    case upperDigits, alphanumerics, url, base64

    func contains(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "a")...UInt8(ascii: "z"): self != .upperDigits
      case UInt8(ascii: "-"), UInt8(ascii: "_"): self == .url
      case UInt8(ascii: "."): self == .url
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): self == .base64
      default: false
      }
    }
  }

  static let all: [Rule] = [
    Rule(name: "anthropic", prefix: "sk-ant-", characters: .url, length: 16),
    Rule(name: "openai", prefix: "sk-", characters: .url, length: 20),
    Rule(name: "stripe", prefix: "sk_live_", characters: .alphanumerics, length: 16),
    Rule(name: "stripe", prefix: "sk_test_", characters: .alphanumerics, length: 16),
    Rule(name: "stripe", prefix: "rk_live_", characters: .alphanumerics, length: 16),
    Rule(name: "stripe", prefix: "whsec_", characters: .alphanumerics, length: 20),
    Rule(name: "aws", prefix: "AKIA", characters: .upperDigits, length: 16),
    Rule(name: "aws", prefix: "ASIA", characters: .upperDigits, length: 16),
    Rule(name: "github", prefix: "ghp_", characters: .alphanumerics, length: 30),
    Rule(name: "github", prefix: "gho_", characters: .alphanumerics, length: 30),
    Rule(name: "github", prefix: "ghu_", characters: .alphanumerics, length: 30),
    Rule(name: "github", prefix: "ghs_", characters: .alphanumerics, length: 30),
    Rule(name: "github", prefix: "ghr_", characters: .alphanumerics, length: 30),
    Rule(name: "github", prefix: "github_pat_", characters: .url, length: 22),
    Rule(name: "gitlab", prefix: "glpat-", characters: .url, length: 20),
    Rule(name: "google", prefix: "AIza", characters: .url, length: 35),
    Rule(name: "google", prefix: "ya29.", characters: .url, length: 30),
    Rule(name: "google", prefix: "GOCSPX-", characters: .url, length: 20),
    Rule(name: "slack", prefix: "xoxb-", characters: .url, length: 16),
    Rule(name: "slack", prefix: "xoxp-", characters: .url, length: 16),
    Rule(name: "slack", prefix: "xoxa-", characters: .url, length: 16),
    Rule(name: "slack", prefix: "xoxs-", characters: .url, length: 16),
    Rule(name: "slack", prefix: "xapp-", characters: .url, length: 16),
    Rule(name: "npm", prefix: "npm_", characters: .alphanumerics, length: 30),
    Rule(name: "pypi", prefix: "pypi-AgE", characters: .url, length: 30),
    Rule(name: "digitalocean", prefix: "dop_v1_", characters: .alphanumerics, length: 40),
    Rule(name: "sendgrid", prefix: "SG.", characters: .url, length: 40),
    Rule(name: "huggingface", prefix: "hf_", characters: .alphanumerics, length: 30),
    Rule(name: "groq", prefix: "gsk_", characters: .alphanumerics, length: 30),
    Rule(name: "xai", prefix: "xai-", characters: .url, length: 30),
    Rule(name: "replicate", prefix: "r8_", characters: .alphanumerics, length: 30),
    Rule(name: "vault", prefix: "hvs.", characters: .url, length: 24),
    Rule(name: "telegram", prefix: "bot_token=", characters: .url, length: 20),
    Rule(name: "jwt", prefix: "eyJ", characters: .url, length: 40),
    Rule(name: "age", prefix: "AGE-SECRET-KEY-1", characters: .upperDigits, length: 40),
    Rule(name: "docker", prefix: "dckr_pat_", characters: .url, length: 20),
    Rule(name: "linear", prefix: "lin_api_", characters: .alphanumerics, length: 30),
    Rule(name: "shopify", prefix: "shpat_", characters: .alphanumerics, length: 30),
  ]

  /// Words in the name of a variable whose literal value is a secret.
  static let names = [
    "password", "passwd", "secret", "api_key", "apikey", "api-key", "access_key", "accesskey",
    "auth_token", "access_token", "private_key", "client_secret", "bearer",
  ]
}
