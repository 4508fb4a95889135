// swift-tools-version: 6.1
import PackageDescription

let tessera = Target.Dependency.product(name: "Tessera", package: "tessera")

let package = Package(
  name: "tessera-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "tessera", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.0", traits: []),
  ],
  targets: [
    .target(name: "RecordedNetworks", dependencies: [tessera]),
    .executableTarget(
      name: "Kernels",
      dependencies: ["RecordedNetworks", tessera, .product(name: "Benchmark", package: "benchmark")],
      path: "Benchmarks/Kernels",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    .executableTarget(name: "ConvolutionTimes", dependencies: ["RecordedNetworks", tessera]),
  ],
  swiftLanguageModes: [.v6]
)
