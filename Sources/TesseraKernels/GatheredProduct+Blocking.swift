extension GatheredProduct {
  /// How the work is cut, by shape only.
  struct Blocking {
    let rows: Int
    let rowBlocks: Int
    let panels: Int
    let panelBlocks: Int
    let taps: Int

    /// Terms that are summed at once: of so many, a block's rows and a panel stay in a core's cache.
    static let innerAtOnce = 512
    /// Channels of a tap: of so many, a panel stays in a core's nearest cache from one row to the next.
    static let tapChannelsAtOnce = 256

    init(pixels: Int, channels: Int, taps: Int, panels all: Int, isGathered: Bool) {
      self.taps = max(1, min(taps, Self.innerAtOnce / max(1, channels)))
      let inner = isGathered ? self.taps * channels : min(channels, Self.innerAtOnce)
      // Each panel is read once for all rows of a block: they are many, but no more than 256 KB.
      let most = max(126, min(504, (1 << 16) / max(1, inner)))
      // Enough tasks for many cores, and for two that none waits long for the last one; but none so little that handing
      // it out costs more. Few pixels (deep layers) are cut down to four tiles of rows, then the outputs are cut, too;
      // what is gathered is gathered for each cut.
      // What weights of few rows cost is to read them.
      let products = max(pixels, 14) * max(1, taps * channels) * PackedTaps.panel * all
      let tasks = max(1, min(32, products >> 18))
      var rowBlocks = max((pixels + most - 1) / most, min(tasks, pixels / 56))
      let cuts = max(1, tasks / rowBlocks)
      self.panels = min(all, max(isGathered ? 4 : 1, (all + cuts - 1) / cuts))
      panelBlocks = (all + self.panels - 1) / self.panels
      // A few tasks of odd number leave one of two threads waiting: rather let both read all weights.
      if rowBlocks == 1 && tasks > 1 && panelBlocks < 12 && panelBlocks % 2 == 1 && pixels >= 28 { rowBlocks = 2 }
      self.rowBlocks = rowBlocks
      rows = (pixels + rowBlocks - 1) / rowBlocks
    }
  }
}
