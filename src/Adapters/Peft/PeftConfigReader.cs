using System.Text.Json;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Peft;

/// <summary>Reads <c>adapter_config.json</c>. A setting that would change what the adapter computes is either understood or refused.</summary>
internal sealed class PeftConfigReader
{
    private const long MaxBytes = 1 << 20;

    private const int MaxRank = 1024;

    /// <summary>
    /// Settings that do not change what a trained adapter computes. Any other unknown one must be off, so that what PEFT adds later is refused, not
    /// ignored.
    /// </summary>
    private static readonly HashSet<string> Neutral = new(StringComparer.Ordinal)
    {
        "auto_mapping", "base_model_name_or_path", "corda_config", "eva_config", "exclude_modules", "fan_in_fan_out",
        "hira_dropout", "inference_mode", "init_weights", "layers_pattern", "layers_to_transform", "loftq_config", "lora_dropout", "megatron_core",
        "peft_version", "qalora_group_size", "revision", "runtime_config",
    };

    /// <summary>
    /// Initialisations that leave the base weights as they are. The others (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA) subtract their start from the base,
    /// which then is another model.
    /// </summary>
    private static readonly string[] InitialisationsThatKeepTheBase = ["gaussian", "eva", "orthogonal", "mica"];

    private static readonly string[] Patterns = ["rank_pattern", "alpha_pattern"];

    private readonly string path;
    private readonly SortedDictionary<string, JsonElement> unread;

    private PeftConfigReader(string path, JsonElement root)
    {
        this.path = path;
        unread = new(root.EnumerateObject().ToDictionary(p => p.Name, p => p.Value), StringComparer.Ordinal);
    }

    public static PeftConfig Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > MaxBytes)
        {
            throw new AdapterFormatException($"{path}: the file takes {length} bytes, at most {MaxBytes} are read.");
        }

        try
        {
            using JsonDocument document = ReadableJson.Parse(
                File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new PeftConfigReader(path, document.RootElement).Read()
                : throw new AdapterFormatException($"{path}: the file holds no JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8.
            throw new AdapterFormatException($"{path}: the file is not well-formed JSON: {ReadableJson.Describe(e)}.", e);
        }
    }

    private PeftConfig Read()
    {
        string? type = Text("peft_type");
        if (type is not ("LORA" or "HIRA"))
        {
            throw Refusal(
                "peft_type",
                type is null ? "missing" : $"'{TensorName.Shorten(type)}'",
                "LORA (also as rsLoRA or DoRA) or HIRA; other kinds of adapter are not supported");
        }

        bool lora = type == "LORA";
        JsonElement? r = Take("r");
        int rank = r is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) && value is >= 1 and <= MaxRank
            ? value
            : throw Refusal("r", Shown(r), $"a whole number in 1 … {MaxRank}");
        RefusePatterns();
        if (lora)
        {
            CheckLoraOnly();
        }

        var config = new PeftConfig
        {
            Settings = new LoraSettings
            {
                Rank = rank,
                Alpha = lora ? Alpha() : rank, // PEFT's HiRA has no scale: α = r
                Variant = lora ? Variant() : AdapterVariant.Hira,
                TargetModules = Targets(),
                ModulesToSave = Take("modules_to_save") is { ValueKind: not JsonValueKind.Null } saved ? Names("modules_to_save", saved) : [],
                EnsureWeightTying = Flag("ensure_weight_tying"),
            },
            BaseModelName = Text("base_model_name_or_path"),
            TaskType = Text("task_type"),
        };
        RefuseUnknown();
        return config;
    }

    /// <summary>Said before anything else that is not supported: the one usually comes with the other, and with tensors of other shapes.</summary>
    private void RefusePatterns()
    {
        string[] on = [.. Patterns.Where(IsOn)];
        if (on.Length > 0)
        {
            throw Refusal(
                string.Join(" and ", on.Select(name => $"{name} is {TensorName.Shorten(unread[name].GetRawText())}")),
                $"{(on.Length > 1 ? "both" : "it")} empty: EdgeFlora takes one rank and one alpha for all modules; train with one r and lora_alpha, "
                + "or merge this adapter into its base in PEFT");
        }
    }

    private void CheckLoraOnly()
    {
        string bias = Text("bias") ?? "none";
        if (bias != "none")
        {
            throw Refusal(
                "bias",
                $"'{TensorName.Shorten(bias)}'",
                "'none': EdgeFlora does not support trained biases; merge this adapter into its base in PEFT, or train with bias 'none'");
        }

        if (Take("init_lora_weights") is { ValueKind: JsonValueKind.String } start && !InitialisationsThatKeepTheBase.Contains(start.GetString()))
        {
            throw Refusal(
                "init_lora_weights", $"'{TensorName.Shorten(start.GetString()!)}'",
                "one that leaves the base weights unchanged (true, false, gaussian, eva, orthogonal or mica); convert the adapter to plain LoRA when "
                + "saving it in PEFT");
        }
    }

    private double Alpha()
    {
        JsonElement? alpha = Take("lora_alpha");
        return alpha is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value) && value is > 0 and <= 1e6
            ? value
            : throw Refusal("lora_alpha", Shown(alpha), "a number above 0, at most 1000000");
    }

    private AdapterVariant Variant() => (Flag("use_rslora"), Flag("use_dora")) switch
    {
        (true, true) => throw Refusal("use_rslora", "true, and use_dora is true as well", "at most one of the two"),
        (true, _) => AdapterVariant.RsLora,
        (_, true) => AdapterVariant.Dora,
        _ => AdapterVariant.Lora,
    };

    private string[] Targets()
    {
        JsonElement? targets = Take("target_modules");
        bool narrowed = IsOn("layers_to_transform") || IsOn("exclude_modules");
        return targets is { ValueKind: JsonValueKind.Array } list
            ? Names("target_modules", list) is var names && narrowed ? [] : names
            : targets is { ValueKind: JsonValueKind.String } ? [] : throw Refusal("target_modules", Shown(targets), "a list of names or a pattern");
    }

    private void RefuseUnknown()
    {
        foreach ((string name, JsonElement value) in unread)
        {
            if (!Neutral.Contains(name) && !IsOff(value))
            {
                throw Refusal(
                    TensorName.Shorten(name), TensorName.Shorten(value.GetRawText()), "null, false or empty, for EdgeFlora does not support it");
            }
        }
    }

    private bool IsOn(string name) => unread.TryGetValue(name, out JsonElement value) && !IsOff(value);

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };

    private JsonElement? Take(string name) => unread.Remove(name, out JsonElement value) ? value : null;

    private string? Text(string name) => Take(name) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => throw Refusal(name, TensorName.Shorten(other.GetRawText()), "a string or null"),
    };

    private bool Flag(string name) => Take(name) switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } other => throw Refusal(name, TensorName.Shorten(other.GetRawText()), "true or false"),
    };

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

    private static string Shown(JsonElement? value) => value is { } given ? TensorName.Shorten(given.GetRawText()) : "missing";

    private AdapterFormatException Refusal(string setting, string found, string expected) => Refusal($"{setting} is {found}", expected);

    private AdapterFormatException Refusal(string found, string expected) => new($"{path}: {found}, expected {expected}.");
}
