using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Whole numbers that have no default.</summary>
internal sealed class OptionalWholeType(WholeType whole) : ISettingType<int?>
{
    public string Right => whole.Right;

    public bool TryRead(SpecNode node, out int? value)
    {
        bool right = whole.TryRead(node, out int read);
        value = right ? read : null;
        return right;
    }

    public JsonNode Write(int? value) => value!.Value;

    public JsonObject Schema() => whole.Schema();
}
