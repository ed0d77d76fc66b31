using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Torch;
using EdgeFlora.Learning.Training;

return WorkerConsole.Serve(() => TorchProbe.Run(), () => throw new EngineUnavailableException(TorchProbe.Run().Detail));
