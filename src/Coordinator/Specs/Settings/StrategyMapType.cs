using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using EdgeFlora.Aggregation;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Strategies under patterns of module names, in order: <c>{"*.value": FedExLora}</c>.</summary>
internal sealed class StrategyMapType(ISettingType<string> strategy) : ISettingType<IReadOnlyList<ModuleStrategy>>
{
    private const int MaxEntries = 100;
    private const int MaxLength = 200;

    public string Right => $"patterns of module names, each once, with {strategy.Right}, such as {{\"*.value\": FedExLora}}";

    public bool TryRead(SpecNode node, [MaybeNullWhen(false)] out IReadOnlyList<ModuleStrategy> value)
    {
        var read = new List<ModuleStrategy>();
        value = read;
        if (node is not SpecSection section || section.Entries.Count > MaxEntries)
        {
            return false;
        }

        foreach (SpecEntry entry in section.Entries)
        {
            if (entry.Name.Length is 0 or > MaxLength || read.Any(earlier => earlier.Pattern == entry.Name)
                || !strategy.TryRead(entry.Value, out string? name))
            {
                return false;
            }

            read.Add(new ModuleStrategy(entry.Name, name));
        }

        return true;
    }

    public JsonNode Write(IReadOnlyList<ModuleStrategy> value) =>
        new JsonObject(value.Select(entry => KeyValuePair.Create(entry.Pattern, (JsonNode?)entry.Strategy)));

    public JsonObject Schema() => new() { ["type"] = "object", ["maxProperties"] = MaxEntries, ["additionalProperties"] = strategy.Schema() };
}
