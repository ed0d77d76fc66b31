using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Experiments.Files;

/// <summary>An axis that hangs on another setting where it is left out.</summary>
internal sealed class OptionalAxisType<T>(AxisType<T> axis) : ISettingType<IReadOnlyList<T>?>
    where T : notnull
{
    public string Right => axis.Right;

    public bool TryRead(SpecNode node, out IReadOnlyList<T>? value)
    {
        bool right = axis.TryRead(node, out IReadOnlyList<T>? read);
        value = right ? read : null;
        return right;
    }

    public string Wrong(SpecNode node) => axis.Wrong(node);

    public JsonNode Write(IReadOnlyList<T>? value) => axis.Write(value!);

    public JsonObject Schema() => axis.Schema();
}
