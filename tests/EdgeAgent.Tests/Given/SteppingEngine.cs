using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>
/// An engine whose every step adds to each weight a number that follows from seed, step and the weight's place; and which a test can hold at a
/// step.
/// </summary>
internal sealed class SteppingEngine : IEngine
{
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "stepping";

    public string Device => "test";

    public long MemoryBytes => 1 << 30;

    /// <summary>Before this step (from 0) training waits, until <see cref="Release"/>.</summary>
    public int HoldAt { get; init; } = int.MaxValue;

    /// <summary>At this step training diverges.</summary>
    public int DivergeAt { get; init; } = int.MaxValue;

    /// <summary>At this step the engine's process is lost, <see cref="Losses"/> times.</summary>
    public int LoseAt { get; init; } = int.MaxValue;

    public int Losses { get; set; }

    /// <summary>Whether measuring never ends by itself.</summary>
    public bool MeasuresUntilCancelled { get; init; }

    /// <summary>Loss that measuring a language model gives; null: one that falls from step to step.</summary>
    public double? MeasuredLoss { get; init; }

    /// <summary>Accuracy that measuring an adapter gives, with label counts of one wrong example; null: one that grows from step to step.</summary>
    public Func<LoraAdapter, double>? AccuracyOf { get; init; }

    /// <summary>Whether it trains what the plan freezes, too.</summary>
    public bool IgnoresFrozen { get; init; }

    /// <summary>Completes when training has come to <see cref="HoldAt"/>.</summary>
    public TaskCompletionSource Holding { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What each training was started with.</summary>
    public List<(BaseModel Model, LoraAdapter Adapter, TrainingPlan Plan)> Starts { get; } = [];

    /// <summary>Steps done by all trainings of this engine.</summary>
    public int StepsDone { get; private set; }

    /// <summary>How often something was measured.</summary>
    public int Measured { get; private set; }

    public void Release() => released.TrySetResult();

    /// <summary>What each language model was to be trained on.</summary>
    public List<IReadOnlyList<LanguageSequence>> Texts { get; } = [];

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
    {
        Texts.Add(training);
        Starts.Add((model, adapter.Clone(), plan));
        return new Stepping(this, adapter.Clone(), plan);
    }

    public IFineTuning Start(BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan)
    {
        Starts.Add((model, adapter.Clone(), plan));
        return new Stepping(this, adapter.Clone(), plan);
    }

    private sealed class Stepping(SteppingEngine engine, LoraAdapter adapter, TrainingPlan plan) : IFineTuning, ILanguageTuning
    {
        public int Step { get; private set; }

        public long PeakBytes => 1 << 20;

        public long TrainedTokens { get; private set; }

        public double TrainStep()
        {
            if (Step == engine.HoldAt)
            {
                engine.Holding.TrySetResult();
                engine.released.Task.Wait(TestContext.Current.CancellationToken);
            }

            if (Step == engine.LoseAt && engine.Losses-- > 0)
            {
                throw new EngineLostException($"The training process was lost in step {Step + 1}: it was killed by signal 9.");
            }

            if (Step == engine.DivergeAt)
            {
                throw new TrainingDivergedException($"Step {Step}: loss NaN.");
            }

            foreach (Span<float> values in Tensors())
            {
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] += 0.001f * (float)Math.Sin((plan.Seed * 31) + ((ulong)Step * 7) + (ulong)i);
                }
            }

            engine.StepsDone++;
            TrainedTokens += plan.BatchSize;
            return 1.0 / ++Step;
        }

        public ClassificationMetrics Evaluate(IReadOnlyList<Example> examples, CancellationToken cancellationToken)
        {
            if (engine.MeasuresUntilCancelled)
            {
                cancellationToken.WaitHandle.WaitOne();
            }

            cancellationToken.ThrowIfCancellationRequested();
            engine.Measured++;
            if (engine.AccuracyOf is { } accuracyOf)
            {
                return new(examples.Count, 1, accuracyOf(adapter), 0, 0)
                {
                    ByLabel = new LabelTallies([1, examples.Count - 1], [0, examples.Count], [0, examples.Count - 1]),
                };
            }

            return new(examples.Count, 1.0 / (Step + 1), Step / (double)plan.Steps, Step / (double)plan.Steps, Step / (double)plan.Steps);
        }

        public LanguageMetrics Evaluate(IReadOnlyList<LanguageSequence> examples, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            engine.Measured++;
            double loss = engine.MeasuredLoss ?? 1.0 / (Step + 1);
            long tokens = examples.Sum(example => (long)example.Targets);
            return new(tokens, loss, loss * tokens / Math.Log(2) / examples.Sum(example => example.Bytes));
        }

        public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public float[][] Predict(IReadOnlyList<Example> examples, CancellationToken cancellationToken) => throw new NotSupportedException();

        public LoraAdapter Snapshot() => adapter.Clone();

        public void Save(Stream checkpoint)
        {
            using var writer = new BinaryWriter(checkpoint, System.Text.Encoding.UTF8, leaveOpen: true);
            writer.Write(Step);
            foreach (Span<float> values in Tensors())
            {
                writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
            }
        }

        public void Restore(Stream checkpoint)
        {
            using var reader = new BinaryReader(checkpoint, System.Text.Encoding.UTF8, leaveOpen: true);
            Step = reader.ReadInt32();
            foreach (Span<float> values in Tensors())
            {
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = reader.ReadSingle();
                }
            }
        }

        public void Dispose()
        {
        }

        private TensorList Tensors() => new(adapter, engine.IgnoresFrozen ? FrozenFactors.None : plan.Frozen);
    }

    /// <summary>All values of an adapter that are trained, one span a tensor.</summary>
    private readonly struct TensorList(LoraAdapter adapter, FrozenFactors frozen)
    {
        private readonly Memory<float>[] tensors =
        [
            .. adapter.Modules.Where(m => !frozen.HasA(m.Key)).Select(m => m.Value.A.Memory),
            .. adapter.Modules.Where(m => !frozen.HasB(m.Key)).Select(m => m.Value.B.Memory),
            .. adapter.Saved.Values.Select(t => t.Values.AsMemory()),
        ];

        public Enumerator GetEnumerator() => new(tensors);

        public struct Enumerator(Memory<float>[] tensors)
        {
            private int at = -1;

            public readonly Span<float> Current => tensors[at].Span;

            public bool MoveNext() => ++at < tensors.Length;
        }
    }
}
