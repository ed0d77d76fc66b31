using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Experiments.Files;

/// <summary>A strategy with a server step.</summary>
internal sealed class MethodType : ISettingType<Method>
{
    public string Right => Method.Right;

    public bool TryRead(SpecNode node, [MaybeNullWhen(false)] out Method value)
    {
        value = null;
        return node is SpecScalar scalar && Method.TryParse(scalar.Text, out value, out _);
    }

    public string Wrong(SpecNode node) => node is SpecScalar scalar && !Method.TryParse(scalar.Text, out _, out string? problem)
        ? $"is {problem}; it must be {Right}"
        : $"is {node.AsTyped}; it must be {Right}";

    public JsonNode Write(Method value) => value.Name;

    public JsonObject Schema() => new() { ["type"] = "string" };
}
