import TesseraCharts
import TesseraInspection

/// What to type to resume a run, to repeat it, and to use what it learned, as far as the run says how it was started.
struct CommandSection {
  private let commands: [(title: String, words: [String])]

  private static let run = ["swift", "run", "-c", "release"]

  init(_ run: RunRecord) {
    let folder = run.options.values["output"] ?? run.path
    let best = "\(folder)/checkpoints/best.safetensors"
    var commands: [(title: String, words: [String])] = []
    if let program = run.options.model, let arguments = run.options.arguments {
      let isDone = run.options.count("epochs").map { run.epochs.count >= $0 } ?? false
      commands.append(
        (
          isDone ? "Train longer" : "Resume",
          Self.run + [program, "--resume", "--output", folder]
            + (isDone ? ["--epochs", "\(2 * run.epochs.count)"] : [])
        ))
      commands.append(("Repeat", Self.run + [program] + arguments))
    }
    // Built-in scenes are in no folder.
    if let data = run.options.values["data"], data != "built-in scenes" {
      commands.append(
        ("Evaluate", Self.run + ["tessera", "evaluate", "--checkpoint", best, "--data", data]))
    }
    commands.append(
      ("Predict", Self.run + ["tessera", "predict", "--checkpoint", best, "picture.jpg", "--output", "masks"]))
    commands.append(("Rewrite this page", Self.run + ["tessera", "report", folder]))
    self.commands = commands
  }

  func add(to page: inout MarkupWriter) {
    for command in commands {
      page.add("h3", ["class": "command-title"], text: command.title)
      page.addCommand(command.words.map(\.quotedForShell), called: command.title)
    }
  }
}

extension MarkupWriter {
  /// Adds a command that can be copied.
  ///
  /// - Parameters:
  ///   - words: as a shell takes them.
  ///   - title: what it does.
  mutating func addCommand(_ words: [String], called title: String) {
    add("div", ["class": "command"]) { page in
      // Lines break between words only, and what is copied has no line breaks of the page.
      page.add("code", ["data-command": words.joined(separator: " ")]) { page in
        for word in words { page.add("span", text: word) }
      }
      page.add("button", ["type": "button", "aria-label": "Copy the command: \(title)"], text: "Copy")
    }
  }
}
