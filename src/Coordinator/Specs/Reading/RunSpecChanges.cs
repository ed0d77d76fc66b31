using System.Globalization;
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

    /// <summary>A change as it is typed: <c>rounds.count=7</c>, <c>deadlines.soft=5m</c>.</summary>
    /// <param name="mistakes">Everything that is wrong with it; empty if nothing is.</param>
    public static RunChange Parse(IReadOnlyList<string> settings, out IReadOnlyList<SpecMistake> mistakes)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var wrong = new List<SpecMistake>();
        var change = new RunChange();
        foreach (string text in settings)
        {
            string path = text.Split('=')[0].Trim();
            string value = text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim();
            if (!Paths.Contains(path))
            {
                wrong.Add(new SpecMistake(
                    text,
                    null,
                    null,
                    path,
                    value,
                    $"{path} may not change under way; what may: {string.Join(", ", Paths)}. A new run can begin from this one's model: runs fork ID "
                    + $"--set {text}"));
            }
            else if (text.IndexOf('=', StringComparison.Ordinal) < 0)
            {
                wrong.Add(new SpecMistake(text, null, null, path, null, "it must be SETTING=VALUE, such as rounds.count=7"));
            }
            else if (path == TopSection.Note.Path && value.Length == 0)
            {
                change = change with { Note = "" };
            }
            else
            {
                // Read as a part of a spec, so that both say the same of a value.
                RunSpecReading reading = RunSpecReader.Read("labels: [a, b]"u8, null, [text]);
                SpecMistake[] own = [.. reading.Mistakes.Where(
                    mistake => mistake.Setting == path && mistake.File is not null && !Paths.Except([path]).Any(mistake.Sentence.Contains))];
                wrong.AddRange(own);
                change = own.Length > 0 ? change : With(change, path, reading.Spec?.Note ?? value);
            }
        }

        mistakes = wrong;
        return change;
    }

    private static RunChange With(RunChange change, string path, string value) => path switch
    {
        "rounds.count" => change with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
        "agents.min" => change with { MinAgents = int.Parse(value, CultureInfo.InvariantCulture) },
        "agents.perRound" => change with { AgentsPerRound = int.Parse(value, CultureInfo.InvariantCulture) },
        "agents.quorum" => change with { Quorum = double.Parse(value, CultureInfo.InvariantCulture) },
        "deadlines.soft" => change with { SoftDeadline = Time(value) },
        "deadlines.hard" => change with { HardDeadline = Time(value) },
        "priority" => change with { Priority = int.Parse(value, CultureInfo.InvariantCulture) },
        _ => change with { Note = value },
    };

    private static TimeSpan Time(string value) =>
        DurationText.TryParse(value, out TimeSpan time) ? time : throw new FormatException($"'{value}' is not a time.");

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
