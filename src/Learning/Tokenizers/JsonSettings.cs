using System.Text.Json;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>Typed reading of optional settings; a setting of the wrong type is an error that names it.</summary>
internal static class JsonSettings
{
    public static bool? Flag(JsonElement parent, string name) => Setting(parent, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        var other => throw new InvalidDataException($"{name} is {other}; it should be true or false."),
    };

    public static string? Text(JsonElement parent, string name) => Setting(parent, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        var other => throw new InvalidDataException($"{name} is {other}; it should be a string."),
    };

    /// <summary>The member called <paramref name="name"/>; null if it is absent or JSON's null.</summary>
    public static JsonElement? Setting(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{name} is looked for in a JSON {parent.ValueKind}; an object should be there.");
        }

        return parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
