using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Remote;

/// <summary>An engine whose steps wait until a test lets them go on, and whose measuring ends only by cancellation.</summary>
internal sealed class HeldEngine : IEngine
{
    private readonly TaskCompletionSource released = new();

    public string Name => "held";

    public string Device => "test";

    public long MemoryBytes => 0;

    /// <summary>Completes when a step or a measurement has begun.</summary>
    public TaskCompletionSource Busy { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => released.TrySetResult();

    public IFineTuning Start(
        BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan) =>
        new Held(this, adapter);

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan) =>
        throw new InvalidOperationException("No test holds a language model.");

    private sealed class Held(HeldEngine engine, LoraAdapter adapter) : IFineTuning
    {
        public int Step { get; private set; }

        public long TrainedTokens => 0;

        public long PeakBytes => 0;

        public double TrainStep()
        {
            engine.Busy.TrySetResult();
            engine.released.Task.Wait(CancellationToken.None);
            return ++Step;
        }

        public ClassificationMetrics Evaluate(IReadOnlyList<Example> examples, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public float[][] Predict(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
        {
            engine.Busy.TrySetResult();
            cancellationToken.WaitHandle.WaitOne();
            throw new OperationCanceledException(cancellationToken);
        }

        public LoraAdapter Snapshot() => adapter;

        public void Save(Stream checkpoint) => throw new NotSupportedException("This engine saves nothing.");

        public void Restore(Stream checkpoint) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
