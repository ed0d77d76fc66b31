using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>An engine whose every step adds to each weight a number that follows from seed, step and the weight's place; and which a test can hold at a step.</summary>
internal sealed class SteppingEngine : IEngine
{
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "stepping";

    public string Device => "test";

    /// <summary>Before this step (from 0) training waits, until <see cref="Release"/>.</summary>
    public int HoldAt { get; init; } = int.MaxValue;

    /// <summary>At this step training diverges.</summary>
    public int DivergeAt { get; init; } = int.MaxValue;

    /// <summary>Whether measuring never ends by itself.</summary>
    public bool MeasuresUntilCancelled { get; init; }

    /// <summary>Whether it trains what the plan freezes, too.</summary>
    public bool IgnoresFrozen { get; init; }

    /// <summary>Completes when training has come to <see cref="HoldAt"/>.</summary>
    public TaskCompletionSource Holding { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What each training was started with.</summary>
    public List<(BaseModel Model, LoraAdapter Adapter, TrainingPlan Plan)> Starts { get; } = [];

    /// <summary>Steps done by all trainings of this engine.</summary>
    public int StepsDone { get; private set; }

    public void Release() => released.TrySetResult();

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan) =>
        throw new InvalidOperationException("Agents train classifiers; no test asks for a language model.");

    public IFineTuning Start(BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan)
    {
        Starts.Add((model, adapter.Clone(), plan));
        return new Stepping(this, adapter.Clone(), plan);
    }

    private sealed class Stepping(SteppingEngine engine, LoraAdapter adapter, TrainingPlan plan) : IFineTuning
    {
        public int Step { get; private set; }

        public long TrainedTokens { get; private set; }

        public double TrainStep()
        {
            if (Step == engine.HoldAt)
            {
                engine.Holding.TrySetResult();
                engine.released.Task.Wait(TestContext.Current.CancellationToken);
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
            return new(examples.Count, 1.0 / (Step + 1), Step / (double)plan.Steps, Step / (double)plan.Steps, Step / (double)plan.Steps);
        }

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
