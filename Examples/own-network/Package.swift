// swift-tools-version: 6.1
import PackageDescription

// A program with its own network and Tessera's whole command line for it. In your own repository, name Tessera's
// instead of the path:
//   .package(url: "https://.../tessera", branch: "main")
let package = Package(
  name: "own-network",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "tessera", path: "../..")],
  targets: [
    .executableTarget(
      name: "own-network",
      dependencies: [
        .product(name: "Tessera", package: "tessera"), .product(name: "TesseraCommandLine", package: "tessera"),
      ]),
    .testTarget(name: "OwnNetworkTests", dependencies: ["own-network", .product(name: "Tessera", package: "tessera")]),
  ],
  swiftLanguageModes: [.v6]
)
