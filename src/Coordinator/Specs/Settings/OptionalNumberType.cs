using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Numbers that have no default, or one that hangs on other settings.</summary>
internal sealed class OptionalNumberType(NumberType number) : ISettingType<double?>
{
    public string Right => number.Right;

    public bool TryRead(SpecNode node, out double? value)
    {
        bool right = number.TryRead(node, out double read);
        value = right ? read : null;
        return right;
    }

    public JsonNode Write(double? value) => value!.Value;

    public JsonObject Schema() => number.Schema();
}
