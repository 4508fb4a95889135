import TesseraCharts

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
      page.add("div", ["class": "command"]) { page in
        let words = command.words.map(\.quotedForShell)
        // Lines break between words only, and what is copied has no line breaks.
        page.add("code", ["data-command": words.joined(separator: " ")]) { page in
          for word in words { page.add("span", text: word) }
        }
        page.add("button", ["type": "button", "aria-label": "Copy the command: \(command.title)"], text: "Copy")
      }
    }
  }
}

extension String {
  /// The word as a shell takes it.
  var quotedForShell: String {
    let isPlain =
      !isEmpty
      && unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            || "-_./=,:+@%".unicodeScalars.contains(scalar))
      }
    return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}
