using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>What a task asks of whatever trains in the place of EdgeFlora's engines: a program of the owner's, an engine of the product's.</summary>
/// <param name="Measures">Whether held-out data is measured.</param>
/// <param name="Steps">Optimiser steps; 0: it only measures.</param>
internal sealed record TrainerWork(TrainingStart Start, TrainingPlan Plan, ILocalTask Task, bool Measures, int Steps)
{
    public static TrainerWork Of(TaskOffer offer, PrivateData data, TrainingStart start, AgentOptions options)
    {
        TrainingPlan plan = TrainingPlans.Of(offer, start, options.Limits.Threads);
        return new TrainerWork(
            start,
            plan,
            data.For(offer, start.Model, plan.MaxTokens),
            options.Allow.HeldOutFigures || offer.Kind == TaskKind.Evaluate,
            offer.Kind == TaskKind.Train ? plan.Steps : 0);
    }

    /// <summary>Tells how far it is: so many of its steps, and what comes after them.</summary>
    public void Tell(TaskProgressBoard progress, int step, double? loss = null) =>
        progress.Set(step < Steps ? TaskPhase.Training : TaskPhase.Evaluating, step, Steps, loss);

    /// <summary>What is believed of an answer whose adapter and figures have been checked.</summary>
    /// <param name="trained">Null where nothing was trained.</param>
    /// <param name="before">How well the published adapter does; null where that is not told.</param>
    /// <param name="after">How well the trained one does; null likewise.</param>
    /// <param name="took">How long training and measuring took.</param>
    public TrainedUpdate Update(
        TaskOffer offer, LoraAdapter? trained, HeldOutFigures? before, HeldOutFigures? after, ProgressReader reader, TimeSpan took)
    {
        HeldOutFigures? first = Measures ? before : null;
        HeldOutFigures? last = Measures && Steps > 0 ? after : null;
        LossTrace trace = reader.Trace();
        var metrics = new ResultMetrics
        {
            LossBefore = trace.Before,
            LossAfter = trace.After,
            GlobalAccuracy = first?.Accuracy,
            GlobalLoss = first?.Loss,
            GlobalMacroF1 = first?.MacroF1,
            GlobalBitsPerByte = first?.BitsPerByte,
            HeldOut = first is null ? 0 : Task.HeldOut,
            HeldOutTokens = first?.Tokens,
            LocalAccuracy = last?.Accuracy,
            LocalLoss = last?.Loss,
            LocalBitsPerByte = last?.BitsPerByte,
            TrainingTokens = trained is null ? null : Task.TrainingTokens,
        };
        return new TrainedUpdate(
            trained, metrics, trained is null ? Task.HeldOut : Task.Training, Steps > 0 ? (long)took.TotalMilliseconds : 0)
        {
            ClassCounts = offer.ClassCounts && Steps > 0 ? Task.ClassCounts : null,
        };
    }
}
