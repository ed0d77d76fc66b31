using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>Selectors of agents by their labels.</summary>
internal sealed class SelectorType : ISettingType<LabelSelector>
{
    public string Right => "a selector of labels, such as \"site in (a, b), gpu=yes\"";

    public bool TryRead(SpecNode node, [MaybeNullWhen(false)] out LabelSelector value)
    {
        value = null;
        try
        {
            value = node is SpecScalar scalar ? LabelSelector.Parse(scalar.Text) : null;
            return value is not null;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    public string Wrong(SpecNode node)
    {
        try
        {
            LabelSelector.Parse((node as SpecScalar)?.Text ?? "");
            return $"is {node.AsTyped}; it must be {Right}";
        }
        catch (FormatException wrong)
        {
            return $"is {node.AsTyped}: {wrong.Message}";
        }
    }

    public JsonNode Write(LabelSelector value) => value.Text;

    public JsonObject Schema() => new() { ["type"] = "string", ["maxLength"] = LabelSelector.MaxLength };
}
