using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>Lets a program of the owner's train, by the contract of docs/trainer-contract.md, and checks what it leaves.</summary>
internal sealed class CommandTraining(TrainerOptions trainer, AgentOptions options, WorkPermit permit, TimeProvider clock, ILogger log)
    : ILocalTraining
{
    private const string FolderName = "trainer";
    private const int MostKills = 3;

    /// <summary>How often progress is looked at.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public EngineCapability Capability => new()
    {
        Engine = AgentOptions.CommandEngine,
        Device = Path.GetFileName(trainer.Command[0]),
        MemoryTotalBytes = trainer.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        MemoryFreeBytes = Math.Min(trainer.MemoryBytes ?? long.MaxValue, AvailableMemory.Bytes),
    };

    /// <summary>Nothing was measured, so everything is tried.</summary>
    public MemoryPlan? Require(TaskOffer offer, BaseModel model) => null;

    /// <exception cref="TrainerFailedException">The program failed, or its result is not what the task asked for.</exception>
    public TrainedUpdate Run(
        TaskOffer offer, PrivateData data, TrainingStart start, string checkpoint, TaskProgressBoard progress, CancellationToken cancel)
    {
        var folder = new TrainerFolder(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!, FolderName));
        TrainingPlan plan = TrainingPlans.Of(offer, start, options.Limits.Threads);
        ILocalTask task = data.For(offer, start.Model, plan.MaxTokens);
        bool measures = options.Allow.HeldOutFigures || offer.Kind == TaskKind.Evaluate;
        int steps = offer.Kind == TaskKind.Train ? plan.Steps : 0;
        progress.Set(steps > 0 ? TaskPhase.Training : TaskPhase.Evaluating, 0, steps);
        TrainerProcess.EndLeftBehind(folder.ProcessMark);
        Prepare(folder, offer, start, plan, task, measures);
        var reader = new ProgressReader(folder.Progress, steps);
        reader.Read();
        long began = clock.GetTimestamp();
        for (int kills = 1; ; kills++)
        {
            if (RunOnce(folder, reader, progress, steps, offer.Header.Round, lastChance: kills == MostKills, cancel))
            {
                break;
            }
        }

        long milliseconds = (long)clock.GetElapsedTime(began).TotalMilliseconds;
        TrainedUpdate update = Answer(folder, reader, task, start, plan, steps, measures) with { TrainMs = steps > 0 ? milliseconds : 0 };
        return offer.ClassCounts && steps > 0 ? update with { ClassCounts = task.ClassCounts } : update;
    }

    private static void Prepare(TrainerFolder folder, TaskOffer offer, TrainingStart start, TrainingPlan plan, ILocalTask task, bool measures)
    {
        (IEnumerable<TokenRow> training, IEnumerable<TokenRow> heldOut) = task.Rows(start.Model, plan.MaxTokens);
        TokenRow[] measured = measures ? [.. heldOut] : [];
        TokenRow[] trained = [.. training];
        byte[] description = TrainerTask.Of(offer, start, plan, (trained.Length, measured.Length)).ToJson();
        if (folder.IsOf(description))
        {
            folder.ClearAnswer();
            return;
        }

        folder.Write(
            description,
            start.Adapter,
            offer.Base.ModelId,
            offer.Task == LearningTask.LanguageModel ? "CAUSAL_LM" : "SEQ_CLS",
            trained,
            measured,
            plan);
    }

    /// <summary>Runs the program until it ends, or must end.</summary>
    /// <returns>Whether it did its task; false if it was killed, or told to pause, and can be started again.</returns>
    private bool RunOnce(
        TrainerFolder folder, ProgressReader reader, TaskProgressBoard progress, int steps, int round, bool lastChance, CancellationToken cancel)
    {
        while (true)
        {
            permit.Await(closure => log.Paused(round, closure.Text), cancel);
            if (Directory.Exists(folder.Checkpoint))
            {
                log.TrainerResumed(round, reader.Step);
            }

            using var process = TrainerProcess.Start(trainer.Command, folder.Path, options.Limits.Threads, trainer.MemoryBytes);
            File.WriteAllText(folder.ProcessMark, process.Mark);
            if (!Watch(process, reader, progress, steps, cancel))
            {
                continue;
            }

            reader.Read();
            File.Delete(folder.ProcessMark);
            switch (process.ExitCode)
            {
                case 0:
                    return true;
                case TrainerProcess.NotForThisTrainer:
                    throw new DeclinedException(DeclineReason.Contract, $"The trainer does not do such tasks: {process.Words()}");
                case var _ when process.WasKilled && !lastChance:
                    log.EngineLost(round, 1, process.Epitaph());
                    return false;
                default:
                    throw new TrainerFailedException($"The trainer {process.Epitaph()}.") { Retryable = true };
            }
        }
    }

    /// <summary>Follows the program to its end.</summary>
    /// <returns>False if it was told to end, for the agent may not work now.</returns>
    private bool Watch(TrainerProcess process, ProgressReader reader, TaskProgressBoard progress, int steps, CancellationToken cancel)
    {
        long began = clock.GetTimestamp();
        long heard = began;
        while (!process.WaitForExit(Look))
        {
            if (cancel.IsCancellationRequested)
            {
                process.Terminate(trainer.Grace);
                cancel.ThrowIfCancellationRequested();
            }

            if (permit.Closed is not null)
            {
                process.Terminate(trainer.Grace);
                return false;
            }

            if (reader.Read())
            {
                heard = clock.GetTimestamp();
                progress.Set(reader.Step < steps ? TaskPhase.Training : TaskPhase.Evaluating, reader.Step, steps, reader.Trace().After);
            }

            if (clock.GetElapsedTime(heard) > trainer.Silence)
            {
                throw Overdue(process, $"wrote no progress for {trainer.Silence:c} (trainer.silence)");
            }

            if (trainer.Time is { } most && clock.GetElapsedTime(began) > most)
            {
                throw Overdue(process, $"was not done after {most:c} (trainer.time)");
            }
        }

        // What is unwanted or out of hours ends in its own way, whatever the program made of being told.
        cancel.ThrowIfCancellationRequested();
        return true;
    }

    private static TrainerFailedException Overdue(TrainerProcess process, string why)
    {
        process.Kill();
        string words = process.Words();
        string said = words.Length > 0 ? $"; its last words: {words}" : "";
        return new TrainerFailedException($"The trainer {why} and was ended{said}.") { Retryable = true };
    }

    private static TrainedUpdate Answer(
        TrainerFolder folder, ProgressReader reader, ILocalTask task, TrainingStart start, TrainingPlan plan, int steps, bool measures)
    {
        var told = TrainerMetrics.Read(folder.Metrics);
        if (told.Steps != steps || reader.Step != steps)
        {
            throw new TrainerFailedException(
                $"The trainer ended with exit code 0 but did not do its task: metrics.json says {told.Steps} steps, progress.jsonl {reader.Step}; "
                    + $"the task has {steps}.");
        }

        if (measures && steps == 0 && told.Before is null)
        {
            throw new TrainerFailedException("The trainer was asked to measure, but its metrics.json has no \"before\".");
        }

        LoraAdapter? trained = steps > 0 ? TrainerResult.Read(folder.Result, start.Adapter, plan.Frozen) : null;
        return TrainerUpdate.Of(trained, measures ? told.Before : null, measures && steps > 0 ? told.After : null, reader.Trace(), task);
    }
}
