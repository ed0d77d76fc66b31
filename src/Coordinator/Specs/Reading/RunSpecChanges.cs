using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Reading;

/// <summary>Changes of a run that is under way, as changes of its spec: one way of checking for both.</summary>
public static class RunSpecChanges
{
    private static readonly (Setting Setting, Func<RunChange, object?> Value)[] Changeable =
    [
        (RoundSections.Count, change => change.Rounds),
        (RoundSections.MinAgents, change => change.MinAgents),
        (RoundSections.PerRound, change => change.AgentsPerRound),
        (RoundSections.Quorum, change => change.Quorum),
        (RoundSections.Soft, change => change.SoftDeadline is { } time ? DurationText.Format(time) : null),
        (RoundSections.Hard, change => change.HardDeadline is { } time ? DurationText.Format(time) : null),
        (TopSection.Priority, change => change.Priority),
        (TopSection.Note, change => change.Note),
    ];

    /// <summary>Paths of the settings that may change under way.</summary>
    public static IReadOnlyList<string> Paths { get; } = [.. Changeable.Select(entry => entry.Setting.Path)];

    /// <summary>Reads the spec as it is with a change; every mistake that the change brings in is told.</summary>
    /// <param name="document">As <see cref="RunSpecReading.Document"/> has it; it stays as it is.</param>
    public static RunSpecReading Apply(JsonObject document, RunChange change)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(change);
        var changed = (JsonObject)document.DeepClone();
        foreach ((Setting setting, Func<RunChange, object?> value) in Changeable)
        {
            if (value(change) is { } given)
            {
                Set(changed, setting.Path.Split('.'), given);
            }
        }

        return RunSpecReader.Read(changed);
    }

    /// <summary>An empty text takes a setting away.</summary>
    private static void Set(JsonObject document, string[] path, object value)
    {
        JsonObject place = document;
        foreach (string section in path[..^1])
        {
            place = (place[section] ??= new JsonObject()).AsObject();
        }

        if (value is "")
        {
            place.Remove(path[^1]);
        }
        else
        {
            place[path[^1]] = JsonSerializer.SerializeToNode(value);
        }
    }
}
