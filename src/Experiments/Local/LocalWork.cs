using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.ControlVariates;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;
using TrainingStart = EdgeFlora.EdgeAgent.LearningTasks.TrainingStart;

namespace EdgeFlora.Experiments.Local;

/// <summary>Does an agent's work as an edge agent does it: measures, trains, measures, and packs the update with error feedback.</summary>
/// <param name="folder">Where error feedback, factors that stay with the agents and control variates are kept.</param>
internal sealed class LocalWork(Bench bench, string folder, TimeProvider clock)
{
    private const string Task = "task";

    private static readonly AdapterCodec Exact = AdapterCodec.Parse("fp32");

    /// <param name="key">What the work is kept under.</param>
    /// <param name="stepped">Called after each optimiser step.</param>
    public LocalOutcome Train(LocalTask task, string key, Action stepped, CancellationToken stop)
    {
        LoraAdapter global = Global(task);
        FactorTreatment factors = Treatment(task, global);
        LoraAdapter? own = factors.KeepsParts ? Own(task, factors, global, task.After) : null;
        LoraAdapter? common = task.Common is { } variate ? AdapterPayload.Decode(bench.Blobs.ReadAll(variate), task.Shape) : null;
        LoraAdapter? mine = task is { KeepsVariate: true, After: { } last } ? ReadVariate(task, last) : null;
        LoraAdapter begun = OwnA.Of(factors.ToTrain(global, own), task.OwnA, factors.Frozen);
        var start = new TrainingStart(bench.Models.Of(task.BaseDelta).WithSpecialTokens(false), begun, factors.Frozen)
        {
            Correction = common is not null && mine is not null ? ControlVariate.Correction(common, mine, task.Hyper.LearningRate) : null,
        };
        TrainingPlan plan = TrainingPlans.Of(task.Hyper, start, threads: 1);
        using IFineTuning tuning = bench.Engine.Start(start.Model, start.Adapter, bench.Labels, task.Share.Training, plan);
        IReadOnlyList<Example> heldOut = task.Share.HeldOut;
        double? before = heldOut.Count > 0 ? tuning.Evaluate(heldOut, stop).Accuracy : null;
        long began = clock.GetTimestamp();
        while (tuning.Step < plan.Steps)
        {
            stop.ThrowIfCancellationRequested();
            tuning.TrainStep();
            stepped();
        }

        long milliseconds = (long)clock.GetElapsedTime(began).TotalMilliseconds;
        double? after = heldOut.Count > 0 ? tuning.Evaluate(heldOut, stop).Accuracy : null;
        LoraAdapter trained = tuning.Snapshot();
        if (factors.KeepsParts)
        {
            byte[] kept = Exact.Encode(trained);
            AtomicFile.Write(OwnFile(key), stream => stream.Write(kept));
        }

        byte[] body = Pack(task, key, trained, global, factors);
        if (task.KeepsVariate)
        {
            LoraAdapter sent = AdapterPayload.Decode(body, task.Shape, new AdapterReference(global));
            byte[] next = Exact.Encode(ControlVariate.After(global, sent, common, mine, task.Hyper.LearningRate, factors.Unsent));
            AtomicFile.Write(VariateFile(key), stream => stream.Write(next));
        }

        int[] counts = new int[bench.Labels.Count];
        foreach (Example example in task.Share.Training)
        {
            counts[example.Label]++;
        }

        return new LocalOutcome(
            bench.Blobs.Put(body, task.Codec).Sha256, body.Length, task.Share.Training.Count, before, after, heldOut.Count, milliseconds, counts);
    }

    /// <summary>Whether all that later rounds need of a work is still there.</summary>
    public bool IsWhole(LocalTask task, string key, LocalOutcome outcome) =>
        bench.Blobs.Contains(outcome.Body) && File.Exists(FeedbackFile(key)) && (!task.KeepsParts || File.Exists(OwnFile(key)))
        && (!task.KeepsVariate || File.Exists(VariateFile(key)));

    /// <summary>The published adapter that a task starts from.</summary>
    public LoraAdapter Global(LocalTask task) => AdapterPayload.Decode(bench.Blobs.ReadAll(task.Start), task.Shape);

    /// <summary>The adapter as an agent sent it.</summary>
    public LoraAdapter Sent(LocalTask task, LocalOutcome outcome) =>
        AdapterPayload.Decode(bench.Blobs.ReadAll(outcome.Body), task.Shape, new AdapterReference(Global(task)));

    /// <summary>A published adapter with the factors and the head that an agent keeps.</summary>
    /// <param name="after">The agent's last work that counted.</param>
    public LoraAdapter Personal(LocalTask task, LoraAdapter published, string? after)
    {
        FactorTreatment factors = Treatment(task, published);
        return factors.ToTrain(published, Own(task, factors, published, after));
    }

    private FactorTreatment Treatment(LocalTask task, LoraAdapter published)
    {
        var factors = FactorTreatment.Of(task.Rules, published);
        return task.PersonalHead
            ? factors.WithHead(PersonalHead.Of(bench.Models.Base.Folder, bench.Labels.Count, task.Hyper.Seed), published)
            : factors;
    }

    private byte[] Pack(LocalTask task, string key, LoraAdapter trained, LoraAdapter global, FactorTreatment factors)
    {
        ErrorFeedback feedback = task.After is null ? new ErrorFeedback(task.Shape) : ErrorFeedback.Load(FeedbackFile(task.After), task.Shape);
        feedback.Forget(factors.NewBasis);
        var codec = AdapterCodec.Parse(task.Codec);
        byte[] body = feedback.Encode(codec, factors.ToSend(trained, global), new AdapterReference(global), Task, factors.Unsent);
        feedback.Commit(Task);
        feedback.Save(FeedbackFile(key));
        return body;
    }

    private LoraAdapter? Own(LocalTask task, FactorTreatment factors, LoraAdapter published, string? key)
    {
        AdapterShape shape = factors.Head is null ? task.Shape : AdapterShape.Of(factors.ToTrain(published, kept: null));
        return key is null ? null : AdapterPayload.Decode(File.ReadAllBytes(OwnFile(key)), shape);
    }

    private LoraAdapter ReadVariate(LocalTask task, string key) => AdapterPayload.Decode(File.ReadAllBytes(VariateFile(key)), task.Shape);

    private string VariateFile(string key) => Path.Combine(folder, $"{key}.variate");

    private string OwnFile(string key) => Path.Combine(folder, $"{key}.own");

    private string FeedbackFile(string key) => Path.Combine(folder, $"{key}.feedback");
}
