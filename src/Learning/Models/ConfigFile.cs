using System.Globalization;
using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Learning.Models;

/// <summary>The settings of a <c>config.json</c>, each checked as it is read.</summary>
internal sealed class ConfigFile
{
    // Real configurations have a few kB; label tables of the largest ones some hundred.
    private const int MaxBytes = 4 << 20;

    private readonly string path;
    private readonly JsonElement root;

    private ConfigFile(string path, JsonElement root)
    {
        this.path = path;
        this.root = root;
    }

    /// <exception cref="InvalidDataException">The file is missing, too long or no JSON object.</exception>
    public static ConfigFile Open(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new InvalidDataException($"{path} is missing; a model folder holds config.json, model.safetensors and a tokenizer.");
        }

        if (file.Length > MaxBytes)
        {
            throw new InvalidDataException($"{path} has {file.Length} bytes; a configuration has at most {MaxBytes}.");
        }

        try
        {
            using JsonDocument document = ReadableJson.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ConfigFile(path, document.RootElement.Clone())
                : throw new InvalidDataException($"{path}: a configuration is a JSON object, not {document.RootElement.ValueKind}.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is no valid JSON: {ReadableJson.Describe(exception)}.", exception);
        }
    }

    /// <summary>Refuses any other value of a setting.</summary>
    public void Require(string setting, string only, bool optional = false) => Require(setting, [only], optional);

    /// <summary>Refuses any other value of a setting than these, which all mean the same.</summary>
    public void Require(string setting, string[] only, bool optional = false)
    {
        if (!root.TryGetProperty(setting, out JsonElement value))
        {
            if (!optional)
            {
                throw new InvalidDataException($"{path}: setting {setting} is missing; supported is \"{only[0]}\".");
            }
        }
        else if (value.ValueKind != JsonValueKind.String || !only.Contains(value.GetString(), StringComparer.Ordinal))
        {
            throw new InvalidDataException($"{path}: {setting} is {Shown(value)}; supported is \"{only[0]}\".");
        }
    }

    /// <summary>The first setting that is an object; null if none is.</summary>
    public string? FirstObject() =>
        root.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Object).Select(property => property.Name).FirstOrDefault();

    /// <summary>A setting that is a text.</summary>
    public string Text(string setting) =>
        root.TryGetProperty(setting, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Refuse($"{setting} is {Shown(value)}; it is a text");

    /// <summary>The refusal of a setting, to be thrown.</summary>
    /// <param name="reason">What is wrong and what would be right, without a full stop.</param>
    public InvalidDataException Refuse(string reason) => new($"{path}: {reason}.");

    /// <summary>Whether a setting is there and not null.</summary>
    public bool Has(string setting) => root.TryGetProperty(setting, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The settings under one that is an object; null if it is missing or null.</summary>
    public ConfigFile? Section(string setting)
    {
        if (!Has(setting))
        {
            return null;
        }

        JsonElement value = root.GetProperty(setting);
        return value.ValueKind == JsonValueKind.Object
            ? new ConfigFile($"{path}: {setting}", value)
            : throw Refuse($"{setting} is {Shown(value)}; it is an object or null");
    }

    /// <summary>A setting that is a list of texts; null if it is missing or null.</summary>
    public IReadOnlyList<string>? Texts(string setting)
    {
        if (!Has(setting))
        {
            return null;
        }

        JsonElement value = root.GetProperty(setting);
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw Refuse($"{setting} is {Shown(value)}; it is a list of texts");
    }

    /// <summary>The names and values of a setting that is an object of texts or numbers; null if it is missing or null.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Entries(string setting)
    {
        if (!Has(setting))
        {
            return null;
        }

        JsonElement value = root.GetProperty(setting);
        return value.ValueKind == JsonValueKind.Object
            && value.EnumerateObject().All(item => item.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            ? [.. value.EnumerateObject().Select(item => KeyValuePair.Create(item.Name, TextOf(item.Value)))]
            : throw Refuse($"{setting} is {Shown(value)}; it is an object of texts");
    }

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    public bool Flag(string setting, bool fallback)
    {
        if (!Has(setting))
        {
            return fallback;
        }

        JsonElement value = root.GetProperty(setting);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Refuse($"{setting} is {Shown(value)}; it is true or false");
    }

    /// <summary>Null counts as missing where there is a <paramref name="fallback"/>.</summary>
    public int Integer(string setting, int min, int max, int? fallback = null)
    {
        if (!Has(setting) && fallback is { } known)
        {
            return known;
        }

        root.TryGetProperty(setting, out JsonElement value);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= min && number <= max
            ? number
            : throw new InvalidDataException($"{path}: {setting} is {Shown(value)}; it is a whole number from {min} to {max}.");
    }

    /// <summary>A setting that is an array of whole numbers.</summary>
    public IReadOnlyList<int> Integers(string setting, int count, int min, int max)
    {
        int[] numbers = root.TryGetProperty(setting, out JsonElement value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().TakeWhile(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _)).Select(
                item => item.GetInt32())]
            : [];
        return numbers.Length == count && value.GetArrayLength() == count && numbers.All(number => number >= min && number <= max)
            ? numbers
            : throw new InvalidDataException($"{path}: {setting} is {Shown(value)}; it is {count} whole numbers from {min} to {max}.");
    }

    /// <summary>A setting that is a whole number or a list of them; none if it is missing or null.</summary>
    public IReadOnlyList<int> IntegerOrList(string setting)
    {
        if (!Has(setting))
        {
            return [];
        }

        JsonElement value = root.GetProperty(setting);
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return items.All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _))
            ? [.. items.Select(item => item.GetInt32())]
            : throw Refuse($"{setting} is {Shown(value)}; it is a whole number, a list of them or null");
    }

    /// <summary>Null counts as missing where there is a <paramref name="fallback"/>.</summary>
    public double Number(string setting, double min, double max, double? fallback = null)
    {
        if (!Has(setting) && fallback is { } known)
        {
            return known;
        }

        root.TryGetProperty(setting, out JsonElement value);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= min && number <= max
            ? number
            : throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"{path}: {setting} is {Shown(value)}; it is a number from {min} to {max}."));
    }

    private static string Shown(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            return "missing";
        }

        string text = string.Join(' ', value.GetRawText().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "…");
    }
}
