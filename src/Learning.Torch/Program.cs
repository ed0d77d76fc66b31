using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Torch;

// Started by an agent, never by hand: EdgeFlora.Learning.Torch [auto|cuda|mps|cpu]. A word that is no device is refused by the probe.
string device = args.Length > 0 ? args[0] : TorchDevice.Auto;
return WorkerConsole.Serve(() => TorchProbe.Run(device), () => new TorchEngine(TorchDevice.Find(device)));
