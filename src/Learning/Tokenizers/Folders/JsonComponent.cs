using System.Text.Json;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>An element of <c>tokenizer.json</c> that knows its place, so that every complaint names it.</summary>
/// <param name="Element">The JSON.</param>
/// <param name="Path">Where it stands, such as <c>normalizer.normalizers[1]</c>.</param>
internal readonly record struct JsonComponent(JsonElement Element, string Path)
{
    /// <summary>The component's <c>type</c>.</summary>
    public string Type => Text("type");

    /// <summary>The member called <paramref name="name"/>; null if it is absent or JSON's null.</summary>
    public JsonComponent? Find(string name)
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("an object");
        }

        return Element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? new JsonComponent(value, Path.Length == 0 ? name : $"{Path}.{name}")
            : null;
    }

    public JsonComponent Child(string name) =>
        Find(name) ?? throw new InvalidDataException($"{(Path.Length == 0 ? name : $"{Path}.{name}")} is missing.");

    public string Text(string name) => Child(name).AsText();

    public string? TextOrNull(string name) => Find(name)?.AsText();

    /// <summary>A text of one character, which may be above U+FFFF.</summary>
    public string Character(string name)
    {
        string text = Text(name);
        return text.EnumerateRunes().Count() == 1 ? text : throw Child(name).Wrong("one character");
    }

    public bool Flag(string name, bool absent) => Find(name) switch
    {
        null => absent,
        { Element.ValueKind: JsonValueKind.True } => true,
        { Element.ValueKind: JsonValueKind.False } => false,
        { } other => throw other.Wrong("true or false"),
    };

    /// <summary>A whole number of at least 0.</summary>
    public int Count(string name) => Child(name).AsCount();

    public int? CountOrNull(string name) => Find(name)?.AsCount();

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonComponent> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
        {
            throw Wrong("an array");
        }

        string path = Path;
        return Element.EnumerateArray().Select((item, i) => new JsonComponent(item, $"{path}[{i}]"));
    }

    public string AsText()
    {
        if (Element.ValueKind != JsonValueKind.String)
        {
            throw Wrong("a string");
        }

        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Half a surrogate pair, or bytes that are no UTF-8.
            throw new InvalidDataException($"{Path} is no valid Unicode text.", e);
        }
    }

    public int AsCount() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value) && value >= 0
        ? value
        : throw Wrong("a whole number of at least 0");

    public double AsNumber() =>
        Element.ValueKind == JsonValueKind.Number && SerdeNumber.Parse(Element.GetRawText()) is var value && double.IsFinite(value)
        ? value
        : throw Wrong("a finite number");

    /// <summary>What to throw where something else should be here.</summary>
    public InvalidDataException Wrong(string expected)
    {
        string found = Element.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? $"a JSON {Element.ValueKind}" : Element.GetRawText();
        return new InvalidDataException($"{Path} is {(found.Length > 80 ? found[..80] + "…" : found)}; it should be {expected}.");
    }

    /// <summary>What to throw at a component that this code does not know.</summary>
    public InvalidDataException Unsupported(string supported) =>
        new($"{Path}.type is \"{Type}\", which is not supported; supported are {supported}.");
}
