import Foundation
import Testing

/// The scripts that shells load. What they complete is seen by the shells themselves where these are installed.
@Suite struct CompletionTests {
  @Test(arguments: [Program.unet, .fcnn, .tessera], ["bash", "zsh", "fish"])
  func everyProgramHasAScriptForEveryShell(program: Program, shell: String) throws {
    try withTemporaryFolder { folder in
      let script = try program.run(["--generate-completion-script", shell], in: folder)
      #expect(script.status == 0 && script.errors.isEmpty && script.output.count > 1000)
      let file = "\(folder)/script"
      try write(script.output, to: file)
      guard let path = Self.find(shell) else { return }
      let process = Process()
      process.executableURL = URL(filePath: path)
      process.arguments = ["-n", file]
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
  }

  /// What bash would show behind these words.
  @Test(
    .enabled(if: CompletionTests.find("bash") != nil),
    arguments: [
      (["tessera", "pre"], ["predict"]), (["tessera", "download", "vgg"], ["vgg16", "vgg16-dense"]),
      (["tessera", "summary", "fcnn"], ["fcnn"]),
      (["tessera", "summary", "segformer-b"], ["segformer-b0", "segformer-b1", "segformer-b2"]),
      (["tessera", "evaluate", "--split", ""], ["training", "validation"]),
      (["tessera", "evaluate", "--checkpoint", ""], ["a.safetensors", "folder"]),
      (["tessera", "evaluate", "--data", ""], ["folder"]), (["tessera", "predict", "--preview", "b"], ["b.png"]),
      (["unet", "--optim"], ["--optimizer"]), (["unet", "--optimizer", ""], ["adam", "adamw", "rmsprop", "sgd"]),
      (["fcnn", "--head", "conv"], ["convolutionalized"]),
    ])
  func bashCompletes(words: [String], expected: [String]) throws {
    try withTemporaryFolder { folder in
      let script = try Program(name: words[0]).run(["--generate-completion-script", "bash"], in: folder)
      try write(script.output, to: "\(folder)/.script")
      for name in ["a.safetensors", "b.png", "folder/c"] { try write("", to: "\(folder)/\(name)") }
      let quoted = words.map { "'\($0)'" }.joined(separator: " ")
      let lines = """
        source .script
        COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); COMP_LINE="${COMP_WORDS[*]}"
        COMP_POINT=${#COMP_LINE}; COMPREPLY=()
        function=$(complete -p \(words[0]) | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        "$function" \(words[0]) "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      try write(lines, to: "\(folder)/.ask")
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(filePath: try #require(Self.find("bash")))
      process.arguments = ["--norc", ".ask"]
      process.currentDirectoryURL = URL(filePath: folder)
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      #expect(Set(text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }) == Set(expected))
    }
  }

  @Test func otherShellsAreRefusedByTheInstaller() throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "scripts/completions.sh")
    let process = Process()
    process.executableURL = script
    process.arguments = ["csh"]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
  }

  private static func find(_ shell: String) -> String? {
    ["/bin/\(shell)", "/usr/bin/\(shell)", "/usr/local/bin/\(shell)", "/opt/homebrew/bin/\(shell)"]
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
