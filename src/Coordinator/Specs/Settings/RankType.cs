using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>One rank for all agents, <c>auto</c>, bounds of it, or ranks by labels.</summary>
internal sealed class RankType : ISettingType<RankChoice>
{
    private const string Auto = "auto";
    private const string Min = "min";
    private const string Max = "max";
    private const string Default = "default";
    private const string By = "by";
    private const int MaxSelectors = 100;

    private static readonly WholeType Rank = new(1, 1024);
    private static readonly SelectorType Selector = new();

    public string Right => string.Create(
        CultureInfo.InvariantCulture,
        $"a whole number, {Rank.Min} … {Rank.Max}, auto, {{min: 2, max: 16}} for auto between other bounds, ")
        + "or ranks by labels such as {default: 8, by: {\"site=clinic\": 2}}";

    public bool TryRead(SpecNode node, out RankChoice value)
    {
        value = default;
        if (Problem(node) is not null)
        {
            return false;
        }

        value = node switch
        {
            SpecScalar { Text: Auto } => new RankChoice(RanksByMemory.Usual),
            SpecSection section when section.Entries.Any(entry => entry.Name == Min) =>
                new RankChoice(new RanksByMemory(Whole(section, Min), Whole(section, Max))),
            SpecSection section => new RankChoice(new RanksByLabel(Whole(section, Default), ByLabels(section))),
            _ => new RankChoice(Whole(node)),
        };
        return true;
    }

    public string Wrong(SpecNode node) => Problem(node)!;

    public JsonNode Write(RankChoice value) => value.Ranks is { } ranks ? AgentRanksJsonConverter.ToJson(ranks) : value.Highest;

    public JsonObject Schema() => new()
    {
        ["oneOf"] = new JsonArray(
            Rank.Schema(),
            new JsonObject { ["const"] = Auto },
            Section((Min, Rank.Schema()), (Max, Rank.Schema())),
            Section((Default, Rank.Schema()), (By, new JsonObject
            {
                ["type"] = "object",
                ["minProperties"] = 1,
                ["maxProperties"] = MaxSelectors,
                ["propertyNames"] = Selector.Schema(),
                ["additionalProperties"] = Rank.Schema(),
            }))),
    };

    private static JsonObject Section(params (string Name, JsonObject Schema)[] entries) => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["required"] = new JsonArray([.. entries.Select(entry => (JsonNode)entry.Name)]),
        ["properties"] = new JsonObject(entries.Select(entry => KeyValuePair.Create(entry.Name, (JsonNode?)entry.Schema))),
    };

    // To follow the setting's name; null if nothing is wrong.
    private string? Problem(SpecNode node) => node switch
    {
        SpecScalar { Quoted: false, Text: Auto } => null,
        SpecSection section when section.Entries.Any(entry => entry.Name is Min or Max) => Misnamed(section, [Min, Max])
            ?? NoRank(section)
            ?? (Whole(section, Min) < Whole(section, Max)
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"has min {Whole(section, Min)} and max {Whole(section, Max)}; min must be below max")),
        SpecSection section => Misnamed(section, [Default, By])
            ?? NoRank(section)
            ?? NoSelectors(section.Entries.First(entry => entry.Name == By).Value),
        _ => Rank.TryRead(node, out _) ? null : $"is {node.AsTyped}; it must be {Right}",
    };

    private string? Misnamed(SpecSection section, string[] names)
    {
        if (section.Entries.FirstOrDefault(entry => !names.Contains(entry.Name)) is { } odd)
        {
            return $"has '{odd.Name}'{At(odd.Place)}; it must be {Right}";
        }

        return names.FirstOrDefault(name => section.Entries.Count(entry => entry.Name == name) != 1) is { } missing
            ? $"{(section.Entries.Any(entry => entry.Name == missing) ? $"has '{missing}' twice" : $"has no '{missing}'")}; it must be {Right}"
            : null;
    }

    private static string? NoRank(SpecSection section) => section.Entries.Where(entry => entry.Name != By)
        .Where(entry => !Rank.TryRead(entry.Value, out _))
        .Select(entry => $"has {entry.Name} {entry.Value.AsTyped}{At(entry.Place)}; it must be {Rank.Right}").FirstOrDefault();

    private static string? NoSelectors(SpecNode by)
    {
        if (by is not SpecSection section || section.Entries.Count is 0 or > MaxSelectors)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"has by {by.AsTyped}{At(by.Place)}; it must be 1 … {MaxSelectors} selectors of labels, each with a rank, such as {{\"site=clinic\": "
                + $"2}}");
        }

        foreach (SpecEntry entry in section.Entries)
        {
            var text = new SpecScalar(entry.Place, entry.Name, Quoted: true);
            if (!Selector.TryRead(text, out LabelSelector? selector) || selector == LabelSelector.Any)
            {
                return $"has by '{entry.Name}'{At(entry.Place)}, which {Selector.Wrong(text)}";
            }

            if (!Rank.TryRead(entry.Value, out _))
            {
                return $"has {entry.Value.AsTyped} for '{entry.Name}'{At(entry.Place)}; it must be {Rank.Right}";
            }
        }

        return section.Entries.GroupBy(entry => entry.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? $"has '{twice.Key}' twice{At(twice.Last().Place)}; leave one of them out"
            : null;
    }

    private static string At(SpecPlace place) => place.Row is { } row ? string.Create(CultureInfo.InvariantCulture, $" at line {row}") : "";

    private static int Whole(SpecSection section, string name) => Whole(section.Entries.First(entry => entry.Name == name).Value);

    private static int Whole(SpecNode node) => Rank.TryRead(node, out int rank) ? rank : 0;

    private static LabelRank[] ByLabels(SpecSection section) => section.Entries.First(entry => entry.Name == By).Value is SpecSection by
        ? [.. by.Entries.Select(entry => new LabelRank(LabelSelector.Parse(entry.Name), Whole(entry.Value)))]
        : [];
}
