using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>A time, or a word for its absence.</summary>
/// <param name="word">What is written where no time shall pass: <c>forever</c>, <c>never</c>.</param>
internal sealed class OptionalDurationType(DurationType time, string word) : ISettingType<TimeSpan?>
{
    public string Right => $"{word}, or {time.Right}";

    public bool TryRead(SpecNode node, out TimeSpan? value)
    {
        bool none = node is SpecScalar scalar && scalar.Text == word;
        bool some = time.TryRead(node, out TimeSpan read);
        value = some ? read : null;
        return none || some;
    }

    public JsonNode Write(TimeSpan? value) => value is { } some ? time.Write(some) : word;

    public JsonObject Schema() => new() { ["anyOf"] = new JsonArray(new JsonObject { ["const"] = word }, time.Schema()) };
}
