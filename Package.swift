// swift-tools-version: 6.2
import Glibc
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
]

/// The release carries Swift's and C++'s libraries in itself, also from a plain
/// 'swift build -c release'. Looking nothing up in C++'s library takes a sixth from the start of `mtor`.
///
/// Packed relocations take most of a megabyte from each process; the loader knows them since glibc 2.36.
let glibc = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
  // "glibc 2.36"
  let size = confstr(Int32(_CS_GNU_LIBC_VERSION), text.baseAddress, text.count)
  let version = size == 0 ? "" : String(cString: text.baseAddress!).dropFirst("glibc ".count)
  return version.split(separator: ".").compactMap { Int($0) }
}
let packs = glibc.count > 1 && (glibc[0], glibc[1]) >= (2, 36)
let release =
  ["-static-stdlib", "-use-ld=lld", "-L\(Context.packageDirectory)/scripts/lib/link"]
  + (packs ? ["-Xlinker", "-z", "-Xlinker", "pack-relative-relocs"] : [])

/// A room of the house: one folder, its imports, and the Debian libraries it links.
///
/// The libraries are linked as archives (`-l:libNAME.a`): nothing is looked up when `mtor`
/// starts, and the executable runs on a machine that lacks them.
func room(_ name: String, _ imports: [String], archives: [String] = []) -> Target {
  .target(
    name: name,
    dependencies: imports.map { .byName(name: $0) },
    swiftSettings: strict,
    linkerSettings: archives.map { .linkedLibrary(":lib\($0).a") })
}

/// The tests beside a room; every one may use what `TestSupport` has.
func tests(_ name: String, _ imports: [String]) -> Target {
  .testTarget(
    name: name, dependencies: (imports + ["TestSupport"]).map { .byName(name: $0) },
    swiftSettings: strict)
}

let package = Package(
  name: "mtor",
  products: [.executable(name: "mtor", targets: ["mtor"])],
  targets: [
    .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CMark", providers: [.apt(["libcmark-dev"])]),
    .systemLibrary(name: "CPCRE2", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CNettle", providers: [.apt(["nettle-dev"])]),
    .target(name: "CMtor"),
    .target(name: "CSchemas", cSettings: [.unsafeFlags(["-std=c23"])]),
    .target(name: "CSecretRules", cSettings: [.unsafeFlags(["-std=c23"])]),

    room("Platform", ["CMtor", "CNettle"], archives: ["nettle"]),
    room("YAMLTree", ["Platform", "CYAML"], archives: ["yaml"]),
    room(
      "Manifests", ["YAMLTree", "Platform", "CMark", "CPCRE2"], archives: ["cmark", "pcre2-8"]),
    room("Planning", ["Manifests", "YAMLTree", "Platform"]),
    room("Events", ["Planning", "Manifests", "YAMLTree", "Platform"]),
    room("Materialising", ["Planning", "YAMLTree", "Platform", "CMtor"]),
    room("Subprocess", ["Platform", "CMtor"]),
    room("Records", ["Events", "Planning", "Platform", "CSQLite"], archives: ["sqlite3"]),
    room("Transport", ["Platform", "CMtor"]),
    room(
      "Repairing",
      [
        "Transport", "Records", "Events", "Planning", "Manifests", "YAMLTree", "Platform",
        "CSecretRules",
      ]),
    room("Reporting", ["Events", "Planning", "Manifests", "YAMLTree", "Platform"]),
    room(
      "Engine",
      [
        "Repairing", "Transport", "Records", "Subprocess", "Materialising", "Events", "Planning",
        "Manifests", "YAMLTree", "Platform",
      ]),
    room(
      "Dispatching",
      [
        "Engine", "Transport", "Reporting", "Records", "Subprocess", "Events", "Planning",
        "Manifests", "YAMLTree", "Platform",
      ]),
    room(
      "Fleet",
      [
        "Dispatching", "Engine", "Repairing", "Reporting", "Subprocess", "Planning", "Manifests",
        "YAMLTree", "Platform",
      ]),
    .executableTarget(
      name: "mtor",
      dependencies: [
        "Fleet", "Dispatching", "Engine", "Repairing", "Transport", "Reporting", "Records",
        "Subprocess", "Materialising",
        "Events", "Planning", "Manifests", "YAMLTree", "Platform", "CSchemas",
      ],
      swiftSettings: strict,
      linkerSettings: [.unsafeFlags(release, .when(configuration: .release))]),

    // Commands that do harm, for the tests of Subprocess: C, so that they do exactly that.
    .executableTarget(name: "hostile", path: "Tests/Hostile"),
    .target(
      name: "TestSupport", dependencies: ["Platform"], path: "Tests/TestSupport",
      swiftSettings: strict),
    // The fault harness: built with the rest, never shipped.
    .target(name: "CFault", path: "Harness/CFault"),
    .executableTarget(
      name: "torture",
      dependencies: [
        "CFault", "Records", "Events", "Materialising", "Planning", "Manifests", "YAMLTree",
        "Platform",
      ], path: "Harness/Torture", swiftSettings: strict),
    // Compares mtor with the tools that people use instead; never shipped.
    .target(name: "CBench", path: "Bench/CBench"),
    .executableTarget(
      name: "bench",
      dependencies: ["CBench", "Records", "Subprocess", "Events", "Planning", "Platform", "CYAML"],
      path: "Bench/Bench", swiftSettings: strict),

    // What scripts/fuzz compiles with libFuzzer, here with every input that was kept.
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "Repairing", "Transport", "Records", "Subprocess", "Materialising", "Events", "Planning",
        "Manifests", "YAMLTree", "Platform",
      ], path: "Fuzz", exclude: ["corpus"], swiftSettings: strict),
    tests("PlatformTests", ["Platform"]),
    tests("YAMLTreeTests", ["YAMLTree", "Platform"]),
    tests("ManifestsTests", ["Manifests", "YAMLTree", "Platform"]),
    tests("PlanningTests", ["Planning", "Manifests", "YAMLTree", "Platform"]),
    tests(
      "MaterialisingTests", ["Materialising", "Planning", "Manifests", "YAMLTree", "Platform"]),
    tests("SubprocessTests", ["Subprocess", "Platform"]),
    tests("RecordsTests", ["Records", "Events", "Planning", "Manifests", "Platform"]),
    tests(
      "ReportingTests", ["Reporting", "Events", "Planning", "Manifests", "YAMLTree", "Platform"]),
    tests("TransportTests", ["Transport", "Platform"]),
    tests(
      "RepairingTests",
      [
        "Repairing", "Transport", "Records", "Events", "Planning", "Manifests", "YAMLTree",
        "Platform",
      ]),
    tests(
      "EngineTests",
      [
        "Engine", "Subprocess", "Materialising", "Planning", "Manifests", "Events", "YAMLTree",
        "Platform",
      ]),
    tests(
      "DispatchingTests",
      ["Dispatching", "Transport", "Records", "Subprocess", "Manifests", "YAMLTree", "Platform"]),
    tests(
      "FleetTests",
      ["Fleet", "Engine", "Subprocess", "Planning", "Manifests", "YAMLTree", "Platform"]),
    tests("CommandLineTests", ["mtor", "Manifests", "Subprocess", "Events", "Platform"]),
  ]
)
