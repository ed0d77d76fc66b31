using System.Globalization;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary>Agents for people.</summary>
internal static class AgentText
{
    public static IEnumerable<string> Table(IReadOnlyList<AgentSummary> agents) => agents.Count == 0
        ? ["no agents"]
        : TextTable.Lines(
            ["NAME", "PRESENCE", "STANDING", "RUN", "LABELS", "EXAMPLES", "DEVICE", "VERSION", "HEARD", "WHAT IT DOES, OR WHY NOT"],
            agents.Select(agent => new[]
            {
                agent.Name, agent.Presence.ToString(), agent.Standing.ToString(), agent.RunId is { } run
                    ? RunIds.Short(run)
                    : null, Labels(agent),
                agent.Examples?.ToString(CultureInfo.InvariantCulture), agent.Device, Version(agent.Version), TextTable.Time(agent.LastHeardAt),
                agent.Sentence ?? agent.Activity,
            }));

    public static IEnumerable<string> Detail(AgentDetail agent)
    {
        AgentSummary summary = agent.Summary;
        yield return $"agent         {summary.Name} ({summary.Role}, installation {summary.InstallationId})";
        yield return $"state         {summary.Presence}, "
            + $"{summary.Standing}{(summary.Reason is { } reason ? $": {reason}" : "")}{(summary.Activity is { } activity ? $"; {activity}" : "")}";
        if (summary.Sentence is { } sentence)
        {
            yield return $"why           {sentence}";
        }

        yield return $"labels        {(summary.Labels.Count == 0 ? "none" : Labels(summary))}";
        yield return $"device        {summary.Platform}, {summary.Device ?? "unknown"}; version {summary.Version}";
        if (agent.Rank is { } rank)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"rank          {rank}{(summary.RunId is { } run ? $" in run {RunIds.Short(run)}" : "")}");
        }

        if (agent.Engines.FirstOrDefault(engine => engine.LargestRank is not null) is { } measured)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"memory        fits rank {measured.LargestRank} at most, with 16 examples of {measured.MeasuredTokens} tokens a step");
        }

        if (agent.Engines.FirstOrDefault(engine => engine.TokensPerSecond is not null) is { } timed)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"speed         {timed.TokensPerSecond:0} tokens a second with {timed.Engine}");
        }

        if (agent.Models.Count > 0)
        {
            yield return $"models        {string.Join(", ", agent.Models.Select(model => $"{model.ModelId} ({Beginning(model.Sha256)})"))}";
        }

        if (agent.Limits is { } limits)
        {
            yield return $"owner allows  {string.Join(", ", OwnerRules.Of(limits))}";
        }

        yield return $"enrolled      {TextTable.Time(agent.EnrolledAt)}; last heard {TextTable.Time(summary.LastHeardAt)}";
        yield return agent.BrokerUser is { } user
            ? string.Create(CultureInfo.InvariantCulture, $"proved by      user {user}; {agent.ForgedMessages} messages in its name were not its own")
            : "proved by      nothing: it has no user of its own at the broker (edgeflora tokens create --agent)";
        if (agent.PasswordChangeWanted)
        {
            yield return $"password      asked for another, and not changed yet; {PasswordOfTheOwner}";
        }

        foreach (AgentDataSet data in agent.DataSets)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"data          {data.Name}: {data.Examples} examples to train on, {data.HeldOut} held out, for {data.Task}");
        }

        if (agent.ModelCache is { } cache)
        {
            yield return $"fetches       models of up to {Shown.Bytes(cache.RoomBytes)} (models.cache.limit {Shown.Bytes(cache.LimitBytes)})";
            foreach (CachedModel model in cache.Models)
            {
                yield return $"fetched       {model.ModelId} ({Shown.Bytes(model.Bytes)}), weights {model.Sha256}";
            }
        }

        foreach (string line in agent.Terminal)
        {
            yield return $"terminal      {line}";
        }

        foreach (AgentHistoryEntry entry in agent.History)
        {
            yield return $"{TextTable.Time(entry.At)}  "
                + $"{entry.What}{(entry.RunId is { } run ? $" ({RunIds.Short(run)})" : "")}{(entry.By is { } by ? $" by {by}" : "")}";
        }
    }

    /// <summary>Which agents do not do what <c>agents rotate --ask</c> asks.</summary>
    public const string PasswordOfTheOwner =
        "an agent of version 0.1, or whose password its owner set (broker.password, broker.passwordFile), never does, and the latter's log says so";

    /// <summary>A build names its whole commit; eight digits of it tell builds apart.</summary>
    public static string Version(string build) => build.Split('+') is [string version, { Length: > 8 } commit] ? $"{version}+{commit[..8]}" : build;

    /// <summary>Twelve digits of a hash tell models apart.</summary>
    private static string Beginning(string sha256) => sha256.Length > 12 ? sha256[..12] : sha256;

    private static string Labels(AgentSummary agent) => string.Join(
        ",",
        agent.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
}
