using System.Globalization;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Rounds;

/// <summary>Decides what of a round is merged, writes it down, and says who is left out.</summary>
internal sealed class RoundFreeze(RunFacts facts, LiveRun state, RoundSecrets secrets, LateTasks late)
{
    /// <summary>Called with agents whose results are out of bounds.</summary>
    public Action<string, Step> OnOutlier { get; set; } = static (_, _) => { };

    /// <summary>
    /// Writes down what will be aggregated, in the order of agents' names, and who is left out for a change far from the others'; in a private run
    /// nobody,
    /// and the noise instead.
    /// </summary>
    public void Freeze(Round round, Step step)
    {
        ManifestEntry[] manifest = RoundManifest.Of([.. state.Results.Values], facts.Options);
        secrets.AddNoise(round.Number, step);
        step.Store.SaveManifest(round.Number, manifest);
        step.Event(RunEventKind.RoundFrozen, round.Number, detail: Said(manifest));
        foreach (ManifestEntry outlier in manifest.Where(entry => entry.Reason is not null))
        {
            Refuse(round.Number, outlier.Agent, outlier.Reason!, step);
            OnOutlier(outlier.Agent, step);
        }

        late.CancelAll(step);
        step.Store.Effect("freeze");
    }

    /// <summary>What could not be merged is left out of the manifest too, told, and held against its agent if what it holds is to blame.</summary>
    public void LeaveOut(Round round, UnmergedResult result, Step step)
    {
        string reason = Text.Cut(result.Reason);
        step.Store.LeaveOut(round.Number, result.Agent, reason);
        Refuse(round.Number, result.Agent, reason, step);
        if (result.IsFault)
        {
            OnOutlier(result.Agent, step);
        }
    }

    private void Refuse(int round, string agent, string reason, Step step)
    {
        state.Refusals[agent] = reason;
        step.Store.SaveRefusal(round, agent, reason);
        step.Event(RunEventKind.ResultRejected, round, agent, "Invalid", reason);
    }

    /// <summary>What is in the manifest, and who weighs less than its examples, for people.</summary>
    private string Said(ManifestEntry[] manifest)
    {
        string[] capped = [.. manifest.Where(entry => entry.Weight is not null).Select(Capped)];
        string counted = $"{manifest.Count(entry => entry.Reason is null)} updates in the manifest";
        return capped.Length == 0 ? counted : Text.Cut($"{counted}; counted less than stated: {string.Join(", ", capped)}");
    }

    private string Capped(ManifestEntry entry) =>
        string.Create(CultureInfo.InvariantCulture, $"{entry.Agent} with {entry.Weight:0.#} of its {state.Results[entry.Agent].Examples} examples");
}
