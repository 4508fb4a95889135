import Foundation
import Testing

/// What the documents promise: their program is the one that is built, links and paths lead somewhere, options exist.
@Suite struct ReadmeTests {
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let documents: [String] = {
    let pages = (try? FileManager.default.contentsOfDirectory(atPath: package.appending(path: "docs").path)) ?? []
    return ["README.md", "Benchmarks/README.md"] + pages.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
  }()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.package.appending(path: path), encoding: .utf8)
  }

  private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

  @Test func theShownProgramIsTheOneThatIsBuilt() throws {
    let programs = Markdown(try text("README.md")).blocks.filter { $0.language == "swift" }
    #expect(programs.map(\.text) == [try text("Examples/readme/main.swift")])
  }

  @Test func theShownProgramLearnsAndDraws() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program(name: "ReadmeExample").run([], in: folder)
      let losses = outcome.output.matches(of: #/loss ([0-9.]+)/#).compactMap { Float($0.1) }
      #expect(outcome.status == 0 && losses.count == 5 && losses[4] < losses[0], "\(outcome.errors)")
      #expect(FileManager.default.fileExists(atPath: folder + "/overlay.png"))
    }
  }

  @Test(arguments: documents) func relativeLinksAndImagesLeadToFiles(document: String) throws {
    let folder = Self.package.appending(path: document).deletingLastPathComponent()
    for link in try text(document).matches(of: #/\]\(([^)\s#]+)[^)]*\)/#) where !link.1.contains("://") {
      #expect(exists(folder.appending(path: String(link.1))), "\(document) links to \(link.1)")
    }
  }

  @Test(arguments: documents) func mentionedPathsExist(document: String) throws {
    let path = #/(?:^|[^\w/.-])((?:Sources|Tests|Examples|Benchmarks|docs|scripts)/[\w./+-]*\w)/#
    for mention in try text(document).matches(of: path.anchorsMatchLineEndings()) {
      #expect(exists(Self.package.appending(path: String(mention.1))), "\(document) mentions \(mention.1)")
    }
  }

  @Test func shownCommandsHaveTheirOptions() throws {
    let name = #/(scripts/train\.sh|(?:swift run -c release|\.build/release/)\s*(unet|fcnn|tessera))\b/#
    var shown = 0
    for line in Markdown(try text("README.md")).code {
      guard let match = line.firstMatch(of: name) else { continue }
      let (program, rest) = (match.2.map(String.init) ?? "unet", line[match.range.upperBound...])
      let words = rest.split(separator: " ").map(String.init)
      let tool = program == "tessera" ? Array(words.prefix(words.first == "train" ? 2 : 1)) : []
      let known = try help(of: program, tool)
      for option in options(in: String(rest)) {
        #expect(known.contains(option), "\(line): \(program) has no \(option)")
        shown += 1
      }
    }
    #expect(shown >= 5, "the commands were not found")
  }

  @Test func optionsInProseBelongToAProgram() throws {
    var known = try help(of: "unet", []).union(help(of: "fcnn", []))
    for tool in ["summary", "download", "evaluate", "predict", "export", "compare", "bench"] {
      try known.formUnion(help(of: "tessera", [tool]))
    }
    let mentioned = Markdown(try text("README.md")).code.filter { $0.hasPrefix("--") }.flatMap(options)
    #expect(!mentioned.isEmpty)
    for option in mentioned { #expect(known.contains(option), "no program has \(option)") }
  }

  private func options(in text: String) -> [String] {
    text.matches(of: #/(?:^|[\s(\[|])(--[a-z][a-z-]*)/#).map { String($0.1) }
  }

  private func help(of program: String, _ tool: [String]) throws -> Set<String> {
    try withTemporaryFolder { folder in
      Set(options(in: try Program(name: program).run(tool + ["--help"], in: folder).output))
    }
  }
}
