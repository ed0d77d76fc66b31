using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Numbers from <paramref name="min"/> to <paramref name="max"/>.</summary>
/// <param name="above">Whether <paramref name="min"/> itself is out of range.</param>
/// <param name="below">Whether <paramref name="max"/> itself is out of range.</param>
/// <param name="orZero">Whether 0 is right as well.</param>
internal sealed class NumberType(double min, double max, bool above = false, bool below = false, bool orZero = false) : ISettingType<double>
{
    public double Min => min;

    public double Max => max;

    public string Right => string.Create(
        CultureInfo.InvariantCulture, $"{(orZero ? "0, or " : "")}a number, {(above ? "above " : "")}{min} … {(below ? "below " : "")}{max}");

    public bool TryRead(SpecNode node, out double value)
    {
        value = 0;
        return node is SpecScalar { Quoted: false } scalar
            && double.TryParse(
                scalar.Text,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture,
                out value)
            && ((orZero && value == 0) || ((above ? value > min : value >= min) && (below ? value < max : value <= max)));
    }

    public JsonNode Write(double value) => value;

    public JsonObject Schema()
    {
        var range = new JsonObject
        {
            ["type"] = "number",
            [above ? "exclusiveMinimum" : "minimum"] = min,
            [below ? "exclusiveMaximum" : "maximum"] = max,
        };
        return orZero ? new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["const"] = 0 }, range) } : range;
    }
}
