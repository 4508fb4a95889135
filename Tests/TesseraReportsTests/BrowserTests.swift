import Foundation
import TesseraReports
import Testing

/// Pages in headless Chromium, where it is installed.
@Suite struct BrowserTests {
  private typealias Run = ReportedRun

  static let chromium: String? = ["chromium", "chromium-browser", "google-chrome"]
    .flatMap { name in ["/usr/bin/\(name)", "/usr/local/bin/\(name)"] }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Runs the browser to its end, at the most a minute, and returns what it printed.
  private func browse(_ arguments: [String], in folder: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.chromium))
    process.arguments =
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
        "--user-data-dir=\(folder)/profile",
      ] + arguments
    let output = URL(filePath: folder + "/output")
    try Data().write(to: output)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let start = ContinuousClock.now
    while process.isRunning && start.duration(to: .now) < .seconds(60) { Thread.sleep(forTimeInterval: 0.05) }
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    return try String(contentsOf: output, encoding: .utf8)
  }

  private func page(in folder: String) throws -> String {
    let run = try Run(in: folder + "/run", classes: ["<sky>", "road", "a class with a rather long name"])
    try run.start()
    for epoch in 1...3 {
      let pictures = (0..<3).map {
        (name: "picture \($0)", truth: Run.split(32) as [UInt16], prediction: Run.split(20 + 5 * $0) as [Int32])
      }
      try run.epoch(epoch, loss: 3 - Float(epoch), pictures)
    }
    try run.end()
    return try run.page
  }

  /// What a visitor would see and do, in a frame of 360 pixels; the answers become the page's only text.
  private static let visit = #"""
    addEventListener('load', function () {
      var answers = { errors: errors, frame: innerWidth };
      var root = document.documentElement;
      answers.overflow = root.scrollWidth - root.clientWidth;
      var slider = document.querySelector('.compare input'), truth = document.querySelector('.compare .truth');
      var before = getComputedStyle(truth).clipPath;
      slider.value = 80;
      slider.dispatchEvent(new Event('input'));
      answers.clip = before + ' then ' + getComputedStyle(truth).clipPath;
      var heading = Array.from(document.querySelectorAll('th button')).find(function (b) { return b.textContent === 'IoU'; });
      heading.click();
      heading.click();
      answers.sorted = Array.from(heading.closest('table').tBodies[0].rows).map(function (row) {
        return row.cells[0].textContent.trim();
      });
      var chart = document.querySelector('.chart svg[tabindex]');
      chart.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
      answers.values = document.querySelector('.tip').textContent;
      answers.background = getComputedStyle(document.body).backgroundColor;
      answers.images = Array.from(document.images).every(function (image) { return image.naturalWidth === 8; });
      document.body.textContent = JSON.stringify(answers);
    });
    """#

  @Test(.enabled("Chromium is not installed", { chromium != nil }))
  func aPageWorksInABrowser() throws {
    try withTemporaryFolder { folder in
      let page = try page(in: folder)
      let errors =
        "<script>var errors = []; addEventListener('error', function (e) { errors.push(e.message); });</script>"
      let watched = page.replacing("<head>", with: "<head>" + errors)
        .replacing("</body>", with: "<script>/*<![CDATA[*/\(Self.visit)/*]]>*/</script></body>")
      try Data(watched.utf8).write(to: URL(filePath: folder + "/watched.html"))
      // A window cannot be as narrow as a telephone, a frame can.
      let frame =
        #"<body style="margin:0"><iframe src="watched.html" width="360" height="800" style="border:0"></iframe>"#
        + "<script>onload = function () { document.body.textContent = frames[0].document.body.textContent; }</script>"
      try Data(frame.utf8).write(to: URL(filePath: folder + "/frame.html"))
      let output = try browse(
        [
          "--dump-dom", "--allow-file-access-from-files", "--blink-settings=preferredColorScheme=0",
          "--virtual-time-budget=5000", "file://\(folder)/frame.html",
        ], in: folder)
      let json = try #require(output.firstMatch(of: /\{"errors".*\}/), "\(output.prefix(500))").output
      let object = try JSONSerialization.jsonObject(
        with: Data(json.replacing("&lt;", with: "<").replacing("&gt;", with: ">").utf8))
      let answers = try #require(object as? [String: Any])
      #expect((answers["errors"] as? [String])?.isEmpty == true, "\(answers)")
      #expect(answers["frame"] as? Int == 360 && answers["overflow"] as? Int == 0)
      #expect(answers["clip"] as? String == "inset(0px 50% 0px 0px) then inset(0px 20% 0px 0px)")
      #expect(answers["sorted"] as? [String] == ["<sky>", "road"])
      #expect(answers["values"] as? String == "epoch 3training 0validation 0.25")
      #expect(answers["background"] as? String == "rgb(13, 17, 23)")
      #expect(answers["images"] as? Bool == true)
    }
  }

  @Test(.enabled("Chromium is not installed", { chromium != nil }))
  func aPageCanBePrinted() throws {
    try withTemporaryFolder { folder in
      _ = try page(in: folder)
      _ = try browse(["--print-to-pdf=\(folder)/page.pdf", "file://\(folder)/run/report.html"], in: folder)
      let pdf = try String(decoding: Data(contentsOf: URL(filePath: folder + "/page.pdf")), as: UTF8.self)
      #expect(pdf.hasPrefix("%PDF-"))
      #expect((2...8).contains(pdf.matches(of: /\/Type \/Page\b/).count))
    }
  }
}
