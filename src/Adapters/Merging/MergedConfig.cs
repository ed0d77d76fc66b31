using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Merging;

/// <summary>The <c>config.json</c> of a merged model: the base's, with the classes of a head and the type of the weights.</summary>
internal static class MergedConfig
{
    public const string FileName = "config.json";

    // The longest first.
    private static readonly string[] ModelEndings = ["DoubleHeadsModel", "LMHeadModel", "Model"];

    // Older configurations state it beside the names.
    private static readonly string[] ClassCounts = ["num_labels", "_num_labels"];

    private const long MaxBytes = 1 << 24;

    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="AdapterFormatException">The file is missing, too long or no JSON object.</exception>
    public static JsonObject Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) || new FileInfo(path).Length > MaxBytes)
        {
            throw new AdapterFormatException(
                $"{folder}: there is no {FileName} of at most {MaxBytes} bytes, expected the folder of a Hugging Face model.");
        }

        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject
                ?? throw new AdapterFormatException($"{path}: the file holds no JSON object.");
        }
        catch (JsonException broken)
        {
            throw new AdapterFormatException($"{path}: the file is not well-formed JSON: {ReadableJson.Describe(broken)}.", broken);
        }
    }

    /// <exception cref="AdapterFormatException">The names of the classes are not as many as the head has rows.</exception>
    public static byte[] Of(ModelMergeRequest request, MergePlan plan)
    {
        JsonObject config = Read(request.ModelFolder);
        if (request.Precision is { } precision)
        {
            config[config.ContainsKey("dtype") ? "dtype" : "torch_dtype"] =
                precision switch { TensorType.F16 => "float16", TensorType.BF16 => "bfloat16", _ => "float32" };
        }

        if (plan.Vocabulary.Apart)
        {
            config["tie_word_embeddings"] = false;
        }

        if (plan.Vocabulary.Resized is { } words)
        {
            config["vocab_size"] = words;
        }

        string? architecture = request.TaskType switch
        {
            "SEQ_CLS" or null => "ForSequenceClassification",
            "TOKEN_CLS" => "ForTokenClassification",
            _ => null,
        };
        if (architecture is not null && ClassifierOutput.Rows(plan.SavedShapes) is { } rows)
        {
            SetClasses(config, request, rows);
            if (Architecture(config, architecture) is { } name)
            {
                config["architectures"] = new JsonArray(name);
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(config, Format);
    }

    /// <summary>The names given, or those that the base has for as many classes, or numbers.</summary>
    private static void SetClasses(JsonObject config, ModelMergeRequest request, int rows)
    {
        if (request.Labels is { } given && given.Count != rows)
        {
            throw new AdapterFormatException(
                $"The adapter's head has {rows} rows, but names of {given.Count} labels ({string.Join(", ", given)}), expected one for each.");
        }

        if (request.Labels is not null || config["id2label"] is not JsonObject own || own.Count != rows)
        {
            IReadOnlyList<string> labels = request.Labels
                ?? [.. Enumerable.Range(0, rows).Select(row => string.Create(CultureInfo.InvariantCulture, $"LABEL_{row}"))];
            config["id2label"] = new JsonObject(
                labels.Select((label, row) => KeyValuePair.Create(row.ToString(CultureInfo.InvariantCulture), (JsonNode?)label)));
            config["label2id"] = new JsonObject(labels.Select((label, row) => KeyValuePair.Create(label, (JsonNode?)row)));
        }

        foreach (string count in ClassCounts.Where(config.ContainsKey))
        {
            config[count] = rows;
        }

        if (config.ContainsKey("problem_type"))
        {
            config["problem_type"] = "single_label_classification";
        }
    }

    /// <summary>
    /// From <c>BertForMaskedLM</c>, <c>GPT2LMHeadModel</c> or <c>BertModel</c> to <c>BertForSequenceClassification</c>; null if the base names none.
    /// </summary>
    private static string? Architecture(JsonObject config, string ending)
    {
        if (config["architectures"] is not JsonArray { Count: > 0 } names || names[0] is not JsonValue first || !first.TryGetValue(out string? name))
        {
            return null;
        }

        int end = name.IndexOf("For", StringComparison.Ordinal) is > 0 and var at
            ? at
            : ModelEndings.Where(model => name.EndsWith(model, StringComparison.Ordinal)).Select(model => name.Length - model.Length)
                .FirstOrDefault(-1);
        return end > 0 ? name[..end] + ending : null;
    }
}
