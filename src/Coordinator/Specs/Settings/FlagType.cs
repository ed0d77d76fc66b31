using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed class FlagType : ISettingType<bool>
{
    public string Right => "true or false";

    public bool TryRead(SpecNode node, out bool value)
    {
        value = node is SpecScalar { Quoted: false, Text: "true" };
        return value || node is SpecScalar { Quoted: false, Text: "false" };
    }

    public JsonNode Write(bool value) => value;

    public JsonObject Schema() => new() { ["type"] = "boolean" };
}
