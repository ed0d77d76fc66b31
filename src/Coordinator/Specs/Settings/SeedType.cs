using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Whole numbers of 64 bits, from 0.</summary>
internal sealed class SeedType : ISettingType<ulong>
{
    public string Right => string.Create(CultureInfo.InvariantCulture, $"a whole number, 0 … {ulong.MaxValue}");

    public bool TryRead(SpecNode node, out ulong value)
    {
        value = 0;
        return node is SpecScalar { Quoted: false } scalar && ulong.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    public JsonNode Write(ulong value) => value;

    public JsonObject Schema() => new() { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = ulong.MaxValue };
}
