// swift-tools-version: 6.1
import PackageDescription

// A service with a page, on Tessera and Hummingbird. In your own repository, name Tessera's instead of the path:
//   .package(url: "https://.../tessera", branch: "main")
let package = Package(
  name: "server",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "SegmentationServer", targets: ["SegmentationServer"]),
    .executable(name: "tessera-server", targets: ["tessera-server"]),
  ],
  traits: [
    .trait(name: "TIFF", description: "Takes TIFF pictures; needs libtiff."),
    .trait(name: "WebP", description: "Takes WebP pictures; needs libwebp."),
  ],
  dependencies: [
    .package(
      name: "tessera", path: "../..",
      traits: [
        .trait(name: "TIFF", condition: .when(traits: ["TIFF"])),
        .trait(name: "WebP", condition: .when(traits: ["WebP"])),
      ]),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.25.0", traits: []),
    // What Hummingbird's interfaces are made of.
    .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.0.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    .target(
      name: "SegmentationServer",
      dependencies: [
        .product(name: "Tessera", package: "tessera"), .product(name: "TesseraONNXImport", package: "tessera"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [
        .embedInCode("Resources/openapi.json"), .embedInCode("Resources/page.html"),
        .embedInCode("Resources/page.css"), .embedInCode("Resources/page.js"),
      ]),
    .executableTarget(
      name: "tessera-server",
      dependencies: ["SegmentationServer", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    .testTarget(
      name: "SegmentationServerTests",
      dependencies: [
        "SegmentationServer", "tessera-server", .product(name: "Tessera", package: "tessera"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
