using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Experiments.Files;

/// <summary>One value or a list of them, all different.</summary>
/// <param name="one">What each must be.</param>
/// <param name="max">Most values.</param>
internal sealed class AxisType<T>(ISettingType<T> one, int max) : ISettingType<IReadOnlyList<T>>
    where T : notnull
{
    public string Right => string.Create(CultureInfo.InvariantCulture, $"{one.Right}, or a list of up to {max} such, all different");

    public bool TryRead(SpecNode node, [MaybeNullWhen(false)] out IReadOnlyList<T> value)
    {
        var read = new List<T>();
        value = read;
        foreach (SpecNode item in Items(node))
        {
            if (!one.TryRead(item, out T? single) || read.Contains(single))
            {
                return false;
            }

            read.Add(single);
        }

        return read.Count > 0 && read.Count <= max;
    }

    /// <summary>Names the item that is at fault, for a list can be long.</summary>
    public string Wrong(SpecNode node)
    {
        IReadOnlyList<SpecNode> items = Items(node);
        if (node is SpecList && items.FirstOrDefault(item => !one.TryRead(item, out _)) is { } odd)
        {
            string wrong = one.Wrong(odd);
            return $"at line {odd.Place.Row} {wrong}";
        }

        IGrouping<string, SpecNode>? repeated =
            items.GroupBy(item => item.AsTyped, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return repeated is { } twice
            ? $"has {twice.Key} twice; it must be {Right}"
            : node is SpecList ? $"is {node.AsTyped}; it must be {Right}" : one.Wrong(node);
    }

    public JsonNode Write(IReadOnlyList<T> value) => new JsonArray([.. value.Select(one.Write)]);

    public JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(
            one.Schema(),
            new JsonObject { ["type"] = "array", ["items"] = one.Schema(), ["minItems"] = 1, ["maxItems"] = max, ["uniqueItems"] = true }),
    };

    private static IReadOnlyList<SpecNode> Items(SpecNode node) => node is SpecList list ? list.Items : [node];
}
