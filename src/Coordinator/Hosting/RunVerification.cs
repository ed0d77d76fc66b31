using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Merges a committed round again, from the results that are kept of it, and compares what comes of it with the ledger.</summary>
/// <param name="results">The round's manifest, without those that do not count.</param>
/// <param name="models">All up to the round's.</param>
/// <param name="counted">See <see cref="ManifestAggregation.Counted"/>.</param>
internal sealed class RunVerification(
    RunEntry entry, IReadOnlyList<StoredResult> results, IReadOnlyList<StoredModel> models, IReadOnlyDictionary<string, double> counted, int? earlier)
{
    private StoredModel Committed => models[^1];

    private StoredModel Before => models[^2];

    /// <summary>What a model carries on beside the adapter.</summary>
    private string Carried => entry.Options.Training.ControlVariates ? "common control variate" : "state of the server step";

    /// <param name="round">Null: the newest that can be merged again.</param>
    /// <exception cref="ServiceRefusedException">There is no such round, or its results are not kept.</exception>
    public static RunVerification Of(RunEntry entry, int? round, RunReader reader)
    {
        StoredModel[] models = [.. reader.Models()];
        int last = reader.Rounds().Where(over => over.State is RoundState.Committed or RoundState.Skipped).Select(over => over.Round)
            .DefaultIfEmpty(0).Max();
        int[] kept = [.. models.Select(model => model.Round).Where(committed => committed > 0 && committed > last - entry.KeptResults)];
        if (round is { } one && models.All(model => model.Round != one || one == 0))
        {
            throw new ServiceRefusedException(
                ProblemCode.NotFound, $"Run {entry.Id} has no model of round {one}.", $"edgeflora runs show {entry.Id} lists its rounds.");
        }

        int wanted = round ?? kept.LastOrDefault();
        return kept.Contains(wanted)
            ? new RunVerification(
                entry,
                RunRecovery.Counted(reader, wanted),
                [.. models.Where(model => model.Round <= wanted)],
                RunRecovery.CountedBefore(reader, entry.Options, wanted),
                kept.Where(other => other < wanted).Select(other => (int?)other).LastOrDefault())
            : throw new ServiceRefusedException(
                ProblemCode.Conflict,
                round is null
                    ? $"No results of run {entry.Id} are kept that could be merged again: {WhyNone(entry)}."
                    : $"The results of round {round} of run {entry.Id} are not kept: {WhyNone(entry)}.",
                entry.Options.Privacy is null ? "Set retention.results in the spec of the next run." : null);
    }

    /// <summary>Merges it in a folder of its own, which is removed: nothing of the run is touched.</summary>
    /// <param name="bodies">The run's.</param>
    public RoundVerification Run(BlobStore bodies)
    {
        string scratch = Directory.CreateTempSubdirectory("edgeflora-verify-").FullName;
        try
        {
            return Told(Problem(bodies, new BlobStore(scratch)));
        }
        catch (AdapterFormatException unmerged)
        {
            return Told($"it cannot be merged again: {unmerged.Message}");
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private RoundVerification Told(string? problem) => new()
    {
        Round = Committed.Round,
        Results = results.Count,
        ModelSha256 = Committed.Claim.Sha256,
        Problem = problem,
        Earlier = earlier,
    };

    private string? Problem(BlobStore stored, BlobStore scratch)
    {
        Dictionary<int, (StoredModel Model, int Age)> starts = results.Where(result => result.IsLate).Select(result => result.Round).Distinct()
            .ToDictionary(round => round, round => (StartOf(round), models.SkipLast(1).Count(model => model.Round >= round)));
        IEnumerable<(string? Sha256, string Codec, string Of)> needed =
        [
            (Before.Claim.Sha256, Before.Claim.Codec, $"the adapter of round {Before.Round}"),
            (Before.BaseDelta?.Sha256, Before.BaseDelta?.Codec ?? "", $"what was folded into the base up to round {Before.Round}"),
            (Before.Momentum?.Sha256, Before.Momentum?.Codec ?? "", $"the {Carried} after round {Before.Round}"),
            .. starts.Values.Select(start => start.Model)
                .Select(start => ((string?)start.Claim.Sha256, start.Claim.Codec, $"the adapter of round {start.Round}")),
            .. results.Select(result => ((string?)result.Sha256, result.Codec, $"the result of {result.Agent}")),
        ];
        foreach ((string? sha256, string codec, string of) in needed)
        {
            if (sha256 is not null && Copy(sha256, codec, stored, scratch) is { } damage)
            {
                return $"{of} {damage}";
            }
        }

        byte[] body = scratch.ReadAll(Before.Claim.Sha256);
        var broadcast = new AdapterReference(AdapterPayload.Decode(body, AdapterPayload.Describe(body, long.MaxValue).Shape));
        var work = new ManifestAggregation(Committed.Round, models.Count - 1, results, broadcast, Before) { Starts = starts, Counted = counted };
        AggregatedRound merged = work.Run(entry.Options, scratch);
        return Differs("adapter", merged.Model, Committed.Claim)
            ?? Differs("change of the base", merged.BaseDelta, Committed.BaseDelta)
            ?? Differs(Carried, merged.Momentum, Committed.Momentum);
    }

    private StoredModel StartOf(int round) => models.Last(model => model.Round < round);

    /// <returns>What is wrong with the stored body, to follow its name; null: it is as it was stored.</returns>
    private static string? Copy(string sha256, string codec, BlobStore stored, BlobStore scratch)
    {
        if (!stored.Contains(sha256))
        {
            return $"is no longer kept (body {sha256})";
        }

        byte[] body;
        try
        {
            body = stored.ReadAll(sha256);
        }
        catch (IOException unreadable) when (unreadable is not ArchiveAwayException)
        {
            return $"cannot be read any more: {unreadable.Message.TrimEnd('.')}";
        }

        return scratch.Put(body, codec).Sha256 is var found && found != sha256
            ? $"was changed on the disk: {stored.FileOf(sha256)} has SHA-256 {found}"
            : null;
    }

    private static string? Differs(string what, BlobClaim? merged, BlobClaim? committed) => merged?.Sha256 == committed?.Sha256
        ? null
        : $"the {what} that comes of it is {merged?.Sha256 ?? "none"}, and the ledger has {committed?.Sha256 ?? "none"}";

    private static string WhyNone(RunEntry entry) => entry.Options.Privacy is not null
        ? "in a private run what agents sent and the noise on it are deleted with each round, so that nobody can take the noise away"
        : FormattableString.Invariant($"retention.results is {entry.Retention.Results}");
}
