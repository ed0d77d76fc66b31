using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Aggregation;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Coordinator.Tests.Specs;

/// <summary>
/// The spec's table of settings is what schema and guide are written from (<see cref="RunSpecSchemaTests"/>, <see cref="RunSpecReferenceTests"/>);
/// here, that the options take exactly its ranges.
/// </summary>
public sealed class SettingRangeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static IEnumerable<TheoryDataRow<string>> Ranged =>
        SpecSections.Settings.Where(setting => Range(setting) is not null).Select(setting => new TheoryDataRow<string>(setting.Path));

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Ranged))]
    public void The_options_take_what_the_spec_takes_and_nothing_else(string path)
    {
        Setting setting = SpecSections.Settings.Single(setting => setting.Path == path);
        (JsonNode[] inside, JsonNode[] outside) = Range(setting)!.Value;

        Assert.All(inside, value => Assert.Null(Complaint(setting, value)));
        Assert.All(outside, value => Assert.NotNull(Complaint(setting, value)));
    }

    [Fact]
    public void Most_settings_with_a_range_are_options_of_a_run() => Assert.True(
        Ranged.Count() >= 35, $"only {Ranged.Count()} settings are compared");

    /// <summary>What the options say of one value's range; other settings may contradict it as they like.</summary>
    private string? Complaint(Setting setting, JsonNode value)
    {
        JsonObject options = Written();
        string[] names = setting.Option.Split(':');
        names[..^1].Aggregate((JsonNode)options, (node, name) => node[name]!)[names[^1]] = value.DeepClone();
        return options.Deserialize<CoordinatorOptions>()!.Problems().FirstOrDefault(
            problem => problem.StartsWith($"{setting.Option} is ", StringComparison.Ordinal)
                && (problem.Contains("; it is a ", StringComparison.Ordinal) || problem.Contains("; it must be ", StringComparison.Ordinal)));
    }

    /// <summary>With a strategy and a server step that take all of their options.</summary>
    private JsonObject Written()
    {
        CoordinatorOptions options = Settings.For(folder);
        return JsonSerializer.SerializeToNode(options with { Aggregation = options.Aggregation with { Strategy = "OptimalRank", ServerStep = ServerStep.FedAdam } })!.AsObject();
    }

    /// <summary>Values at the ends of a setting's range, and just beyond them; null: it has none, or is no option that is always there.</summary>
    private static (JsonNode[] Inside, JsonNode[] Outside)? Range(Setting setting)
    {
        if (!IsOption(setting))
        {
            return null;
        }

        if (setting is Setting<TimeSpan> { Type: DurationType time })
        {
            TimeSpan least = TimeSpan.FromMilliseconds(1);
            return ([Time(time.Min), Time(time.Max)], [Time(time.Min - least), Time(time.Max + least)]);
        }

        JsonObject schema = setting.Schema();
        JsonNode range = schema["anyOf"]?[1] ?? schema;
        bool orZero = schema["anyOf"] is not null;
        return range["type"]?.GetValue<string>() switch
        {
            "integer" when setting is Setting<int> => Whole(range["minimum"]!.GetValue<int>(), range["maximum"]!.GetValue<int>()),
            "number" when setting is Setting<double> or Setting<double?> => Number(range, orZero),
            _ => null,
        };
    }

    private static (JsonNode[] Inside, JsonNode[] Outside) Whole(int min, int max) =>
        ([min, max], [.. (JsonNode[])[min - 1], .. max < int.MaxValue ? (JsonNode[])[max + 1] : []]);

    private static (JsonNode[] Inside, JsonNode[] Outside) Number(JsonNode range, bool orZero)
    {
        double min = (range["minimum"] ?? range["exclusiveMinimum"])!.GetValue<double>();
        double max = (range["maximum"] ?? range["exclusiveMaximum"])!.GetValue<double>();
        double lowest = range["minimum"] is null ? Math.BitIncrement(min) : min;
        double highest = range["maximum"] is null ? Math.BitDecrement(max) : max;
        return (
            [.. (JsonNode[])[lowest, highest], .. orZero ? (JsonNode[])[0.0] : []],
            [orZero ? min / 2 : Math.BitDecrement(lowest), Math.BitIncrement(highest)]);
    }

    private static bool IsOption(Setting setting)
    {
        using var folder = new TemporaryFolder();
        JsonNode? node = JsonSerializer.SerializeToNode(Settings.For(folder));
        string[] names = setting.Option.Split(':');
        foreach (string name in names[..^1])
        {
            node = node?[name];
        }

        return names.Length > 1 && node is JsonObject parent && parent.ContainsKey(names[^1]);
    }

    private static JsonNode Time(TimeSpan time) => JsonSerializer.SerializeToNode(time)!;
}
