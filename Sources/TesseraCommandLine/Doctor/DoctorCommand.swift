import ArgumentParser
import Foundation
import Tessera
import TesseraFiles
import TesseraInspection
import TesseraReports
import TesseraTerminal

/// Everything in a data set that would spoil a training, before one is begun.
struct DoctorCommand: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "doctor",
      abstract: "Look for everything in a data set that would spoil a training, and say what to do.",
      discussion: """
        The exit code is 0 if there are no errors and no warnings, and 1 otherwise. What is looked for:

        \(DataCheck.all.map { "\($0.name): \($0.purpose)" }.joined(separator: "\n"))
        """)
  }

  @Argument(help: ArgumentHelp("The data set's folder.", valueName: "dir"), completion: .directory)
  var data: String

  @OptionGroup var reading: DataOptions

  @Option(help: ArgumentHelp("The mask value that is not a class, or 'none'. Default: the layout's.", valueName: "n"))
  var void: VoidChoice?

  @Option(
    help: ArgumentHelp("The size that training will scale pictures to, such as 128 or 480x360.", valueName: "size"))
  var imageSize: ImageSize = 128

  @Option(help: ArgumentHelp("Chooses the held-out tenth of a flat folder.", valueName: "n"))
  var seed: UInt64 = 1234

  @Option(help: ArgumentHelp("Threads. Default: all processors that it may use.", valueName: "n"))
  var threads: Int?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp("Write a page with pictures of what was found.", valueName: "file.html"),
    completion: .file(extensions: ["html"]))
  var page: String?

  @Option(
    help: ArgumentHelp(
      "Write lists into this folder: training.txt and validation.txt name the pictures without faults, and each check's "
        + "list the files that it names.", valueName: "dir"),
    completion: .directory)
  var lists: String?

  func validate() throws {
    try requireOption("--threads", threads ?? 1, in: 1...1024)
    if let lists, FileKind(of: lists).map({ $0 != .folder }) == true {
      throw ValidationError("--lists names a folder, and \(lists) is a file")
    }
    if let page, !page.hasSuffix(".html") { throw ValidationError("--page must end in .html; got \(page)") }
  }

  func run() throws {
    let context = ComputeContext.current
    let inspection = try ComputeContext.$current.withValue(threads.map { context.with(threads: $0) } ?? context) {
      try inspect()
    }
    let report = DoctorReport(inspection, name: URL(fileURLWithPath: data).standardizedFileURL.lastPathComponent)
    var written: [String] = []
    if let page {
      try writeOutputFile(DataPage(of: inspection, title: report.name, facts: report.description).html, to: page)
      written.append(page)
    }
    if let lists {
      for (name, text) in inspection.lists.sorted(by: { $0.key < $1.key }) {
        try writeOutputFile(text, to: "\(lists)/\(name)")
      }
      written.append(lists)
    }
    print(json ? try report.json : report.text)
    if !json { for path in written { print(Terminal.standardOutput.shown("wrote \(path)")) } }
    if inspection.count(.error) + inspection.count(.warning) > 0 { throw ExitCode.failure }
  }

  private func inspect() throws -> DataInspection {
    let options = try reading.options()
    var given = reading.given
    if let void { given.append(("--void", void.word)) }
    if seed != 1234 { given.append(("--seed", "\(seed)")) }
    if imageSize != 128 { given.append(("--image-size", imageSize.text)) }
    let invocation = DataInvocation(
      program: URL(fileURLWithPath: CommandLine.arguments[0]).lastPathComponent,
      network: NetworkCatalog.current.names.first ?? "", data: data, options: given, lists: lists)
    var line: (verb: String, line: CountingLine)?
    return try DataInspection(
      invocation, and: options.addData, seed: seed, imageSize: imageSize,
      progress: { verb, done, all in
        if line?.verb != verb { line = (verb, CountingLine(verb, of: all)) }
        line?.line.show(done)
      }
    ) { unnamed, surveyor in
      try DatasetFolder.open(data, options, void: void ?? .layoutDefault, surveyor: surveyor, unnamed: unnamed)
    }
  }
}
