using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>A fine-tuning that can be thrown away and begun again, when a damaged checkpoint may have spoilt it.</summary>
internal sealed class FineTuningSession(Func<ITraining> start) : IDisposable
{
    public ITraining Tuning { get; private set; } = start();

    public void StartAnew()
    {
        Tuning.Dispose();
        Tuning = start();
    }

    public void Dispose() => Tuning.Dispose();
}
