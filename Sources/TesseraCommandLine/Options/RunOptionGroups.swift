import ArgumentParser
import Tessera

/// All options of training a network, under the titles of their sections.
struct RunOptionGroups<Configuration: NetworkConfiguration>: ParsableArguments {
  @OptionGroup(title: RunSection.network.title) private var network: TableOptions<NetworkTable<Configuration>>
  @OptionGroup private var general: TableOptions<GeneralTable>
  @OptionGroup(title: RunSection.recipe.title) private var recipe: TableOptions<RecipeTable>
  @OptionGroup(title: RunSection.memory.title) private var memory: TableOptions<MemoryTable>
  @OptionGroup(title: RunSection.saving.title) private var saving: TableOptions<SavingTable>
  @OptionGroup(title: RunSection.board.title) private var board: TableOptions<BoardTable>

  init() {}

  func validate() throws {
    _ = try configuration(classes: 1)
    try options().check()
  }

  /// What was chosen for the run.
  func options() throws -> TrainingOptions {
    let words = [general.words, recipe.words, memory.words, saving.words, board.words].reduce(network.words) {
      $0.merging($1) { $1 }
    }
    do throws(RunOptionError) {
      var options = try TrainingOptions(words)
      if let backbone = Configuration.backbone, !backbone.isEmpty {
        options.callBackbone(backbone)
        if options.freezesBackbone { options.freeze.append(backbone) }
      }
      return options
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// Whether the size of the pictures is given.
  var saysImageSize: Bool { general.words["image-size"]?.isEmpty == false }

  /// The network that the options ask for.
  ///
  /// - Parameter former: what counts where no option is given: the network of a resumed run. By default the network as
  ///   its paper describes it.
  func configuration(classes: Int, from former: Configuration? = nil) throws -> Configuration {
    try (former?.with(classes: classes) ?? Configuration(classes: classes)).changed(by: network.words)
  }
}

/// The options that a network's configuration lists, and those for the weights that it starts from.
enum NetworkTable<Configuration: NetworkConfiguration>: OptionTable {
  static var declarations: [OptionDeclaration] {
    let usual = Configuration(classes: 1)
    return Configuration.options.map { option in
      // Words are explained, numbers are not.
      let numbers = option.choices.filter { Int($0) != nil }
      return OptionDeclaration(
        option.name, option.option,
        help: numbers.isEmpty ? option.help : "\(option.help) One of \(numbers.joined(separator: ", ")).",
        standard: "\(option.value(usual))", words: option.choices)
    } + RunSection.network.declarations + (Configuration.backbone == nil ? [] : RunSection.backbone.declarations)
  }
}

/// The options of a section of the run's table.
protocol SectionTable: OptionTable { static var section: RunSection { get } }

extension SectionTable { static var declarations: [OptionDeclaration] { section.declarations } }

enum GeneralTable: SectionTable { static let section = RunSection.general }
enum ReadingTable: SectionTable { static let section = RunSection.reading }
enum RecipeTable: SectionTable { static let section = RunSection.recipe }
enum MemoryTable: SectionTable { static let section = RunSection.memory }
enum SavingTable: SectionTable { static let section = RunSection.saving }
enum BoardTable: SectionTable { static let section = RunSection.board }

extension RunSection {
  fileprivate var declarations: [OptionDeclaration] {
    settings.compactMap { setting in
      setting.option.map { option in
        OptionDeclaration(
          setting.optionName, or: setting.otherName, option, help: setting.help,
          standard: option.standard(TrainingOptions()))
      }
    }
  }
}
