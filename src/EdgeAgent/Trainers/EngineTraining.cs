using System.Text;
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
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>Lets an engine of the product's train (<see cref="ITrainingEngine"/>), and believes none of its results.</summary>
internal sealed class EngineTraining(ITrainingEngine engine, AgentOptions options, WorkPermit permit, TimeProvider clock, ILogger log)
    : ILocalTraining
{
    private const string FolderName = "engine";

    /// <summary>Longest without a word of progress.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(10);

    /// <summary>Longest to write a checkpoint in, once told to end. What has not ended then can't be ended, and its task is left to it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public EngineCapability Capability => new()
    {
        Engine = engine.Name,
        Device = engine.Device,
        MemoryTotalBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        MemoryFreeBytes = AvailableMemory.Bytes,
    };

    /// <summary>Nothing was measured, so everything is tried.</summary>
    public MemoryPlan? Require(TaskOffer offer, BaseModel model) => null;

    /// <exception cref="TrainerFailedException">The engine failed, hung, or its result is not what the task asked for.</exception>
    public TrainedUpdate Run(
        TaskOffer offer, PrivateData data, TrainingStart start, string checkpoint, TaskProgressBoard progress, CancellationToken cancel)
    {
        var work = TrainerWork.Of(offer, data, start, options);
        work.Tell(progress, step: 0);
        string folder = Folder(offer, checkpoint);
        TrainingTask asked = Asked(offer, work, Path.Combine(folder, "checkpoint"));
        var reader = new ProgressReader(Path.Combine(folder, "progress.jsonl"), work.Steps);
        reader.Read();
        long began = clock.GetTimestamp();
        TrainingOutcome? outcome;
        do
        {
            permit.Await(closure => log.Paused(offer.Header.Round, closure.Text), cancel);
            outcome = RunOnce(asked, Path.Combine(folder, "progress.jsonl"), work, reader, progress, cancel);
        }
        while (outcome is null);

        return Answer(offer, outcome, reader, work, clock.GetElapsedTime(began));
    }

    /// <summary>The task's folder, empty unless it is of this very task.</summary>
    private static string Folder(TaskOffer offer, string checkpoint)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(checkpoint))!, FolderName);
        string mark = Path.Combine(folder, "task");
        string identity = $"{offer.Header.TaskId} {offer.Adapter.Sha256} {offer.BaseDelta?.Sha256} {offer.Control?.Sha256}";
        if (!File.Exists(mark) || File.ReadAllText(mark) != identity)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            PrivateFolder.Create(Path.Combine(folder, "checkpoint"));
            AtomicFile.Write(mark, stream => stream.Write(Encoding.UTF8.GetBytes(identity)));
        }

        return folder;
    }

    private static TrainingTask Asked(TaskOffer offer, TrainerWork work, string checkpointFolder)
    {
        TrainingStart start = work.Start;
        (IEnumerable<TokenRow> training, IEnumerable<TokenRow> heldOut) = work.Task.Rows(start.Model, work.Plan.MaxTokens);
        bool trains = offer.Kind == TaskKind.Train;
        return new TrainingTask
        {
            Trains = trains,
            Task = offer.Task,
            Round = offer.Header.Round,
            ModelFolder = Path.GetFullPath(start.Model.Folder),
            ModelSha256 = start.Model.Sha256,
            BaseDeltaFile = start.Model.DeltaFile is { } delta ? Path.GetFullPath(delta) : null,
            Adapter = start.Adapter.Clone(),
            Labels = offer.Labels,
            TrainingRows = trains ? [.. training] : [],
            HeldOutRows = work.Measures ? [.. heldOut] : [],
            Plan = work.Plan,
            CheckpointEverySteps = offer.CheckpointEverySteps,
            CheckpointFolder = checkpointFolder,
        };
    }

    /// <summary>Runs the engine until it ends, or must end.</summary>
    /// <returns>Null if it was told to pause, and can be asked again.</returns>
    private TrainingOutcome? RunOnce(
        TrainingTask asked, string file, TrainerWork work, ProgressReader reader, TaskProgressBoard progress, CancellationToken cancel)
    {
        using var sink = new ProgressFile(file);

        // Not disposed of: an engine that does not end keeps it.
        var ending = new CancellationTokenSource();
        long heard = clock.GetTimestamp();
        Task<TrainingOutcome> running = Task.Run(() => engine.RunAsync(asked, sink, ending.Token), CancellationToken.None);
        try
        {
            while (!Ended(running, Look))
            {
                cancel.ThrowIfCancellationRequested();
                if (permit.Closed is not null)
                {
                    End(running, ending);
                    return null;
                }

                if (reader.Read())
                {
                    heard = clock.GetTimestamp();
                    work.Tell(progress, reader.Step, reader.Trace().After);
                }

                if (clock.GetElapsedTime(heard) > Silence)
                {
                    throw new TrainerFailedException($"The engine {engine.Name} told no progress for {Silence:c} and was told to end.")
                    {
                        Retryable = true,
                    };
                }
            }

            cancel.ThrowIfCancellationRequested();
            reader.Read();
            return Result(running);
        }
        finally
        {
            End(running, ending);
        }
    }

    /// <exception cref="TrainerFailedException">The engine failed.</exception>
    /// <exception cref="DeclinedException">It does not do such tasks.</exception>
    private TrainingOutcome Result(Task<TrainingOutcome> ended)
    {
        try
        {
            return ended.GetAwaiter().GetResult() ?? throw new TrainerFailedException($"The engine {engine.Name} returned nothing.");
        }
        catch (TaskNotSupportedException other)
        {
            throw new DeclinedException(DeclineReason.Contract, $"The engine {engine.Name} does not do such tasks: {other.Message}");
        }
        catch (Exception failure) when (failure is not (TrainingDivergedException or TrainerFailedException))
        {
            throw new TrainerFailedException($"The engine {engine.Name} failed: {failure.Message}", failure) { Retryable = true };
        }
    }

    private void End(Task<TrainingOutcome> running, CancellationTokenSource ending)
    {
        if (running.IsCompleted)
        {
            return;
        }

        ending.Cancel();
        if (!Ended(running, Grace))
        {
            log.EngineStays(engine.Name, Grace);
        }
    }

    private static bool Ended(Task running, TimeSpan limit) =>
        Task.WhenAny(running, Task.Delay(limit, TimeProvider.System)).GetAwaiter().GetResult() == running;

    private TrainedUpdate Answer(TaskOffer offer, TrainingOutcome told, ProgressReader reader, TrainerWork work, TimeSpan took)
    {
        if (reader.Step != work.Steps)
        {
            throw new TrainerFailedException(
                $"The engine {engine.Name} returned but did not do its task: it told of {reader.Step} steps; the task has {work.Steps}.");
        }

        if (work.Steps > 0 && told.Adapter is null)
        {
            throw new TrainerFailedException($"The engine {engine.Name} was asked to train, but returned no adapter.");
        }

        if (work is { Measures: true, Steps: 0 } && told.Before is null)
        {
            throw new TrainerFailedException($"The engine {engine.Name} was asked to measure, but returned no figures.");
        }

        TrainerMetrics.Require(told.Before, nameof(told.Before), "outcome has ");
        TrainerMetrics.Require(told.After, nameof(told.After), "outcome has ");
        LoraAdapter? trained = work.Steps > 0 ? TrainerResult.Require(told.Adapter!, work.Start.Adapter, work.Plan.Frozen) : null;
        return work.Update(offer, trained, told.Before, told.After, reader, took);
    }
}
