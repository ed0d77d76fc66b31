using System.IO.Compression;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>Runs in memory, as they stand. Thread-safe.</summary>
internal sealed class FakeRuns
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, RunDetail> runs = [];

    /// <summary>Writes what stands for a run's adapter.</summary>
    public static async Task WriteAdapterAsync(Stream stream)
    {
        using var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var config = new StreamWriter(zip.CreateEntry("adapter/adapter_config.json").Open());
            config.Write("{}");
        }

        content.Position = 0;
        await content.CopyToAsync(stream);
    }

    /// <summary>Puts a new run into the queue.</summary>
    public RunDetail Add(RunSubmission submission, RunOrigin? origin)
    {
        Guid id = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddHours(400_000 + runs.Count));
        return Put(new RunDetail
        {
            Summary = new RunSummary
            {
                Id = id,
                Name = submission.Spec.Name,
                State = RunState.Queued,
                Waiting = new WaitReason { Kind = WaitKind.Agents, Sentence = "waits for 2 agents", Present = 0, Needed = 2, Since = DateTimeOffset.UnixEpoch },
                Task = "classification",
                Model = submission.Spec.Model ?? "edgeflora-doc-bert",
                Strategy = submission.Spec.Aggregation.Strategy,
                RoundsCommitted = 0,
                RoundsSkipped = 0,
                Rounds = submission.Spec.Rounds.Count,
                Priority = submission.Spec.Priority,
                Note = submission.Spec.Note,
                SubmittedAt = DateTimeOffset.UnixEpoch.AddSeconds(runs.Count),
            },
            Spec = submission.Document,
            Rounds = [],
            History = [],
            Participants = [],
            ForkedFrom = origin,
        });
    }

    /// <summary>Makes a run what it is to be.</summary>
    public RunDetail Put(RunDetail run)
    {
        lock (gate)
        {
            return runs[run.Summary.Id] = run;
        }
    }

    public bool Remove(Guid run)
    {
        lock (gate)
        {
            return runs.Remove(run);
        }
    }

    public RunDetail Find(Guid run)
    {
        lock (gate)
        {
            return runs.GetValueOrDefault(run) ?? throw new ServiceRefusedException(
                ProblemCode.NotFound, $"there is no run {run}", "list runs: edgeflora runs ls");
        }
    }

    public Page<RunSummary> List(RunFilter filter)
    {
        lock (gate)
        {
            RunSummary[] found = [.. runs.Values.Select(run => run.Summary)
                .Where(run => (filter.States.Count == 0 || filter.States.Contains(run.State))
                    && (filter.Name is null || filter.Name == run.Name) && run.Id.ToString().StartsWith(
                        filter.IdPrefix ?? "", StringComparison.Ordinal))
                .OrderByDescending(run => run.SubmittedAt).ThenByDescending(run => run.Id)];
            int start = int.Parse(filter.Cursor ?? "0", System.Globalization.CultureInfo.InvariantCulture);
            int next = start + filter.Limit;
            return new Page<RunSummary>([.. found.Skip(start).Take(filter.Limit)], next < found.Length ? FormattableString.Invariant($"{next}") : null);
        }
    }

    /// <summary>How many are in which state.</summary>
    public IReadOnlyDictionary<RunState, int> Counts()
    {
        lock (gate)
        {
            return runs.Values.GroupBy(run => run.Summary.State).ToDictionary(group => group.Key, group => group.Count());
        }
    }
}
