using EdgeFlora.Adapters;
using EdgeFlora.Experiments.Journal;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Experiments.Local;

/// <summary>Measures adapters as they are, each once.</summary>
internal sealed class Measuring(Bench bench)
{
    /// <param name="adapter">What tells the adapter from all others, with <paramref name="delta"/> and <paramref name="after"/>.</param>
    /// <param name="delta">SHA-256 of what is folded into the base; null: nothing.</param>
    /// <param name="after">Key of the work that left an agent's own factors; null without such.</param>
    /// <param name="share">Whose held-out texts.</param>
    /// <param name="load">Reads the adapter.</param>
    public Measured Of(string adapter, string? delta, string? after, TextShare share, Func<LoraAdapter> load, CancellationToken stop)
    {
        string key = ContentKey.Of("measure", new { Model = bench.Models.Base.Sha256, adapter, delta, after, share.Sha256, bench.Labels });
        Measured measured = bench.Journal.Once(key, "measure", () => Measure(bench.Models.Of(delta), load(), share, stop), out bool isFresh);
        bench.Effort.Add(share.HeldOut.Count, isFresh);
        return measured;
    }

    public static Measured Scores(IFineTuning tuning, TextShare share, CancellationToken stop)
    {
        ClassificationMetrics metrics = tuning.Evaluate(share.HeldOut, stop);
        return new Measured(metrics.Examples, metrics.Accuracy, metrics.Loss, metrics.MacroF1);
    }

    // An evaluator cuts texts to what the model takes; seed and rate are never used.
    private Measured Measure(BaseModel model, LoraAdapter adapter, TextShare share, CancellationToken stop)
    {
        var plan = new TrainingPlan { Steps = 1, BatchSize = 1, LearningRate = 1e-4, Seed = 0, MaxTokens = model.MaxTokens };
        using IFineTuning tuning = bench.Engine.Start(model.WithSpecialTokens(false), adapter, bench.Labels, [], plan);
        return Scores(tuning, share, stop);
    }
}
