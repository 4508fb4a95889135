// swift-tools-version: 6.1
import PackageDescription

// A package that uses Tessera. In your own, name the repository instead of the path:
//   .package(url: "https://.../tessera", branch: "main")
let package = Package(
  name: "class-shares",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "tessera", path: "../..")],
  targets: [
    .target(name: "ClassShares", dependencies: [.product(name: "Tessera", package: "tessera")]),
    .executableTarget(name: "class-shares", dependencies: ["ClassShares"]),
    .testTarget(name: "ClassSharesTests", dependencies: ["ClassShares"]),
  ],
  swiftLanguageModes: [.v6]
)
