using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>
/// Measures the global adapter, fine-tunes it on private data with checkpoints, and measures the result. Blocks; call it on a thread of its own.
/// </summary>
/// <remarks>
/// Interrupted and continued from a checkpoint, it gives the same bits as uninterrupted. An engine whose process is lost (killed for memory,
/// crashed in native code, hung)
/// is started again and goes on from the last checkpoint; a task that loses it again and again fails.
/// </remarks>
internal sealed class LocalTraining(
    IEngine engine, MemoryCheck memory, AgentOptions options, WorkPermit permit, TimeProvider clock, ILogger log, MemoryPlanning? planning = null)
    : ILocalTraining
{
    private const int MostLosses = 3;

    public EngineCapability Capability => planning?.Capability(memory.Capability()) ?? memory.Capability();

    public MemoryPlan? Require(TaskOffer offer, BaseModel model)
    {
        if (planning is not null)
        {
            return planning.Require(offer, model);
        }

        memory.Require(offer, model);
        return null;
    }

    /// <exception cref="InvalidOperationException">The engine did not leave alone what was frozen.</exception>
    /// <exception cref="EngineLostException">The engine's process was lost more often than a task may lose it.</exception>
    public TrainedUpdate Run(
        TaskOffer offer, PrivateData data, TrainingStart start, string checkpoint, TaskProgressBoard progress, CancellationToken cancel)
    {
        for (int losses = 1; ; losses++)
        {
            try
            {
                return Attempt(offer, data, start, checkpoint, progress, cancel);
            }
            catch (EngineLostException lost) when (losses < MostLosses)
            {
                cancel.ThrowIfCancellationRequested();
                log.EngineLost(offer.Header.Round, losses, lost.Message);
            }
        }
    }

    private TrainedUpdate Attempt(
        TaskOffer offer, PrivateData data, TrainingStart start, string checkpoint, TaskProgressBoard progress, CancellationToken cancel)
    {
        TrainingPlan plan = TrainingPlans.Of(offer, start, options.Limits.Threads);
        ILocalTask task = data.For(offer, start.Model, plan.MaxTokens);
        bool measures = task.HeldOut > 0 && (options.Allow.HeldOutFigures || offer.Kind == TaskKind.Evaluate);
        using var session = new FineTuningSession(() => task.Start(engine, start, plan));
        object?[] measured =
        [
            offer.Adapter.Sha256, offer.BaseDelta?.Sha256, offer.Base.Sha256, data.Sha256, data.MatchesSpecialTokens, engine.Name, plan.MaxTokens,
            start.Savings,
        ];
        HeldOutFigures? before = measures ? Global(offer, checkpoint, string.Join(' ', measured), Measure) : null;
        var metrics = new ResultMetrics
        {
            GlobalAccuracy = before?.Accuracy,
            GlobalLoss = before?.Loss,
            GlobalMacroF1 = before?.MacroF1,
            GlobalBitsPerByte = before?.BitsPerByte,
            HeldOut = measures ? task.HeldOut : 0,
            HeldOutTokens = before?.Tokens,
            ByLabel = offer.LabelCounts && options.Allow.ClassCounts ? before?.ByLabel : null,
        };
        if (offer.Kind == TaskKind.Evaluate)
        {
            return new TrainedUpdate(null, metrics, task.HeldOut, 0);
        }

        long began = clock.GetTimestamp();
        LossTrace trace = Train(offer, session, plan, checkpoint, progress, cancel);
        long milliseconds = (long)clock.GetElapsedTime(began).TotalMilliseconds;
        progress.Enter(TaskPhase.Evaluating);
        HeldOutFigures? after = measures ? task.Measure(session.Tuning, cancel) : null;
        metrics = metrics with
        {
            LossBefore = trace.Before,
            LossAfter = trace.After,
            LocalAccuracy = after?.Accuracy,
            LocalLoss = after?.Loss,
            LocalBitsPerByte = after?.BitsPerByte,
            TrainingTokens = task.TrainingTokens,
        };
        LoraAdapter trained = session.Tuning.Snapshot();
        return plan.Frozen.FirstChange(start.Adapter, trained) is { } changed
            ? throw new InvalidOperationException($"The engine {engine.Name} trained {changed}, which the task froze; the update is of no use.")
            : new TrainedUpdate(trained, metrics, task.Training, milliseconds) { ClassCounts = offer.ClassCounts ? task.ClassCounts : null };

        HeldOutFigures Measure()
        {
            progress.Set(TaskPhase.Evaluating, 0, offer.Kind == TaskKind.Train ? plan.Steps : 0);
            return task.Measure(session.Tuning, cancel);
        }
    }

    /// <summary>How good the global adapter is: as it was found when the task was begun, if it was begun before.</summary>
    private static HeldOutFigures Global(TaskOffer offer, string checkpoint, string measured, Func<HeldOutFigures> measure)
    {
        if (offer.Kind == TaskKind.Evaluate)
        {
            return measure();
        }

        if (GlobalFiguresFile.Read(checkpoint, measured) is { } known)
        {
            return known;
        }

        HeldOutFigures figures = measure();
        GlobalFiguresFile.Write(checkpoint, measured, figures);
        return figures;
    }

    private LossTrace Train(
        TaskOffer offer, FineTuningSession session, TrainingPlan plan, string checkpoint, TaskProgressBoard progress, CancellationToken cancel)
    {
        LossTrace trace = Resume(offer, session, checkpoint);
        ITraining tuning = session.Tuning;
        double slow = options.Drill.SlowRound == offer.Header.Round ? options.Drill.SlowFactor : 1;
        if (slow > 1)
        {
            log.Drill(offer.Header.Round, "slow");
        }

        progress.Set(TaskPhase.Training, tuning.Step, plan.Steps, trace.After);
        while (tuning.Step < plan.Steps)
        {
            cancel.ThrowIfCancellationRequested();
            permit.Await(closure => log.Paused(offer.Header.Round, closure.Text), cancel);
            long began = clock.GetTimestamp();
            trace.Add(tuning.TrainStep());
            progress.Set(TaskPhase.Training, tuning.Step, plan.Steps, trace.After);
            if (offer.CheckpointEverySteps > 0 && tuning.Step % offer.CheckpointEverySteps == 0 && tuning.Step < plan.Steps)
            {
                TrainingCheckpointFile.Write(checkpoint, trace, tuning);
            }

            if (slow > 1)
            {
                cancel.WaitHandle.WaitOne(clock.GetElapsedTime(began) * (slow - 1));
            }
        }

        return trace;
    }

    private LossTrace Resume(TaskOffer offer, FineTuningSession session, string checkpoint)
    {
        if (!File.Exists(checkpoint))
        {
            return new LossTrace();
        }

        try
        {
            LossTrace trace = TrainingCheckpointFile.Restore(checkpoint, session.Tuning);
            log.CheckpointRestored(offer.Header.Round, session.Tuning.Step);
            return trace;
        }
        catch (InvalidDataException useless)
        {
            log.CheckpointUseless(offer.Header.Round, useless.Message);
            File.Delete(checkpoint);
            session.StartAnew();
            return new LossTrace();
        }
    }
}
