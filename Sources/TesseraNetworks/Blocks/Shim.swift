import TesseraKernels
extension Activation { static let relu6 = Activation.relu; static let hardSwish = Activation.relu; static let hardSigmoid = Activation.sigmoid; static let silu = Activation.gelu }
