using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Merging;

/// <summary>The <c>config.json</c> of a merged model: the base's, with the classes of a head and the type of the weights.</summary>
internal static class MergedConfig
{
    public const string FileName = "config.json";

    private const string ClassifierEnding = "ForSequenceClassification";

    private const long MaxBytes = 1 << 24;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="AdapterFormatException">The file is missing, too long or no JSON object.</exception>
    public static JsonObject Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) || new FileInfo(path).Length > MaxBytes)
        {
            throw new AdapterFormatException($"{folder}: there is no {FileName} of at most {MaxBytes} bytes, expected the folder of a Hugging Face model.");
        }

        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new AdapterFormatException($"{path}: the file holds no JSON object.");
        }
        catch (JsonException broken)
        {
            throw new AdapterFormatException($"{path}: the file is not well-formed JSON: {broken.Message}", broken);
        }
    }

    /// <param name="saved">Shapes of the tensors that the adapter brings, by name.</param>
    public static byte[] Of(ModelMergeRequest request, IReadOnlyDictionary<string, IReadOnlyList<int>> saved)
    {
        JsonObject config = Read(request.ModelFolder);
        if (request.Precision is { } precision)
        {
            config[config.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = precision switch { TensorType.F16 => "float16", TensorType.BF16 => "bfloat16", _ => "float32" };
        }

        if (request.TaskType == "SEQ_CLS" && Labels(request, saved) is { } labels)
        {
            config["id2label"] = new JsonObject(labels.Select((label, i) => KeyValuePair.Create(i.ToString(System.Globalization.CultureInfo.InvariantCulture), (JsonNode?)label)));
            config["label2id"] = new JsonObject(labels.Select((label, i) => KeyValuePair.Create(label, (JsonNode?)i)));
            if (Architecture(config) is { } architecture)
            {
                config["architectures"] = new JsonArray(architecture);
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(config, Format);
    }

    /// <summary>The classes, or numbers for them if only the head tells how many there are.</summary>
    private static IReadOnlyList<string>? Labels(ModelMergeRequest request, IReadOnlyDictionary<string, IReadOnlyList<int>> saved)
    {
        string[] heads = ["score.weight", "classifier.weight", "classifier.out_proj.weight"];
        return request.Labels ?? (heads.FirstOrDefault(saved.ContainsKey) is { } head ? [.. Enumerable.Range(0, saved[head][0]).Select(i => $"LABEL_{i}")] : null);
    }

    /// <summary>From <c>BertForMaskedLM</c> or <c>BertModel</c> to <c>BertForSequenceClassification</c>; null if the base names none.</summary>
    private static string? Architecture(JsonObject config)
    {
        if (config["architectures"] is not JsonArray { Count: > 0 } names || names[0] is not JsonValue first || !first.TryGetValue(out string? name))
        {
            return null;
        }

        int end = name.IndexOf("For", StringComparison.Ordinal) is > 0 and var at ? at : name.EndsWith("Model", StringComparison.Ordinal) ? name.Length - 5 : -1;
        return end > 0 ? name[..end] + ClassifierEnding : null;
    }
}
