using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Whole ids of runs.</summary>
internal sealed class RunIdType : ISettingType<Guid?>
{
    public string Right => "the whole id of a run, such as 0192f3a4-5b6c-7d8e-9f01-23456789abcd";

    public bool TryRead(SpecNode node, out Guid? value)
    {
        value = node is SpecScalar scalar && Guid.TryParseExact(scalar.Text, "D", out Guid read) ? read : null;
        return value is not null;
    }

    public JsonNode Write(Guid? value) => value!.Value.ToString();

    public JsonObject Schema() => new() { ["type"] = "string", ["format"] = "uuid" };
}
