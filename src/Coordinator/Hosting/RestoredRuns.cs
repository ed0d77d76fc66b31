using System.Globalization;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// Private runs of a state that was restored from a backup. What they did after the backup was made has spent of their budgets and is not known here:
/// they are held until an operator says how many rounds that were. See docs/decisions/restored-private-runs.md.
/// </summary>
internal static class RestoredRuns
{
    private const int MaxSpent = 10_000;

    /// <summary>Holds the private runs that are not over.</summary>
    /// <param name="copiedAt">When the backup was made, where that is known.</param>
    public static void Hold(RunCatalogue catalogue, ServiceStore store, DateTimeOffset? copiedAt, ILogger log)
    {
        RunEntry[] runs = [.. catalogue.All().Where(entry => !entry.IsOver && entry.Options.Privacy is not null)];
        foreach (RunEntry run in runs)
        {
            // In this order: a run that is held without the mark would be led when it is resumed.
            catalogue.Change(run.Id, static entry => entry with { SpentUnknown = true }, command: null);
            int sums = store.Read(run.Id.ToString(), static reader => reader.NoisySums());
            catalogue.SetState(run.Id, RunState.Paused, Reason(run, sums, copiedAt), by: null, command: null);
        }

        log.ServiceRestored(copiedAt?.ToString("u", CultureInfo.InvariantCulture) ?? "an unknown time", runs.Length);
    }

    /// <summary>Counts the rounds that an operator says were begun after the backup, before the run is let go on.</summary>
    /// <param name="spentRounds">Null: nothing was said of them.</param>
    /// <exception cref="ServiceRefusedException">The run is held for want of the number, or the number is none that it can be.</exception>
    public static void Settle(RunCatalogue catalogue, ServiceStore store, RunEntry entry, int? spentRounds)
    {
        if (!entry.SpentUnknown)
        {
            if (spentRounds is not null)
            {
                throw new ServiceRefusedException(
                    ProblemCode.InvalidInput,
                    $"Run {entry.Id} knows of all its rounds; spentRounds is for private runs of a service that was restored from a backup.",
                    $"edgeflora runs resume {entry.Id}");
            }

            return;
        }

        if (spentRounds is not { } spent)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict, entry.Reason ?? "The service was restored from a backup.",
                $"edgeflora runs resume {entry.Id} --spent-rounds N, or edgeflora runs cancel {entry.Id}");
        }

        if (spent is < 0 or > MaxSpent)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"spentRounds is {spent}; it must be 0 … {MaxSpent}."));
        }

        // A round that was open in the backup may have been summed after it. Its agents are not summed again by the same draw: it is given up.
        int? open = store.Read(entry.Id.ToString(), static reader => reader.LastRound() is { IsOpen: true } round ? round.Number : (int?)null);
        catalogue.SettleSpent(entry.Id, spent, spent > 0 ? open : null);
    }

    private static string Reason(RunEntry run, int sums, DateTimeOffset? copiedAt)
    {
        PrivacyRunOptions privacy = run.Options.Privacy!;
        int left = Math.Max(0, run.Options.Rounds.Count - sums);
        string when = copiedAt is { } at
            ? string.Create(CultureInfo.InvariantCulture, $"a backup of {at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z")
            : "a backup, or its state folder was copied";
        string known = string.Create(
            CultureInfo.InvariantCulture,
            $"{sums} rounds are known, which have spent ε = {privacy.EpsilonAfter(sums):0.00} of {privacy.Budget}");
        string worst = string.Create(
            CultureInfo.InvariantCulture, $"if all {left} others have ended, it is {privacy.EpsilonAfter(sums + left):0.00}");
        return $"the service was restored from {when}, and rounds of this private run that ended after it have spent of its budget: {known}; "
            + $"{worst}. Say how many ended (one that was being merged counts): edgeflora runs resume {run.Id} --spent-rounds N; "
            + $"or end the run: edgeflora runs cancel {run.Id}";
    }
}
