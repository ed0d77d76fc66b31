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
        var work = TrainerWork.Of(offer, data, start, options);
        work.Tell(progress, step: 0);
        TrainerProcess.EndLeftBehind(folder.ProcessMark);
        Prepare(folder, offer, work);
        var reader = new ProgressReader(folder.Progress, work.Steps);
        reader.Read();
        long began = clock.GetTimestamp();
        for (int kills = 1; ; kills++)
        {
            if (RunOnce(folder, work, reader, progress, offer.Header.Round, lastChance: kills == MostKills, cancel))
            {
                break;
            }
        }

        return Answer(folder, offer, reader, work, clock.GetElapsedTime(began));
    }

    private static void Prepare(TrainerFolder folder, TaskOffer offer, TrainerWork work)
    {
        (IEnumerable<TokenRow> training, IEnumerable<TokenRow> heldOut) = work.Task.Rows(work.Start.Model, work.Plan.MaxTokens);
        TokenRow[] measured = work.Measures ? [.. heldOut] : [];
        TokenRow[] trained = [.. training];
        byte[] description = TrainerTask.Of(offer, work.Start, work.Plan, (trained.Length, measured.Length)).ToJson();
        if (folder.IsOf(description))
        {
            folder.ClearAnswer();
            return;
        }

        folder.Write(
            description,
            work.Start.Adapter,
            offer.Base.ModelId,
            offer.Task == LearningTask.LanguageModel ? "CAUSAL_LM" : "SEQ_CLS",
            trained,
            measured,
            work.Plan);
    }

    /// <summary>Runs the program until it ends, or must end.</summary>
    /// <returns>Whether it did its task; false if it was killed, or told to pause, and can be started again.</returns>
    private bool RunOnce(
        TrainerFolder folder,
        TrainerWork work,
        ProgressReader reader,
        TaskProgressBoard progress,
        int round,
        bool lastChance,
        CancellationToken cancel)
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
            if (!Watch(process, work, reader, progress, cancel))
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
    private bool Watch(TrainerProcess process, TrainerWork work, ProgressReader reader, TaskProgressBoard progress, CancellationToken cancel)
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
                work.Tell(progress, reader.Step, reader.Trace().After);
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

    private static TrainedUpdate Answer(TrainerFolder folder, TaskOffer offer, ProgressReader reader, TrainerWork work, TimeSpan took)
    {
        var told = TrainerMetrics.Read(folder.Metrics);
        if (told.Steps != work.Steps || reader.Step != work.Steps)
        {
            throw new TrainerFailedException(
                $"The trainer ended with exit code 0 but did not do its task: metrics.json says {told.Steps} steps, progress.jsonl {reader.Step}; "
                    + $"the task has {work.Steps}.");
        }

        if (work is { Measures: true, Steps: 0 } && told.Before is null)
        {
            throw new TrainerFailedException("The trainer was asked to measure, but its metrics.json has no \"before\".");
        }

        LoraAdapter? trained = work.Steps > 0 ? TrainerResult.Read(folder.Result, work.Start.Adapter, work.Plan.Frozen) : null;
        return work.Update(offer, trained, told.Before, told.After, reader, took);
    }
}
