using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Texts in order, all different.</summary>
/// <param name="what">What each is: <c>names of classes</c>.</param>
internal sealed class TextListType(string what, int min, int max) : ISettingType<IReadOnlyList<string>?>
{
    private const int MaxLength = 200;

    public string Right => string.Create(
        CultureInfo.InvariantCulture, $"a list of {min} … {max} {what}, all different, of 1 … {MaxLength} characters each");

    public bool TryRead(SpecNode node, [MaybeNullWhen(false)] out IReadOnlyList<string>? value)
    {
        value = null;
        if (node is not SpecList list || list.Items.Count < min || list.Items.Count > max)
        {
            return false;
        }

        string[] texts =
        [
            .. list.Items.OfType<SpecScalar>().Select(item => item.Text).Where(text => TextType.IsShown(text) && text.Length <= MaxLength),
        ];
        value = texts;
        return texts.Length == list.Items.Count && texts.Distinct(StringComparer.Ordinal).Count() == texts.Length;
    }

    /// <summary>Names the item that is at fault, for a list can be long.</summary>
    public string Wrong(SpecNode node)
    {
        SpecNode[] items = node is SpecList list ? [.. list.Items] : [];
        if (items.FirstOrDefault(item => item is not SpecScalar { Text: var text } || !TextType.IsShown(text) || text.Length > MaxLength) is { } odd)
        {
            return $"has {odd.AsTyped} at line {odd.Place.Row}; it must be {Right}";
        }

        return items.OfType<SpecScalar>().GroupBy(item => item.Text, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? $"has '{twice.Key}' twice; it must be {Right}"
            : $"is {node.AsTyped}; it must be {Right}";
    }

    public JsonNode Write(IReadOnlyList<string>? value) => new JsonArray([.. value!.Select(text => (JsonNode)text)]);

    public JsonObject Schema() => new()
    {
        ["type"] = "array",
        ["items"] = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = MaxLength },
        ["minItems"] = min,
        ["maxItems"] = max,
        ["uniqueItems"] = true,
    };
}
