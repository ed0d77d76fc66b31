using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Documents;

namespace EdgeFlora.Coordinator.Specs.Settings;

/// <summary>One of a list of words.</summary>
internal sealed class ChoiceType<T>(IReadOnlyList<(string Word, T Value)> choices) : ISettingType<T>
    where T : notnull
{
    public string Right => $"one of {string.Join(", ", choices.Select(choice => choice.Word))}";

    public bool TryRead(SpecNode node, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (node is not SpecScalar scalar)
        {
            return false;
        }

        foreach ((string word, T chosen) in choices)
        {
            if (word.Equals(scalar.Text, StringComparison.OrdinalIgnoreCase))
            {
                value = chosen;
                return true;
            }
        }

        return false;
    }

    public JsonNode Write(T value) => choices.First(choice => choice.Value.Equals(value)).Word;

    public JsonObject Schema() => new() { ["enum"] = new JsonArray([.. choices.Select(choice => (JsonNode)choice.Word)]) };
}
