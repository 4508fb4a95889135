import Tessera
import TesseraCommandLine

// Trains a U-Net on ADE20K, on your own folder, or on built-in scenes.
await TesseraProgram.train(UNet.Configuration.self)
