using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>Measures the global adapter, fine-tunes it on private data with checkpoints, and measures the result. Blocks; call it on a thread of its own.</summary>
/// <remarks>
/// Interrupted and continued from a checkpoint, it gives the same bits as uninterrupted. An engine whose process is lost (killed for memory, crashed in native code, hung)
/// is started again and goes on from the last checkpoint; a task that loses it again and again fails.
/// </remarks>
internal sealed class LocalTraining(IEngine engine, PrivateData data, AgentOptions options, TimeProvider clock, ILogger log)
{
    private const int MostLosses = 3;

    /// <param name="start">What to start from or to measure; not changed.</param>
    /// <param name="checkpoint">File to write checkpoints to and to go on from.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the last checkpoint stays.</exception>
    /// <exception cref="TrainingDivergedException">The loss left the finite numbers.</exception>
    /// <exception cref="DeclinedException">A text does not fit the task.</exception>
    /// <exception cref="InvalidOperationException">The engine did not leave alone what was frozen.</exception>
    /// <exception cref="EngineLostException">The engine's process was lost more often than a task may lose it.</exception>
    public TrainedUpdate Run(TaskOffer offer, TrainingStart start, string checkpoint, TaskProgressBoard progress, CancellationToken cancel)
    {
        for (int losses = 1; ; losses++)
        {
            try
            {
                return Attempt(offer, start, checkpoint, progress, cancel);
            }
            catch (EngineLostException lost) when (losses < MostLosses)
            {
                cancel.ThrowIfCancellationRequested();
                log.EngineLost(offer.Header.Round, losses, lost.Message);
            }
        }
    }

    private TrainedUpdate Attempt(TaskOffer offer, TrainingStart start, string checkpoint, TaskProgressBoard progress, CancellationToken cancel)
    {
        TrainingPlan plan = Plan(offer, start);
        ILocalTask task = data.For(offer, start.Model, plan.MaxTokens);
        using var session = new FineTuningSession(() => task.Start(engine, start, plan));
        progress.Set(TaskPhase.Evaluating, 0, offer.Kind == TaskKind.Train ? plan.Steps : 0);
        HeldOutFigures? before = task.HeldOut > 0 ? task.Measure(session.Tuning, cancel) : null;
        var metrics = new ResultMetrics
        {
            GlobalAccuracy = before?.Accuracy,
            GlobalLoss = before?.Loss,
            GlobalMacroF1 = before?.MacroF1,
            GlobalBitsPerByte = before?.BitsPerByte,
            HeldOut = task.HeldOut,
            HeldOutTokens = before?.Tokens,
        };
        if (offer.Kind == TaskKind.Evaluate)
        {
            return new TrainedUpdate(null, metrics, task.HeldOut, 0);
        }

        long began = clock.GetTimestamp();
        LossTrace trace = Train(offer, session, plan, checkpoint, progress, cancel);
        long milliseconds = (long)clock.GetElapsedTime(began).TotalMilliseconds;
        progress.Enter(TaskPhase.Evaluating);
        HeldOutFigures? after = task.HeldOut > 0 ? task.Measure(session.Tuning, cancel) : null;
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
    }

    private LossTrace Train(TaskOffer offer, FineTuningSession session, TrainingPlan plan, string checkpoint, TaskProgressBoard progress, CancellationToken cancel)
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

    private TrainingPlan Plan(TaskOffer offer, TrainingStart start)
    {
        // Measuring needs no plan of its own; seed and rate are never used there.
        HyperParameters hyper = offer.Hyper ?? new HyperParameters { LearningRate = 1e-4, Steps = 1, BatchSize = 1, MaxTokens = offer.MaxTokens ?? start.Model.MaxTokens, Seed = 0 };
        return new TrainingPlan
        {
            Steps = hyper.Steps,
            BatchSize = hyper.BatchSize,
            Accumulate = hyper.Accumulate,
            Optimiser = hyper.Sgd is null ? OptimiserKind.AdamW : OptimiserKind.Sgd,
            Momentum = hyper.Sgd?.Momentum ?? 0,
            Nesterov = hyper.Sgd?.Nesterov ?? false,
            LearningRate = hyper.LearningRate,
            WeightDecay = hyper.WeightDecay,
            ClipNorm = hyper.ClipNorm,
            WarmupFraction = hyper.WarmupFraction,
            Schedule = hyper.CosineDecay ? RateSchedule.Cosine : hyper.LinearDecay ? RateSchedule.Linear : RateSchedule.Constant,
            LogitAdjustment = hyper.LogitAdjustment,
            MaxTokens = Math.Min(hyper.MaxTokens, start.Model.MaxTokens),
            Seed = hyper.Seed,
            Frozen = start.Frozen,
            Threads = options.Threads,
        };
    }
}
