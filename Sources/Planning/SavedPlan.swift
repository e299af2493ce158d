import Platform

/// A plan as a file: everything that an apply needs, and what the tree must be.
public struct SavedPlan: Sendable {
  /// The format's version, the only one that is read.
  public static let version = 1

  /// The folder that the plan was made for.
  public struct Root: Sendable, Hashable {
    /// Absolute.
    public var path: String
    public var device: UInt64
    public var inode: UInt64

    public init(path: String, device: UInt64, inode: UInt64) {
      self.path = path
      self.device = device
      self.inode = inode
    }
  }

  public var root: Root
  /// The plans of a run's manifests, in order.
  public var plans: [Plan]

  public init(root: Root, plans: [Plan]) {
    self.root = root
    self.plans = plans
  }
}

/// Why a text is no saved plan.
public struct SavedPlanError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One sentence, safe to print.
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}

extension SavedPlan {
  /// True if a text begins as a saved plan does, and not as a manifest.
  public static func looksLikeOne(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(64).starts(with: "{\"mtor_plan\":".utf8)
  }

  /// The plan as one line of JSON with a digest over it. It holds contents and values of
  /// parameters: the file's mode should be 0600.
  public func encoded() -> [UInt8] {
    var encoder = PlanEncoder()
    let plans = plans.map { encoder.plan($0) }
    let body: JSON = [
      "root": [
        "path": .string(root.path), "device": .string(String(root.device)),
        "inode": .string(String(root.inode)),
      ],
      "plans": .array(plans),
      "contents": .object(encoder.contents),
    ]
    let whole: JSON = [
      "mtor_plan": .integer(Self.version),
      "sha256": .string(Digest(of: body.bytes()).hex),
      "plan": body,
    ]
    return whole.bytes() + [0x0A]
  }

  /// Reads a plan; refuses another version, a changed text and whatever does not fit.
  public init(decoding bytes: [UInt8]) throws(SavedPlanError) {
    let json: JSON
    do {
      json = try JSON(parsing: bytes)
    } catch {
      throw SavedPlanError("the plan is damaged: \(error)")
    }
    guard let version = json["mtor_plan"]?.integer else {
      throw SavedPlanError("this is no saved plan")
    }
    guard version == Self.version else {
      throw SavedPlanError("the plan has version \(version); this mtor reads \(Self.version)")
    }
    guard let body = json["plan"], let digest = json["sha256"]?.string,
      Digest(hex: digest) == Digest(of: body.bytes())
    else { throw SavedPlanError("the plan was changed or damaged: its digest does not fit") }
    let fields = JSONFields(body, "plan")
    let root = try fields.fields("root")
    let decoder = try PlanDecoder(contents: fields.list("contents", asMembers: true))
    self.init(
      root: Root(
        path: try root.string("path"), device: try root.unsigned("device"),
        inode: try root.unsigned("inode")),
      plans: try fields.each("plans") { plan throws(SavedPlanError) in try decoder.plan(plan) })
  }
}
