import Tessera
import TesseraCommandLine

// Trains an FCNN (FCN-8s on VGG-16) on ADE20K, on your own folder, or on built-in scenes.
await TesseraProgram.train(FCNN.Configuration.self)
