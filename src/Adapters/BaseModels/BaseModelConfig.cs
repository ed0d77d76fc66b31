using System.Text.Json;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.BaseModels;

/// <summary>The few settings of a base model's <c>config.json</c> that an adapter's beginning depends on.</summary>
public sealed class BaseModelConfig
{
    // Real configurations have a few kB; label tables of the largest ones some hundred.
    private const int MaxBytes = 4 << 20;

    private const int MaxWidth = 65_536;

    private readonly JsonElement root;

    private BaseModelConfig(string path, JsonElement root)
    {
        Path = path;
        this.root = root;
        Type = TypeOf(Text("model_type"), Text("architecture"))
            ?? throw new AdapterFormatException($"{path} names no family: it has neither model_type nor architecture.");
    }

    public string Path { get; }

    /// <summary>The family: <c>model_type</c>, or the first word of <c>architecture</c> in folders that never were Transformers'.</summary>
    public string Type { get; }

    /// <summary>Standard deviation of newly made weights; above 0, at most 1.</summary>
    /// <exception cref="AdapterFormatException"><c>initializer_range</c> is out of range.</exception>
    public double InitializerRange =>
        !root.TryGetProperty("initializer_range", out JsonElement value) ? HeadInitialization.UsualDeviation
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double range) && range is > 0 and <= 1 ? range
        : throw new AdapterFormatException(
            $"{Path}: initializer_range is {TensorName.Shorten(value.GetRawText())}; it is a number above 0 and at most 1.");

    /// <param name="path">The file.</param>
    /// <exception cref="AdapterFormatException">It is missing, too long, no JSON object or names no family.</exception>
    public static BaseModelConfig Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MaxBytes)
        {
            throw new AdapterFormatException(
                file.Exists ? $"{path} has {file.Length} bytes; a configuration has at most {MaxBytes}." : $"{path} is missing.");
        }

        try
        {
            using JsonDocument document = ReadableJson.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new BaseModelConfig(path, document.RootElement.Clone())
                : throw new AdapterFormatException($"{path}: a configuration is a JSON object, not {document.RootElement.ValueKind}.");
        }
        catch (JsonException wrong)
        {
            throw new AdapterFormatException($"{path} is no valid JSON: {ReadableJson.Describe(wrong)}.", wrong);
        }
    }

    /// <summary>The width that a setting gives.</summary>
    /// <exception cref="AdapterFormatException">It is missing or out of range.</exception>
    internal int Width(string setting) =>
        root.TryGetProperty(setting, out JsonElement value)
            && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int width)
            && width is >= 1 and <= MaxWidth
            ? width
            : throw new AdapterFormatException($"{Path} has no {setting} from 1 to {MaxWidth}.");

    /// <summary>A setting that is true or false.</summary>
    /// <exception cref="AdapterFormatException">It is something else.</exception>
    internal bool Flag(string setting, bool fallback) => !root.TryGetProperty(setting, out JsonElement value) ? fallback : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => fallback,
        _ => throw new AdapterFormatException($"{Path}: {setting} is {TensorName.Shorten(value.GetRawText())}; it is true or false."),
    };

    private static string? TypeOf(string? modelType, string? architecture) => modelType ?? architecture?.Split(' ')[0];

    private string? Text(string setting) =>
        root.TryGetProperty(setting, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
