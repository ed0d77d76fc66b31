using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>A text in one line.</summary>
/// <param name="max">Most characters.</param>
/// <param name="problem">What else is wrong with a text, to follow "it must be"; null: nothing is.</param>
internal sealed class TextType(int max, string? right = null, Func<string, bool>? problem = null) : ISettingType<string?>
{
    public string Right => right ?? string.Create(CultureInfo.InvariantCulture, $"a text of 1 … {max} characters");

    public bool TryRead(SpecNode node, out string? value)
    {
        value = (node as SpecScalar)?.Text;
        return value is not null && IsShown(value) && value.Length <= max && problem?.Invoke(value) != true;
    }

    public JsonNode Write(string? value) => value!;

    public JsonObject Schema() => new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = max };

    /// <summary>Whether a text shows something and fits on a line.</summary>
    public static bool IsShown(string text) => !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl);
}
