import TesseraKernels

/// The errors of one class, sorted from the largest on: by radix, since millions are sorted in a step.
struct SortedErrors {
  /// 22 bits of an error, which single precision does not exceed near 1, then where its probability is, and whether the
  /// pixel is of the class.
  private var records, spare: UnsafeMutablePointer<UInt64>
  private var count = 0

  private static let digitBits = 11
  private static let mostDigits = 1 << digitBits
  private static let steps = Float(1 << (2 * digitBits))
  private static let keyShift = UInt64(64 - 2 * digitBits)

  init(in scratch: UnsafeMutablePointer<Float>, roomFor rows: Int) {
    let memory = UnsafeMutableRawPointer(scratch).bindMemory(to: UInt64.self, capacity: 2 * rows)
    (records, spare) = (memory, memory + rows)
  }

  private static func step(_ error: Float) -> UInt64 { UInt64(max(0, min(error * steps, steps - 1))) }

  /// The least probability of a pixel of another class whose error is not in a smaller step than this one's.
  static func bound(_ error: Float) -> Float { max(1, Float(step(error))) / steps }

  private static func record(_ error: Float, at place: Int, isOwn: Bool) -> UInt64 {
    // The more an error is, the smaller is its key.
    (UInt64(steps) - 1 - step(error)) << keyShift | UInt64(place) << 1 | (isOwn ? 1 : 0)
  }

  private static func place(_ record: UInt64) -> Int { Int(record >> 1 & (1 << (keyShift - 1) - 1)) }

  /// Takes the pixels that can have a slope, in their order: those of the class, and others that reach a bound.
  ///
  /// - Parameters:
  ///   - ownRows: the rows of the class, in order.
  ///   - owns: `[rows]`: the probabilities of labels.
  ///   - others: `[places, tile's rows]`: the class's probabilities in some tiles.
  ///   - bound: above 0.
  ///   - places: the class's, in order.
  ///   - tiles: those of all places.
  ///   - tiling: which rows they have.
  mutating func take(
    _ ownRows: ArraySlice<Int32>, _ owns: UnsafePointer<Float>, others: UnsafePointer<Float>, reaching bound: Float,
    at places: ArraySlice<Int32>, _ tiles: [Int32], _ tiling: RowTiles
  ) {
    var next = ownRows.startIndex
    func takeOwn(before end: Int) {
      while next < ownRows.endIndex, ownRows[next] < end {
        let row = Int(ownRows[next])
        records[count] = Self.record(1 - owns[row], at: row, isOwn: true)
        (count, next) = (count + 1, next + 1)
      }
    }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: tiling.height) { reaching in
      for place in places {
        let (rows, first) = (tiling.rows(ofTile: Int(tiles[Int(place)])), Int(place) * tiling.height)
        // Written in any case: a branch would be guessed wrong too often. Rows that are not counted have 0.
        var found = 0
        for offset in 0..<rows.count {
          reaching[found] = offset
          found += others[first + offset] >= bound ? 1 : 0
        }
        for offset in reaching[..<found] {
          takeOwn(before: rows.lowerBound + offset)
          if next < ownRows.endIndex && ownRows[next] == rows.lowerBound + offset { continue }
          records[count] = Self.record(others[first + offset], at: first + offset, isOwn: false)
          count += 1
        }
      }
    }
    takeOwn(before: tiling.rows)
  }

  mutating func sort() {
    for shift in [Self.keyShift, Self.keyShift + UInt64(Self.digitBits)] {
      withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.mostDigits) { starts in
        starts.update(repeating: 0)
        let mask = UInt64(Self.mostDigits - 1)
        for place in 0..<count { starts[Int(records[place] >> shift & mask)] += 1 }
        var sum = 0
        for digit in starts.indices { (starts[digit], sum) = (sum, sum + starts[digit]) }
        for place in 0..<count {
          let digit = Int(records[place] >> shift & mask)
          spare[starts[digit]] = records[place]
          starts[digit] += 1
        }
      }
      swap(&records, &spare)
    }
  }

  /// Gives the pixels of the class their slopes, and replaces the others' probabilities by the slopes with respect to
  /// them: 0 for those that were not taken.
  ///
  /// - Parameters:
  ///   - ownCount: the pixels of the class.
  ///   - owns: `[rows]`: the probabilities of labels.
  ///   - ownSlopes: `[rows]`.
  ///   - others: `[places, height]`.
  ///   - places: the class's.
  ///   - height: the rows of a tile.
  ///   - factor: what the slopes are multiplied by.
  /// - Returns: the loss of the class.
  func replace(
    ownCount: Int, _ owns: UnsafePointer<Float>, _ ownSlopes: UnsafeMutablePointer<Float>,
    _ others: UnsafeMutablePointer<Float>, at places: ArraySlice<Int32>, height: Int, times factor: Double
  ) -> Double {
    var (loss, left, union, inverse) = (0.0, Double(ownCount), Double(ownCount), 1 / Double(ownCount))
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, count)) { slopes in
      for index in 0..<count {
        let place = Self.place(records[index])
        if records[index] & 1 == 1 {
          // The intersection loses a pixel.
          left -= 1
          loss += Double(1 - owns[place]) * inverse
          ownSlopes[place] = Float(-factor * inverse)
        } else {
          // The union gains one.
          union += 1
          let slope = left * (inverse - 1 / union)
          inverse = 1 / union
          loss += Double(others[place]) * slope
          slopes[index] = Float(factor * slope)
        }
      }
      for place in places { (others + Int(place) * height).update(repeating: 0, count: height) }
      for index in 0..<count where records[index] & 1 == 0 { others[Self.place(records[index])] = slopes[index] }
    }
    return loss
  }
}
