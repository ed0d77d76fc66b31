using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>What may change while a run is under way.</summary>
internal static class RunChanges
{
    /// <summary>The run with the change, all of it.</summary>
    /// <param name="round">The present round; 0 before the first.</param>
    /// <exception cref="ServiceRefusedException">A value is out of its range, or does not go with where the run is.</exception>
    public static RunEntry Apply(RunEntry entry, RunChange change, int round)
    {
        RoundOptions rounds = entry.Options.Rounds;
        rounds = rounds with
        {
            Count = change.Rounds ?? rounds.Count,
            MinAgents = change.MinAgents ?? rounds.MinAgents,
            AgentsPerRound = change.AgentsPerRound ?? rounds.AgentsPerRound,
            Quorum = change.Quorum ?? rounds.Quorum,
            SoftDeadline = change.SoftDeadline ?? rounds.SoftDeadline,
            HardDeadline = change.HardDeadline ?? rounds.HardDeadline,
        };
        string[] problems = [.. Problems(entry, change, rounds, round)];
        if (problems.Length > 0)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidInput, string.Join(" ", problems), mistakes: [.. problems.Select(problem => new SpecMistake(null, null, null, "", null, problem))]);
        }

        return entry with
        {
            Options = entry.Options with { Rounds = rounds },
            Priority = change.Priority ?? entry.Priority,
            Note = change.Note switch { null => entry.Note, "" => null, var note => note },
            Spec = Said(entry.Spec, change),
        };
    }

    private static IEnumerable<string> Problems(RunEntry entry, RunChange change, RoundOptions rounds, int round)
    {
        foreach (string problem in rounds.Problems().Concat(entry.Options.Privacy?.Problems(rounds) ?? []))
        {
            yield return problem;
        }

        if (change.Rounds is { } count && count < round)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"rounds.count is {count}; round {round} is under way or over: it must be at least {round}.");
        }

        if (change.Priority is < -100 or > 100)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"priority is {change.Priority}; it is a whole number from -100 to 100.");
        }

        if (change.Note is { Length: > 1000 })
        {
            yield return $"note has {change.Note.Length} characters; at most 1,000 are kept.";
        }

        if (entry.Options.Privacy is not null && change.MinAgents is not null)
        {
            yield return "rounds.minAgents is the stated population of a private run, on which its guarantee rests: it stays.";
        }
    }

    /// <summary>The spec as it holds now.</summary>
    private static JsonObject Said(JsonObject spec, RunChange change)
    {
        JsonObject said = spec.DeepClone().AsObject();
        if (change.Priority is { } priority)
        {
            said["priority"] = priority;
        }

        if (change.Note is { } note)
        {
            said["note"] = note;
        }

        var settings = new (string Name, JsonNode? Value)[]
        {
            ("count", change.Rounds), ("minAgents", change.MinAgents), ("agentsPerRound", change.AgentsPerRound), ("quorum", change.Quorum),
            ("softDeadline", change.SoftDeadline is { } soft ? Text(soft) : null), ("hardDeadline", change.HardDeadline is { } hard ? Text(hard) : null),
        };
        foreach ((string name, JsonNode? value) in settings.Where(setting => setting.Value is not null))
        {
            if (said["rounds"] is not JsonObject rounds)
            {
                said["rounds"] = rounds = [];
            }

            rounds[name] = value;
        }

        return said;
    }

    private static string Text(TimeSpan time) => time.TotalSeconds == Math.Floor(time.TotalSeconds)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0}s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0}ms");
}
