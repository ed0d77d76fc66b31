using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>One of a list of words that has no default, or one that hangs on other settings.</summary>
internal sealed class OptionalChoiceType<T>(ChoiceType<T> choice) : ISettingType<T?>
    where T : struct
{
    public string Right => choice.Right;

    public bool TryRead(SpecNode node, out T? value)
    {
        bool right = choice.TryRead(node, out T read);
        value = right ? read : null;
        return right;
    }

    public JsonNode Write(T? value) => choice.Write(value!.Value);

    public JsonObject Schema() => choice.Schema();
}
