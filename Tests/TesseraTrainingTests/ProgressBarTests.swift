import TesseraTerminal
import TesseraTraining
import Testing

@Suite struct ProgressBarTests {
  private final class Screen {
    var text = ""
  }

  private func step(_ step: Int, loss: Float, accuracy: Float, seconds: Double) -> StepReport {
    StepReport(
      epoch: 1, step: step, stepInEpoch: step, loss: loss, accuracy: accuracy, learningRate: 0.001, images: 5,
      seconds: seconds, dataSeconds: 0.125)
  }

  /// Two of four steps and the end of the first of three epochs.
  private func show(isTerminal: Bool) -> String {
    let screen = Screen()
    let bar = ProgressBar(terminal: Terminal(canRedraw: isTerminal)) { screen.text += $0 }
    bar.trainingStarts(TrainingPlan(epochs: 3, stepsPerEpoch: 4))
    bar.stepEnded(step(1, loss: 2, accuracy: 0.25, seconds: 10))
    bar.stepEnded(step(2, loss: 1, accuracy: 0.5, seconds: 20))
    bar.epochEnded(epochReport(1, right: true, seconds: 3725), model: tinyNetwork())
    bar.epochEnded(epochReport(2), model: tinyNetwork())
    return screen.text
  }

  static let first =
    "epoch 1/3  loss 1.250  accuracy 50.0 %  validation loss 1.500  accuracy 25.0 %  mIoU 0.500  0.3 img/s  1:02:05"
  static let second = "epoch 2/3  loss 1.250  accuracy 50.0 %  0.3 img/s  0:01:05"

  @Test func outsideATerminalThereIsALineAnEpoch() {
    #expect(show(isTerminal: false) == "\(Self.first)\n\(Self.second)\n")
  }

  @Test func onATerminalALineMovesAndLaterTextCoversIt() {
    let steps = [
      "epoch 1/3  [====>               ]  1/4  loss 2.000  accuracy 25.0 %  0.5 img/s  data 0.12 s  left 0:01:50",
      "epoch 1/3  [=========>          ]  2/4  loss 1.500  accuracy 37.5 %  0.2 img/s  data 0.12 s  left 0:03:20",
    ]
    #expect(
      show(isTerminal: true)
        == "\r\(steps[0])\r\(steps[1])\r\(Self.first)\n\r\(Self.second)\n")
  }

  @Test func aShorterLineWipesTheLongerOneBelow() {
    let screen = Screen()
    let bar = ProgressBar(terminal: Terminal(canRedraw: true)) { screen.text += $0 }
    bar.trainingStarts(TrainingPlan(epochs: 3, stepsPerEpoch: 4))
    bar.stepEnded(step(1, loss: 2, accuracy: 0.25, seconds: 10))
    let length = screen.text.count - 1
    screen.text = ""
    bar.trainingInterrupted(step: 1)
    let line = "interrupted after step 1"
    #expect(screen.text == "\r" + line + String(repeating: " ", count: length - line.count) + "\n")
  }

  @Test func aBarThatGoesAwayInALineEndsIt() {
    let screen = Screen()
    do {
      let bar = ProgressBar(terminal: Terminal(canRedraw: true)) { screen.text += $0 }
      bar.trainingStarts(TrainingPlan(epochs: 1, stepsPerEpoch: 4))
      bar.stepEnded(step(1, loss: 2, accuracy: 0.25, seconds: 10))
    }
    #expect(screen.text.hasSuffix("left 0:00:30\n"))
    #expect(screen.text.count { $0 == "\n" } == 1)
  }

  @Test(arguments: [
    (200, "[=========>          ]  2/4  loss 1.500  accuracy 37.5 %  0.2 img/s  data 0.12 s  left 0:03:20"),
    (100, "[====>     ]  2/4  loss 1.500  accuracy 37.5 %  0.2 img/s  data 0.12 s  left 0:03:20"),
    (80, "[====>     ]  2/4  loss 1.500  accuracy 37.5 %  left 0:03:20"),
    (60, "2/4  loss 1.500  accuracy 37.5 %  left 0:03:20"), (40, "2/4  loss 1.500"), (18, "2/4"), (10, ""),
  ])
  func narrowTerminalsSeeWhatMattersMost(width: Int, rest: String) {
    let screen = Screen()
    let bar = ProgressBar(terminal: Terminal(canRedraw: true, width: width)) { screen.text += $0 }
    bar.trainingStarts(TrainingPlan(epochs: 3, stepsPerEpoch: 4))
    bar.stepEnded(step(1, loss: 2, accuracy: 0.25, seconds: 10))
    bar.stepEnded(step(2, loss: 1, accuracy: 0.5, seconds: 20))
    let line = screen.text.split(separator: "\r").last ?? ""
    #expect(line == (rest.isEmpty ? "epoch 1/3" : "epoch 1/3  \(rest)"))
    #expect(line.count < width)
  }

  @Test func interruptionIsSaidOutsideATerminalToo() {
    let screen = Screen()
    let bar = ProgressBar(terminal: Terminal(canRedraw: false)) { screen.text += $0 }
    bar.trainingInterrupted(step: 42)
    #expect(screen.text == "interrupted after step 42\n")
  }
}
