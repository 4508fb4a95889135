// swift-tools-version: 6.1
import PackageDescription

// Modules from the bottom up; a module imports lower ones only (docs/architecture.md).
let package = Package(
  name: "tessera",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Tessera", targets: ["Tessera"]),
    .library(name: "TesseraPretrained", targets: ["TesseraPretrained"]),
    .library(name: "TesseraTensorBoard", targets: ["TesseraTensorBoard"]),
    .library(name: "TesseraONNX", targets: ["TesseraONNX"]),
    .library(name: "TesseraONNXImport", targets: ["TesseraONNXImport"]),
    .library(name: "TesseraReports", targets: ["TesseraReports"]),
    .library(name: "TesseraDownloads", targets: ["TesseraDownloads"]),
    .library(name: "TesseraCommandLine", targets: ["TesseraCommandLine"]),
    // Empty without the trait MPI.
    .library(name: "TesseraMPI", targets: ["TesseraMPI"]),
    // For other languages: Sources/CTessera/tessera.h. In the archive of scripts/package.sh it is libtessera.
    .library(name: "TesseraC", type: .dynamic, targets: ["TesseraC"]),
    .executable(name: "unet", targets: ["UNetExample"]),
    .executable(name: "fcnn", targets: ["FCNNExample"]),
    .executable(name: "tessera", targets: ["TesseraTool"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Training in several processes (mpirun); needs Open MPI: scripts/setup.sh --mpi."),
    .trait(name: "TIFF", description: "TIFF pictures and masks; needs libtiff: scripts/setup.sh --tiff."),
    .trait(name: "WebP", description: "WebP pictures; needs libwebp: scripts/setup.sh --webp."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.30.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.7.0"),
  ],
  targets: [
    // Level 0: system libraries and C.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(name: "CZLIB", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
    .systemLibrary(name: "CCURL", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
    .systemLibrary(
      name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"]), .brew(["libtiff"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
    // Without their traits, TIFF's and WebP's files are empty.
    .target(
      name: "CImageCodecs",
      dependencies: [
        "CPNG", "CJPEG", "CZLIB", .target(name: "CTIFF", condition: .when(traits: ["TIFF"])),
        .target(name: "CWebP", condition: .when(traits: ["WebP"])),
      ],
      cSettings: [
        .define("TESSERA_TIFF", .when(traits: ["TIFF"])), .define("TESSERA_WEBP", .when(traits: ["WebP"])),
      ]),
    .target(name: "CKernels"),
    .target(name: "CHDF5Reader", dependencies: ["CHDF5"]),
    // Empty without the trait: nobody else needs MPI's headers.
    .target(
      name: "CMessages", dependencies: [.target(name: "COpenMPI", condition: .when(traits: ["MPI"]))],
      cSettings: [.define("TESSERA_MPI", .when(traits: ["MPI"]))]),

    .target(name: "TesseraFiles", dependencies: [.product(name: "SystemPackage", package: "swift-system")]),

    // Level 1 and up: Swift.
    .target(name: "TesseraTensors", dependencies: ["CZLIB", "TesseraFiles"]),
    .target(name: "TesseraTerminal", dependencies: ["TesseraFiles"]),
    .target(name: "TesseraKernels", dependencies: ["TesseraTensors", "COpenBLAS", "CKernels"]),
    .target(name: "TesseraImaging", dependencies: ["TesseraTensors", "TesseraFiles", "CImageCodecs"]),
    .target(name: "TesseraPictures", dependencies: ["TesseraImaging"]),
    .target(name: "TesseraHDF5", dependencies: ["TesseraTensors", "TesseraFiles", "CHDF5Reader"]),
    .target(name: "TesseraArchives", dependencies: ["TesseraTensors", "TesseraFiles", "CArchive"]),
    .target(
      name: "TesseraDownloads",
      dependencies: ["TesseraImaging", "TesseraArchives", "TesseraTerminal", "CCURL", "CLibCrypto"]),
    .target(name: "TesseraAutograd", dependencies: ["TesseraKernels"]),
    .target(name: "TesseraDatasets", dependencies: ["TesseraImaging", "TesseraFiles"]),
    .target(name: "TesseraScenes", dependencies: ["TesseraDatasets"]),
    .target(name: "TesseraInspection", dependencies: ["TesseraDatasets"]),
    .target(name: "TesseraLayers", dependencies: ["TesseraAutograd"]),
    .target(name: "TesseraOptimizers", dependencies: ["TesseraLayers"]),
    .target(name: "TesseraCheckpoints", dependencies: ["TesseraLayers", "TesseraFiles"]),
    .target(
      name: "TesseraNetworks", dependencies: ["TesseraLayers", "TesseraImaging", "TesseraCheckpoints", "TesseraFiles"]),
    .target(name: "TesseraSegmentation", dependencies: ["TesseraNetworks", "TesseraPictures"]),
    .target(
      name: "TesseraPretrained",
      dependencies: ["TesseraNetworks", "TesseraCheckpoints", "TesseraHDF5", "TesseraArchives"]),
    .target(
      name: "TesseraTraining",
      dependencies: [
        "TesseraSegmentation", "TesseraOptimizers", "TesseraCheckpoints", "TesseraDatasets", "TesseraPictures",
        "TesseraTerminal",
      ]),
    .target(
      name: "TesseraTensorBoard",
      dependencies: ["TesseraTraining", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    .target(
      name: "TesseraONNX",
      dependencies: ["TesseraSegmentation", "TesseraFiles", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    .target(
      name: "TesseraONNXImport",
      dependencies: [
        "TesseraONNX", "TesseraNetworks", "TesseraFiles",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .target(
      name: "TesseraMPI",
      dependencies: ["TesseraTraining", .target(name: "CMessages", condition: .when(traits: ["MPI"]))]),
    .target(name: "TesseraCharts", dependencies: ["TesseraTerminal"]),
    .target(
      name: "TesseraReports", dependencies: ["TesseraTraining", "TesseraInspection", "TesseraCharts"],
      resources: [.embedInCode("Pages/Assets/page.css"), .embedInCode("Pages/Assets/page.js")]),
    .target(name: "Tessera", dependencies: ["TesseraTraining", "TesseraScenes"]),
    // The header alone.
    .systemLibrary(name: "CTessera"),
    .target(name: "TesseraC", dependencies: ["CTessera", "TesseraSegmentation", "TesseraONNXImport"]),

    // Programs.
    .target(
      name: "TesseraCommandLine",
      dependencies: [
        "Tessera", "TesseraInspection", "TesseraReports", "TesseraTensorBoard", "TesseraONNX", "TesseraONNXImport", "TesseraPretrained",
        "TesseraTerminal",
        "TesseraDownloads",
        .target(name: "TesseraMPI", condition: .when(traits: ["MPI"])),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "UNetExample", dependencies: ["TesseraCommandLine"], path: "Examples/unet"),
    .executableTarget(name: "FCNNExample", dependencies: ["TesseraCommandLine"], path: "Examples/fcnn"),
    .executableTarget(name: "ReadmeExample", dependencies: ["Tessera"], path: "Examples/readme"),
    .executableTarget(name: "OwnAugmentationExample", dependencies: ["Tessera"], path: "Examples/own-augmentation"),
    .executableTarget(name: "TutorialFirstTraining", dependencies: ["Tessera"], path: "Examples/tutorial/first-training"),
    .executableTarget(name: "TutorialOwnData", dependencies: ["Tessera"], path: "Examples/tutorial/own-data"),
    .executableTarget(name: "TutorialOwnNetwork", dependencies: ["Tessera"], path: "Examples/tutorial/own-network"),
    .executableTarget(name: "TutorialOwnLoss", dependencies: ["Tessera"], path: "Examples/tutorial/own-loss"),
    .executableTarget(
      name: "TutorialReadingAReport", dependencies: ["Tessera", "TesseraReports"], path: "Examples/tutorial/reading-a-report"),
    .executableTarget(
      name: "TutorialResumingARun", dependencies: ["Tessera", "TesseraCommandLine"], path: "Examples/tutorial/resuming-a-run"),
    .executableTarget(name: "TesseraTool", dependencies: ["TesseraCommandLine"]),

    // Tests: one target per module.
    .target(name: "TestSupport", dependencies: ["TesseraAutograd", "TesseraImaging", "CZLIB"], path: "Tests/TestSupport"),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)

// For scripts/docs.sh alone, so that no package that depends on this one resolves it.
if Context.environment["TESSERA_DOCUMENTATION"] != nil {
  package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}

let tested = [
  "TesseraFiles", "TesseraTensors", "TesseraTerminal", "TesseraArchives", "TesseraHDF5", "TesseraDownloads", "TesseraKernels",
  "TesseraImaging", "TesseraPictures", "TesseraAutograd", "TesseraDatasets", "TesseraInspection", "TesseraScenes", "TesseraLayers",
  "TesseraOptimizers", "TesseraCheckpoints", "TesseraNetworks", "TesseraSegmentation", "TesseraPretrained", "TesseraTraining",
  "TesseraTensorBoard", "TesseraONNX", "TesseraONNXImport", "TesseraCharts", "TesseraReports", "TesseraCommandLine",
  "TesseraC",
]
// Golden files are read by path, and are no resources of the tests.
let withGoldenFiles: Set = [
  "TesseraKernels", "TesseraImaging", "TesseraOptimizers", "TesseraCheckpoints", "TesseraHDF5", "TesseraPretrained",
  "TesseraCommandLine", "TesseraDatasets", "TesseraONNXImport",
]
let furtherDependencies: [String: [Target.Dependency]] = [
  // Its tests call the C functions of every instruction set.
  "TesseraKernels": ["CKernels"],
  "TesseraLayers": ["TesseraCheckpoints"],
  "TesseraOptimizers": ["TesseraCheckpoints"],
  "TesseraNetworks": ["TesseraOptimizers", "TesseraSegmentation"],
  "TesseraSegmentation": ["TesseraOptimizers", "TesseraScenes"],
  "TesseraDatasets": ["TesseraScenes", "TesseraNetworks"],
  "TesseraTraining": ["TesseraScenes"],
  "TesseraInspection": ["TesseraScenes"],
  "TesseraReports": ["TesseraScenes"],
  // What was written is decoded.
  "TesseraTensorBoard": ["TesseraScenes", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
  "TesseraONNX": [.product(name: "SwiftProtobuf", package: "swift-protobuf"), "TesseraOptimizers"],
  "TesseraONNXImport": ["TesseraONNX", "TesseraOptimizers", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
  // The programs are run by their tests.
  "TesseraCommandLine": [
    "UNetExample", "FCNNExample", "TesseraTool", "ReadmeExample", "TutorialFirstTraining", "TutorialOwnData",
    "TutorialOwnNetwork", "TutorialOwnLoss", "TutorialReadingAReport", "TutorialResumingARun",
    "OwnAugmentationExample", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
  ],
]
for module in tested {
  package.targets.append(
    .testTarget(
      name: "\(module)Tests",
      dependencies: [.target(name: module), "TestSupport"] + furtherDependencies[module, default: []],
      exclude: withGoldenFiles.contains(module) ? ["Golden"] : []))
}
