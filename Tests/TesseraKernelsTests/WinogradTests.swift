import CKernels
import Testing

/// The loops of Winograd's algorithms on single tiles, where each channel is a convolution of its own.
@Suite struct WinogradTests {
  static let schemes = [(2, 3), (4, 3), (6, 3), (3, 2), (4, 2)]
  private static let channelCounts = [1, 3, 15, 16, 17, 33]
  /// Of sums of numbers up to 4. It is no fraction of the result: a tile's terms cancel where its pixels are zero.
  private static let tolerance = 2e-4

  private static func tile(_ outputs: Int, _ taps: Int, channels: Int) throws -> WinogradTile {
    let table = tk_best_kernels().pointee
    let all = [table.winograd_2_3, table.winograd_4_3, table.winograd_6_3, table.winograd_3_2, table.winograd_4_2]
    let loops = try #require(all.first { $0.m == outputs && $0.r == taps })
    return WinogradTile(loops: loops, channels: channels)
  }

  @Test(arguments: schemes)
  func aTileIsASmallConvolution(outputs: Int, taps: Int) throws {
    for channels in Self.channelCounts {
      let tile = try Self.tile(outputs, taps, channels: channels)
      let source = tile.picture(side: tile.size)
      let filters = numbers(taps * taps * tile.filterCount, seed: 2)
      let bias = numbers(channels, seed: 3)
      let transformed = tile.filter(filters)
      for inputCut in WinogradTile.Cut.all(side: tile.size) {
        let products = product(tile.input(source, inputCut), transformed, tile)
        for outputCut in WinogradTile.Cut.all(side: outputs) {
          for (bias, relu) in [(nil, false), (bias, false), (nil, true), (bias, true)] {
            // Everything that is no pixel inside keeps what it was.
            var expected = unwritten(tile.pictureLength(side: outputs)).map(Double.init)
            for row in outputCut.rows {
              for column in outputCut.columns {
                for channel in 0..<channels {
                  let sum = convolution(source, filters, inputCut, tile, row, column, channel)
                  let value = sum + (bias.map { Double($0[channel]) } ?? 0)
                  expected[tile.offset(row, column, side: outputs) + channel] = relu ? max(0, value) : value
                }
              }
            }
            let actual = tile.output(products, bias: bias, relu: relu, outputCut)
            #expect(
              largestDifference(actual, expected) <= Self.tolerance,
              "\(channels) channels, input \(inputCut), output \(outputCut), bias \(bias != nil), ReLU \(relu)")
          }
        }
      }
    }
  }

  @Test(arguments: schemes)
  func aTileGivesTheGradientByTheFilter(outputs: Int, taps: Int) throws {
    for channels in Self.channelCounts {
      let tile = try Self.tile(outputs, taps, channels: channels)
      let source = tile.picture(side: tile.size)
      let gradient = tile.picture(side: outputs, seed: 2)
      for inputCut in WinogradTile.Cut.all(side: tile.size) {
        let transformed = tile.input(source, inputCut)
        for outputCut in WinogradTile.Cut.all(side: outputs) {
          var products = [Float](repeating: 0, count: tile.positions * tile.filterStep)
          let other = tile.outputAdjoint(gradient, outputCut)
          for position in 0..<tile.positions {
            for channel in 0..<channels {
              let index = position * tile.positionStep + channel
              products[position * tile.filterStep + channel] = transformed[index] * other[index]
            }
          }
          var expected = unwritten(taps * taps * tile.filterCount).map(Double.init)
          for index in 0..<taps * taps * tile.filterCount {
            let (tap, channel) = index.quotientAndRemainder(dividingBy: tile.filterCount)
            expected[index] = 0
            for row in outputCut.rows where channel < channels {
              for column in outputCut.columns
              where inputCut.contains(row + tap / taps, column + tap % taps) {
                let pixel = tile.offset(row + tap / taps, column + tap % taps, side: tile.size)
                let upper = tile.offset(row, column, side: outputs)
                expected[index] += Double(source[pixel + channel]) * Double(gradient[upper + channel])
              }
            }
          }
          let actual = tile.filterAdjoint(products)
          #expect(
            largestDifference(actual, expected) <= Self.tolerance,
            "\(channels) channels, input \(inputCut), output \(outputCut)")
        }
      }
    }
  }

  @Test(arguments: schemes)
  func aNaNStaysOneBehindReLUAndInItsChannel(outputs: Int, taps: Int) throws {
    for channels in Self.channelCounts {
      let tile = try Self.tile(outputs, taps, channels: channels)
      let whole = WinogradTile.Cut.all(side: outputs)[0]
      var products = numbers(tile.positions * tile.positionStep)
      for position in 0..<tile.positions { products[position * tile.positionStep + channels / 2] = .nan }
      let result = tile.output(products, bias: numbers(channels), relu: true, whole)
      for row in whole.rows {
        for column in whole.columns {
          let pixel = tile.offset(row, column, side: outputs)
          for channel in 0..<channels { #expect(result[pixel + channel].isNaN == (channel == channels / 2)) }
        }
      }
    }
  }

  /// Infinite where just one of two numbers is NaN.
  private func largestDifference(_ actual: [Float], _ expected: [Double]) -> Double {
    var largest = actual.count == expected.count ? 0 : Double.infinity
    for (a, e) in zip(actual, expected) where !(a.isNaN && e.isNaN) {
      let difference = abs(Double(a) - e)
      largest = max(largest, difference.isNaN ? .infinity : difference)
    }
    return largest
  }

  /// Transformed tile times transformed filters, channel by channel.
  private func product(_ transformed: [Float], _ filters: [Float], _ tile: WinogradTile) -> [Float] {
    var products = [Float](repeating: .nan, count: tile.positions * tile.positionStep)
    for position in 0..<tile.positions {
      for channel in 0..<tile.channels {
        let index = position * tile.positionStep + channel
        products[index] = transformed[index] * filters[position * tile.filterStep + channel]
      }
    }
    return products
  }

  private func convolution(
    _ source: [Float], _ filters: [Float], _ cut: WinogradTile.Cut, _ tile: WinogradTile, _ row: Int, _ column: Int,
    _ channel: Int
  ) -> Double {
    var sum = 0.0
    for k in 0..<tile.taps {
      for l in 0..<tile.taps where cut.contains(row + k, column + l) {
        let pixel = tile.offset(row + k, column + l, side: tile.size)
        let weight = filters[(k * tile.taps + l) * tile.filterCount + channel]
        sum += Double(source[pixel + channel]) * Double(weight)
      }
    }
    return sum
  }
}

extension WinogradTile {
  /// Where a pixel's channels start in a picture.
  fileprivate func offset(_ row: Int, _ column: Int, side: Int) -> Int {
    row * rowStep(side: side) + column * pixelStep
  }
}
