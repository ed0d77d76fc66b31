using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Whole numbers from <paramref name="min"/> to <paramref name="max"/>.</summary>
/// <param name="unit">What is counted: <c>rounds</c>; empty for a bare number.</param>
internal sealed class WholeType(int min, int max, string unit = "") : ISettingType<int>
{
    public int Min => min;

    public int Max => max;

    public string Right => string.Create(CultureInfo.InvariantCulture, $"a whole number, {min} … {max}{(unit.Length > 0 ? " " + unit : "")}");

    public bool TryRead(SpecNode node, out int value)
    {
        value = 0;
        return node is SpecScalar { Quoted: false } scalar
            && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= min && value <= max;
    }

    public JsonNode Write(int value) => value;

    public JsonObject Schema() => new() { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max };
}
