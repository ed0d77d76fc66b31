using System.Text.Json;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Peft;

/// <summary>The settings of a JSON object, each taken once, so that what nobody takes is known.</summary>
/// <param name="path">The file, for messages.</param>
internal sealed class JsonSettings(string path, JsonElement root)
{
    private readonly SortedDictionary<string, JsonElement> untaken =
        new(root.EnumerateObject().ToDictionary(p => p.Name, p => p.Value), StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, JsonElement>> Untaken => untaken;

    /// <summary>A setting that was not taken, as it is written.</summary>
    public string Raw(string name) => untaken[name].GetRawText();

    /// <summary>Whether a setting is there and neither null, false nor empty; it stays untaken.</summary>
    public bool IsOn(string name) => untaken.TryGetValue(name, out JsonElement value) && !IsOff(value);

    /// <summary>Whether a value asks for nothing: null, false or empty.</summary>
    public static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };

    public JsonElement? Take(string name) => untaken.Remove(name, out JsonElement value) ? value : null;

    public string? Text(string name) => Take(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => throw Refusal(name, TensorName.Shorten(other.GetRawText()), "a string or null"),
    };

    public bool Flag(string name) => Take(name) switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } other => throw Refusal(name, TensorName.Shorten(other.GetRawText()), "true or false"),
    };

    /// <summary>A list of names, in ordinal order and each once; empty where the setting is null or missing.</summary>
    public string[] Names(string setting) => Take(setting) is { ValueKind: not JsonValueKind.Null } list ? Names(setting, list) : [];

    private string[] Names(string setting, JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.String))
        {
            throw Refusal(setting, TensorName.Shorten(list.GetRawText()), "a list of names");
        }

        string[] names = [.. list.EnumerateArray().Select(e => e.GetString()!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (string name in names)
        {
            TensorName.Check(name, $"{path}: {setting}");
        }

        return names;
    }

    /// <summary>A list of names, or one text that is a pattern of them; neither where the setting is off.</summary>
    public (string[] Names, string? Pattern) NamesOrPattern(string setting) => Take(setting) switch
    {
        null or { ValueKind: JsonValueKind.Null } => ([], null),
        { ValueKind: JsonValueKind.String } pattern => ([], pattern.GetString() is { Length: > 0 } text ? text : null),
        { ValueKind: JsonValueKind.Array } list => (Names(setting, list), null),
        { } other => throw Refusal(setting, TensorName.Shorten(other.GetRawText()), "a list of names or a pattern"),
    };

    /// <summary>A value for a message.</summary>
    public static string Shown(JsonElement? value) => value is { } given ? TensorName.Shorten(given.GetRawText()) : "missing";

    /// <summary>Names the setting with its value and what would be right.</summary>
    public AdapterFormatException Refusal(string setting, string found, string expected) => Refusal($"{setting} is {found}", expected);

    public AdapterFormatException Refusal(string found, string expected) => new($"{path}: {found}, expected {expected}.");
}
